"""What the check of a study's winners says about applying a trial, read behind the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.errors import FoveaError
from engine.tune.confirm.applying import evidence
from engine.tune.confirm.events import CheckRunDone
from engine.tune.confirm.judging import Judgement
from engine.tune.confirm.record import read_confirmation
from engine.tune.confirm.words import apply_words
from engine.tune.folder import StudyFolder
from gui.pages.base import Session
from gui.runner import Task

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Evidence"]


class Evidence(QObject):
    """The evidence about the trials of one study and the open project.

    A record that cannot be read is none; the tab of the winner tells what is wrong with it. Emits
    ``changed()`` when it is known, or is another.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._runner = session.document, session.runner
        self._study: StudyFolder | None = None
        self._known: tuple[Judgement | None] | None = None
        self._task: Task | None = None
        self._runner.check_events.connect(self._on_check)

    def show_study(self, study: StudyFolder | None) -> None:
        """Turns to another study, or to none."""
        self._study, self._known = study, None
        self.refresh()

    def refresh(self) -> None:
        """Reads the check again: for another project, or after more of it."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        study, project = self._study, self._document.project
        if study is not None and project is not None:
            self._task = self._runner.task(
                lambda _progress: _read(study, project), self._on_read, owner=self
            )

    def words(self, trial: int) -> str:
        """What stands against applying a trial; empty for nothing, and while that is read."""
        return apply_words(self._known[0], trial) if self._known is not None else ""

    def against(self, trial: int) -> bool:
        """Whether the trial was checked, and not found better."""
        found = self._known[0] if self._known is not None else None
        row = found.of(trial) if found is not None else None
        return row is not None and row.verdict not in ("open", "better")

    def _on_read(self, found: Judgement | None) -> None:
        self._task, self._known = None, (found,)
        self.changed.emit()

    def _on_check(self, events: list[object]) -> None:
        if any(isinstance(event, CheckRunDone) for event in events):
            self.refresh()


def _read(study: StudyFolder, project: Project) -> Judgement | None:
    try:
        return evidence(read_confirmation(study), project)
    except FoveaError:
        return None
