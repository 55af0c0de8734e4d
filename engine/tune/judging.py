"""Tells a study how a trial's run does, epoch by epoch, and whether it is worth going on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runs.events import EpochDone, Event, RunFailed, RunFinished, RunStarted
from engine.tune.goals import Goal
from engine.tune.outcome import Outcome

if TYPE_CHECKING:
    import optuna

__all__ = ["Judge", "reports"]


class Judge:
    """Hears the events of one run of a trial.

    With ``told`` the study knows the goal after each epoch, once, and a run may end early by that;
    without, epochs are not its business: a later run of a trial, or a study of two objectives.
    """

    def __init__(self, trial: optuna.Trial, goal: Goal, *, told: bool) -> None:
        self._trial = trial
        self._goal = goal
        self._told = told
        self._known = set(reports(trial)) if told else set[int]()
        self._lacks = ""

    def hear(self, event: Event) -> None:
        """Reports an epoch, unless the study has it from before an interruption."""
        if not isinstance(event, EpochDone):
            return
        value, step = self._goal.of_epoch(event), event.epoch - 1
        self._lacks = self._goal.lacks(event)
        if self._told and value is not None and step not in self._known:
            self._trial.report(value, step)
            self._known.add(step)

    def ends_after(self, event: Event) -> bool:
        """Whether the run is to end at an epoch's end, or where it goes on from.

        Not before the last epoch that the study knows: a run that goes on from an earlier one
        trains up to it first, and so leaves what it would have left.
        """
        if isinstance(event, EpochDone):
            epochs = event.epoch
        elif isinstance(event, RunStarted):
            epochs = event.epochs_done
        else:
            return False
        return bool(self._lacks) or (epochs > max(self._known, default=epochs) and self._prunes())

    def _prunes(self) -> bool:
        return bool(self._known) and self._trial.should_prune()

    def outcome(self, end: RunFinished | RunFailed | None) -> Outcome:
        """How the trial ended whose run ended so; ``None``: before it began."""
        if isinstance(end, RunFailed):
            return Outcome("failed", why=f"{end.what} {end.why}".strip(), code=end.code)
        if self._lacks:
            return Outcome("failed", why=self._lacks, code="FV-S006")
        if self._prunes():  # also where the person stops it now: it would have ended here anyway
            known = reports(self._trial)
            return Outcome("pruned", known[max(known)])
        if end is None or end.status == "stopped":
            return Outcome("stopped")
        value = self._goal.of_run(end.metrics)
        if value is None:
            metric = self._goal.metric.removeprefix("val_")
            why = f"The validation {metric} of its best epoch is not a finite number."
            return Outcome("failed", why=why, code="FV-S006")
        return Outcome("complete", value)


def reports(trial: optuna.Trial) -> dict[int, float]:
    """What the study knows of a trial: values by epoch, or by run, from 0."""
    return trial.study._storage.get_trial(trial._trial_id).intermediate_values
