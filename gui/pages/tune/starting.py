"""From the wish to search to a study that runs: its folder is made behind the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.errors import FoveaError
from engine.tune.folder import StudyFolder, create_study
from engine.tune.plan import StudyPlan
from gui.pages.base import Session

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Starting"]


class Starting(QObject):
    """Makes a study, or gives one another budget, and starts it.

    Signals:
        began(study): it runs.
        failed(error): it does not; nothing was begun.
    """

    began = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.busy = False

    def begin(self, project: Project, folder: Path, plan: StudyPlan, workers: int) -> None:
        """A new study of the project as it stands, with so many trials at a time."""

        def work(_progress: object) -> StudyFolder:
            from engine.train.prepare import check_project

            check_project(project)
            return create_study(folder, project, plan)

        self._do(work, folder, workers)

    def go_on(self, study: StudyFolder, folder: Path, plan: StudyPlan, workers: int) -> None:
        """The study again, with the budget of a plan."""

        def work(_progress: object) -> StudyFolder:
            return study.with_budget(plan.trials, plan.hours, plan.stop_when_unlikely)

        self._do(work, folder, workers)

    def _do(self, work: object, folder: Path, workers: int) -> None:
        assert callable(work)
        self.busy = True

        def done(study: StudyFolder) -> None:
            self.busy = False
            if folder != self._session.document.folder:
                return
            try:
                self._session.runner.start_study(study, folder, workers)
            except FoveaError as error:
                self.failed.emit(error)
                return
            self.began.emit(study)

        def failed(error: FoveaError) -> None:
            self.busy = False
            self.failed.emit(error)

        self._session.runner.task(work, done, failed, owner=self)
