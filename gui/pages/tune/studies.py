"""The studies of a project, and the one that is looked at: read behind the window."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder, list_studies
from engine.tune.table import StudyTable, damage, read_table
from gui.pages.tune.trial_model import haystacks
from gui.runner import Runner, Task

__all__ = ["Found", "Studies", "Trials"]

_SOONEST_MS = 500
_REST = 20
"""Between two readings of a study that runs lie so many times as long as one takes."""


@dataclass(frozen=True)
class Found:
    """The studies, oldest first, and what is wrong with those that cannot be read."""

    folder: Path
    studies: tuple[StudyFolder, ...] = ()
    damaged: tuple[FoveaError, ...] = ()


@dataclass(frozen=True)
class Trials:
    """What a study's file holds, with each trial's words for the filter."""

    study: StudyFolder
    table: StudyTable
    texts: Mapping[int, str]
    seconds: float


class Studies(QObject):
    """Reads the list of studies, and one of them.

    Signals:
        found(Found): the list was read.
        read(Trials): the trials of the study :attr:`shown`.
        failed(error): they cannot be read; the study stays the one that is shown.
    """

    found = Signal(object)
    read = Signal(object)
    failed = Signal(object)

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._listing: Task | None = None
        self._reading: Task | None = None
        self.shown: StudyFolder | None = None
        self._soon = QTimer(self, interval=_SOONEST_MS, singleShot=True)
        self._soon.timeout.connect(self.read_again)

    def refresh(self, folder: Path) -> None:
        """Reads the list of a project's studies."""
        if self._listing is not None:
            self._listing.cancel()

        def done(listed: Sequence[StudyFolder | FoveaError]) -> None:
            self._listing = None
            whole = tuple(one for one in listed if isinstance(one, StudyFolder))
            damaged = tuple(one for one in listed if isinstance(one, FoveaError))
            self.found.emit(Found(folder, whole, damaged))

        self._listing = self._runner.task(
            lambda _progress: _listed(folder), done, self.failed.emit, owner=self
        )

    def show(self, study: StudyFolder | None) -> None:
        """Turns to another study, or to none, and reads its trials."""
        self.shown = study
        self._leave()
        self._soon.setInterval(_SOONEST_MS)
        self.read_again()

    def _leave(self) -> None:
        self._soon.stop()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def read_soon(self) -> None:
        """Reads the trials again in a moment, the later the longer it takes."""
        if not self._soon.isActive() and self._reading is None:
            self._soon.start()

    def read_again(self) -> None:
        """Reads the trials of the shown study now."""
        study = self.shown
        self._leave()
        if study is not None:
            self._reading = self._runner.task(
                lambda _progress: _read(study), self._on_read, self._on_failed, owner=self
            )

    def _on_read(self, trials: Trials) -> None:
        self._reading = None
        self._soon.setInterval(max(_SOONEST_MS, round(1000 * _REST * trials.seconds)))
        self.read.emit(trials)

    def _on_failed(self, error: Any) -> None:
        self._reading = None
        self.failed.emit(error)


def _listed(folder: Path) -> list[StudyFolder | FoveaError]:
    """All studies, and with them what is wrong with those whose trials cannot be read."""
    found = list_studies(folder)
    looked = (damage(one) for one in found if isinstance(one, StudyFolder))
    return [*(error for error in looked if error is not None), *found]


def _read(study: StudyFolder) -> Trials:
    began = time.monotonic()
    table = read_table(study)
    texts = haystacks(table)
    return Trials(study, table, texts, time.monotonic() - began)
