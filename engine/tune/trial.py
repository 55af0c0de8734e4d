"""One trial: a run whose epochs are reported to the study, until it ends or is not worth more."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.runs.events import EpochDone, Event, RunFailed, RunFinished, RunStarted
from engine.runs.folder import runs_dir
from engine.runs.listing import replay
from engine.train.control import Control
from engine.train.loop import train
from engine.tune.folder import StudyFolder
from engine.tune.goals import GOALS, Goal
from engine.tune.leftovers import left_behind
from engine.tune.storage import storage_errors
from engine.tune.trial_control import TrialControl

if TYPE_CHECKING:
    import optuna

__all__ = ["Outcome", "run_id", "train_trial"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended.

    Attributes:
        state: ``complete``, ``pruned``, ``failed``, or ``stopped`` by the person: it can go on.
        value: what it is judged by.
        why, code: the reason in a sentence, and the error's code, where there is one.
    """

    state: Literal["complete", "pruned", "failed", "stopped"]
    value: float | None = None
    why: str = ""
    code: str = ""


def run_id(number: int) -> str:
    """The id of a trial's run in the study's folder."""
    return f"trial-{number:05d}"


def train_trial(
    study: StudyFolder,
    trial: optuna.Trial,
    project: Project,
    project_dir: Path,
    control: Control,
    options: Mapping[str, Any],
    trainer: Callable[..., Generator[Event, None, None]] | None = None,
) -> Generator[Event, None, Outcome]:
    """Trains a trial, or goes on with what an earlier process left of it; gives how it ended.

    ``trainer`` stands in for :func:`engine.train.train`: a process that does the same elsewhere.

    Every epoch is reported once. A run that was interrupted goes on from its last checkpoint, and
    ends as it would have without: equal settings and equal earlier trials give an equal end.
    """
    trainer = trainer or train
    try:
        too_large = _too_large(study, project)
        if too_large:
            return Outcome("pruned", why=too_large)
        return (yield from _trained(study, trial, project, project_dir, control, options, trainer))
    except storage_errors():
        raise  # not the trial's fault, and nothing that a next trial could do without
    except Exception as error:
        from engine.train.failures import explain

        failure = explain(error, None, "")
        return Outcome("failed", why=f"{failure.what} {failure.why}".strip(), code=failure.code)


def _trained(
    study: StudyFolder,
    trial: optuna.Trial,
    project: Project,
    project_dir: Path,
    control: Control,
    options: Mapping[str, Any],
    trainer: Callable[..., Generator[Event, None, None]],
) -> Generator[Event, None, Outcome]:
    judge, own = _Judge(trial, GOALS[study.plan.goal]), TrialControl(control)
    place, end = runs_dir(study.path) / run_id(trial.number), None
    resume = left_behind(place)
    for event in replay(place) if resume else ():
        judge.hear(event)
    about = {"study": study.name, "trial": trial.number}
    begun: dict[str, Any] = {"run_id": run_id(trial.number), "belongs": about}
    begun = {"resume": run_id(trial.number)} if resume else begun
    again = None if resume else project
    run = trainer(again, project_dir, home=study.path, control=own, **begun, **options)
    with contextlib.closing(run):
        for event in run:
            yield event
            judge.hear(event)
            if judge.ends_after(event):
                own.stop()
            elif isinstance(event, (RunFinished, RunFailed)):
                end = event
    return judge.outcome(end)


class _Judge:
    """Tells the study how each epoch of a trial did, once, and whether the trial goes on."""

    def __init__(self, trial: optuna.Trial, goal: Goal) -> None:
        self._trial = trial
        self._goal = goal
        self._known = set(_reports(trial))
        self._lacks = ""

    def hear(self, event: Event) -> None:
        """Reports an epoch, unless the study has it from before an interruption."""
        if not isinstance(event, EpochDone):
            return
        value, step = self._goal.of_epoch(event), event.epoch - 1
        self._lacks = self._goal.lacks(event)
        if value is not None and step not in self._known:
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
            reports = _reports(self._trial)
            return Outcome("pruned", reports[max(reports)])
        if end is None or end.status == "stopped":
            return Outcome("stopped")
        value = self._goal.of_run(end.metrics)
        if value is None:
            metric = self._goal.metric.removeprefix("val_")
            why = f"The validation {metric} of its best epoch is not a finite number."
            return Outcome("failed", why=why, code="FV-S006")
        return Outcome("complete", value)


def _reports(trial: optuna.Trial) -> dict[int, float]:
    """What the study knows of a trial: values by epoch, from 0."""
    return trial.study._storage.get_trial(trial._trial_id).intermediate_values


def _too_large(study: StudyFolder, project: Project) -> str:
    most = study.plan.most_parameters
    if most is None:
        return ""
    count = analyse(project.model, project.frame()).parameters
    return f"The model has {count:,} parameters, {most:,} are allowed." if count > most else ""
