"""Which trial of a study comes next, and how many were begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.tune.ranking import ADDED, spent

if TYPE_CHECKING:
    import optuna

__all__ = ["added_waits", "begun", "next_number"]


def added_waits(study: optuna.Study) -> bool:
    """Whether a trial that somebody added by hand waits for its turn, whatever the budget."""
    from optuna.trial import TrialState

    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    return any(ADDED in one.user_attrs for one in waiting)


def begun(study: optuna.Study) -> int:
    """How many trials of the budget are over or running."""
    from optuna.trial import TrialState

    running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    return spent(study) + sum(ADDED not in one.user_attrs for one in running)


def next_number(study: optuna.Study) -> int:
    """The number of the trial that ``ask`` is about to give: one that waits, or a new one."""
    from optuna.trial import TrialState

    trials = study.get_trials(deepcopy=False)
    waiting = [one.number for one in trials if one.state == TrialState.WAITING]
    return waiting[0] if waiting else len(trials)
