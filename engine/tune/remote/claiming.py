"""Who trains which trial of a shared study, and what becomes of the trials of lost computers.

A trial belongs to the one whose change of its state to running the storage accepts. One that gives
no sign of life any more fails, and its settings wait as a new trial: only the one whose change of
the state to failed is accepted adds it, so that every loss is made good once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.processes import Process, is_running, this_process
from engine.tune.ranking import ADDED, BORROWED

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

__all__ = ["GRACE", "RETRIES", "RETRY_OF", "Claims"]

GRACE = 120.0
"""Seconds without a sign of life that make a trial a lost one; signs come every tenth of it."""
RETRIES = 3
"""So many times the settings of a lost trial are tried again."""

RETRY_OF, TIMES, BEAT, OWNER = "retry_of", "retries", "beat", "owner"


class Claims:
    """One participant's view of the trials of a study on a storage.

    Each participant measures the silence of others with its own clock: what it looks at is whether
    the sign has changed, so the clocks of the computers need not agree.
    """

    def __init__(self, study: optuna.Study, trials: Callable[[], int], grace: float) -> None:
        """``trials`` says how many may begin in all; ``grace`` is seconds, see :data:`GRACE`."""
        self._study = study
        self._trials = trials
        self._grace = grace
        self._seen: dict[int, tuple[Any, float]] = {}

    def next(self) -> int | None:
        """The key of a trial that is ours now, or ``None`` when there is none at the moment."""
        from optuna.trial import TrialState

        storage, study = self._study._storage, self._study._study_id
        budget, known = self._trials(), self._all()
        inside = _inside(known, budget)
        for trial in known:
            waits = trial.state == TrialState.WAITING and trial.number in inside
            if waits and storage.set_trial_state_values(trial._trial_id, TrialState.RUNNING):
                return self._own(trial._trial_id)
        if _first_tries(known) >= budget:
            return None
        key = storage.create_new_trial(study)
        if storage.get_trial(key).number not in _inside(self._all(), budget):
            storage.set_trial_state_values(key, TrialState.WAITING)  # another one was faster
            return None
        return self._own(key)

    def finished(self) -> int:
        """How many trials of the budget are over, lost ones that are tried again left out."""
        known = [
            t for t in self._all() if ADDED not in t.user_attrs and BORROWED not in t.user_attrs
        ]
        return sum(t.state.is_finished() for t in known) - sum(
            RETRY_OF in t.user_attrs for t in known
        )

    def all_over(self) -> bool:
        """Whether the budget is spent, and nobody trains any more."""
        budget, known = self._trials(), self._all()
        inside = _inside(known, budget)
        if _first_tries(known) < budget:
            return False
        return all(trial.state.is_finished() for trial in known if trial.number in inside)

    def retry_lost(self, mine: set[int]) -> list[tuple[int, str]]:
        """Lets the settings of lost trials wait for their turn; their numbers, and what is known.

        ``mine`` are the keys of the trials that this participant trains.
        """
        from optuna.trial import TrialState

        lost: list[tuple[int, str]] = []
        for trial in self._all():
            if trial.state != TrialState.RUNNING or trial._trial_id in mine:
                continue
            why = self._silent(trial)
            if why and self._take_over(trial, why):
                lost.append((trial.number, why))
        return lost

    def _silent(self, trial: FrozenTrial) -> str:
        """Why a trial that is running counts as lost; empty while it does not."""
        owner, now = _process(trial.user_attrs.get(OWNER)), time.monotonic()
        if owner is not None and is_running(owner) is False:
            return f"Its process on {owner.host:.80} is gone."
        beat = trial.user_attrs.get(BEAT)
        last, since = self._seen.get(trial._trial_id, (None, now))
        if beat != last or trial._trial_id not in self._seen:
            self._seen[trial._trial_id] = (beat, now)
            return ""
        if now - since < self._grace:
            return ""
        host = owner.host[:80] if owner is not None else "An unknown computer"
        return f"{host} gave no sign of life for {now - since:.0f} s."

    def _take_over(self, trial: FrozenTrial, why: str) -> bool:
        import optuna
        from optuna.trial import TrialState

        storage, key = self._study._storage, trial._trial_id
        times = trial.user_attrs.get(TIMES, 0)
        times = times if isinstance(times, int) else RETRIES
        again = times < RETRIES
        end = "Its settings are tried again." if again else f"It was lost {times + 1} times."
        try:
            storage.set_trial_user_attr(key, "why", f"{why} {end}")
            if not storage.set_trial_state_values(key, TrialState.FAIL):
                return False
        except optuna.exceptions.UpdateFinishedTrialError:  # it has ended, or another was faster
            return False
        if again:
            self._study.add_trial(_again(trial, times + 1))
        return True

    def _own(self, key: int) -> int:
        storage = self._study._storage
        storage.set_trial_user_attr(key, OWNER, asdict(this_process()))
        return key

    def _all(self) -> list[FrozenTrial]:
        return self._study._storage.get_all_trials(self._study._study_id, deepcopy=False)


def _again(trial: FrozenTrial, times: int) -> FrozenTrial:
    """A trial that waits, with the settings of a lost one."""
    import optuna

    added = {ADDED: trial.user_attrs[ADDED]} if ADDED in trial.user_attrs else {}
    return optuna.trial.create_trial(
        state=optuna.trial.TrialState.WAITING,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs=added | {RETRY_OF: trial.number, TIMES: times},
        system_attrs=trial.system_attrs,
    )


def _inside(known: list[FrozenTrial], budget: int) -> set[int]:
    """The numbers of the trials that may be begun: the first ones, and what comes on top."""
    first = [trial.number for trial in known if _counts(trial)]
    return {*first[:budget], *(trial.number for trial in known if not _counts(trial))}


def _first_tries(known: list[FrozenTrial]) -> int:
    return sum(map(_counts, known))


def _counts(trial: FrozenTrial) -> bool:
    """Whether the budget is charged with it."""
    return not {RETRY_OF, ADDED, BORROWED} & trial.user_attrs.keys()


def _process(value: Any) -> Process | None:
    """Whose trial it is, as another computer has written it down."""
    kinds = {"host": str, "pid": int, "started": str}
    if not isinstance(value, Mapping) or value.keys() != kinds.keys():
        return None
    if any(type(value[name]) is not kind for name, kind in kinds.items()):
        return None
    return Process(**value)
