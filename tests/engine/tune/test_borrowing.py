"""What a study takes over from earlier ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import optuna
import pytest

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import Event
from engine.search import Searched, SearchSpace
from engine.tune import study as coordinator
from engine.tune.borrowing import begin_study
from engine.tune.events import StudyFinished, StudyStarted, TrialFinished
from engine.tune.folder import StudyFolder, create_study
from engine.tune.outcome import Outcome
from engine.tune.plan import StudyPlan
from engine.tune.storage import close, open_study
from engine.tune.study import tune
from engine.tune.table import read_table
from tests.engine.train.tiny_project import make_project

LR, BATCH = "training.optimizer.lr", "training.batch_size"
NARROW = SearchSpace((Searched(LR, 1e-3, 1e-1, log=True),))
WIDER = SearchSpace((Searched(LR, 1e-4, 1e-1, log=True), Searched(BATCH, choices=(4, 8))))
PLAN = StudyPlan(trials=4, startup=2, sampler="random", pruner="none")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, with one setting to search."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=1).with_(search=NARROW)


def run(study: StudyFolder, first: float = 0.0) -> list[Event]:
    """Trials that are not trained: the value grows by 0.01 with the number, from ``first``."""

    def train(folder: StudyFolder, trial: Any, *_: object) -> Iterator[Event]:
        yield from ()
        return Outcome("complete", first + 0.01 * trial.number)

    with mock.patch.object(coordinator, "train_trial", train):
        return list(tune(study, study.path.parent.parent))


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    ends = [event for event in events if isinstance(event, TrialFinished)]
    return [(end.trial, end.value, dict(end.values)) for end in ends]


def notes(events: list[Event]) -> str:
    assert isinstance(events[0], StudyStarted)
    return " ".join(events[0].notes)


@pytest.fixture
def earlier(ready: tuple[Path, Project]) -> Iterator[tuple[StudyFolder, list[tuple[Any, ...]]]]:
    """A finished study of four trials, the best one with 0.53."""
    study = create_study(*ready, PLAN, "earlier")
    yield study, told(run(study, 0.5))
    shutil.rmtree(study.path)


Earlier = tuple[StudyFolder, list[tuple[Any, ...]]]


def test_a_wider_space_knows_the_trials_of_a_narrower_one(
    ready: tuple[Path, Project], earlier: Earlier
) -> None:
    folder, project = ready
    plan = PLAN.with_(sources=("last",), trials=3)
    study = create_study(folder, project.with_(search=WIDER), plan)
    assert study.plan.sources == ("earlier",)
    events = run(study, 0.0)
    assert "4 of 4 trials of study earlier are known" in notes(events)
    assert isinstance(events[0], StudyStarted)
    assert (events[0].trials, events[0].done) == (3, 0)
    ends = told(events)
    assert [number for number, *_ in ends] == [4, 5, 6]  # the budget is its own
    first = earlier[1][0][2] | {BATCH: project.training.batch_size}
    assert all(values != first for *_, values in ends)  # the project as it is was trained before
    last = events[-1]
    assert isinstance(last, StudyFinished)
    assert (last.complete, last.pruned, last.failed) == (3, 0, 0)
    assert last.best is not None
    assert (last.best.value, last.best.borrowed, last.best.run) == (0.53, "earlier/3", "")
    assert last.best.values == earlier[1][3][2] | {BATCH: project.training.batch_size}
    assert run(study)[0] == StudyStarted(study.name, 3, 3)  # nothing is taken twice
    borrowed = [row.borrowed for row in read_table(study).rows]
    assert borrowed == [*(f"earlier/{number}" for number in range(4)), "", "", ""]


def test_a_trial_that_was_taken_over_is_taken_from_where_it_was_trained(
    ready: tuple[Path, Project], earlier: Earlier
) -> None:
    first = create_study(*ready, PLAN.with_(sources=("earlier",), trials=1), "first")
    run(first)
    second = create_study(*ready, PLAN.with_(sources=("earlier", "first"), trials=1), "second")
    assert "5 of 5 trials of study first" in notes(run(second))
    borrowed = [row.borrowed for row in read_table(second).rows]
    assert borrowed == [*(f"earlier/{number}" for number in range(4)), "first/4", ""]
    for study in (first, second):
        shutil.rmtree(study.path)


def test_only_trials_within_the_ranges_count(ready: tuple[Path, Project], earlier: Earlier) -> None:
    folder, project = ready
    rates = sorted(values[LR] for *_, values in earlier[1])
    space = SearchSpace((Searched(LR, rates[1], rates[2], log=True),))
    study = create_study(folder, project.with_(search=space), PLAN.with_(sources=("earlier",)))
    assert "2 of 4 trials" in notes(run(study))


@pytest.mark.parametrize("change", ["epochs", "goal", "runs", "augment", "batch size"])
def test_of_other_trainings_only_settings_are_taken(
    ready: tuple[Path, Project], earlier: Earlier, change: str
) -> None:
    folder, project = ready
    plan = PLAN.with_(sources=("earlier",), trials=5)
    if change == "goal":
        plan = plan.with_(goal="auc")
    elif change == "runs":
        plan = plan.with_(runs=2)
    elif change == "augment":
        project = project.with_(augment=replace(project.augment, fill_value=0.5))
    elif change == "epochs":
        project = project.with_(training=project.training.with_(epochs=2))
    else:
        project = project.with_(training=project.training.with_(batch_size=4))
    events = run(create_study(folder, project, plan))
    assert "No trial of study earlier counts here" in notes(events)
    by_value = sorted(earlier[1], key=lambda end: -end[1])
    tried = [values for *_, values in told(events)]
    assert tried[0] == {LR: project.training.optimizer.values()["lr"]}
    assert tried[1:4] == [values for *_, values in by_value[:3]]
    last = events[-1]
    assert isinstance(last, StudyFinished)
    assert last.best is not None
    assert last.best.borrowed == ""


def test_a_smaller_limit_leaves_larger_models_out(
    ready: tuple[Path, Project], earlier: Earlier
) -> None:
    plan = PLAN.with_(sources=("earlier",), most_parameters=1)
    assert "No trial of study earlier" in notes(run(create_study(*ready, plan)))


def test_a_kill_while_trials_are_taken_over_changes_nothing(
    ready: tuple[Path, Project], earlier: Earlier
) -> None:
    folder, project = ready
    made = project.with_(search=WIDER)
    plan = PLAN.with_(sources=("earlier",), sampler="tpe")
    expected = told(run(create_study(folder, made, plan)))
    for dies_at in range(4):
        study = create_study(folder, made, plan)
        usual, asked = optuna.Study.add_trial, 0

        def add(self: Any, trial: Any, dies_at: int = dies_at, usual: Any = usual) -> None:
            nonlocal asked
            if asked == dies_at:
                raise KeyboardInterrupt
            asked += 1
            usual(self, trial)

        with mock.patch.object(optuna.Study, "add_trial", add), pytest.raises(KeyboardInterrupt):
            run(study)
        assert told(run(study)) == expected


@pytest.mark.parametrize("sampler", ["tpe", "gp", "qmc", "grid", "nsga2"])
def test_every_sampler_goes_on_from_what_is_known(
    ready: tuple[Path, Project], earlier: Earlier, sampler: str
) -> None:
    plan = PLAN.with_(sources=("earlier",), sampler=sampler, trials=3)
    last = run(create_study(*ready, plan))[-1]
    assert isinstance(last, StudyFinished)
    assert (last.status, last.complete) == ("done", 3)


def test_a_generation_begins_with_what_is_known(
    ready: tuple[Path, Project], earlier: Earlier
) -> None:
    plan = PLAN.with_(sources=("earlier",), sampler="nsga2", startup=4)
    study = create_study(*ready, plan)
    run(study)
    opened = open_study(study.database, maximise=True, new=False)
    found = [one.system_attrs["NSGAIISampler:generation"] for one in opened.get_trials()]
    close(opened)
    assert found == [0] * 4 + [1] * 4


def test_a_study_that_is_not_there_is_named_before_anything_is_made(
    ready: tuple[Path, Project],
) -> None:
    with pytest.raises(FoveaError) as caught:
        create_study(*ready, PLAN.with_(sources=("nowhere",)), "wanted")
    assert caught.value.code == "FV-S003"
    assert not (ready[0] / "studies" / "wanted").exists()


def test_beginning_twice_adds_nothing(ready: tuple[Path, Project], earlier: Earlier) -> None:
    study = create_study(*ready, PLAN.with_(sources=("earlier",)))
    opened = open_study(study.database, maximise=True, new=True)
    assert len(begin_study(opened, study, ready[0])) == 1
    before = len(opened.get_trials())
    assert begin_study(opened, study, ready[0]) == ()
    assert len(opened.get_trials()) == before
    close(opened)
