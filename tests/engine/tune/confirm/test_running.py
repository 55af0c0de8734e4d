"""A check of real trainings, stopped, killed and resumed on the way."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from engine.errors import FoveaError
from engine.project.document import Project
from engine.project.searching import with_choices
from engine.runs.events import EpochDone, Event, RunFailed, RunFinished
from engine.runs.listing import list_runs
from engine.search import Searched, SearchSpace
from engine.train.control import Control
from engine.tune.confirm import running
from engine.tune.confirm.applying import applied, evidence, suggested
from engine.tune.confirm.candidates import candidates, fresh_seeds
from engine.tune.confirm.events import CheckFinished, CheckRunDone, CheckRunStarted, CheckStarted
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.confirm.record import confirm_dir, read_confirmation
from engine.tune.confirm.running import confirm
from engine.tune.folder import StudyFolder, create_study
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from engine.tune.table import read_table
from tests.engine.train.tiny_project import make_project

SPACE = SearchSpace(
    (
        Searched("training.optimizer.lr", 1e-4, 0.1, log=True),
        Searched("training.batch_size", choices=(4, 8)),
    )
)
PLAN = ConfirmPlan(best=2, seeds=3)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> StudyFolder:
    """A finished study of a tiny project; no test changes it."""
    folder = tmp_path_factory.mktemp("tiny") / "p"
    project = make_project(folder, epochs=2).with_(search=SPACE)
    study = create_study(folder, project, StudyPlan(trials=4, pruner="none", sampler="random"))
    for _ in tune(study, folder, threads=1):
        pass
    return study


@pytest.fixture
def study(done: StudyFolder) -> Iterator[StudyFolder]:
    """The study without a check."""
    yield done
    shutil.rmtree(confirm_dir(done), ignore_errors=True)


def check(study: StudyFolder, **options: Any) -> list[Event]:
    return list(begin(study, **options))


def begin(study: StudyFolder, **options: Any) -> Iterator[Event]:
    options = {"plan": PLAN, "threads": 1} | options
    return confirm(study, study.path.parent.parent, **options)


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    ends = [event for event in events if isinstance(event, CheckRunDone)]
    return [(end.trial, end.member, end.score) for end in ends]


def test_the_best_are_trained_again_beside_the_project(study: StudyFolder) -> None:
    events = check(study)
    first, last = events[0], events[-1]
    assert isinstance(first, CheckStarted)
    ranked = sorted(read_table(study).rows, key=lambda row: (-row.values[0], row.number))
    own = study.project.with_(search=SearchSpace())
    best = [r for r in ranked if with_choices(own, r.settings) != own][:2]
    assert first.trials == tuple(row.number for row in best)
    assert (first.runs, first.done) == (9, 0)
    assert [(trial, member) for trial, member, _ in told(events)] == [
        (trial, member) for member in (1, 2, 3) for trial in (None, *first.trials)
    ]
    assert isinstance(last, CheckFinished)
    record = last.record
    assert record.status == "done"
    assert record == read_confirmation(study)
    assert [arm.tuned for arm in record.candidates] == [row.values[0] for row in best]
    assert [arm.values for arm in record.candidates] == [dict(row.settings) for row in best]
    runs = {run.id: run for run in list_runs(confirm_dir(study))}
    assert len(runs) == 9
    by_hand: dict[str, list[float]] = {}
    for name, run in sorted(runs.items()):
        settings = json.loads((run.path / "project.json").read_text())
        assert settings["training"]["seed"] in first.seeds
        assert not (run.path / "checkpoints").exists()
        by_hand.setdefault(name[: name.index("-0")], []).append(run.metrics["val_accuracy"])
    assert list(record.present.scores) == by_hand["project"]
    assert last.to_json()["judgement"]["winner"] in first.trials


def test_seeds_are_fresh_and_always_the_same(study: StudyFolder) -> None:
    own = study.project
    seeds = fresh_seeds(study, own, 5)
    assert len(set(seeds)) == 5
    assert own.training.seed not in seeds
    assert fresh_seeds(study, own, 3) == seeds[:3]
    retrained = own.with_(training=own.training.with_(seed=seeds[1]))
    assert seeds[1] not in fresh_seeds(study, retrained, 5)


def test_who_asks_for_more_runs_repeats_none(study: StudyFolder) -> None:
    once = told(check(study))
    more = check(study, plan=PLAN.with_(seeds=4))
    assert isinstance(more[0], CheckStarted)
    assert (more[0].runs, more[0].done) == (12, 9)
    assert [member for _, member, _ in told(more)] == [4, 4, 4]
    again = check(study)
    assert told(again) == []
    assert isinstance(again[-1], CheckFinished)
    assert [arm.scores for arm in again[-1].record.arms] == [
        tuple(score for trial, _, score in once if trial == arm.trial)
        for arm in again[-1].record.arms
    ]


def stopped_in(events: Iterator[Event], control: Control, place: int) -> list[Event]:
    """Follows a check into the second epoch of one of its runs, and stops it there."""
    seen: list[Event] = []
    for event in events:
        seen.append(event)
        begun = sum(isinstance(one, CheckRunStarted) for one in seen)
        if begun == place and isinstance(event, EpochDone):
            control.stop()
    return seen


def test_a_stopped_check_goes_on_as_if_nothing_had_been(study: StudyFolder) -> None:
    whole = told(check(study))
    shutil.rmtree(confirm_dir(study))
    control = Control()
    before = stopped_in(begin(study, control=control), control, 5)
    assert isinstance(before[-1], CheckFinished)
    assert before[-1].record.status == "open"
    assert before[-1].judgement.says == "open"
    assert told(before) == whole[:4]
    assert read_confirmation(study) == before[-1].record
    assert told(check(study)) == whole[4:]


def test_a_check_whose_process_died_goes_on(study: StudyFolder) -> None:
    """What a killed process leaves: runs that are done, one in the middle, and the record."""
    whole = told(check(study))
    shutil.rmtree(confirm_dir(study))
    events = begin(study)
    begun = 0
    for event in events:
        begun += isinstance(event, CheckRunStarted)
        if begun == 5 and isinstance(event, EpochDone):
            break
    left = confirm_dir(study).with_name("left")
    shutil.copytree(confirm_dir(study), left)  # as the disc is at this moment
    events.close()
    shutil.rmtree(confirm_dir(study))
    left.rename(confirm_dir(study))
    record = read_confirmation(study)
    assert record is not None
    assert (record.status, record.runs) == ("open", (4, 9))
    again = check(study)
    assert told(again) == whole[4:]
    assert isinstance(again[-1], CheckFinished)
    assert again[-1].record.status == "done"


def test_folds_deal_the_images_anew_and_leave_the_test_images(study: StudyFolder) -> None:
    check(study, plan=PLAN.with_(best=1, vary="folds"))
    dealt: list[tuple[int, int]] = []
    for run in list_runs(confirm_dir(study)):
        data = json.loads((run.path / "project.json").read_text())["data"]
        dealt.append((data["folds"], data.get("fold", 0)))
        assert data.get("split_seed", 0) == study.project.data.split_seed
    assert sorted(dealt) == [(3, 0), (3, 0), (3, 1), (3, 1), (3, 2), (3, 2)]


def failing(whose: str) -> Any:
    """Trainings of which those whose id begins so fail."""
    real = running.train

    def train(project: Project | None, *args: Any, **options: Any) -> Iterator[Event]:
        if options.get("run_id", "").startswith(whose):
            yield RunFailed("", "FV-T004", "There was no memory.", "", "The card is full.", "", "")
        else:
            yield from real(project, *args, **options)

    return mock.patch.object(running, "train", train)


def test_a_trial_that_fails_is_named_and_trained_no_further(study: StudyFolder) -> None:
    with failing("trial-"):
        events = check(study, plan=PLAN.with_(best=1))
    last = events[-1]
    assert isinstance(last, CheckFinished)
    assert last.record.status == "failed"
    assert last.record.candidates[0].why == "Run 1: There was no memory. The card is full."
    assert [member for _, member, _ in told(events)] == [1, 1]
    begun = candidates(study, read_table(study), study.project, PLAN).record
    with failing(f"trial-{begun.candidates[0].trial:05d}"):
        last = check(study)[-1]
    assert isinstance(last, CheckFinished)
    assert last.record.status == "done"
    assert [bool(arm.why) for arm in last.record.arms] == [False, True, False]
    assert last.judgement.winner == last.record.candidates[1].trial


def test_a_project_that_fails_ends_the_check(study: StudyFolder) -> None:
    with failing("project-"):
        events = check(study)
    last = events[-1]
    assert isinstance(last, CheckFinished)
    assert (last.record.status, last.judgement.says) == ("failed", "failed")
    assert len(told(events)) == 1
    broken = study.project.with_(data=study.project.data.with_(manifest="0" * 64))
    with pytest.raises(FoveaError) as caught:
        check(study, project=broken)
    assert caught.value.code.startswith("FV-D")


def test_an_error_before_a_run_is_its_trials_reason(study: StudyFolder) -> None:
    real = running.train

    def train(project: Project | None, *args: Any, **options: Any) -> Iterator[Event]:
        if options.get("run_id", "").startswith("trial-"):
            raise FoveaError("FV-T007", "The project is not ready.", why="It has no end.")
        yield from real(project, *args, **options)

    with mock.patch.object(running, "train", train):
        last = check(study, plan=PLAN.with_(best=1))[-1]
    assert isinstance(last, CheckFinished)
    assert last.record.candidates[0].why == "Run 1: The project is not ready. It has no end."


def test_a_study_without_a_winner_is_told(study: StudyFolder) -> None:
    project_dir = study.path.parent.parent
    empty = create_study(project_dir, study.project, StudyPlan(), "empty")
    with pytest.raises(FoveaError) as caught:
        list(confirm(empty, project_dir))
    assert caught.value.code == "FV-S020"
    assert not confirm_dir(empty).exists()
    shutil.rmtree(empty.path)


def test_nothing_is_checked_while_the_study_runs(study: StudyFolder) -> None:
    with study.alone(), pytest.raises(FoveaError) as caught:
        check(study)
    assert caught.value.code == "FV-S002"


def test_a_trial_is_applied_and_the_evidence_is_of_this_project(study: StudyFolder) -> None:
    table, project = read_table(study), study.project
    assert suggested(table, None) == getattr(table.best(), "number", None)
    check(study)
    record = read_confirmation(study)
    found = evidence(record, project)
    assert found is not None
    assert suggested(table, found) == found.winner
    assert evidence(record, project.with_(name="other", search=SearchSpace())) is not None
    edited = project.with_(training=project.training.with_(epochs=9))
    assert evidence(record, edited) is None
    trial = found.winner
    assert trial is not None
    made = applied(project, study, table, trial)
    settings = dict(table.rows[trial].settings)
    assert made.training.batch_size == settings["training.batch_size"]
    assert made.search == project.search
    with pytest.raises(FoveaError) as caught:
        applied(project, study, table, 99)
    assert caught.value.code == "FV-S022"


def test_a_score_that_is_not_finite_is_a_reason(study: StudyFolder) -> None:
    def train(*_: object, run_id: str, **__: object) -> Iterator[Event]:
        whose = {} if run_id.startswith("trial-") else {"val_accuracy": 0.5}
        yield replace(RunFinished(run_id, "done", 1, 1, 0.0), metrics=whose)

    with mock.patch.object(running, "train", train):
        last = check(study, plan=PLAN.with_(best=1))[-1]
    assert isinstance(last, CheckFinished)
    assert "validation accuracy is not known" in last.record.candidates[0].why
