"""The settings of a trial as the project's own."""

from __future__ import annotations

from engine.errors import FoveaError
from engine.project.document import Project
from engine.project.searching import with_choices
from engine.tune.confirm.candidates import fingerprint
from engine.tune.confirm.judging import Judgement, judge
from engine.tune.confirm.record import Confirmation
from engine.tune.folder import StudyFolder
from engine.tune.table import StudyTable

__all__ = ["applied", "evidence", "suggested"]


def applied(project: Project, study: StudyFolder, table: StudyTable, trial: int) -> Project:
    """The project with the settings of a trial; its search space stays.

    Raises FoveaError FV-S022 for a trial that the study does not have, and FV-H001 or FV-H002 where
    its settings have no place in the project any more.
    """
    row = next((row for row in table.rows if row.number == trial), None)
    if row is None or not row.settings:
        raise FoveaError(
            "FV-S022",
            f"The study “{study.name:.80}” has no settings of a trial {trial}.",
            where=str(study.path),
            why=f"It has {len(table.rows):,} trials, counted from 0.",
            kept="The project is unchanged.",
            fix="Choose a trial of its table.",
        )
    return with_choices(project, row.settings)


def evidence(record: Confirmation | None, project: Project) -> Judgement | None:
    """What a check says about changing this very project; ``None`` where it says nothing.

    A check of another project, as it was before some edit, says nothing about this one.
    """
    if record is None or record.project != fingerprint(project):
        return None
    return judge(record)


def suggested(table: StudyTable, found: Judgement | None) -> int | None:
    """The trial to apply: the winner of the check, else the best one of the search."""
    if found is not None and found.winner is not None:
        return found.winner
    best = table.best()
    return None if best is None else best.number
