"""Which finished run can be asked what a card does; no torch."""

from __future__ import annotations

from pathlib import Path

from engine.augment.pipeline import Pipeline
from engine.errors import FoveaError
from engine.meter.cache import WHOLE, measured
from engine.project.document import Project
from engine.runs.folder import RunFolder
from engine.runs.listing import list_runs
from engine.transforms.base import Mixing, Policy

__all__ = ["fitting_run"]

FINISHED = ("done", "early", "stopped")


def fitting_run(project: Project, project_dir: Path, card: str) -> str:
    """The youngest finished run on the same images whose training lacked the card; "" for none.

    A run with a policy lacked no card but other policies and mixing: what a policy deals is of many
    kinds. For the whole pipeline, where it is more than one card, it must be a run without any
    augmentation. Where images are only mixed there is nothing to ask: "" again.
    """
    asked = measured(project.augment, card)
    if all(isinstance(one.transform, Mixing) for one in asked.cards):
        return ""
    several = len(asked.cards) > 1 or bool(asked.groups)
    for run in reversed(list_runs(project_dir)):
        if run.status not in FINISHED or not run.best_epoch:
            continue
        try:
            then = Project.from_json(RunFolder(run.path).read_project())
        except FoveaError:
            continue
        whole = card == WHOLE and several
        seen = bool(then.augment.active) if whole else _met(then.augment, asked)
        if then.data == project.data and not seen:
            return run.id
    return ""


def _met(trained: Pipeline, asked: Pipeline) -> bool:
    """Whether a training with ``trained`` may have shown what the one card of ``asked`` does."""
    sought = asked.cards[0].transform
    return any(
        card.transform.kind == sought.kind
        or (isinstance(card.transform, Policy) and not isinstance(sought, Policy))
        for card in trained.active
    )
