"""Figure 13 with several workers: coordinator or worker killed at random moments.

What holds then: nothing that is over is lost or changed, settings that were handed out stay, no
trial is left running, no process survives its coordinator. Random settings depend on the trial's
number alone, so there the study also ends to the bit as one that a single process ran without a
kill; the other samplers look at the trials that are over by then, which depends on the clock.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.errors import FoveaError
from engine.project.document import Project
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from tests.reliability import study as figure
from tests.reliability.forked import forked, kill, reap, scratch

__all__ = ["begin", "measure", "survived"]

_SAMPLERS = ("random", "tpe", "qmc", "gp", "grid")
_BY_NUMBER = ("random",)
_STATE, _PARAMS = 0, 2
_STARTS_WITHIN = 60.0  # seconds for a worker, which loads torch
_ENDS_WITHIN = 60.0  # seconds for the workers of a coordinator that was killed


def begin(place: Path, project: Project, name: str, sampler: str) -> StudyFolder:
    """A new study of six trials that all train to their end."""
    plan = StudyPlan(trials=6, startup=3, pruner="none", goal="loss", sampler=sampler, keep=2)
    return create_study(place / "p", project, plan, name)


def run_to_end(place: Path, name: str, workers: int) -> None:
    """Runs a study as it stands."""
    folder = place / "p"
    for _ in tune(find_study(folder, name), folder, workers=workers, threads=1):
        pass


def survived(
    study: StudyFolder,
    place: Path,
    whole: Any,
    kills: list[tuple[float, bool]],
    workers: int,
    *,
    training: bool = False,
) -> tuple[str, int]:
    """Kills a study, and has a new process end it.

    ``kills`` are seconds after the one before, and whether it is a worker's turn; with ``training``
    they count from when a worker trains. Gives what is wrong (``""``: nothing) and how many kills
    met something.
    """
    known: figure.Trials = {}
    coordinator, met, trainers = 0, 0, set[int]()
    for delay, at_worker in kills:
        coordinator = coordinator or forked(lambda: run_to_end(place, study.name, workers))
        if training:
            _soon(lambda: any(map(_alive, _training(study))))
        for _ in range(20):
            time.sleep(delay / 20)
            trainers |= set(_training(study))
        if at_worker:
            met += _soon(lambda: _kill_one(study)) if training else _kill_one(study)
        else:
            met += kill(coordinator)
            coordinator = 0
        if study.database.exists():
            now = figure.kept_trials(study.database)
            if wrong := _changed(known, now):
                return wrong, met
            known = now
    if coordinator:
        code = reap(coordinator)
    else:
        code = reap(forked(lambda: run_to_end(place, study.name, workers)))
    if code:
        return f"could not go on: {code}", met
    return "; ".join(_wrong_in(study, whole, known, trainers)), met


def _wrong_in(
    study: StudyFolder, whole: Any, known: figure.Trials, trainers: set[int]
) -> Iterator[str]:
    ends = time.monotonic() + _ENDS_WITHIN
    while (left := [pid for pid in trainers if _alive(pid)]) and time.monotonic() < ends:
        time.sleep(0.1)
    if left:
        yield f"processes left: {left}"
    try:
        found = figure.outcome(study)
    except (AssertionError, FoveaError) as error:
        yield str(error)
        return
    if wrong := _changed(known, found["trials"]):
        yield wrong
    states = [trial[_STATE] for trial in found["trials"].values()]
    if states != ["COMPLETE"] * 6:
        yield f"states {states}"
    if whole is not None and found != whole:
        yield from figure.differences(whole, found)


def _changed(known: figure.Trials, now: figure.Trials) -> str:
    """What a trial has lost: its end, or settings that had been handed out."""
    for number, trial in known.items():
        later = now.get(number)
        if later is None or (trial[_STATE] == "COMPLETE" and later != trial):
            return f"trial {number} was {trial}, is {later}"
        if any(one not in later[_PARAMS] for one in trial[_PARAMS]):
            return f"trial {number} had {trial[_PARAMS]}, has {later[_PARAMS]}"
    return ""


def _training(study: StudyFolder) -> Iterator[int]:
    for file in study.path.glob("runs/*/run.json"):
        try:
            facts = json.loads(file.read_text())
        except (OSError, ValueError):  # swept away just now
            continue
        if facts["status"] == "running":
            yield facts["process"]["pid"]


def _soon(so: Callable[[], bool]) -> bool:
    """Whether it becomes so within the time that a worker needs to start."""
    ends = time.monotonic() + _STARTS_WITHIN
    while not (now := so()) and time.monotonic() < ends:
        time.sleep(0.005)
    return now


def _kill_one(study: StudyFolder) -> bool:
    for pid in _training(study):
        if _alive(pid):
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def measure(
    kills: int, workers: int, *, seed: int, tell: Callable[[str], object]
) -> tuple[int, int]:
    """How many kills there were, and how many of them a study did not survive."""
    draw, met, bad = random.Random(seed), 0, 0
    with scratch() as folder:
        place = Path(folder)
        project = figure.prepare(place)
        whole: dict[str, Any] = {}
        for name in _BY_NUMBER:
            study = begin(place, project, f"whole-{name}", name)
            run_to_end(place, study.name, 1)
            whole[name] = figure.outcome(study)
        for sampler in itertools.cycle(_SAMPLERS):
            if met >= kills:
                return met, bad
            study = begin(place, project, "killed", sampler)
            count = min(draw.randint(1, 4), kills - met)
            moments = [(draw.uniform(0.5, 9.0), draw.random() < 0.5) for _ in range(count)]
            wrong, hit = survived(study, place, whole.get(sampler), moments, workers)
            met, bad = met + hit, bad + (hit if wrong else 0)
            tell(f"{met - bad} of {met}" + f"\n  {sampler}, {moments}: {wrong}\n" * bool(wrong))
            shutil.rmtree(study.path)
    return met, bad
