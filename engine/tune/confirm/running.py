"""Trains the winners of a study again, beside the present project."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import Event, RunFailed, RunFinished
from engine.runs.folder import RunFolder, runs_dir
from engine.train.awake import awake
from engine.train.control import Control
from engine.train.loop import train
from engine.tune.confirm.candidates import Candidates, candidates
from engine.tune.confirm.events import CheckFinished, CheckRunDone, CheckRunStarted, CheckStarted
from engine.tune.confirm.judging import judge
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.confirm.record import Confirmation, confirm_dir, write_confirmation
from engine.tune.folder import StudyFolder
from engine.tune.goals import GOALS
from engine.tune.table import read_table

__all__ = ["confirm"]


def confirm(
    study: StudyFolder,
    project_dir: Path,
    *,
    project: Project | None = None,
    plan: ConfirmPlan | None = None,
    device: str | None = None,
    control: Control | None = None,
    threads: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Iterator[Event]:
    """Trains the best trials of a study and the present project with the same fresh seeds.

    Yields :class:`CheckStarted`, for each run :class:`CheckRunStarted`, its own events and
    :class:`CheckRunDone`, and at last one :class:`CheckFinished`. What is known is kept after every
    run in ``studies/NAME/winner``, see :mod:`engine.tune.confirm.record`; the runs are there, too.
    All arms train with one seed before any does with the next, so that a check that is stopped
    compares equals.

    Args:
        project: the present project; ``None``: as it was when the study began.
        plan: how many trials and runs; ``None``: the defaults.
        device, control, threads, progress: as for :func:`engine.train.train`.

    Asked for again after a stop or the death of the process, it goes on; runs of an earlier check
    that are the same are not repeated. A trial of which a run fails is trained no further, and says
    why; where the present project fails the check ends. Raises FoveaError before the first event:
    those of :func:`candidates`, FV-S002 while the study runs, FV-S005 where its trials cannot be
    read; later what :func:`engine.train.train` raises before a run of the present project, and
    FV-O001 where the record cannot be written.
    """
    control = control or Control()
    options = {"device": device, "control": control, "threads": threads, "progress": progress}
    asked = (project or study.project, plan or ConfirmPlan())
    return awake(_confirmed(study, Path(project_dir), *asked, options), control)


def _confirmed(
    study: StudyFolder,
    project_dir: Path,
    present: Project,
    plan: ConfirmPlan,
    options: dict[str, Any],
) -> Generator[Event, None, None]:
    with study.alone():
        asked = candidates(study, read_table(study), present, plan)
        yield from _Check(study, project_dir, asked, options).run()


class _Check:
    """A check while it runs."""

    def __init__(
        self, study: StudyFolder, project_dir: Path, asked: Candidates, options: dict[str, Any]
    ) -> None:
        self._study = study
        self._project_dir = project_dir
        self._asked = asked
        self._options = options
        self._goal = GOALS[asked.record.goal]
        self._home = confirm_dir(study)
        self._record = self._begun()

    def run(self) -> Generator[Event, None, None]:
        asked, name = self._asked, self._study.name
        runs_dir(self._home).mkdir(parents=True, exist_ok=True)
        write_confirmation(self._study, self._record)
        trials = tuple(arm.trial for arm in self._record.candidates if arm.trial is not None)
        done, runs = self._record.runs
        yield CheckStarted(name, trials, asked.seeds, runs, done)
        for member in range(self._record.plan.seeds):
            for place in range(len(self._record.arms)):
                arm = self._record.arms[place]
                if arm.why or len(arm.scores) > member:
                    continue
                if self._options["control"].stopping_after_epoch:
                    return (yield self._end())
                members = self._record.plan.seeds
                yield CheckRunStarted(name, arm.trial, member + 1, members)
                score, why = yield from self._one(place, member)
                if score is None and not why:
                    return (yield self._end())
                yield self._noted(place, member, score, why)
                if self._record.status == "failed":
                    return (yield self._end())
        self._record = replace(self._record, status="done")
        write_confirmation(self._study, self._record)
        yield self._end()

    def _begun(self) -> Confirmation:
        """The record with the scores of the runs that are done already."""
        record = self._asked.record
        for place in range(len(record.arms)):
            scores: list[float] = []
            for member in range(record.plan.seeds):
                folder = RunFolder(runs_dir(self._home) / self._asked.run(place, member)[0])
                if folder.status() not in ("done", "early"):
                    break
                score = self._goal.of_run(folder.read().get("best") or {})
                if score is None:
                    break
                scores.append(score)
                _thin(folder)
            record = record.with_arm(place, scores=tuple(scores))
        return record

    def _one(self, place: int, member: int) -> Generator[Event, None, tuple[float | None, str]]:
        """One run: its score, or why it failed; neither when the person stopped it."""
        name, project = self._asked.run(place, member)
        folder = RunFolder(runs_dir(self._home) / name)
        again = _left_behind(folder)
        about = {"study": self._study.name, "trial": self._record.arms[place].trial}
        begun: dict[str, Any] = {"run_id": name, "belongs": about | {"member": member + 1}}
        begun = {"resume": name} if again else begun
        settings = None if again else project
        end: Event | None = None
        run = train(settings, self._project_dir, home=self._home, **begun, **self._options)
        try:
            with closing(run):
                for event in run:
                    yield event
                    end = event if isinstance(event, (RunFinished, RunFailed)) else end
        except FoveaError as error:
            if place == 0 or error.code.startswith("FV-O"):
                raise
            return None, f"{error.what} {error.why}".strip()
        if isinstance(end, RunFailed) and end.status == "failed":
            return None, f"{end.what} {end.why}".strip()
        if not isinstance(end, RunFinished) or end.status not in ("done", "early"):
            return None, ""
        _thin(folder)
        score = self._goal.of_run(end.metrics)
        metric = self._goal.metric.removeprefix("val_")
        return score, "" if score is not None else f"Its validation {metric} is not known."

    def _noted(self, place: int, member: int, score: float | None, why: str) -> CheckRunDone:
        arm = self._record.arms[place]
        if score is not None:
            self._record = self._record.with_arm(place, scores=(*arm.scores, score))
        else:
            told = f"Run {member + 1}: {why}"
            self._record = self._record.with_arm(place, why=told)
            if place == 0 or all(one.why for one in self._record.candidates):
                self._record = replace(self._record, status="failed")
        write_confirmation(self._study, self._record)
        study, (done, runs) = self._study.name, self._record.runs
        member += 1
        return CheckRunDone(study, arm.trial, member, score, why, done, runs, self._record)

    def _end(self) -> CheckFinished:
        return CheckFinished(self._record, judge(self._record))


def _left_behind(folder: RunFolder) -> bool:
    """Whether there is a run to go on with; one that had not begun is swept away."""
    if not folder.path.exists():
        return False
    if folder.status() == "damaged" or not (folder.path / "events.jsonl").exists():
        folder.discard()
        return False
    return True


def _thin(folder: RunFolder) -> None:
    """Takes away the weights of a run that is done: its score and history stay."""
    shutil.rmtree(folder.checkpoints, ignore_errors=True)
