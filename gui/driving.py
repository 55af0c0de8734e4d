"""What a worker drives: a training, a search, or the check of its winner, each a stream of events.

Each is made from what was asked for, and begins when it is called with the switches of the job: on
the worker thread, where the engine is imported at last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from engine.runs.events import Event

if TYPE_CHECKING:
    from engine.project.document import Project
    from engine.train.control import Control
    from engine.tune.confirm.plan import ConfirmPlan
    from engine.tune.folder import StudyFolder

__all__ = ["Events", "checking", "searching", "training"]

Events = Callable[["Control"], Iterator[Event]]


def training(
    project: Project, folder: Path, resume: str | None, queued: str, *, apart: bool
) -> Events:
    """A run of ``project``, or the rest of one; ``apart``: in a process of its own."""

    def events(control: Control) -> Iterator[Event]:
        from engine.train.drive import drive

        return drive(project, folder, apart=apart, resume=resume, control=control, queued=queued)

    return events


def searching(study: StudyFolder, folder: Path) -> Events:
    """The trials of a study that are left."""

    def events(control: Control) -> Iterator[Event]:
        from engine.tune.study import tune

        return tune(study, folder, control=control)

    return events


def checking(study: StudyFolder, folder: Path, project: Project, plan: ConfirmPlan) -> Events:
    """The check of a study's winners beside ``project``."""

    def events(control: Control) -> Iterator[Event]:
        from engine.tune.confirm.running import confirm

        return confirm(study, folder, project=project, plan=plan, control=control)

    return events
