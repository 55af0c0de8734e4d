"""Trials of several runs, and studies of two objectives."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any
from unittest import mock

import pytest

from engine.graph.analysis import analyse
from engine.project.document import Project
from engine.project.searching import with_choices
from engine.runs.events import EpochDone, Event
from engine.runs.listing import list_runs
from engine.search import Searched, SearchSpace
from engine.train.control import Control
from engine.tune import trial as trials
from engine.tune.events import StudyFinished, StudyStarted, TrialFinished
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.goals import COSTS
from engine.tune.outcome import Outcome, run_ids
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from engine.tune.table import read_table
from tests.engine.train.tiny_project import make_project

SPACE = SearchSpace(
    (
        Searched("training.optimizer.lr", 1e-4, 0.1, log=True),
        Searched("model.stem.out_channels", 4, 16),
    )
)
PLAN = StudyPlan(trials=3, startup=2)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, its images decoded."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=1).with_(search=SPACE)


def begin(ready: tuple[Path, Project], **changes: Any) -> StudyFolder:
    return create_study(*ready, PLAN.with_(**changes))


def run(study: StudyFolder, control: Control | None = None) -> list[Event]:
    return list(tune(study, study.path.parent.parent, control=control, threads=1))


def ends_of(events: list[Event]) -> list[TrialFinished]:
    return [event for event in events if isinstance(event, TrialFinished)]


def last_of(events: list[Event]) -> StudyFinished:
    assert isinstance(events[-1], StudyFinished)
    return events[-1]


def measured(values: list[list[float]]) -> Any:
    """Runs that are not trained: each has the next of its trial's values."""
    given = [iter(one) for one in values]

    def one(asked: Any, place: int, *, told: bool) -> Iterator[Event]:
        yield from ()
        return Outcome("complete", next(given[asked.trial.number]))

    return mock.patch.object(trials, "_one", one)


@pytest.mark.parametrize("against", ["parameters", "macs", "memory"])
def test_a_cost_is_that_of_the_model_of_the_trial(
    ready: tuple[Path, Project], against: str
) -> None:
    study = begin(ready, against=against)
    with measured([[0.5], [0.6], [0.7]]):
        events = run(study)
    for end in ends_of(events):
        project = with_choices(study.project, dict(end.values))
        found = analyse(project.model, project.frame())
        assert end.against == COSTS[against].counted(project)  # type: ignore[misc]  # it is counted
        if against != "memory":
            assert end.against == getattr(found, against)
    rows = read_table(study).rows
    assert [row.values for row in rows] == [(end.value, end.against) for end in ends_of(events)]


@pytest.mark.parametrize("sampler", ["tpe", "nsga2", "gp", "qmc", "random", "grid"])
def test_every_sampler_gives_a_front(ready: tuple[Path, Project], sampler: str) -> None:
    """Accuracy grows with the channels, so that no trial but equal ones beats another."""
    count = 8
    study = begin(ready, trials=count, sampler=sampler, against="parameters", startup=3, keep=3)

    def one(asked: Any, *_: object, told: bool) -> Iterator[Event]:
        yield from ()
        found = analyse(asked.project.model, asked.project.frame())
        (study.path / "runs" / run_ids(asked.trial.number, 1)[0] / "checkpoints").mkdir(
            parents=True
        )
        return Outcome("complete", found.parameters / 1e4)

    with mock.patch.object(trials, "_one", one):
        events = run(study)
    last = last_of(events)
    assert (last.status, last.complete, last.failed) == ("done", count, 0)
    costs = [one.against for one in last.front]
    assert set(costs) == {end.against for end in ends_of(events)}
    assert costs == sorted(set(costs), reverse=True)  # type: ignore[type-var]  # all have one
    assert last.best == last.front[0]
    assert json.dumps(last.to_json()["front"])
    kept = {path.parent.name for path in study.path.glob("runs/*/checkpoints")}
    assert kept == {one.run for one in last.front[:3]}


def test_two_objectives_end_no_trial_early_and_say_so(ready: tuple[Path, Project]) -> None:
    study = begin(ready, against="latency", trials=2, pruner="median")
    events = run(study)
    start = events[0]
    assert isinstance(start, StudyStarted)
    assert "No trial ends early" in start.notes[0]
    for end in ends_of(events):
        assert end.state == "complete"
        assert end.against is not None
        assert 0.001 < end.against < 1000
    again = begin(ready, against="parameters", pruner="none")
    with measured([[0.5]] * 3):
        start = run(again)[0]
    assert isinstance(start, StudyStarted)
    assert start.notes == ()


def test_a_trial_that_goes_on_keeps_the_time_that_was_measured(
    ready: tuple[Path, Project],
) -> None:
    study = begin(ready, against="latency", trials=1)
    copied = StudyFolder(study.path.with_name("killed"), *ready[1:], study.plan, "")
    with (
        mock.patch("engine.tune.latency.latency", return_value=7.5),
        mock.patch.object(trials, "_spread", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        run(study)
    shutil.copytree(study.path, copied.path)
    with mock.patch("engine.tune.latency.latency", return_value=9.0):
        (end,) = ends_of(run(copied))
    assert end.against == 7.5


@pytest.mark.parametrize("vary", ["seeds", "folds"])
def test_a_trial_of_several_runs_is_judged_by_their_mean(
    ready: tuple[Path, Project], vary: str
) -> None:
    study = begin(ready, runs=3, vary=vary, trials=1, keep=1)
    events = run(study)
    (end,) = ends_of(events)
    found = list_runs(study.path)
    assert [one.id for one in found] == ["trial-00000-1", "trial-00000-2", "trial-00000-3"]
    assert end.runs == tuple(one.id for one in found)
    assert end.run == end.runs[0]
    scores = [one.metrics["val_accuracy"] for one in found]
    assert end.value == pytest.approx(fmean(scores))
    assert end.spread == pytest.approx(stdev(scores))
    settings = [json.loads((one.path / "project.json").read_text()) for one in found]
    seeds = [one["training"]["seed"] for one in settings]
    folds = [(one["data"]["folds"], one["data"]["fold"]) for one in settings]
    if vary == "seeds":
        assert seeds == [seeds[0], seeds[0] + 1, seeds[0] + 2]
        assert len(set(folds)) == 1
    else:
        assert folds == [(3, 0), (3, 1), (3, 2)]
        assert len(set(seeds)) == 1
    best = last_of(events).best
    assert best is not None
    assert best.spread == end.spread
    (row,) = read_table(study).rows
    assert (row.run, row.spread) == (end.run, end.spread)


def test_a_study_of_several_runs_goes_on_where_it_was(ready: tuple[Path, Project]) -> None:
    whole = ends_of(run(begin(ready, runs=2, trials=2, pruner="median", startup=1)))
    for stops_at in (1, 2, 3):
        study, control = begin(ready, runs=2, trials=2, pruner="median", startup=1), Control()
        epochs = itertools.count(1)
        seen: list[Event] = []
        for event in tune(study, ready[0], control=control, threads=1):
            seen.append(event)
            if isinstance(event, EpochDone) and next(epochs) == stops_at:
                control.stop()
        assert ends_of(seen) + ends_of(run(find_study(ready[0], study.name))) == [
            replace(end, study=study.name) for end in whole
        ]


def test_wilcoxon_ends_a_trial_that_is_worse_run_by_run(ready: tuple[Path, Project]) -> None:
    plan = {"runs": 6, "pruner": "wilcoxon", "trials": 3}
    good, bad = [0.90, 0.91, 0.92, 0.93, 0.94, 0.95], [0.80, 0.81, 0.80, 0.83, 0.82, 0.81]
    mixed = [0.91, 0.90, 0.93, 0.92, 0.95, 0.94]
    study = begin(ready, **plan)
    with measured([good, bad, mixed]):
        events = run(study)
    ends = ends_of(events)
    assert [end.state for end in ends] == ["complete", "pruned", "complete"]
    assert ends[1].value == pytest.approx(fmean(bad[:4]))
    assert [len(row.reports) for row in read_table(study).rows] == [6, 4, 6]
    strict = begin(ready, **plan, p_threshold=0.01)
    with measured([good, bad, mixed]):
        events = run(strict)
    assert [end.state for end in ends_of(events)] == ["complete"] * 3
    start = events[0]
    assert isinstance(start, StudyStarted)
    assert "needs 8 runs" in start.notes[0]


def test_of_several_runs_the_one_that_fails_is_named(ready: tuple[Path, Project]) -> None:
    outcomes = iter([Outcome("complete", 0.5), Outcome("failed", why="It broke.", code="X")])

    def one(*_: object, told: bool) -> Iterator[Event]:
        yield from ()
        return next(outcomes)

    with mock.patch.object(trials, "_one", one):
        (end,) = ends_of(run(begin(ready, runs=3, trials=1)))
    assert (end.state, end.value, end.why) == ("failed", None, "Run 2 of 3: It broke.")


def test_what_does_not_fit_in_memory_is_not_trained(ready: tuple[Path, Project]) -> None:
    from engine.compile.memory import Machine

    small = Machine("CPU", graphics=False, memory=200_000, bf16=False)
    study = begin(ready, trials=8, startup=4, own_first=False)
    with (
        mock.patch("engine.compute.device.machine", return_value=small),
        measured([[0.5]] * 8),
    ):
        events = run(study)
    ends = ends_of(events)
    assert {end.state for end in ends} == {"pruned", "complete"}
    channels = {"pruned": [], "complete": []}  # type: dict[str, list[int]]
    for end in ends:
        channels[end.state].append(end.values["model.stem.out_channels"])
        assert ("this computer has" in end.why) == (end.state == "pruned")
    assert max(channels["complete"]) < min(channels["pruned"])
    free = begin(ready, trials=3, fits_memory=False)
    with (
        mock.patch("engine.compute.device.machine", return_value=small),
        measured([[0.5]] * 3),
    ):
        assert {end.state for end in ends_of(run(free))} == {"complete"}


def test_tpe_keeps_away_from_what_is_too_large(ready: tuple[Path, Project]) -> None:
    """Of trials after the first, fewer are too large than a random search draws."""
    limit = 120
    shares = []
    for sampler in ("random", "tpe"):
        study = begin(
            ready, trials=40, sampler=sampler, most_parameters=limit, own_first=False, startup=8
        )
        with measured([[0.5 + 0.001 * number] for number in range(40)]):
            states = [end.state for end in ends_of(run(study))][8:]
        shares.append(states.count("pruned") / len(states))
    assert shares[1] < shares[0] / 2
