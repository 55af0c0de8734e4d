"""A head that learns alone first, and images that grow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.augment.mixing import Batch
from engine.optimizers import OPTIMIZERS
from engine.recipe import Training
from engine.runs.checkpoints import read_checkpoint
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.position import Position
from engine.train.stages import Stages, resized
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import net, pieces, run_all, run_folder
from tests.engine.train.test_fit import history, same

BODY = ("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var")


def grown(trainer: Trainer, epochs: int) -> None:
    """Trains some epochs, without validation."""
    for _ in range(epochs):
        for _ in range(trainer.pieces.steps_per_epoch):
            trainer.step()
        trainer.position.epoch += 1


def values(trainer: Trainer, names: tuple[str, ...]) -> list[torch.Tensor]:
    state = trainer.model.state_dict()
    return [state[name].clone() for name in names]


@pytest.mark.parametrize("kind", list(OPTIMIZERS.kinds()))
def test_first_the_head_learns_and_then_all(kind: str) -> None:
    recipe = {"optimizer": OPTIMIZERS.get(kind)(lr=0.01), "freeze_epochs": 2, "max_norm": 0.2}
    trainer = Trainer(pieces(**recipe), Position())
    trainer.set_training()
    body, head = values(trainer, BODY), values(trainer, ("6.weight",))
    grown(trainer, 1)
    trainer.validate()
    grown(trainer, 1)
    assert all(map(torch.equal, body, values(trainer, BODY)))
    assert not torch.equal(head[0], values(trainer, ("6.weight",))[0])
    grown(trainer, 1)
    learnt = [not torch.equal(*pair) for pair in zip(body, values(trainer, BODY), strict=True)]
    del learnt[1]  # a bias before batch norm has no effect, and so no gradient
    assert all(learnt)


def test_what_the_model_freezes_stays_frozen() -> None:
    model = net()
    model.get_parameter("0.weight").requires_grad_(False)
    stages = Stages(model, Training(freeze_epochs=1))
    stages.enter(0)
    assert [w.requires_grad for w in model.parameters()] == [False] * 4 + [True] * 2
    assert not model.get_submodule("1").training
    assert model.get_submodule("3").training
    stages.enter(1)
    assert [w.requires_grad for w in model.parameters()] == [False] + [True] * 5
    assert model.get_submodule("1").training


def test_a_frozen_head_leaves_the_layer_before_it_as_the_head() -> None:
    model = net()
    for weight in model.get_submodule("6").parameters():
        weight.requires_grad_(False)
    Stages(model, Training(freeze_epochs=1)).enter(0)
    assert [w.requires_grad for w in model.parameters()] == [False, False, True, True, False, False]


def test_sides_grow_in_four_steps_to_the_whole_size() -> None:
    recipe = Training(resize_from=0.5, resize_share=0.5, epochs=16)
    sides = [recipe.side_at(64, epoch, 16) for epoch in range(16)]
    assert sides == [32, 32, 40, 40, 48, 48, 56, 56] + [64] * 8
    assert recipe.sides(64, 16) == (32, 40, 48, 56)
    assert Training().sides(64, 16) == ()


@pytest.mark.parametrize("start", [0.25, 0.5, 0.99])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_list_of_sides_is_what_the_epochs_have(start: float, share: float) -> None:
    for epochs in range(1, 40):
        recipe = Training(resize_from=start, resize_share=share, epochs=epochs)
        sides = [recipe.side_at(30, epoch, epochs) for epoch in range(epochs)]
        assert sides == sorted(sides)
        assert recipe.sides(30, epochs) == tuple(s for s in dict.fromkeys(sides) if s != 30)


def test_images_become_smaller_by_averaging() -> None:
    images = torch.rand(3, 2, 8, 8)
    batch = Batch(images.clone(), torch.arange(3))
    recipe = Training(resize_from=0.5, epochs=4)
    small = resized(batch, recipe, 0)
    assert small.images.shape == (3, 2, 4, 4)
    stripes = torch.tensor([0.0, 1.0]).repeat(4).expand(1, 1, 8, 8)  # finer than 4 px can show
    grey = resized(Batch(stripes.clone(), torch.zeros(1)), recipe, 0).images
    assert float((grey[..., 1:-1] - 0.5).abs().max()) < 0.13
    assert resized(batch, recipe, 2) is batch
    assert resized(batch, Training(), 0) is batch


def sizes_seen(trainer: Trainer) -> list[int]:
    seen: list[int] = []
    trainer.model.register_forward_pre_hook(lambda _model, given: seen.append(given[0].shape[-1]))
    return seen


def test_training_sees_small_images_and_validation_whole_ones() -> None:
    trainer = Trainer(pieces(resize_from=0.5), Position())
    seen = sizes_seen(trainer)
    grown(trainer, 1)
    trainer.validate()
    grown(trainer, 2)
    assert seen == [4] * 4 + [8] + [6] * 4 + [8] * 4


@pytest.mark.parametrize(
    "recipe",
    [
        {"freeze_epochs": 2, "optimizer": OPTIMIZERS.get("sgd")()},
        {"freeze_epochs": 1},
        {"freeze_epochs": 3, "averaging": "swa", "swa_share": 0.9},
        {"resize_from": 0.5, "sam": 0.05, "accumulation": 2, "averaging": "ema", "l1": 1e-4},
    ],
)
def test_a_resume_goes_on_exactly(tmp_path: Path, recipe: dict[str, object]) -> None:
    whole_events, whole, _ = run_all(tmp_path, **recipe)
    for stop_at in (2, 4, 6, 8, 15):
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


def test_swa_renews_statistics_at_the_size_of_the_epoch() -> None:
    given = pieces(averaging="swa", swa_share=0.9, resize_from=0.5, resize_share=0.9)
    trainer = Trainer(replace(given), Position(epoch=1, step=4))
    seen = sizes_seen(trainer)
    grown(trainer, 1)
    trainer.position.epoch = 1
    trainer.validate()
    assert seen[4:8] == seen[:4]
    assert seen[8] == 8
