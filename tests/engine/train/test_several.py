"""Sets of runs: folds and seeds, their spread, and going on after a stop."""

from __future__ import annotations

import json
import math
from pathlib import Path
from statistics import fmean, stdev

import pytest
from click.testing import CliRunner

from engine.cli.main import main
from engine.cli.sets import set_lines
from engine.errors import FoveaError
from engine.evaluate import evaluate
from engine.project.document import Project
from engine.runs.events import EpochDone, Event, Notice, RunFailed, RunFinished, RunStarted
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run, list_runs
from engine.runs.sets import Membership, MemberStarted, SetFinished, find_set, summarise
from engine.train import Control, train
from engine.train.several import train_several
from engine.train.trainer import Trainer
from tests.engine.train.tiny_project import make_project

FAST = {"epochs": 2, "batch_size": 16}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "p", **FAST)


@pytest.fixture
def folder(tmp_path: Path, project: Project) -> Path:
    return tmp_path / "p"


def ends(events: list[Event]) -> list[dict[str, float]]:
    """The metrics of the runs that were done."""
    return [dict(e.metrics) for e in events if isinstance(e, RunFinished) and e.status == "done"]


def test_folds_train_on_all_and_validate_each_image_once(project: Project, folder: Path) -> None:
    events = list(train_several(project, folder, folds=3))
    started = [event for event in events if isinstance(event, RunStarted)]
    assert [(e.train_images, e.val_images) for e in started] == [(50, 25)] * 3
    assert [e.member for e in events if isinstance(e, MemberStarted)] == [1, 2, 3]
    assert isinstance(events[0], MemberStarted)
    last = events[-1]
    assert isinstance(last, SetFinished)
    assert (last.status, last.varied, last.members) == ("done", "folds", 3)
    assert last.runs == tuple(run.id for run in list_runs(folder))
    accuracies = [metrics["val_accuracy"] for metrics in ends(events)]
    assert last.mean["val_accuracy"] == pytest.approx(fmean(accuracies))
    assert last.deviation["val_accuracy"] == pytest.approx(stdev(accuracies))
    facts = [RunFolder(run.path).read() for run in list_runs(folder)]
    assert [Membership.of(fact) for fact in facts] == [
        Membership(last.set, "folds", k, 3) for k in (1, 2, 3)
    ]
    assert [(run.set, run.member) for run in list_runs(folder)] == [
        (last.set, k) for k in (1, 2, 3)
    ]
    tested = [evaluate(folder, run, "test") for run in last.runs]
    assert all((result.rows == tested[0].rows).all() for result in tested), "test is left alone"
    validated = [evaluate(folder, run, "val") for run in last.runs]
    rows = sorted(row for result in validated for row in result.rows.tolist())
    assert rows == sorted({*range(90)} - {*tested[0].rows.tolist()})
    for result, metrics in zip(validated, ends(events), strict=True):
        assert result.accuracy == metrics["val_accuracy"]


def test_seeds_share_the_split_and_the_first_is_the_ordinary_run(
    project: Project, folder: Path
) -> None:
    *_, plain = train(project, folder)
    events = list(train_several(project, folder, seeds=2))
    first, second = ends(events)
    assert isinstance(plain, RunFinished)
    assert first == plain.metrics
    assert second != first
    runs = [RunFolder(run.path).read_project() for run in list_runs(folder)[1:]]
    assert [run["training"]["seed"] for run in runs] == [0, 1]
    assert runs[0]["data"] == runs[1]["data"] == project.data.to_json()


@pytest.mark.parametrize("varied", ["folds", "seeds"])
@pytest.mark.parametrize("closed", [False, True])
def test_a_stopped_or_killed_set_goes_on_to_the_same_end(
    project: Project, folder: Path, varied: str, closed: bool
) -> None:
    whole = list(train_several(project, folder, **{varied: 3}))[-1]
    control, name, epochs = Control(), "", 0
    events = train_several(project, folder, **{varied: 3}, control=control)
    for event in events:
        name = event.set if isinstance(event, MemberStarted) else name
        epochs += isinstance(event, EpochDone)
        if epochs == 3:  # the first epoch of the second run
            if closed:
                events.close()
                break
            control.stop()
    if not closed:
        assert isinstance(event, SetFinished)
        assert (event.status, len(event.runs), name) == ("stopped", 1, event.set)
    assert len(list_runs(folder)) == 5
    other = project.with_(training=project.training.with_(epochs=9))
    rest = list(train_several(other, folder, resume=name))
    again = rest[-1]
    assert isinstance(whole, SetFinished)
    assert isinstance(again, SetFinished)
    assert len(list_runs(folder)) == 6, "the run in hand went on, the missing one was made"
    assert again.status == "done"
    assert (again.mean, again.low, again.high) == (whole.mean, whole.low, whole.high)
    [notice] = [event for event in rest if isinstance(event, Notice) and event.details]
    assert notice.details == ("training.epochs: 2 in the run, 9 now",)
    assert list(train_several(None, folder, resume=name))[-1] == again


def test_a_run_that_fails_ends_the_set_and_can_be_mended(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Trainer.step

    def step(self: Trainer, norms: object = None) -> None:
        if self.pieces.recipe.seed == 1 and self.position.step == 5:
            raise MemoryError
        usual(self, norms)

    monkeypatch.setattr(Trainer, "step", step)
    events = list(train_several(project, folder, seeds=3))
    assert isinstance(events[-2], RunFailed)
    last = events[-1]
    assert isinstance(last, SetFinished)
    assert (last.status, len(last.runs)) == ("failed", 1)
    assert last.deviation == last.low == {}
    monkeypatch.setattr(Trainer, "step", usual)
    again = list(train_several(None, folder, resume=last.set))[-1]
    assert isinstance(again, SetFinished)
    assert (again.status, len(again.runs)) == ("done", 3)
    assert [member.member for member in find_set(folder, last.set)] == [1, 2, 3]


def test_a_set_that_was_stopped_before_its_first_run_offers_nothing_to_go_on_with(
    project: Project, folder: Path
) -> None:
    control = Control()
    control.stop()
    *_, last = train_several(project, folder, seeds=2, control=control)
    assert isinstance(last, SetFinished)
    assert (last.status, last.begun) == ("stopped", False)
    assert list_runs(folder) == []
    assert not [line for line in set_lines(last) if "--resume" in line]
    assert "nothing was written" in "".join(set_lines(last))


def test_what_cannot_be_a_set_is_refused_before_anything_is_written(
    project: Project, folder: Path
) -> None:
    for wrong in ({}, {"folds": 1}, {"folds": 3, "seeds": 3}, {"seeds": 0}, {"folds": 99}):
        with pytest.raises(FoveaError) as caught:
            next(train_several(project, folder, **wrong))
        assert caught.value.code in ("FV-H001", "FV-H002")
    with pytest.raises(FoveaError) as caught:
        next(train_several(project, folder, resume="folds-2026-01-01-000000"))
    assert caught.value.code == "FV-T001"
    assert list_runs(folder) == []


def test_the_interval_is_students_and_wider_for_folds_that_share_images() -> None:
    results = [{"a": 0.8, "b": 1.0}, {"a": 0.9}, {"a": 0.7}, {"a": 0.84}]
    found = summarise(results, varied="seeds")
    mean, spread = 0.81, stdev([0.8, 0.9, 0.7, 0.84])
    assert found["mean"] == {"a": pytest.approx(mean)}
    assert found["high"]["a"] == pytest.approx(mean + 3.182446 * spread / 2)
    assert found["low"]["a"] == pytest.approx(mean - 3.182446 * spread / 2)
    wide = summarise(results, varied="folds")
    assert wide["high"]["a"] - mean == pytest.approx(3.182446 * spread * math.sqrt(1 / 4 + 1 / 3))
    assert summarise([], varied="seeds")["mean"] == {}


def test_facts_that_name_no_set_are_no_membership() -> None:
    whole = Membership("folds-1", "folds", 2, 3).to_json()
    assert Membership.of(whole) == Membership("folds-1", "folds", 2, 3)
    for wrong in ({"set": 3}, {"varied": "days"}, {"member": 4}, {"member": 0}, {"members": "3"}):
        assert Membership.of(whole | wrong) is None
    assert Membership.of({}) is None


def test_the_command_line_prints_the_spread_and_ends_with_it(
    project: Project, folder: Path
) -> None:
    result = CliRunner().invoke(main, ["train", str(folder), "--folds", "2", "--json"])
    assert result.exit_code == 0, result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    last = events[-1]
    assert (last["event"], last["status"], len(last["runs"])) == ("set_finished", "done", 2)
    assert [event["event"] for event in events].count("run_finished") == 2
    assert "fold 2 of 2" in result.stderr
    accuracy = last["mean"]["val_accuracy"]
    assert f"validation accuracy: mean {100 * accuracy:.1f} %, standard deviation" in result.stderr
    again = CliRunner().invoke(main, ["train", str(folder), "--resume", last["set"], "--json"])
    assert json.loads(again.stdout.splitlines()[-1]) == last
    assert len(list_runs(folder)) == 2
    assert find_run(folder, "last").id == last["runs"][-1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--folds", "2", "--seeds", "2"],
        ["--folds", "2", "--resume", "last"],
        ["--folds", "1"],
        ["--seeds", "x"],
    ],
)
def test_wrong_usage_is_exit_code_2(folder: Path, arguments: list[str]) -> None:
    assert CliRunner().invoke(main, ["train", str(folder), *arguments]).exit_code == 2
