"""When Python's garbage collector runs: on the GUI thread, and not amid an import.

What it destroys it destroys on the thread that it runs on, widgets and scenes of the window too:
Qt forbids that on any other thread. A QGraphicsScene, for one, leaves the timer of its index behind
without a word, and within two seconds the event loop calls what is gone: a crash.
"""

from __future__ import annotations

import gc
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer

__all__ = ["Garbage"]

_IMPORT_SECONDS = 20.0
_PATIENCE_SECONDS = 2.0
_collect_here = gc.collect
_wishes: deque[_Wish] = deque()
_living = 0  # the collector is the process's, and two windows may overlap
_was_on = False  # before the first of them


@dataclass(eq=False)
class _Wish:
    """A collection that another thread waits for."""

    generation: int
    found: int = 0
    done: threading.Event = field(default_factory=threading.Event)


class Garbage(QObject):
    """Switches the automatic collector off and collects from a timer until :meth:`stop`.

    The automatic one may run on a worker, where it must not destroy Qt objects. A worker that asks
    for a collection by ``gc.collect`` (a tool that gives memory back, torch after each translation
    of a network) waits until the GUI thread has done it in :meth:`collect_wished`; if that is busy
    for more than 2 s, it goes on without.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        global _living, _was_on
        super().__init__(parent)
        self._held_until = 0.0
        self._loads = 0
        self._frozen = False
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._on_time)
        _was_on = _was_on if _living else gc.isenabled()
        _living += 1
        gc.disable()
        gc.collect = _collect
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

    def collect_wished(self) -> None:
        """On the GUI thread: collects for the workers that wait for it."""
        while _wishes:
            wish = _wishes.popleft()
            wish.found = _collect_here(wish.generation)
            wish.done.set()

    def stop(self) -> None:
        """Gives the work back to the automatic collector if no other window lives."""
        global _living
        self._timer.stop()
        if self._frozen:
            gc.unfreeze()
        _living -= 1
        if not _living:
            gc.collect = _collect_here
            if _was_on:
                gc.enable()

    def _on_time(self) -> None:
        if time.monotonic() >= self._held_until:
            self.collect()


def _collect(generation: int = 2) -> int:
    """In place of ``gc.collect`` while a window lives: the same, on the GUI thread."""
    if not _living or threading.current_thread() is threading.main_thread():
        return _collect_here(generation)
    wish = _Wish(generation)
    _wishes.append(wish)
    wish.done.wait(_PATIENCE_SECONDS)
    return wish.found
