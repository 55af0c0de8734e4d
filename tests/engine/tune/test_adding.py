"""Trials that somebody adds by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import optuna
import pytest

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import Event, Notice
from engine.search import Searched, SearchSpace
from engine.tune import study as coordinator
from engine.tune.adding import add_trial, read_settings
from engine.tune.events import StudyFinished, TrialFinished
from engine.tune.folder import StudyFolder, create_study
from engine.tune.outcome import Outcome
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from tests.engine.train.tiny_project import make_project

LR, KIND = "training.optimizer.lr", "training.optimizer"
MOMENTUM, BATCH = "training.optimizer.momentum", "training.batch_size"
SPACE = SearchSpace(
    (
        Searched(LR, 1e-4, 0.1, log=True),
        Searched(KIND, choices=("adamw", "sgd")),
        Searched(MOMENTUM, 0.5, 0.95),
        Searched(BATCH, choices=(4, 8)),
    )
)
PLAN = StudyPlan(trials=2, startup=2, sampler="random", pruner="none")
WHOLE = {LR: 0.02, KIND: "sgd", MOMENTUM: 0.75, BATCH: 4}


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, its images decoded."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=1).with_(search=SPACE)


def begin(ready: tuple[Path, Project], **changes: Any) -> StudyFolder:
    return create_study(*ready, PLAN.with_(**changes))


def train(_: StudyFolder, trial: Any, *__: object) -> Iterator[Event]:
    """Stands in for a training: a trial is as good as its number is high."""
    yield from ()
    return Outcome("complete", 0.01 * trial.number)


def run(study: StudyFolder) -> list[Event]:
    with mock.patch.object(coordinator, "train_trial", train):
        return list(tune(study, study.path.parent.parent))


def tried(events: list[Event]) -> list[dict[str, Any]]:
    return [dict(event.values) for event in events if isinstance(event, TrialFinished)]


@pytest.mark.parametrize("sampler", ["random", "tpe", "gp", "qmc", "grid", "nsga2"])
def test_a_trial_that_was_added_is_the_next_one_on_top_of_the_budget(
    ready: tuple[Path, Project], sampler: str
) -> None:
    study = begin(ready, sampler=sampler)
    assert len(tried(run(study))) == 2
    add_trial(study, WHOLE)
    events = run(study)
    assert tried(events) == [WHOLE]
    assert isinstance(events[-1], StudyFinished)
    assert events[-1].complete == 3
    assert tried(run(study)) == []
    assert list((study.path / "inbox").iterdir()) == []


def test_what_is_left_out_is_chosen_by_the_sampler(ready: tuple[Path, Project]) -> None:
    study = begin(ready, own_first=False)
    add_trial(study, {LR: 0.02})
    (first, *rest) = tried(run(study))
    assert first[LR] == 0.02
    assert BATCH in first
    assert len(rest) == 2


def test_it_may_be_added_while_the_study_runs(ready: tuple[Path, Project]) -> None:
    study = begin(ready)
    with mock.patch.object(coordinator, "train_trial", train):
        seen: list[Event] = []
        for event in tune(study, ready[0]):
            seen.append(event)
            if isinstance(event, TrialFinished) and event.trial == 0:
                add_trial(study, WHOLE)
                add_trial(study, WHOLE | {LR: 0.03})
    assert tried(seen)[1:3] == [WHOLE, WHOLE | {LR: 0.03}]
    assert len(tried(seen)) == 4


def test_a_kill_while_it_is_taken_leaves_it_once(ready: tuple[Path, Project]) -> None:
    study = begin(ready, trials=1)
    run(study)
    add_trial(study, WHOLE)
    with (
        mock.patch.object(Path, "unlink", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        run(study)
    assert tried(run(study)) == [WHOLE]
    add_trial(study, WHOLE)
    with (
        mock.patch.object(optuna.Study, "enqueue_trial", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        run(study)
    assert tried(run(study)) == [WHOLE]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "No setting"),
        ({"training.epochs": 3}, "not searched"),
        ({LR: 0.5}, "not among what is searched"),
        ({BATCH: 5}, "not among what is searched"),
        ({BATCH: True}, "not among what is searched"),
        ({KIND: "adamw", MOMENTUM: 0.6}, "does not exist beside the others"),
    ],
)
def test_what_cannot_be_tried_is_refused(
    ready: tuple[Path, Project], values: dict[str, Any], said: str
) -> None:
    study = begin(ready)
    with pytest.raises(FoveaError) as caught:
        add_trial(study, values)
    assert caught.value.code == "FV-S030"
    assert said in caught.value.what
    assert not (study.path / "inbox").exists()


def test_a_setting_that_may_come_to_be_is_taken(ready: tuple[Path, Project]) -> None:
    study = begin(ready)
    add_trial(study, {MOMENTUM: 0.6})  # the tuner may choose sgd
    with pytest.raises(FoveaError, match="needs all settings"):
        add_trial(begin(ready, sampler="grid"), {LR: 0.02})


def test_a_strange_file_in_the_inbox_is_told_and_left_out(ready: tuple[Path, Project]) -> None:
    study = begin(ready)
    inbox = study.path / "inbox"
    inbox.mkdir()
    for number, text in enumerate(("{", "[1]", json.dumps({LR: "x"}), json.dumps({LR: 7.0}))):
        (inbox / f"{number}.json").write_text(text)
    events = run(study)
    notices = [event.text for event in events if isinstance(event, Notice)]
    assert len(notices) == 4
    assert all("left out" in text for text in notices)
    assert len(tried(events)) == 2


def test_settings_are_read_as_people_type_them(ready: tuple[Path, Project]) -> None:
    _, project = ready
    typed = {LR: "2e-2", KIND: "sgd", MOMENTUM: "0,75", BATCH: "4"}
    with pytest.raises(FoveaError):
        read_settings(project, {LR: "fast"})
    with pytest.raises(FoveaError) as caught:
        read_settings(project, {"training.batchsize": "4"})
    assert "batch_size" in caught.value.fix
    assert read_settings(project, typed | {MOMENTUM: "0.75"}) == WHOLE
