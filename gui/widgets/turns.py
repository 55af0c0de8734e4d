"""Works that each have a turn of the event loop to themselves, so that no event takes long."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from PySide6.QtCore import QObject, QTimer

__all__ = ["Turns"]


class Turns(QObject):
    """Does what was asked for in the order asked, one thing in each turn of the event loop.

    What a turn changes on the screen is painted before the next one, and whatever else waits, such
    as a click, comes in between.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[Hashable, Callable[[], object]] = {}
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._go_on)

    @property
    def any_waiting(self) -> bool:
        """Whether a work waits for its turn."""
        return bool(self._waiting)

    def add(self, name: Hashable, work: Callable[[], object]) -> None:
        """Does ``work`` in its turn; what waits under that name already gives its place to it."""
        self._waiting[name] = work
        if not self._timer.isActive():
            self._timer.start()

    def _go_on(self) -> None:
        name = next(iter(self._waiting))
        work = self._waiting.pop(name)
        if not self._waiting:
            self._timer.stop()
        work()
