"""Which run is shown: its events from disk, and those that arrive while it trains, each once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import FoveaError
from engine.runs.events import Event
from engine.runs.listing import replay
from gui.runner import Runner, Task

__all__ = ["Following"]

_PATIENCE_MS = 100


class Following(QObject):
    """Follows one run at a time.

    Reading a run back takes a moment in which it may go on: what arrives meanwhile waits, and
    comes after what was read. The file is ahead of what arrives, so it may hold the next events
    already; those are passed over when they come.

    Signals:
        turned(): another run is shown from now on (:attr:`run`), or none: empty what was drawn.
            It comes with the run's events if these are read in a moment, so that nothing is drawn
            empty in between.
        took(list): more of its events, in order.
        settled(): the run has been read back, or could not be.
        failed(FoveaError): its history cannot be read.
    """

    turned = Signal()
    took = Signal(object)
    settled = Signal()
    failed = Signal(object)

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run = ""
        self._runner = runner
        self._reading: Task | None = None
        self._waiting: list[Event] = []
        self._read: list[Event] = []
        self._known = 0
        self._patience = QTimer(self, interval=_PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(self.turned)

    def turn(self, run: str = "") -> None:
        """Shows a run that has no events yet, or none."""
        self._leave(run)
        self.turned.emit()

    def _leave(self, run: str) -> None:
        self._patience.stop()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        self._waiting, self._read, self._known = [], [], 0
        self.run = run

    def show(self, folder: Path, run: str) -> None:
        """Shows a run of the project in ``folder``, read back behind the window."""
        self._leave(run)
        self._patience.start()
        path = folder / "runs" / run
        self._reading = self._runner.task(
            lambda _progress: list(replay(path)), self._replayed, self._unreadable, owner=self
        )

    def take(self, events: Sequence[Event]) -> None:
        """Takes events of the shown run as they arrive."""
        if self._reading is not None:
            self._waiting += events
        elif fresh := self._fresh(list(events)):
            self.took.emit(fresh)

    def _replayed(self, events: list[Event]) -> None:
        self._reading = None
        waiting, self._waiting = self._waiting, []
        self._read = events
        if self._patience.isActive():
            self._patience.stop()
            self.turned.emit()
        self.took.emit(events)
        self.take(waiting)
        self.settled.emit()

    def _unreadable(self, error: FoveaError) -> None:
        self._replayed([])
        self.failed.emit(error)

    def _fresh(self, events: list[Event]) -> list[Event]:
        """Without those at the beginning that the file held: from the first's place in it on."""
        if self._read and events:
            places = [place for place, event in enumerate(self._read) if event == events[0]]
            self._known = len(self._read) - places[-1] if places else 0
            self._read = []
        passed = min(self._known, len(events))
        self._known -= passed
        return events[passed:]
