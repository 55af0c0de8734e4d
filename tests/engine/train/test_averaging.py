"""EMA and SWA of the weights, against torch's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from engine.errors import Cancelled
from engine.recipe import Training
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone
from engine.schedules.simple import Cosine
from engine.train.averaging import averages, first_averaged, held_step
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import net, pieces, run_all, run_folder
from tests.engine.train.test_fit import history, same


def steps(model: torch.nn.Module, count: int) -> Iterator[int]:
    """The weights walk about; batch norm's averages move too."""
    draw = torch.Generator().manual_seed(2)
    for step in range(1, count + 1):
        with torch.no_grad():
            for weight in model.parameters():
                weight += torch.randn(weight.shape, generator=draw)
            model(torch.randn(4, 1, 8, 8, generator=draw))
        yield step


def test_the_fading_average_is_torchs_once_it_is_warm() -> None:
    model = net()
    ours = averages(model, Training(averaging="ema", ema_decay=0.5), 10, 0)
    assert ours is not None
    for step in steps(model, 8):  # 9 / 18 reaches 0.5: from there on the decay is constant
        ours.after_step(step)
    theirs = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.5), use_buffers=True)
    theirs.module.load_state_dict(ours.weights())
    theirs.n_averaged.fill_(1)
    for step in steps(model, 5):
        ours.after_step(8 + step)
        theirs.update_parameters(model)
    for name, value in theirs.module.state_dict().items():
        if value.is_floating_point():
            assert torch.equal(ours.weights()[name], value)


def test_the_memory_grows_as_tensorflows() -> None:
    model = net()
    ours = averages(model, Training(averaging="ema", ema_decay=0.998), 10, 0)
    assert ours is not None
    wanted = model.get_parameter("0.weight").detach().clone()
    for step in steps(model, 30):
        ours.after_step(step)
        decay = (1 + step) / (10 + step)
        wanted = decay * wanted + (1 - decay) * model.get_parameter("0.weight").detach()
    torch.testing.assert_close(ours.weights()["0.weight"], wanted)


def test_the_plain_mean_is_torchs() -> None:
    model, theirs = net(), AveragedModel(net())
    recipe = Training(averaging="swa", swa_share=0.5, epochs=6)
    assert first_averaged(recipe) == 3
    ours = averages(model, recipe, 2, 0)
    assert ours is not None
    for step in steps(model, 12):
        ours.after_step(step)
        assert ours.begun == (step >= 8)
        if step in (8, 10, 12):
            theirs.update_parameters(model)
    for name, value in theirs.module.named_parameters():
        torch.testing.assert_close(ours.weights()[name], value.detach())


@pytest.mark.parametrize("share", [0.01, 0.25, 0.9])
def test_at_least_one_epoch_is_averaged_and_the_warm_up_is_never_cut(share: float) -> None:
    for epochs in (1, 2, 3, 10, 100):
        recipe = Training(epochs=epochs, swa_share=share, schedule=Cosine(warmup=0.5))
        assert 0 <= first_averaged(recipe) < epochs
        assert held_step(recipe, 10) >= 5 * epochs


def test_swa_holds_the_learning_rate_where_its_part_begins() -> None:
    trainer = Trainer(pieces(averaging="swa", swa_share=0.5), Position())
    plain = Trainer(pieces(), Position())
    rates = [trainer.rate(step) for step in range(16)]
    assert rates[:9] == [plain.rate(step) for step in range(9)]
    assert set(rates[8:]) == {plain.rate(8)}


def test_training_goes_on_with_its_own_weights(tmp_path: Path) -> None:
    plain = run_all(tmp_path)
    averaged = run_all(tmp_path, averaging="ema")
    own = {k: v for k, v in averaged[1].tensors().items() if not k.startswith("average.")}
    assert same(own, plain[1].tensors())
    assert history(averaged[0]) != history(plain[0])


@pytest.mark.parametrize("kind", ["ema", "swa"])
def test_what_is_validated_is_what_is_kept(tmp_path: Path, kind: str) -> None:
    folder = run_folder(tmp_path)
    trainer = Trainer(pieces(averaging=kind, ema_decay=0.9, swa_share=0.5), Position())
    events = list(fit(trainer, Keeper(folder), Control()))
    best = read_checkpoint(folder.checkpoints, "best")
    assert best is not None
    judge = Trainer(pieces(), Position())
    judge.restore(best.tensors)
    found, kept = judge.validate(), best.facts["best"]
    assert (found.loss, found.accuracy) == (kept["val_loss"], kept["val_accuracy"])
    last = [event for event in events if isinstance(event, EpochDone)][-1]
    judge.restore(trainer.weights())
    assert judge.validate().loss == last.val_loss
    judge.restore(trainer.tensors())
    assert judge.validate().loss != last.val_loss


def test_swa_takes_batch_norms_averages_anew_as_torch_does() -> None:
    trainer = Trainer(pieces(averaging="swa", swa_share=0.9), Position(epoch=1))
    trainer.model.get_submodule("3").p = 0.0
    trainer.position.step = 4
    for _ in range(4):
        trainer.step()
    trainer.validate()
    judge = net()
    judge.load_state_dict({k.removeprefix("model."): v for k, v in trainer.weights().items()})
    seen = [trainer.feed.batch(1, 4 + number).images.clone() for number in range(4)]
    judge.get_submodule("3").p = 0.0
    update_bn([trainer._normaliser(images) for images in seen], judge)
    for name, value in judge.state_dict().items():
        torch.testing.assert_close(trainer.weights()[f"model.{name}"], value)
    own = trainer.model.get_buffer("1.running_mean")
    assert not torch.equal(own, trainer.weights()["model.1.running_mean"])


def test_a_cancelled_validation_leaves_the_weights_in_their_place() -> None:
    trainer = Trainer(pieces(averaging="swa", swa_share=0.9), Position(epoch=1, step=4))
    for _ in range(4):
        trainer.step()
    before = {name: value.clone() for name, value in trainer.model.state_dict().items()}

    def cancel(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        trainer.validate(cancel)
    assert same(before, trainer.model.state_dict())
    assert trainer.model.get_submodule("1").momentum == 0.1
    assert trainer.model.training


@pytest.mark.parametrize("kind", ["ema", "swa"])
def test_a_resume_goes_on_exactly(tmp_path: Path, kind: str) -> None:
    recipe = {"averaging": kind, "swa_share": 0.6}
    whole_events, whole, _ = run_all(tmp_path, **recipe)
    for stop_at in (3, 8, 10, 16):
        folder, control = run_folder(tmp_path), Control()
        trainer = Trainer(pieces(**recipe), Position())
        events: list[object] = []
        for event in fit(trainer, Keeper(folder, every_step=True), control):
            events.append(event)
            if trainer.position.step == stop_at:
                control.stop()
        checkpoint = read_checkpoint(folder.checkpoints, "last")
        assert checkpoint is not None
        resumed = Trainer(pieces(**recipe), Position.from_json(checkpoint.facts["position"]))
        resumed.restore(checkpoint.tensors)
        events += list(fit(resumed, Keeper(folder), Control()))
        assert history(events) == history(whole_events)
        assert same(resumed.tensors(), whole.tensors())
        assert same(resumed.weights(), whole.weights())


def test_without_validation_images_swa_is_whole_too() -> None:
    given = pieces(averaging="swa", swa_share=0.9)
    trainer = Trainer(replace(given, val_rows=given.val_rows[:0]), Position(epoch=1, step=4))
    for _ in range(4):
        trainer.step()
    before = trainer.weights()["model.1.running_mean"].clone()
    assert trainer.validate().loss is None
    assert not torch.equal(before, trainer.weights()["model.1.running_mean"])
