"""The studies of a project, and the one that is looked at: read behind the window."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder, list_studies, studies_dir
from engine.tune.table import StudyTable, damage, read_table
from gui.pages.tune.trial_model import haystacks
from gui.runner import Runner, Task

__all__ = ["Found", "Studies", "Trials"]

_SOONEST_MS = 500
_REST = 20
"""Between two readings of a study that runs lie so many times as long as one takes."""
_LOOK_MS = 2000
Mark = tuple[tuple[int, int], ...]
"""Sizes and times of the files of a study: others when something was written."""


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
    mark: Mark = ()


class Studies(QObject):
    """Reads the list of studies, and one of them; while it watches, again when it has changed.

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
        self._folder: Path | None = None
        self._others: Mark = ()
        self._mark: Mark = ()
        self._overtaken = self._again = False
        self._looking: Task | None = None
        self._looks = QTimer(self, interval=_LOOK_MS)
        self._looks.timeout.connect(self._look)

    def watch(self, *, on: bool) -> None:
        """Looks now and then whether another process has written trials, at once to begin with."""
        if on and not self._looks.isActive():
            self._looks.start()
            self._look()
        elif not on:
            self._looks.stop()

    def _look(self) -> None:
        """Compares sizes and times, on a worker: a disc elsewhere may take its time."""
        folder, study = self._folder, self.shown
        busy = self._looking or self._listing or self._reading or self._soon.isActive()
        if folder is not None and not busy:
            self._looking = self._runner.task(
                lambda _progress: (folder, _others(folder), study, _mark(study)),
                self._on_looked,
                owner=self,
            )

    def _on_looked(self, seen: tuple[Path, Mark, StudyFolder | None, Mark]) -> None:
        self._looking = None
        folder, others, study, mark = seen
        if folder == self._folder and others != self._others:
            self.refresh(folder)
        if study is self.shown and mark != self._mark:
            self._mark = mark
            self.read_soon()

    def refresh(self, folder: Path) -> None:
        """Reads the list of a project's studies."""
        if self._listing is not None:
            self._listing.cancel()
        self._folder = folder

        def done(found: tuple[Mark, Sequence[StudyFolder | FoveaError]]) -> None:
            self._listing = None
            self._others, listed = found
            whole = tuple(one for one in listed if isinstance(one, StudyFolder))
            damaged = tuple(one for one in listed if isinstance(one, FoveaError))
            self.found.emit(Found(folder, whole, damaged))

        self._listing = self._runner.task(
            lambda _progress: (_others(folder), _listed(folder)), done, self.failed.emit, owner=self
        )

    def show(self, study: StudyFolder | None) -> None:
        """Turns to another study, or to none, and reads its trials."""
        self.shown, self._mark = study, ()
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
        self._overtaken = self._reading is not None
        if not self._soon.isActive() and self._reading is None:
            self._soon.start()

    def read_again(self) -> None:
        """Reads the trials of the shown study now."""
        study = self.shown
        self._leave()
        self._overtaken = self._again = False
        if study is not None:
            self._reading = self._runner.task(
                lambda _progress: _read(study), self._on_read, self._on_failed, owner=self
            )

    def _on_read(self, trials: Trials) -> None:
        """Tells what was read; what trials overtook meanwhile is read again first, but once."""
        self._reading, self._mark = None, trials.mark
        self._soon.setInterval(max(_SOONEST_MS, round(1000 * _REST * trials.seconds)))
        overtaken, self._overtaken = self._overtaken, False
        if overtaken and not self._again:
            self.read_again()
            self._again = True
            return
        self._again = False
        self.read.emit(trials)
        if overtaken:
            self.read_soon()

    def _on_failed(self, error: Any) -> None:
        self._reading = None
        self.failed.emit(error)


def _listed(folder: Path) -> list[StudyFolder | FoveaError]:
    """All studies, and with them what is wrong with those whose trials cannot be read."""
    found = list_studies(folder)
    looked = (damage(one) for one in found if isinstance(one, StudyFolder))
    return [*(error for error in looked if error is not None), *found]


def _read(study: StudyFolder) -> Trials:
    began, mark = time.monotonic(), _mark(study)
    table = read_table(study)
    texts = haystacks(table)
    return Trials(study, table, texts, time.monotonic() - began, mark)


def _mark(study: StudyFolder | None) -> Mark:
    """The file and its log of writes; a log without writes is one that a reader has made."""
    if study is None:
        return ()
    files = (study.database, study.database.with_name(f"{study.database.name}-wal"))
    return tuple(mark for file in files for mark in _facts(file) if mark[0])


def _others(folder: Path) -> Mark:
    """The folder of the studies: another one when a study came or went."""
    return _facts(studies_dir(folder))


def _facts(path: Path) -> Mark:
    with contextlib.suppress(OSError):
        found = path.stat()
        return ((found.st_size, found.st_mtime_ns),)
    return ()
