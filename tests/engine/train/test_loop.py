"""Whole runs of a tiny project: folder, events, resume, failure."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest

from engine.data.scan import scan
from engine.errors import Cancelled, FoveaError
from engine.evaluate import evaluate, load_evaluation
from engine.optimizers.sgd import SGD
from engine.project.document import Project
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone, Notice, RunFailed, RunFinished, RunStarted
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run, list_runs, replay
from engine.train import Control, train
from engine.train.trainer import Trainer
from tests.engine.data.pictures import class_folders
from tests.engine.train.tiny_project import make_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tiny"


def test_a_run_is_kept_and_replays_as_it_was_live(folder: Path) -> None:
    project = make_project(folder)
    live = list(train(project, folder))
    assert isinstance(live[0], RunStarted)
    assert isinstance(live[-1], RunFinished)
    assert live[0].steps_per_epoch == 8
    run = find_run(folder, "last")
    assert run.id == live[0].run == live[-1].run
    assert (run.status, run.epochs_done, run.epochs) == ("done", 3, 3)
    assert run.metrics == live[-1].metrics
    assert list(replay(run.path)) == live


def test_a_finished_run_resumes_to_its_end_again_and_changes_nothing(folder: Path) -> None:
    first = list(train(make_project(folder), folder))
    run = find_run(folder, "last").path
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert list(train(None, folder, resume="last")) == [first[-1]]
    assert before == {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}


def test_stop_and_resume_equal_an_uninterrupted_run(folder: Path, tmp_path: Path) -> None:
    whole = list(train(make_project(folder), folder, run_id="whole"))
    project = make_project(tmp_path / "other")
    control = Control()
    for event in train(project, tmp_path / "other", control=control):
        if isinstance(event, EpochDone):
            control.stop()
    assert find_run(tmp_path / "other", "last").status == "stopped"
    changed = project.with_(training=project.training.with_(epochs=99))
    rest = list(train(changed, tmp_path / "other", resume="last"))
    assert any("training.epochs" in e.text for e in rest if isinstance(e, Notice))
    again = list(replay(find_run(tmp_path / "other", "last").path))
    assert epochs(again) == epochs(whole)
    assert weights(tmp_path / "other") == weights(folder)


def test_a_closed_generator_leaves_an_interrupted_run_that_resumes(folder: Path) -> None:
    events = train(make_project(folder), folder)
    next(events)
    assert find_run(folder, "last").status == "running"
    events.close()
    assert find_run(folder, "last").status == "interrupted"
    assert isinstance(list(train(None, folder, resume="last"))[-1], RunFinished)


def test_a_run_cannot_be_trained_twice_at_once(folder: Path) -> None:
    events = train(make_project(folder), folder)
    next(events)
    with pytest.raises(FoveaError) as caught:
        next(train(None, folder, resume="last"))
    assert caught.value.code == "FV-T003"
    events.close()


def test_divergence_fails_the_run_with_all_six_fields(folder: Path) -> None:
    project = make_project(folder, epochs=40, optimizer=SGD(lr=10.0, momentum=0.999))
    broken = project.with_(training=project.training.with_(precision="fp32"))
    events = list(poisoned(broken, folder))
    failed = events[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == "FV-T009"
    assert "epoch 2" in failed.why
    assert "learning rate" in failed.why
    assert all(failed.error().fields().values())
    assert find_run(folder, "last").status == "failed"
    for name in ("last", "best"):
        kept = read_checkpoint(find_run(folder, "last").path / "checkpoints", name)
        assert kept is not None
        assert all(np.isfinite(value.float().numpy()).all() for value in kept.tensors.values())


def poisoned(project: Project, folder: Path) -> object:
    """A training whose loss becomes infinite after the first epoch."""
    from engine.train.trainer import Trainer

    usual = Trainer.step

    def step(self: Trainer, norms: object = None) -> None:
        if self.position.epoch == 1:
            self.model.get_submodule("stem").weight.data.fill_(float("inf"))
        usual(self, norms)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", step)
        yield from train(project, folder)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "FV-T004"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes"), "FV-T004"),
        (ValueError("something odd"), "FV-T000"),
    ],
)
def test_whatever_breaks_the_loop_is_told_and_the_best_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    from engine.train.trainer import Trainer

    usual = Trainer.step

    def step(self: Trainer, norms: object = None) -> None:
        if self.position.step == 20:
            raise error
        usual(self, norms)

    monkeypatch.setattr(Trainer, "step", step)
    failed = list(train(make_project(folder), folder))[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == code
    assert failed.what
    assert failed.kept
    monkeypatch.setattr(Trainer, "step", usual)
    assert isinstance(list(train(None, folder, resume="last"))[-1], RunFinished)


def test_a_project_that_is_not_ready_is_refused_before_anything_is_written(folder: Path) -> None:
    project = make_project(folder)
    empty = project.with_(model=type(project.model)())
    with pytest.raises(FoveaError) as caught:
        next(train(empty, folder))
    assert caught.value.code == "FV-T007"
    assert not (folder / "runs").exists()


def test_a_damaged_checkpoint_falls_back_to_the_one_before(folder: Path) -> None:
    control = Control()
    for event in train(make_project(folder, epochs=6), folder, control=control):
        if isinstance(event, EpochDone) and event.epoch == 3:
            control.stop()
    whole = find_run(folder, "last").path / "checkpoints"
    youngest = sorted(whole.glob("last-*.safetensors"))[-1]
    youngest.write_bytes(youngest.read_bytes()[:-1] + b"?")
    events = list(train(None, folder, resume="last"))
    assert any("damaged" in e.text for e in events if isinstance(e, Notice))
    assert isinstance(events[-1], RunFinished)
    assert [e[0] for e in epochs(list(replay(whole.parent)))] == [1, 2, 3, 4, 5, 6]


def test_evaluation_repeats_the_validation_of_the_best_epoch(folder: Path) -> None:
    finished = list(train(make_project(folder), folder))[-1]
    assert isinstance(finished, RunFinished)
    result = evaluate(folder, "last", "val")
    assert result.n == 15
    assert result.accuracy == finished.metrics["val_accuracy"]
    assert result.auc == finished.metrics["val_auc"]
    assert result.epoch == finished.best_epoch
    kept = load_evaluation(find_run(folder, "last").path, "val")
    assert kept is not None
    assert kept.to_json() == result.to_json()
    assert evaluate(folder, "best", "test").n == 15


def test_images_that_are_gone_are_told_and_stop_a_resume(tmp_path: Path) -> None:
    """One image less would shift every batch: the run would not be the same any more."""
    folder = tmp_path / "p"
    folder.mkdir()
    spec = scan(class_folders(tmp_path / "s", {"a": 20, "b": 20}), folder).spec.with_(size=8)
    project = make_project(tmp_path / "other")
    settings = project.training.with_(epochs=1)
    project = project.with_(data=spec, training=settings)
    list(train(project, folder))
    control = Control()
    longer = project.with_(training=settings.with_(epochs=3))
    for event in train(longer, folder, control=control):
        if isinstance(event, EpochDone):
            control.stop()
    for path in (*(folder / "cache").iterdir(), tmp_path / "s" / "a" / "a_003.png"):
        path.unlink()
    before = find_run(folder, "last")
    with pytest.raises(FoveaError) as caught:
        next(train(None, folder, resume="last"))
    assert caught.value.code == "FV-T013"
    assert "1 image is missing" in caught.value.why
    assert find_run(folder, "last") == before
    splits = [evaluate(folder, "last", split) for split in ("train", "val", "test")]
    assert sum(result.n for result in splits) == 39
    assert all("1 image is missing" in result.notes[0] for result in splits)


def test_a_run_that_cannot_be_written_leaves_no_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(folder)

    def full(self: RunFolder, settings: object) -> None:
        raise FoveaError("FV-O001", "The file could not be written.")

    monkeypatch.setattr(RunFolder, "write_project", full)
    with pytest.raises(FoveaError):
        next(train(project, folder))
    assert list_runs(folder) == []


def test_history_shows_what_changed_between_runs(folder: Path) -> None:
    project = make_project(folder, epochs=1)
    list(train(project, folder))
    faster = project.training.with_(optimizer=project.training.optimizer.with_(lr=0.01))
    list(train(project.with_(training=faster), folder))
    first, second = list_runs(folder)
    assert first.id < second.id
    assert first.differing == {}
    assert second.differing == {"training.optimizer.lr": ("0.003", "0.01")}
    with pytest.raises(FoveaError) as caught:
        find_run(folder, "2026-01-01-00")
    assert caught.value.code == "FV-T001"


def epochs(events: list[object]) -> list[tuple[int, float, float | None, float]]:
    """The epochs' numbers without the times."""
    return [(e.epoch, e.train_loss, e.val_loss, e.lr) for e in events if isinstance(e, EpochDone)]


def weights(folder: Path) -> dict[str, bytes]:
    """Weights and optimizer state of the last checkpoint, to the bit."""
    kept = read_checkpoint(find_run(folder, "last").path / "checkpoints", "last")
    assert kept is not None
    return {name: value.numpy().tobytes() for name, value in kept.tensors.items()}


def test_a_stop_before_the_start_leaves_nothing(folder: Path) -> None:
    project = make_project(folder)
    control = Control()
    control.stop()
    assert list(train(project, folder, control=control)) == []
    assert list_runs(folder) == []


def test_decoding_is_told_and_can_be_cancelled(folder: Path) -> None:
    project = make_project(folder)
    told: list[tuple[int, int, str]] = []

    def cancel(done: int, total: int, text: str) -> None:
        raise Cancelled

    assert list(train(project, folder, progress=cancel)) == []
    assert list_runs(folder) == []
    next(train(project, folder, progress=lambda *news: told.append(news)))
    assert told[0] == (0, 90, "Decoding images")
    assert told[-1] == (90, 90, "Decoding images")


def test_a_failed_run_lets_go_of_its_trainer_at_once(folder: Path, monkeypatch) -> None:
    held: list[weakref.ref[Trainer]] = []

    def broken(self: Trainer, norms: object = None) -> None:
        held.append(weakref.ref(self))
        raise RuntimeError("broken")

    project = make_project(folder)
    monkeypatch.setattr(Trainer, "step", broken)
    gc.collect()
    gc.disable()  # as in the window, where a full collection is rare
    try:
        assert isinstance(list(train(project, folder))[-1], RunFailed)
        assert held[0]() is None
    finally:
        gc.enable()
