"""Which trials of a study are the best, and whose weights stay."""

from __future__ import annotations

import math
import shutil
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from engine.runs.folder import runs_dir
from engine.tune.folder import StudyFolder
from engine.tune.goals import GOALS
from engine.tune.outcome import run_ids
from engine.tune.plan import StudyPlan

if TYPE_CHECKING:
    import optuna

__all__ = ["ADDED", "BORROWED", "complete", "finished", "front", "ranked", "spent", "thin"]

ADDED = "added"
"""The remark on a trial that somebody added by hand: the name of its file in the inbox."""

BORROWED = "borrowed"
"""The remark on a trial that was taken from an earlier study: ``STUDY/NUMBER``."""


def finished(study: optuna.Study) -> list[Any]:
    """The study's own trials that are over."""
    trials = study.get_trials(deepcopy=False)
    return [one for one in trials if one.state.is_finished() and BORROWED not in one.user_attrs]


def spent(study: optuna.Study) -> int:
    """How many trials of the budget are over: those that were added by hand come on top of it."""
    return sum(ADDED not in one.user_attrs for one in finished(study))


def complete(study: optuna.Study) -> list[Any]:
    """The trials with a value, borrowed ones among them."""
    from optuna.trial import TrialState

    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def ranked(plan: StudyPlan, trials: list[Any]) -> list[Any]:
    """Complete trials from the best first objective on; of equal ones the earlier first."""
    sign = -1 if GOALS[plan.goal].maximise else 1
    return sorted(trials, key=lambda one: (sign * one.values[0], one.number))


def front(plan: StudyPlan, trials: list[Any]) -> list[Any]:
    """The complete trials that no other one beats in both objectives, from the best goal on.

    Of trials with equal objectives the earliest is in it.
    """
    sign = -1 if GOALS[plan.goal].maximise else 1
    found: list[Any] = []
    least = math.inf
    for one in sorted(trials, key=lambda one: (sign * one.values[0], one.values[1], one.number)):
        if one.values[1] < least:
            least = one.values[1]
            found.append(one)
    return found


def thin(folder: StudyFolder, study: optuna.Study, among: Collection[int]) -> set[int]:
    """Keeps the weights of the best own trials only, of equal ones those of the earlier; gives
    their numbers. ``among`` are the trials that have weights to lose; their history stays.
    """
    plan = folder.plan
    own = [one for one in complete(study) if BORROWED not in one.user_attrs]
    best = front(plan, own) if plan.against != "none" else ranked(plan, own)
    keeps = {one.number for one in best[: plan.keep]}
    for gone in set(among) - keeps:
        for name in run_ids(gone, plan.runs):
            shutil.rmtree(runs_dir(folder.path) / name / "checkpoints", ignore_errors=True)
    return keeps
