"""When Python's garbage collector runs: on the GUI thread, and not amid an import."""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

__all__ = ["Garbage"]

_IMPORT_SECONDS = 20.0


class Garbage(QObject):
    """Switches the automatic collector off and collects from a timer until :meth:`stop`.

    The automatic one may run on a worker, where it must not destroy Qt objects.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._held_until = 0.0
        self._loads = 0
        self._frozen = False
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._on_time)
        gc.disable()
        self._timer.start()

    def expect_import(self) -> None:
        """Collects nothing until :meth:`imported`, for 20 s at most.

        The 300,000 objects that torch makes would take a collection of 0.08 s every second.
        """
        self._held_until = time.monotonic() + _IMPORT_SECONDS

    def begin_load(self) -> None:
        """As :meth:`expect_import`, until :meth:`end_load`, whatever else is imported meanwhile."""
        self._loads += 1
        self.expect_import()

    def end_load(self) -> None:
        """Ends what :meth:`begin_load` began; once for each."""
        self._loads -= 1
        self.imported()

    def imported(self) -> None:
        """Takes what an expected import made out of the collector's sight: it stays for good."""
        if self._held_until and not self._loads:
            self._held_until = 0.0
            self._frozen = True
            gc.freeze()

    def collect(self) -> None:
        """What the automatic collector would do by its own thresholds."""
        young, middle, old = gc.get_count()
        first, second, third = gc.get_threshold()
        if old > third > 0:
            gc.collect(2)
        elif middle > second:
            gc.collect(1)
        elif young > first:
            gc.collect(0)

    def stop(self) -> None:
        """Gives the work back to the automatic collector."""
        self._timer.stop()
        if self._frozen:
            gc.unfreeze()
        gc.enable()

    def _on_time(self) -> None:
        if time.monotonic() >= self._held_until:
            self.collect()
