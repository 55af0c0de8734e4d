"""What may befall a study: hostile files, trials that fail, discs that refuse, kills in between."""

from __future__ import annotations

import contextlib
import json
import math
import pickle
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import EpochDone, Event, RunFinished
from engine.search import Searched, SearchSpace
from engine.train.control import Control
from engine.train.trainer import Trainer
from engine.tune import storage
from engine.tune import study as coordinator
from engine.tune import trial as trials
from engine.tune.events import StudyFinished, TrialFinished, TrialStarted
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.outcome import Outcome, run_id
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from tests.engine.train.tiny_project import make_project

LR = Searched("training.optimizer.lr", 1e-4, 0.1, log=True)
SPACE = SearchSpace(
    (
        LR,
        Searched("training.optimizer", choices=("adamw", "sgd")),
        Searched("training.optimizer.momentum", 0.5, 0.95),
        Searched("training.batch_size", choices=(4, 8)),
    )
)
PLAN = StudyPlan(trials=3, startup=2, sampler="random", pruner="none")


class Bomb:
    """What a stranger would put into a pickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("/nowhere/burst"),)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Project]:
    """A tiny project on disc, its images decoded."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    return folder, make_project(folder, epochs=1).with_(search=SPACE)


def begin(ready: tuple[Path, Project], **changes: Any) -> StudyFolder:
    return create_study(*ready, PLAN.with_(**changes))


def run(study: StudyFolder, control: Control | None = None) -> list[Event]:
    return list(tune(study, study.path.parent.parent, control=control, threads=1))


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    """The trials as they ended."""
    ends = [event for event in events if isinstance(event, TrialFinished)]
    return [(end.trial, end.state, end.value, dict(end.values)) for end in ends]


def follow(events: Iterator[Event], look: Callable[[Event], None]) -> None:
    """Shows each event to somebody."""
    for event in events:
        look(event)


@contextlib.contextmanager
def not_trained(value_of: Callable[[int], float] = float) -> Iterator[None]:
    """Trials end at once, judged by their number, with a folder of weights."""

    def train(study: StudyFolder, trial: Any, *_: object) -> Iterator[Event]:
        (study.path / "runs" / run_id(trial.number) / "checkpoints").mkdir(parents=True)
        yield from ()
        return Outcome("complete", value_of(trial.number))

    with mock.patch.object(coordinator, "train_trial", train):
        yield


def change(study: StudyFolder, statement: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(study.database)) as connection, connection:
        connection.execute(statement, values)


def test_nothing_in_a_file_is_unpickled(
    ready: tuple[Path, Project], unpickled: list[str], tmp_path: Path
) -> None:
    """Row S03: where CMA-ES would keep its state, and where a trial has its remarks."""
    study = begin(ready, trials=1)
    with not_trained():
        run(study)
        bomb = pickle.dumps(Bomb())
        for table in ("user", "system"):
            for key in ("why", "cma:optimizer:0"):
                into = f"trial_{table}_attributes (trial_id, key, value_json) VALUES (1, ?, ?)"
                change(study, f"INSERT INTO {into}", key, json.dumps(bomb.hex()))
        for sampler in ("tpe", "random", "qmc", "gp", "nsga2"):
            plan = study.plan.with_(sampler=sampler, trials=study.plan.trials + 2)
            study = StudyFolder(study.path, study.project, plan, study.created)
            run(study)
    assert unpickled == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trials SET number = 7 WHERE number = 1",
        "DELETE FROM trial_values",
        "UPDATE trial_params SET distribution_json = '{}'",
        "UPDATE trial_params SET param_value = 'x'",
        "UPDATE trials SET state = 'ASLEEP'",
        "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (1, 'why', '{')",
    ],
)
def test_rows_that_make_no_sense_are_refused(ready: tuple[Path, Project], statement: str) -> None:
    study = begin(ready)
    with not_trained():
        run(study)
    change(study, statement)
    before = study.database.read_bytes()
    with pytest.raises(FoveaError) as caught:
        run(study)
    assert caught.value.code == "FV-S005"
    assert study.database.read_bytes() == before


def test_another_search_space_is_told(ready: tuple[Path, Project]) -> None:
    """Row S08: somebody edits the study's file, whose trials know other optimizers."""
    study = begin(ready)
    with not_trained():
        run(study)
    other = SearchSpace((LR, Searched("training.optimizer", choices=("adam", "rmsprop"))))
    plan = study.plan.with_(trials=9)
    edited = StudyFolder(study.path, study.project.with_(search=other), plan, study.created)
    with pytest.raises(FoveaError) as caught, not_trained():
        run(edited)
    assert caught.value.code == "FV-S008"
    assert "new study" in caught.value.fix


FAULTS: dict[str, Exception] = {
    "FV-T004": torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB"),
    "FV-T000": ValueError("an error that nobody expected"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_trial_that_raises_fails_and_the_study_goes_on(
    ready: tuple[Path, Project], code: str
) -> None:
    """Row S09: in the third step of the second trial."""
    usual, steps = Trainer.step, 0

    def step(self: Trainer, *args: Any, **options: Any) -> Any:
        nonlocal steps
        steps += 1
        if self.position.step == 2 and trial == 1:
            raise FAULTS[code]
        return usual(self, *args, **options)

    study, trial, ends = begin(ready), -1, []
    with mock.patch.object(Trainer, "step", step):
        for event in tune(study, ready[0], threads=1):
            trial = event.trial if isinstance(event, TrialStarted) else trial
            ends += [event] if isinstance(event, TrialFinished) else []
    assert steps > 6
    assert [end.state for end in ends] == ["complete", "failed", "complete"]
    assert ends[1].why


def test_what_fails_before_a_run_begins_is_a_failed_trial(ready: tuple[Path, Project]) -> None:
    with mock.patch.object(trials, "train", side_effect=ValueError("cannot reshape")):
        *_, last = run(begin(ready, trials=20))
    assert isinstance(last, StudyFinished)
    assert (last.status, last.failed, last.best) == ("paused", 5, None)  # row S10
    assert "cannot reshape" in last.why


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_a_value_that_is_no_number_fails(ready: tuple[Path, Project], value: float) -> None:
    """Row S09: Optuna itself counts an infinite value as complete."""
    usual = trials.train

    def infinite(*args: Any, **options: Any) -> Iterator[Event]:
        for event in usual(*args, **options):
            if isinstance(event, RunFinished):
                event = RunFinished("", "done", 1, 1, 1.0, {"val_loss": value})
            yield event

    with mock.patch.object(trials, "train", infinite):
        events = run(begin(ready, goal="loss", trials=2))
    assert [end[1:3] for end in told(events)] == [("failed", None)] * 2
    assert isinstance(events[-1], StudyFinished)
    assert events[-1].best is None  # row S10


@pytest.mark.parametrize(
    ("goal", "gone", "why"),
    [
        ("accuracy", ("val_loss", "val_accuracy", "val_auc"), "no validation images to judge"),
        ("auc", ("val_auc",), "A class has no validation images"),
    ],
)
def test_without_what_it_is_judged_by_a_trial_ends_after_an_epoch(
    ready: tuple[Path, Project], goal: str, gone: tuple[str, ...], why: str
) -> None:
    usual = trials.train

    def blind(*args: Any, **options: Any) -> Iterator[Event]:
        for event in usual(*args, **options):
            yield replace(event, **dict.fromkeys(gone)) if isinstance(event, EpochDone) else event

    longer = ready[1].with_(training=ready[1].training.with_(epochs=30))
    study = create_study(ready[0], longer, PLAN.with_(goal=goal, trials=1))
    with mock.patch.object(trials, "train", blind):
        events = run(study)
    assert sum(isinstance(event, EpochDone) for event in events) == 1
    (end,) = (event for event in events if isinstance(event, TrialFinished))
    assert end.state == "failed"
    assert why in end.why


@pytest.mark.parametrize("goal", ["accuracy", "loss"])
def test_of_equal_trials_the_first_is_the_best_and_keeps_its_weights(
    ready: tuple[Path, Project], goal: str
) -> None:
    study = begin(ready, keep=1, goal=goal)
    with not_trained(lambda _: 0.5):
        last = run(study)[-1]
    assert isinstance(last, StudyFinished)
    assert last.best is not None
    kept = [path.parent.name for path in sorted(study.path.glob("runs/*/checkpoints"))]
    assert kept == [last.best.run] == [run_id(0)]
    (study.path / "runs" / run_id(1) / "checkpoints").mkdir()  # killed before they were taken away
    run(study)
    assert not (study.path / "runs" / run_id(1) / "checkpoints").exists()


@pytest.mark.parametrize("sampler", ["random", "qmc", "tpe", "gp", "nsga2"])
def test_a_kill_between_two_settings_changes_nothing(
    ready: tuple[Path, Project], sampler: str
) -> None:
    """Row S02, at every moment of choosing."""
    whole = begin(ready, trials=5, sampler=sampler)
    with not_trained():
        expected = told(run(whole))
    momenta = [values["training.optimizer.momentum"] for *_, values in expected if len(values) == 4]
    assert len(set(momenta)) == len(momenta)
    for dies_at in range(3, 14, 3):
        study = begin(ready, trials=5, sampler=sampler)
        usual, asked = coordinator.suggest, 0

        def suggest(*args: Any, dies_at: int = dies_at, usual: Any = usual) -> Any:
            nonlocal asked
            asked += 1
            if asked == dies_at:
                raise KeyboardInterrupt
            return usual(*args)

        ended: list[tuple[Any, ...]] = []
        with not_trained():
            with mock.patch.object(coordinator, "suggest", suggest):
                events = tune(study, ready[0])
                with pytest.raises(KeyboardInterrupt):
                    follow(events, lambda event, ended=ended: ended.extend(told([event])))
            assert ended + told(run(study)) == expected


def test_a_kill_while_the_file_is_made_leaves_a_study_that_can_begin(
    ready: tuple[Path, Project],
) -> None:
    study = begin(ready, trials=1)
    with (
        mock.patch("optuna.create_study", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        run(study)
    with not_trained():
        assert len(told(run(study))) == 1
    assert [path.name for path in study.path.glob("study.db*")] == ["study.db"]


@pytest.mark.parametrize("left", ["nothing", "project.json", "run.json"])
def test_a_run_that_had_not_begun_is_begun_again(ready: tuple[Path, Project], left: str) -> None:
    """What a kill leaves between a run's folder and its first event."""
    expected = told(run(begin(ready, trials=1)))
    study = begin(ready, trials=1)
    for event in (events := tune(study, ready[0], threads=1)):
        if isinstance(event, EpochDone):
            break
    copied = StudyFolder(study.path.with_name(f"copied {left}"), *ready[1:], study.plan, "")
    shutil.copytree(study.path, copied.path)
    events.close()
    place = copied.path / "runs" / run_id(0)
    for gone in ("events.jsonl", "run.json", "project.json"):
        if gone == left:
            break
        (place / gone).unlink()
    assert told(run(copied)) == expected


def test_a_file_that_refuses_is_named_and_the_study_goes_on_later(
    ready: tuple[Path, Project],
) -> None:
    """A full disc, and a program that holds the file (row S06)."""
    expected = told(run(begin(ready)))
    study = begin(ready)
    ended: list[tuple[Any, ...]] = []
    with mock.patch.object(storage, "_WAITS", 0.1):
        events = tune(study, ready[0], threads=1)
        next(events)
        holder = sqlite3.connect(study.database)

        def hold(event: Event) -> None:
            ended.extend(told([event]))
            if isinstance(event, EpochDone) and len(ended) == 1:
                holder.execute("BEGIN IMMEDIATE")

        with pytest.raises(FoveaError) as caught:
            follow(events, hold)
    assert caught.value.code == "FV-S007"
    assert caught.value.where == str(study.database)
    assert "locked" in caught.value.why
    holder.close()
    assert ended + told(run(study)) == expected


def test_stopping_after_the_epoch_stops_the_study(ready: tuple[Path, Project]) -> None:
    study, control = begin(ready), Control()
    events = tune(study, ready[0], control=control, threads=1)
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, TrialStarted):
            control.stop_after_epoch()
    assert len(told(seen)) == 1
    assert isinstance(seen[-1], StudyFinished)
    assert seen[-1].status == "stopped"


def test_hours_add_up_over_sessions(ready: tuple[Path, Project]) -> None:
    clock, control = iter(range(0, 10**6, 1000)), Control()
    study = begin(ready, trials=50, hours=1)
    with not_trained(), mock.patch("engine.tune.clock.time.monotonic", clock.__next__):
        seen = []
        for event in tune(study, ready[0], control=control):
            seen.append(event)
            if isinstance(event, TrialFinished):
                control.stop()
        later = run(study)
        assert told(run(study)) == []
    assert len(told(seen)) == 1
    assert 0 < len(told(later)) < 5


def test_a_changed_budget_waits_for_the_process_that_runs(ready: tuple[Path, Project]) -> None:
    study = begin(ready)
    with study.alone(), pytest.raises(FoveaError) as caught:
        study.with_budget(9, None)
    assert caught.value.code == "FV-S002"
    assert find_study(ready[0], study.name).plan.trials == 3


def test_a_study_that_could_not_be_written_leaves_its_name(ready: tuple[Path, Project]) -> None:
    full = FoveaError("FV-O001", "The disc is full.")
    with (
        mock.patch("engine.tune.folder.write_json", side_effect=full),
        pytest.raises(FoveaError, match="disc is full"),
    ):
        create_study(*ready, PLAN, "mine")
    assert create_study(*ready, PLAN, "mine").name == "mine"
    with pytest.raises(FoveaError) as caught:
        create_study(*ready, PLAN, "last")  # which means the youngest
    assert caught.value.code == "FV-S001"


def test_a_study_whose_folder_is_gone_says_so(ready: tuple[Path, Project]) -> None:
    study = begin(ready)
    shutil.rmtree(study.path)
    with pytest.raises(FoveaError) as caught:
        run(study)
    assert caught.value.code == "FV-O001"
    assert not study.path.exists()
