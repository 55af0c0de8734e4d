"""The inner loop on a hand-made network."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import torch

from engine.compile.module import compile_model
from engine.compute.device import Arithmetic
from engine.layers.base import Frame
from engine.optimizers import OPTIMIZERS
from engine.optimizers.sgd import SGD
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone, Saved, StepDone
from engine.templates import TEMPLATES
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.meter import NotFinite
from engine.train.position import Position
from engine.train.trainer import Trainer, _alike
from engine.train.validation import Validation
from tests.engine.train.hand_made import pieces, run_all, run_folder

Facts = list[tuple[int, float, float, float | None, float | None, float, bool]]


def history(events: list[object]) -> Facts:
    """The epochs' numbers, without the times."""
    return [
        (e.step, e.train_loss, e.train_accuracy, e.val_loss, e.val_accuracy, e.lr, e.best)
        for e in events
        if isinstance(e, EpochDone)
    ]


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    """Whether two states are equal to the bit."""
    return one.keys() == two.keys() and all(torch.equal(one[k], two[k]) for k in one)


def test_learns_an_easy_task_and_reports_every_epoch(tmp_path: Path) -> None:
    events, trainer, status = run_all(tmp_path, epochs=8, augmented=False)
    epochs = [e for e in events if isinstance(e, EpochDone)]
    assert status == "done"
    assert [e.epoch for e in epochs] == list(range(1, 9))
    assert [e.step for e in epochs] == [4 * n for n in range(1, 9)]
    assert trainer.position.best["val_accuracy"] > 0.9
    assert epochs[-1].train_loss < epochs[0].train_loss
    assert [e for e in events if isinstance(e, StepDone)][-1].step == 32


def test_two_runs_with_one_seed_are_equal_and_another_seed_differs(tmp_path: Path) -> None:
    one = run_all(tmp_path)
    two = run_all(tmp_path)
    other = run_all(tmp_path, seed=1)
    assert history(one[0]) == history(two[0]) != history(other[0])
    assert same(one[1].tensors(), two[1].tensors())


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "rmsprop"])
def test_a_stop_at_any_step_and_a_resume_change_nothing(
    tmp_path: Path, precision: str, optimizer: str
) -> None:
    from engine.optimizers import OPTIMIZERS

    recipe = {"precision": precision, "optimizer": OPTIMIZERS.get(optimizer)(lr=0.01)}
    whole_events, whole, _ = run_all(tmp_path, **recipe)
    for stop_at in (1, 6, 16):
        folder = run_folder(tmp_path)
        control, trainer = Control(), Trainer(pieces(**recipe), Position())
        events: list[object] = []
        for event in fit(trainer, Keeper(folder, every_step=True), control):
            events.append(event)
            if trainer.position.step == stop_at:
                control.stop()
        checkpoint = read_checkpoint(folder.checkpoints, "last")
        assert checkpoint is not None
        assert checkpoint.facts["position"]["step"] == stop_at
        resumed = Trainer(pieces(**recipe), Position.from_json(checkpoint.facts["position"]))
        resumed.restore(checkpoint.tensors)
        events += list(fit(resumed, Keeper(folder), Control()))
        assert history(events) == history(whole_events)
        assert same(resumed.tensors(), whole.tensors())
        assert resumed.position.best == whole.position.best


def test_an_epoch_whose_weights_cannot_be_saved_is_never_the_best(tmp_path: Path) -> None:
    folder, trainer = run_folder(tmp_path), Trainer(pieces(epochs=1), Position())
    usual = trainer.validate

    def overflown(progress: object) -> Validation:
        trainer.model.get_submodule("1").running_var.fill_(float("inf"))
        return usual(progress)

    trainer.validate = overflown
    events = list(fit(trainer, Keeper(folder), Control()))
    assert [e.best for e in events if isinstance(e, EpochDone)] == [False]
    assert trainer.position.best == {}
    assert read_checkpoint(folder.checkpoints, "best") is None


def test_early_stopping_ends_after_its_patience(tmp_path: Path) -> None:
    still = SGD(lr=1e-12, momentum=0.0, nesterov=False)
    events, trainer, status = run_all(
        tmp_path, epochs=30, early_stopping=3, optimizer=still, monitor="accuracy"
    )
    assert status == "early"
    assert trainer.position.epoch - int(trainer.position.best["epoch"]) == 3
    assert len(history(events)) == trainer.position.epoch < 30


@pytest.mark.parametrize("keep", ["one_se", "last"])
def test_a_later_epoch_is_kept_and_patience_still_counts_from_the_best(
    tmp_path: Path, keep: str
) -> None:
    still = SGD(lr=1e-12, momentum=0.0, nesterov=False)
    events, trainer, status = run_all(
        tmp_path, epochs=30, early_stopping=3, optimizer=still, keep=keep, monitor="loss"
    )
    assert status == "early"
    assert trainer.position.epoch - int(trainer.position.top["epoch"]) == 3
    assert trainer.position.best["epoch"] == trainer.position.epoch
    assert all(event.best for event in events if isinstance(event, EpochDone))


def test_stop_after_epoch_finishes_the_epoch(tmp_path: Path) -> None:
    control = Control()
    control.stop_after_epoch()
    events, trainer, status = run_all(tmp_path, control)
    assert status == "stopped"
    assert trainer.position.epoch == 1
    assert [e.which for e in events if isinstance(e, Saved)][-1] == "last"


def test_a_storm_of_pauses_ends_with_one_clean_stop(tmp_path: Path) -> None:
    control = Control()

    def storm() -> None:
        for _ in range(50):
            control.pause()
            time.sleep(0.001)
            control.resume()
        control.pause()
        for _ in range(50):
            control.stop()

    thread = threading.Thread(target=storm)
    thread.start()
    begun = time.monotonic()
    events, trainer, status = run_all(tmp_path, control, epochs=10_000)
    thread.join()
    assert status == "stopped"
    assert time.monotonic() - begun < 10
    saved = [e for e in events if isinstance(e, Saved)]
    assert saved[-1].step == trainer.position.step


def test_pause_holds_the_step_and_leaves_the_time_out(tmp_path: Path) -> None:
    control = Control()
    control.pause()
    threading.Timer(0.4, control.resume).start()
    begun = time.monotonic()
    events, _, status = run_all(tmp_path, control, epochs=1)
    wall = time.monotonic() - begun
    last = [e for e in events if isinstance(e, EpochDone)][-1]
    assert status == "done"
    assert wall >= 0.4
    assert last.seconds <= wall - 0.3


def test_a_loss_that_is_no_number_stops_before_anything_is_saved(tmp_path: Path) -> None:
    trainer = Trainer(pieces(optimizer=SGD(lr=0.05), epochs=3), Position())
    folder = run_folder(tmp_path)
    loop = fit(trainer, Keeper(folder, every_step=True), Control())

    def train_and_break() -> None:
        for _ in loop:
            if trainer.position.step == 5:
                with torch.no_grad():
                    next(trainer.model.parameters()).fill_(float("nan"))

    with pytest.raises(NotFinite) as caught:
        train_and_break()
    assert caught.value.step == 6
    for name in ("last", "best"):
        checkpoint = read_checkpoint(folder.checkpoints, name)
        assert checkpoint is not None
        floats = [v for v in checkpoint.tensors.values() if v.is_floating_point()]
        assert all(bool(torch.isfinite(value).all()) for value in floats)


def test_a_last_batch_of_one_is_dropped() -> None:
    assert pieces(batch_size=59).steps_per_epoch == 1
    assert pieces(batch_size=60).steps_per_epoch == 1
    assert pieces(batch_size=58).steps_per_epoch == 2


def test_dropout_is_a_function_of_seed_and_step() -> None:
    one = Trainer(pieces(), Position())
    two = Trainer(pieces(), Position())
    one.step()
    torch.rand(17)  # somebody else draws in between
    two.step()
    one.step()
    torch.rand(3)
    two.step()
    assert same(one.tensors(), two.tensors())


@pytest.mark.gpu
def test_trains_on_cuda(tmp_path: Path) -> None:
    events, trainer, status = run_all(
        tmp_path, device="cuda:0", precision="bf16", epochs=8, augmented=False
    )
    assert status == "done"
    assert trainer.pieces.images.resident
    assert trainer.position.best["val_accuracy"] > 0.9
    assert all(value.is_cuda for value in trainer.weights().values())
    assert len(history(events)) == 8


def test_a_model_built_meanwhile_does_not_disturb_dropout() -> None:
    """As the Evaluate page does while a run trains: both use torch's only generator."""
    frame = Frame(1, 8, 8, 2)
    graph = TEMPLATES["small_cnn"].build(frame)
    with Arithmetic(torch.device("cpu")).drawing_from(3):
        other = threading.Thread(target=compile_model, args=(graph, frame, 0))
        other.start()
        other.join(0.3)
        assert other.is_alive()
        drawn = torch.rand(3)
    other.join()
    assert torch.equal(drawn, torch.rand(3, generator=torch.Generator().manual_seed(3)))


def test_step_counters_go_where_the_optimizer_looks_for_them() -> None:
    """A fused optimizer's kernel reads them on the card; torch's own rule, see load_state_dict."""
    weight, count = torch.empty(3, device="meta"), torch.tensor(5.0)
    assert _alike(count, weight, fused=True).device.type == "meta"
    assert _alike(count, weight, fused=False).device.type == "cpu"


@pytest.mark.gpu
@pytest.mark.parametrize("optimizer", OPTIMIZERS.kinds())
def test_a_resume_on_cuda_goes_on(tmp_path: Path, optimizer: str) -> None:
    recipe = {"device": "cuda:0", "optimizer": OPTIMIZERS.get(optimizer)(lr=0.01)}
    begun = Trainer(pieces(**recipe), Position())
    begun.step()
    kept = {name: value.cpu().clone() for name, value in begun.tensors().items()}
    resumed = Trainer(pieces(**recipe), Position(step=1))
    resumed.restore(kept)
    begun.step()
    resumed.step()
    for name, value in begun.tensors().items():
        torch.testing.assert_close(resumed.tensors()[name], value)
