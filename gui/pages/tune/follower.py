"""Reads a shared study from its storage behind the window, once somebody wants it."""

from __future__ import annotations

import datetime
import time

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder
from engine.tune.remote.address import StorageAddress
from engine.tune.remote.looking import Onlooker
from gui.runner import Runner, Task

__all__ = ["Follower"]

_EVERY_MS = 15_000
_REST = 20
"""Between two looks lie so many times as long as one takes."""
_AFTER_ERROR_MS = 60_000


class Follower(QObject):
    """Looks at a storage again and again, from :meth:`follow` until :meth:`leave`.

    One that answered once and then no more is tried again every minute; one that never answered is
    left, for a wrong password that is repeated may lock somebody out.

    Signals:
        looked(news): the storage has answered; whether anything was new.
        changed: :attr:`busy`, :attr:`following`, :attr:`at` or :attr:`error` are others.
    """

    looked = Signal(bool)
    changed = Signal()

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._onlooker: Onlooker | None = None
        self._task: Task | None = None
        self.at: datetime.datetime | None = None
        self.error: FoveaError | None = None
        self.seen = True
        self._next = QTimer(self, interval=_EVERY_MS, singleShot=True)
        self._next.timeout.connect(self._look)

    @property
    def busy(self) -> bool:
        """Whether an answer is waited for."""
        return self._task is not None

    @property
    def following(self) -> bool:
        """Whether it looks again by itself."""
        return self._onlooker is not None

    def follow(self, study: StudyFolder, address: StorageAddress) -> None:
        """Looks at a study from now on, first of all now."""
        self.leave()
        self._onlooker = Onlooker(study, address)
        self._look()

    def leave(self) -> None:
        """Looks no more, and forgets what was."""
        self._next.stop()
        if self._task is not None:
            self._task.cancel()
        onlooker, self._onlooker, self._task = self._onlooker, None, None
        if onlooker is not None:
            self._runner.task(lambda _progress: onlooker.close())
        self.at = self.error = None
        self.changed.emit()

    def show(self, *, seen: bool) -> None:
        """Looks only while somebody sees what comes of it."""
        late = seen and not self.seen and self.following and not self._next.isActive()
        self.seen = seen
        if late and not self.busy:
            self._look()

    def _look(self) -> None:
        onlooker = self._onlooker
        if onlooker is None or not self.seen:
            return

        def work(_progress: object) -> tuple[bool, float]:
            began = time.monotonic()
            return onlooker.look(), time.monotonic() - began

        self._task = self._runner.task(work, self._on_looked, self._on_failed, owner=self)
        self.changed.emit()

    def _on_looked(self, found: tuple[bool, float]) -> None:
        news, seconds = found
        self._task, self.error, self.at = None, None, datetime.datetime.now()
        self._next.start(max(_EVERY_MS, round(1000 * _REST * seconds)))
        self.looked.emit(news)
        self.changed.emit()

    def _on_failed(self, error: FoveaError) -> None:
        self._task, self.error = None, error
        if self.at is not None:
            self._next.start(_AFTER_ERROR_MS)
        else:
            self._onlooker = None  # which has let go of its connection
        self.changed.emit()
