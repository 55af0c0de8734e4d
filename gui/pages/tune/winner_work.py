"""What the winner panel knows of a study, read and worked out behind the window."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.errors import FoveaError
from engine.tune.confirm.applying import applied, evidence, suggested
from engine.tune.confirm.judging import Judgement, judge
from engine.tune.confirm.record import Confirmation, read_confirmation
from engine.tune.folder import StudyFolder
from engine.tune.table import StudyTable, read_table
from gui.runner import Runner, Task

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Winner", "WinnerWork", "look"]


@dataclass(frozen=True)
class Winner:
    """A study and the check of its winners, as they are on disc.

    Attributes:
        study, table: the study.
        record, found: the check and what follows from it; ``None`` where nobody has asked for one.
        holds: whether it is about the present project, and not about one before some edit.
        best: the trial to apply, ``None`` where no trial is complete.
        same: the trials whose settings the project has already.
        seconds: how long a run takes, by the trials of the search; ``None`` where none is known.
        error: why the check cannot be read.
    """

    study: StudyFolder
    table: StudyTable
    record: Confirmation | None = None
    found: Judgement | None = None
    holds: bool = False
    best: int | None = None
    same: frozenset[int] = frozenset()
    seconds: float | None = None
    error: FoveaError | None = None


def look(study: StudyFolder, project: Project) -> Winner:
    """Reads a study and its check; raises FoveaError FV-S005 where the study cannot be read."""
    table = read_table(study)
    record, error = None, None
    try:
        record = read_confirmation(study)
    except FoveaError as caught:
        error = caught
    holding = evidence(record, project)
    found = holding or (judge(record) if record is not None else None)
    complete = [row for row in table.rows if row.state == "complete"]
    times = [row.seconds for row in complete if row.seconds is not None]
    best = suggested(table, holding)
    named = {arm.trial for arm in record.candidates} if record is not None else set()
    return Winner(
        study,
        table,
        record,
        found,
        holding is not None,
        best,
        frozenset(
            row.number
            for row in complete
            if row.number in named | {best} and _is(project, study, table, row.number)
        ),
        fmean(times) if times else None,
        error,
    )


def _is(project: Project, study: StudyFolder, table: StudyTable, trial: int) -> bool:
    try:
        return applied(project, study, table, trial) == project
    except FoveaError:
        return False


class WinnerWork(QObject):
    """Reads again whenever it is asked; only the last answer counts.

    Signals:
        looked(Winner): what there is.
        failed(FoveaError): the study cannot be read.
    """

    looked = Signal(object)
    failed = Signal(object)

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._task: Task | None = None

    def read(self, study: StudyFolder, project: Project) -> None:
        """Looks at a study beside a project."""
        self.leave()
        self._task = self._runner.task(
            lambda _progress: look(study, project), self._done, self._wrong, owner=self
        )

    def leave(self) -> None:
        """Forgets what was asked."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _done(self, found: Winner) -> None:
        self._task = None
        self.looked.emit(found)

    def _wrong(self, error: FoveaError) -> None:
        self._task = None
        self.failed.emit(error)
