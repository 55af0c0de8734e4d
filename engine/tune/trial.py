"""One trial: a run whose epochs are reported to the study, until it ends or is not worth more."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.runs.events import EpochDone, Event, RunFailed, RunFinished
from engine.runs.folder import RunFolder, runs_dir
from engine.runs.listing import replay
from engine.train.control import Control
from engine.train.loop import train
from engine.tune.folder import StudyFolder
from engine.tune.goals import GOALS
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
) -> Generator[Event, None, Outcome]:
    """Trains a trial, or goes on with what an earlier process left of it; gives how it ended.

    Every epoch is reported once. A run that was interrupted goes on from its last checkpoint, and
    ends as it would have without: equal settings and equal earlier trials give an equal end.
    """
    try:
        too_large = _too_large(study, project)
        if too_large:
            return Outcome("pruned", why=too_large)
        return (yield from _trained(study, trial, project, project_dir, control, options))
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
) -> Generator[Event, None, Outcome]:
    goal = GOALS[study.plan.goal]
    report = _reporter(trial)
    own = TrialControl(control)
    place, pruned = runs_dir(study.path) / run_id(trial.number), False
    resume = _left_behind(place)
    if resume:
        known = [event for event in replay(place) if isinstance(event, EpochDone)]
        for event in known:
            report(event.epoch, goal.of_epoch(event))
        pruned = bool(known) and trial.should_prune()
    if pruned:
        return _pruned(trial)
    begun: dict[str, Any] = {"resume": run_id(trial.number)} if resume else {}
    if not resume:
        about = {"study": study.name, "trial": trial.number}
        begun = {"run_id": run_id(trial.number), "belongs": about}
    end: Event | None = None
    run = train(
        None if resume else project,
        project_dir,
        home=study.path,
        control=own,
        **begun,
        **options,
    )
    with contextlib.closing(run):
        for event in run:
            yield event
            if isinstance(event, EpochDone):
                report(event.epoch, goal.of_epoch(event))
                if not pruned and trial.should_prune():
                    pruned = True
                    own.stop()
            elif isinstance(event, (RunFinished, RunFailed)):
                end = event
    if isinstance(end, RunFailed):
        return Outcome("failed", why=f"{end.what} {end.why}".strip(), code=end.code)
    if pruned:  # also where the person stops it now: an uninterrupted study would have ended it
        return _pruned(trial)
    if end is None or end.status == "stopped":
        return Outcome("stopped")
    value = goal.of_run(end.metrics)
    if value is None:
        return Outcome("failed", why=f"The run has no {goal.metric}.", code="FV-S006")
    return Outcome("complete", value)


def _reporter(trial: optuna.Trial) -> Callable[[int, float | None], None]:
    """Reports the value after an epoch, unless the study has it from before an interruption."""
    known = set(trial.study._storage.get_trial(trial._trial_id).intermediate_values)

    def report(epoch: int, value: float | None) -> None:
        if value is not None and epoch - 1 not in known:
            trial.report(value, epoch - 1)

    return report


def _pruned(trial: optuna.Trial) -> Outcome:
    values = trial.study._storage.get_trial(trial._trial_id).intermediate_values
    last = max(values) if values else None
    return Outcome("pruned", None if last is None else values[last])


def _left_behind(place: Path) -> bool:
    """Whether there is a run to go on with; one that had not begun is swept away."""
    if not place.exists():
        return False
    if RunFolder(place).status() == "damaged":
        shutil.rmtree(place, ignore_errors=True)
        return False
    return True


def _too_large(study: StudyFolder, project: Project) -> str:
    most = study.plan.most_parameters
    if most is None:
        return ""
    count = analyse(project.model, project.frame()).parameters
    return f"The model has {count:,} parameters, {most:,} are allowed." if count > most else ""
