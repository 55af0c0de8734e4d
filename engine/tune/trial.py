"""One trial: its runs, reported to the study until they end or the trial is not worth more."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from engine.project.document import Project
from engine.runs.events import Event, RunFailed, RunFinished
from engine.runs.folder import RunFolder, runs_dir
from engine.runs.listing import replay
from engine.train.control import Control
from engine.train.loop import train
from engine.train.several import varied_project
from engine.tune.folder import StudyFolder
from engine.tune.goals import COSTS, GOALS
from engine.tune.judging import Judge, reports
from engine.tune.leftovers import left_behind
from engine.tune.outcome import Outcome, run_ids
from engine.tune.storage import storage_errors
from engine.tune.trial_control import TrialControl

if TYPE_CHECKING:
    import optuna

__all__ = ["train_trial"]

Trainer = Callable[..., Generator[Event, None, None]]


def train_trial(
    study: StudyFolder,
    trial: optuna.Trial,
    project: Project,
    project_dir: Path,
    control: Control,
    options: Mapping[str, Any],
    trainer: Trainer | None = None,
) -> Generator[Event, None, Outcome]:
    """Trains a trial, or goes on with what an earlier process left of it; gives how it ended.

    ``trainer`` stands in for :func:`engine.train.train`: a process that does the same elsewhere.

    Every epoch is reported once, or every run where the Wilcoxon test compares them. A run that was
    interrupted goes on from its last checkpoint, and ends as it would have without: equal settings
    and equal earlier trials give an equal end.
    """
    asked = _Asked(study, trial, project, project_dir, control, options, trainer or train)
    try:
        too_large = _too_large(asked)
        return too_large or (yield from _trained(asked))
    except storage_errors():
        raise  # not the trial's fault, and nothing that a next trial could do without
    except Exception as error:
        from engine.train.failures import explain

        failure = explain(error, None, "")
        return Outcome("failed", why=f"{failure.what} {failure.why}".strip(), code=failure.code)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What :func:`train_trial` was asked for."""

    study: StudyFolder
    trial: optuna.Trial
    project: Project
    project_dir: Path
    control: Control
    options: Mapping[str, Any]
    trainer: Trainer


def _trained(asked: _Asked) -> Generator[Event, None, Outcome]:
    """Trains the runs of a trial one after the other."""
    plan, trial = asked.study.plan, asked.trial
    by_run = plan.pruner_in_force == "wilcoxon"
    values: list[float] = []
    for place in range(plan.runs):
        outcome = yield from _one(asked, place, told=place == 0 and not by_run)
        if outcome.state != "complete" or outcome.value is None:
            return _of_run(outcome, place, plan.runs)
        values.append(outcome.value)
        if by_run and _beaten(trial, place, outcome.value, last=place == plan.runs - 1):
            return Outcome("pruned", fmean(values), spread=_spread(values))
    return Outcome("complete", fmean(values), against=_against(asked), spread=_spread(values))


def _of_run(outcome: Outcome, place: int, runs: int) -> Outcome:
    """The end of a trial by one of its runs; of several it says which."""
    if runs == 1 or not outcome.why:
        return outcome
    return replace(outcome, why=f"Run {place + 1} of {runs}: {outcome.why}")


def _one(asked: _Asked, place: int, *, told: bool) -> Generator[Event, None, Outcome]:
    """Trains one run of a trial, or goes on with it."""
    study, number = asked.study, asked.trial.number
    plan, name = study.plan, run_ids(number, study.plan.runs)[place]
    goal = GOALS[plan.goal]
    judge = Judge(asked.trial, goal, told=told and plan.against == "none")
    own, folder, end = TrialControl(asked.control), runs_dir(study.path) / name, None
    project = asked.project
    if plan.runs > 1:
        project = varied_project(project, plan.vary, plan.runs, place + 1)
    resume = left_behind(folder, project)
    for event in replay(folder) if resume else ():
        judge.hear(event)
    begun: dict[str, Any] = {"run_id": name, "belongs": {"study": study.name, "trial": number}}
    begun = {"resume": name} if resume else begun
    where = {"home": study.path, "control": own, **begun, **asked.options}
    run = asked.trainer(None if resume else project, asked.project_dir, **where)
    with contextlib.closing(run):
        for event in run:
            yield event
            judge.hear(event)
            if judge.ends_after(event):
                own.stop()
            elif isinstance(event, (RunFinished, RunFailed)):
                end = event
    return judge.outcome(end)


def _beaten(trial: optuna.Trial, place: int, value: float, *, last: bool) -> bool:
    """Reports a run, once, and says whether the others are not worth training."""
    known = reports(trial)
    if place not in known:
        trial.report(value, place)
    return not last and place >= max(known, default=place) and trial.should_prune()


def _spread(values: list[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None


def _against(asked: _Asked) -> float | None:
    """The second objective; a measured one is kept, so that a trial that goes on has the same."""
    against, trial = asked.study.plan.against, asked.trial
    if against == "none":
        return None
    counted = COSTS[against].counted
    if counted is not None:
        return counted(asked.project)
    kept = trial.user_attrs.get(against)
    if isinstance(kept, (int, float)):
        return float(kept)
    from engine.tune.latency import latency

    name = run_ids(trial.number, asked.study.plan.runs)[0]
    measured = latency(RunFolder(runs_dir(asked.study.path) / name))
    trial.set_user_attr(against, measured)
    return measured


def _too_large(asked: _Asked) -> Outcome | None:
    """The end of a trial whose model is beyond a limit; the study is told by how much, so that
    TPE keeps away from where models are larger still.
    """
    from engine.compute.device import choose_device, machine
    from engine.tune.limits import excesses

    device = choose_device(asked.options.get("device") or asked.project.training.device)
    found = excesses(asked.study.plan, asked.project, machine(device))
    known = asked.trial.study._storage.get_trial(asked.trial._trial_id).constraints
    for excess in found:
        if excess.limit not in known:
            asked.trial.set_constraint(excess.limit, excess.share)
    return Outcome("pruned", why=" ".join(excess.why for excess in found)) if found else None
