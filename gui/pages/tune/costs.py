"""How long a search takes, in words, from trials and runs that there were."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.runs.listing import list_runs
from engine.tune.plan import StudyPlan
from engine.tune.table import StudyTable
from gui.numbers import duration
from gui.runner import Runner

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Costs"]

_OVER = ("complete", "pruned")


class Costs(QObject):
    """Knows how long an epoch of the project's last run took.

    ``changed()`` when it has been read.
    """

    changed = Signal()

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._epoch: float | None = None

    def look(self, folder: Path) -> None:
        """Reads the runs of a project, behind the window."""
        self._epoch = None

        def done(seconds: float | None) -> None:
            self._epoch = seconds
            self.changed.emit()

        self._runner.task(lambda _progress: _of_an_epoch(folder), done, self._none, owner=self)

    def _none(self, _error: object) -> None:
        """The Train page tells of runs that cannot be read; here there is just no estimate."""

    def words(self, plan: StudyPlan, table: StudyTable, project: Project | None) -> str:
        """How long the trials that are left take; empty where nothing is known."""
        took = [row.seconds for row in table.rows if row.state in _OVER and row.seconds]
        done = sum(row.state in (*_OVER, "failed") for row in table.rows)
        left = max(0, plan.trials - done)
        if took and left:
            each = median(took)
            return _sentence(each * left, left, each, plan, "going by those before")
        if not table.rows and self._epoch is not None and project is not None:
            each = self._epoch * project.training.epochs
            return _sentence(each * left, left, each, plan, "going by the last run")
        return ""


def _sentence(whole: float, left: int, each: float, plan: StudyPlan, as_what: str) -> str:
    trials = f"{left:,} trial{'s' if left != 1 else ''}"
    one = duration(each) if each >= 1 else "less than a second"
    if plan.hours is not None and whole > 3600 * plan.hours:
        count = int(3600 * plan.hours / each)
        return f"About {count:,} of {trials} fit in {plan.hours:g} h, at {one} each."
    return f"About {duration(whole)} for {trials} of {one}, {as_what}."


def _of_an_epoch(folder: Path) -> float | None:
    """Seconds for an epoch in the youngest run that has one."""
    for run in reversed(list_runs(folder)):
        if run.epochs_done and run.seconds:
            return run.seconds / run.epochs_done
    return None
