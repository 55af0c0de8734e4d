"""Readings of the open project: kept ones, measured ones, and those that no longer fit."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from engine.augment.pipeline import Pipeline
from engine.errors import FoveaError
from engine.meter import WHOLE, Reading, load_readings, measure
from engine.meter.cache import measured
from gui.document import Document
from gui.runner import Progress, Runner, Task
from gui.worker import import_torch

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["MeterWork", "Stage"]

_LOOK_UP_MS = 250  # after an edit: a hand on a slider makes thirty a second


@dataclass(frozen=True)
class Stage:
    """How far a measurement is: percent (0 of 0 when nobody knows), words, readings done of all."""

    done: int = 0
    total: int = 0
    text: str = ""
    ready: int = 0
    wanted: int = 0


@dataclass(frozen=True, eq=False)
class _Taken:
    """A reading, and the project that it was taken of."""

    project: Project
    reading: Reading


class MeterWork(QObject):
    """Measures behind the window, and knows which readings hold for the project of the moment.

    Signals: ``changed()``: readings, an end or an error; ``advanced()``: :attr:`stage`.

    Attributes:
        readings: those that hold, by card id, the whole pipeline's under ``""``.
        stale: the last ones of cards whose settings, or whose images, were changed since.
        stage: how far it is; None when nothing is measured.
        error: why the last measurement ended early.
        cancelled: whether the person ended the last one.
    """

    changed = Signal()
    advanced = Signal()

    def __init__(self, document: Document, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.readings: dict[str, Reading] = {}
        self.stale: dict[str, Reading] = {}
        self.stage: Stage | None = None
        self.error: FoveaError | None = None
        self.cancelled = False
        self._document, self._runner = document, runner
        self._folder: Path | None = document.folder
        self._project: Project | None = None
        self._taken: dict[str, _Taken] = {}
        self._task: Task | None = None
        self._begun: Project | None = None
        self._inbox: deque[Reading] = deque()
        self._timer = QTimer(self, singleShot=True, interval=_LOOK_UP_MS)
        self._timer.timeout.connect(self.look_up)
        document.changed.connect(self._on_document)

    # Which readings hold

    def show_project(self, project: Project | None) -> None:
        """Takes the project as it is now, and looks up what was measured of it before."""
        self._follow()
        before, self._project = self._project, project
        if project is None:
            return
        if before is None or _parts(before) != _parts(project):
            self.error = None
            self.cancelled = False
            self._timer.start(_LOOK_UP_MS if before is not None else 0)
        self._sort()

    def _on_document(self, _before: object, _after: object) -> None:
        self._follow()

    def _follow(self) -> None:
        """Lets go of what belongs to another project, also while the page is hidden."""
        if self._folder != self._document.folder:
            self._folder = self._document.folder
            self._timer.stop()
            self._stop()
            self._project = None
            self._taken.clear()
            self.error, self.cancelled = None, False
            self._sort()

    def look_up(self) -> None:
        """Looks up, behind the window, what was measured of the project as it is."""
        project, folder = self._project, self._folder
        if project is None or folder is None:
            return

        def show(found: dict[str, Reading]) -> None:
            if folder == self._folder:
                self._taken |= {id: _Taken(project, reading) for id, reading in found.items()}
                self._sort()

        self._runner.task(
            lambda _progress: load_readings(project, folder), show, self._on_unread, owner=self
        )

    def _on_unread(self, error: FoveaError) -> None:
        self.error = error
        self.changed.emit()

    def _sort(self) -> None:
        """Tells the readings that hold from the stale ones."""
        project, found = self._project, self._known()
        self.readings = {
            id: one.reading
            for id, one in found.items()
            if project is not None and _fits(one.project, project, id)
        }
        self.stale = {id: one.reading for id, one in found.items() if id not in self.readings}
        self.changed.emit()

    def _known(self) -> dict[str, _Taken]:
        pipeline = self._project.augment if self._project is not None else Pipeline()
        ids = [card.id for card in pipeline.cards]
        ids += [WHOLE] if pipeline.active else []
        return {id: self._taken[id] for id in ids if id in self._taken}

    @property
    def missing(self) -> tuple[str, ...]:
        """The ids of what can act and has no reading that holds; "" for the whole pipeline."""
        if self._project is None or not self._project.augment.active:
            return ()
        active = [card.id for card in self._project.augment.active]
        return tuple(id for id in (*active, WHOLE) if id not in self.readings)

    # Measuring

    @property
    def running(self) -> bool:
        """Whether something is being measured."""
        return self._task is not None

    def measure(self, *, fresh: bool = False) -> None:
        """Measures what has no reading, or, ``fresh``, everything; cards come as they are ready."""
        project, folder, inbox = self._project, self._folder, deque[Reading]()
        if project is None or folder is None or self._task is not None:
            return
        self._begun, self._inbox = project, inbox
        self.error, self.cancelled = None, False
        self.stage = Stage(wanted=len(project.augment.active) + 1)

        def work(progress: Progress) -> None:
            progress(0, 0, "Starting")
            import_torch()
            for reading in measure(project, folder, fresh=fresh, progress=progress):
                inbox.append(reading)
                progress(0, 0, "")  # so that it is looked at, and Cancel heard, at once

        self._task = self._runner.task(work, self._finish, self._fail, self._advance, owner=self)
        self.changed.emit()

    def cancel(self) -> None:
        """Ends the measurement; what was ready is kept."""
        if self._task is not None:
            self._take()
            self._stop()
            self.cancelled = True
            self._sort()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task, self.stage = None, None
        self._inbox = deque()

    def _advance(self, done: int, total: int, text: str) -> None:
        fresh = self._take()
        if self.stage is not None:
            last = self.stage
            done, total, text = (done, total, text) if text else (last.done, last.total, last.text)
            self.stage = Stage(done, total, text, last.ready + fresh, last.wanted)
            self.advanced.emit()
        if fresh:
            self._sort()

    def _finish(self, _result: object) -> None:
        self._take()
        self._stop()
        self._sort()

    def _fail(self, error: FoveaError) -> None:
        self._take()
        self._stop()
        self.error = error
        self._sort()

    def _take(self) -> int:
        """Takes what has become ready; how many readings that were."""
        count = 0
        while self._inbox and self._begun is not None:
            reading = self._inbox.popleft()
            self._taken[reading.card] = _Taken(self._begun, reading)
            count += 1
        return count


def _parts(project: Project) -> tuple[object, ...]:
    return project.data, project.augment


def _fits(then: Project, now: Project, card: str) -> bool:
    """Whether a reading of ``then`` holds for ``now``; as the kept files' keys decide it."""
    if then.data is not now.data and _images(then) != _images(now):
        return False
    return then.augment is now.augment or (
        measured(then.augment, card) == measured(now.augment, card)
    )


def _images(project: Project) -> dict[str, object]:
    """What describes the images, wherever they lie."""
    return {name: value for name, value in project.data.to_json().items() if name != "source"}
