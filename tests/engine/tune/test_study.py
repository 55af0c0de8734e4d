"""A study from its first trial to its last, stopped and resumed on the way."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import EpochDone, Event
from engine.runs.listing import list_runs
from engine.search import Searched, SearchSpace
from engine.train.control import Control
from engine.tune.events import StudyFinished, StudyStarted, TrialFinished, TrialStarted
from engine.tune.folder import StudyFolder, create_study, find_study, list_studies
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from tests.engine.train.tiny_project import make_project

SPACE = SearchSpace(
    (
        Searched("training.optimizer.lr", 1e-4, 0.1, log=True),
        Searched("training.optimizer", choices=("adamw", "sgd")),
        Searched("training.optimizer.momentum", 0.5, 0.95),
        Searched("training.batch_size", choices=(4, 8)),
    )
)
PLAN = StudyPlan(trials=6, startup=3, pruner="median")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, its images decoded."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=2).with_(search=SPACE)


def begin(ready: tuple[Path, Project], **changes: Any) -> StudyFolder:
    folder, project = ready
    return create_study(folder, project, PLAN.with_(**changes))


def run(study: StudyFolder, control: Control | None = None) -> list[Event]:
    return list(tune(study, study.path.parent.parent, control=control, threads=1))


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    """The trials of a study as they ended."""
    ends = [event for event in events if isinstance(event, TrialFinished)]
    return [(end.trial, end.state, end.value, dict(end.values)) for end in ends]


def test_a_study_spends_its_budget_and_knows_its_best(ready: tuple[Path, Project]) -> None:
    study = begin(ready)
    events = run(study)
    first, last = events[0], events[-1]
    assert isinstance(first, StudyStarted)
    assert (first.study, first.trials, first.done) == (study.name, 6, 0)
    assert isinstance(last, StudyFinished)
    assert last.status == "done"
    assert last.complete + last.pruned + last.failed == 6
    ends = told(events)
    assert [number for number, *_ in ends] == list(range(6))
    complete = [value for _, state, value, _ in ends if state == "complete"]
    assert last.best is not None
    assert last.best.value == max(complete)
    runs = list_runs(study.path)
    assert [one.id for one in runs] == [f"trial-{number:05d}" for number in range(6)]
    for one, (_, state, value, values) in zip(runs, ends, strict=True):
        settings = json.loads((one.path / "project.json").read_text())["training"]
        assert settings["batch_size"] == values["training.batch_size"]
        assert settings["optimizer"]["lr"] == values["training.optimizer.lr"]
        assert settings["optimizer"]["kind"] == values["training.optimizer"]
        assert ("training.optimizer.momentum" in values) == (settings["optimizer"]["kind"] == "sgd")
        if state == "complete":
            assert one.metrics["val_accuracy"] == value
    kept = [one.id for one in runs if (one.path / "checkpoints").exists()]
    assert last.best.run in kept
    assert len(kept) <= PLAN.keep


def test_the_first_trial_is_the_project_as_it_is(ready: tuple[Path, Project]) -> None:
    recipe = ready[1].training
    own = {
        "training.optimizer.lr": recipe.optimizer.values()["lr"],
        "training.optimizer": recipe.optimizer.kind,
        "training.batch_size": recipe.batch_size,
    }
    (end,) = told(run(begin(ready, trials=1)))
    assert end[3] == own
    (drawn,) = told(run(begin(ready, trials=1, own_first=False)))
    assert drawn[3] != own


def test_equal_studies_try_equal_settings(ready: tuple[Path, Project]) -> None:
    once, again = told(run(begin(ready))), told(run(begin(ready)))
    assert once == again
    assert told(run(begin(ready, seed=1))) != once


def stopped_in(events: Iterator[Event], control: Control, trial: int, epoch: int) -> None:
    """Follows a study until an epoch of a trial is done, and stops it there."""
    now = -1
    for event in events:
        now = event.trial if isinstance(event, TrialStarted) else now
        if isinstance(event, EpochDone) and (now, event.epoch) == (trial, epoch):
            control.stop()


@pytest.mark.parametrize("trial", [0, 4])
def test_a_stopped_study_goes_on_as_if_nothing_had_been(
    ready: tuple[Path, Project], trial: int
) -> None:
    whole = told(run(begin(ready)))
    study, control = begin(ready), Control()
    stopped_in(tune(study, ready[0], control=control, threads=1), control, trial, 1)
    assert running(study) == 0
    later = told(run(find_study(ready[0], study.name)))
    assert later == whole[-len(later) :]
    assert later[0][0] == trial


def test_a_study_whose_process_died_goes_on(ready: tuple[Path, Project]) -> None:
    """What a killed process leaves: a trial that is running for ever, and a run without an end."""
    whole = told(run(begin(ready)))
    study = begin(ready)
    events = tune(study, ready[0], threads=1)
    for event in events:
        if isinstance(event, TrialStarted) and event.trial == 3:
            break
    next(events)  # the run has its folder
    copied = study.path.with_name("copied")
    shutil.copytree(study.path, copied)  # as the disc is at this moment
    assert running(find_study(ready[0], "copied")) == 1
    later = told(run(find_study(ready[0], "copied")))
    assert later == whole[3:]
    assert running(find_study(ready[0], "copied")) == 0
    events.close()


def running(study: StudyFolder) -> int:
    with sqlite3.connect(study.database) as connection:
        query = "SELECT count(*) FROM trials WHERE state = 'RUNNING'"
        return int(connection.execute(query).fetchone()[0])


def test_a_failed_trial_says_why_and_the_study_goes_on(ready: tuple[Path, Project]) -> None:
    folder, project = ready
    space = SearchSpace((Searched("model.pool.present", choices=(True, False)),))
    study = create_study(folder, project.with_(search=space), PLAN.with_(sampler="grid"))
    ends = [event for event in run(study) if isinstance(event, TrialFinished)]
    assert sorted(end.state for end in ends) == ["complete", "failed"]
    for end in ends:
        assert bool(end.why) == (end.state == "failed")


def test_five_equal_failures_pause_the_study(ready: tuple[Path, Project]) -> None:
    folder, project = ready
    manifest = project.data.with_(manifest="0" * 64)
    study = create_study(folder, project.with_(data=manifest), PLAN.with_(trials=20))
    end = run(study)[-1]
    assert isinstance(end, StudyFinished)
    assert (end.status, end.failed, end.best) == ("paused", 5, None)
    assert "5 trials in a row failed" in end.why


def test_models_that_are_too_large_are_not_trained(ready: tuple[Path, Project]) -> None:
    study = begin(ready, trials=2, most_parameters=1)
    ends = [event for event in run(study) if isinstance(event, TrialFinished)]
    assert [(end.state, end.run) for end in ends] == [("pruned", ""), ("pruned", "")]
    assert "1 are allowed" in ends[0].why


def test_a_larger_budget_goes_on_with_the_study(ready: tuple[Path, Project]) -> None:
    study = begin(ready, trials=2)
    run(study)
    more = find_study(ready[0], study.name).with_budget(4, None)
    assert [number for number, *_ in told(run(more))] == [2, 3]
    assert told(run(find_study(ready[0], study.name))) == []


@pytest.mark.parametrize("sampler", ["tpe", "gp", "qmc", "random", "grid"])
@pytest.mark.parametrize("pruner", ["none", "hyperband"])
def test_every_sampler_and_pruner_runs(
    ready: tuple[Path, Project], sampler: str, pruner: str
) -> None:
    study = begin(ready, trials=5, startup=2, sampler=sampler, pruner=pruner, goal="loss")
    end = run(study)[-1]
    assert isinstance(end, StudyFinished)
    assert (end.status, end.failed) == ("done", 0)
    assert end.best is not None


def test_one_process_at_a_time(ready: tuple[Path, Project]) -> None:
    study = begin(ready)
    with study.alone(), pytest.raises(FoveaError) as caught:
        run(study)
    assert caught.value.code == "FV-S002"


def test_an_impossible_space_begins_nothing(ready: tuple[Path, Project]) -> None:
    folder, project = ready
    study = create_study(folder, project.with_(search=SearchSpace()), PLAN)
    with pytest.raises(FoveaError) as caught:
        run(study)
    assert caught.value.code == "FV-H006"
    assert not study.database.exists()


def test_studies_are_listed_and_found(tmp_path: Path) -> None:
    project = Project()
    assert list_studies(tmp_path) == []
    with pytest.raises(FoveaError, match="no studies yet"):
        find_study(tmp_path, "last")
    names = [create_study(tmp_path, project, PLAN, name).name for name in ("", "", "mine")]
    assert len(set(names)) == 3
    assert find_study(tmp_path, "mine").plan == PLAN
    for name in ("mine", "../out", "", "a" * 90):
        if name:
            with pytest.raises(FoveaError) as caught:
                create_study(tmp_path, project, PLAN, name)
            assert caught.value.code == "FV-S001"
    (tmp_path / "studies" / "mine" / "study.json").write_text("{")
    with pytest.raises(FoveaError) as caught:
        find_study(tmp_path, "mine")
    assert caught.value.code == "FV-S004"
    assert sum(isinstance(one, FoveaError) for one in list_studies(tmp_path)) == 1
    with pytest.raises(FoveaError, match="no study"):
        find_study(tmp_path, "mein")


@pytest.mark.parametrize("damage", ["empty", "garbage", "cut", "schema", "revision", "other"])
def test_a_file_that_is_no_study_is_named_and_left_alone(
    ready: tuple[Path, Project], damage: str
) -> None:
    study = begin(ready, trials=1)
    run(study)
    file = study.database
    if damage == "empty":
        file.write_bytes(b"")
    elif damage == "garbage":
        file.write_bytes(b"not a database" * 500)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    else:
        change = {
            "schema": "UPDATE version_info SET schema_version = 99",
            "revision": "UPDATE alembic_version SET version_num = 'v99.0.0.a'",
            "other": "UPDATE studies SET study_name = 'theirs'",
        }[damage]
        with sqlite3.connect(file) as connection:
            connection.execute(change)
        connection.close()
    before = file.read_bytes()
    with pytest.raises(FoveaError) as caught:
        run(find_study(ready[0], study.name))
    assert caught.value.code == "FV-S005"
    assert file.read_bytes() == before
