"""When a study ends before its budget is spent, and how its hours are counted."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from engine.project.document import Project
from engine.runs.events import EpochDone, Event
from engine.search import Searched, SearchSpace
from engine.train.control import Control
from engine.tune import study as coordinator
from engine.tune.events import StudyFinished
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.outcome import Outcome
from engine.tune.plan import StudyPlan
from engine.tune.storage import close, open_study
from engine.tune.study import tune
from tests.engine.train.tiny_project import make_project

SPACE = SearchSpace((Searched("training.optimizer.lr", 1e-4, 0.1, log=True),))
PLAN = StudyPlan(
    trials=60, startup=2, sampler="random", pruner="none", stop_when_unlikely=True, keep=1
)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, with 15 images to validate on."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=1).with_(search=SPACE)


def run(study: StudyFolder, outcomes: list[Outcome]) -> StudyFinished:
    """A study whose trials end so, one after the other; the last ones as the last of these."""

    def train(_: StudyFolder, trial: Any, *__: object) -> Iterator[Event]:
        yield from ()
        return outcomes[min(trial.number, len(outcomes) - 1)]

    with mock.patch.object(coordinator, "train_trial", train):
        *_, last = tune(study, study.path.parent.parent)
    shutil.rmtree(study.path)
    assert isinstance(last, StudyFinished)
    return last


def complete(*values: float) -> list[Outcome]:
    return [Outcome("complete", value) for value in values]


def begin(ready: tuple[Path, Project], **changes: Any) -> StudyFolder:
    return create_study(*ready, PLAN.with_(**changes))


def test_it_ends_when_the_last_trials_found_nothing_better(ready: tuple[Path, Project]) -> None:
    last = run(begin(ready), complete(0.8))
    assert (last.status, last.complete) == ("done", 21)
    assert "None of the last 20 trials" in last.why
    off = run(begin(ready, stop_when_unlikely=False, trials=30), complete(0.8))
    assert (off.complete, off.why) == (30, "")


def test_an_accuracy_must_rise_by_more_than_its_luck(ready: tuple[Path, Project]) -> None:
    """At 0.8 on 15 images the standard error is 0.103."""
    assert run(begin(ready), complete(*[0.8] * 10, 0.89, 0.8)).complete == 21
    later = run(begin(ready), complete(*[0.8] * 10, 0.92, 0.8))
    assert later.complete == 31
    assert "by more than 7.0 points" in later.why  # of the new best one


def test_any_better_loss_goes_on(ready: tuple[Path, Project]) -> None:
    plan = {"goal": "loss"}
    assert run(begin(ready, **plan), complete(*[0.8] * 10, 0.799, 0.8)).complete == 31
    assert run(begin(ready, **plan), complete(*[0.8] * 10, 0.801, 0.8)).complete == 21


def test_the_spread_between_runs_tells_the_luck(ready: tuple[Path, Project]) -> None:
    """Of four runs that differ by 0.02 the mean is off by 0.01."""
    steady = [Outcome("complete", 0.8, spread=0.02)]
    small = [*steady * 10, Outcome("complete", 0.809, spread=0.02), *steady]
    large = [*steady * 10, Outcome("complete", 0.811, spread=0.02), *steady]
    assert run(begin(ready, runs=4), small).complete == 21
    assert run(begin(ready, runs=4), large).complete == 31


def test_more_settings_take_more_trials(ready: tuple[Path, Project]) -> None:
    folder, project = ready
    rows = (
        *SPACE.entries,
        Searched("training.batch_size", choices=(4, 8)),
        Searched("model.stem.out_channels", 4, 16),
    )
    study = create_study(folder, project.with_(search=SearchSpace(rows)), PLAN)
    assert run(study, complete(0.8)).complete == 31


def test_failures_and_models_that_are_too_large_do_not_count(ready: tuple[Path, Project]) -> None:
    others = [Outcome("failed", why="Broken.", code="X"), Outcome("pruned", why="Too large.")]
    last = run(begin(ready), complete(0.8) + others + complete(0.8))
    assert (last.complete, last.failed, last.pruned) == (21, 1, 1)


def test_of_two_objectives_the_front_must_grow(ready: tuple[Path, Project]) -> None:
    def point(value: float, cost: float) -> Outcome:
        return Outcome("complete", value, against=cost)

    flat = [point(0.8, 100.0), point(0.7, 90.0), point(0.6, 95.0)]
    assert run(begin(ready, against="parameters"), flat).complete == 22
    grown = [*flat, *flat[2:] * 8, point(0.65, 80.0), *flat[2:]]
    last = run(begin(ready, against="parameters"), grown)
    assert last.complete == 32
    assert "front" in last.why
    assert [one.value for one in last.front] == [0.8, 0.7, 0.65]


def test_hours_leave_pauses_out(ready: tuple[Path, Project]) -> None:
    study, control = begin(ready, trials=1, stop_when_unlikely=False), Control()
    begun, paused = time.monotonic(), 0.0
    for event in tune(study, ready[0], control=control, threads=1):
        if isinstance(event, EpochDone):
            continue
        if not paused and event.kind == "run_started":
            control.pause()
            paused = 2.0
            threading.Timer(paused, control.resume).start()
    passed = time.monotonic() - begun
    opened = open_study(find_study(ready[0], study.name).database, maximise=True, new=False)
    counted = opened.user_attrs["seconds"]
    close(opened)
    assert control.waited >= 1.5
    assert counted <= passed - 1.5
