"""Sharpness-aware minimisation against its papers' formulas."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from engine.losses.cross_entropy import CrossEntropy
from engine.optimizers import OPTIMIZERS
from engine.train.meter import NotFinite
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import net, pieces
from tests.engine.train.test_accumulation import plain_net
from tests.engine.train.test_finite import poison, state

RADIUS = 0.3


def by_hand(trainer: Trainer, model: torch.nn.Module, *, adaptive: bool) -> list[torch.Tensor]:
    """The gradients at ``w + e`` for the trainer's next batch."""
    batch = trainer.next_batch()
    images, labels = trainer._normaliser(batch.images.clone()), batch.labels.clone()
    loss = CrossEntropy().build()
    weights = list(model.parameters())
    first = torch.autograd.grad(loss(model(images), labels), weights)
    if adaptive:
        norm = torch.cat([(w.abs() * g).flatten() for w, g in zip(weights, first, strict=True)])
        moves = [w.square() * g for w, g in zip(weights, first, strict=True)]
    else:
        norm = torch.cat([g.flatten() for g in first])
        moves = list(first)
    with torch.no_grad():
        for weight, move in zip(weights, moves, strict=True):
            weight += RADIUS * move / norm.norm()
    return list(torch.autograd.grad(loss(model(images), labels), weights))


@pytest.mark.parametrize("kind", ["sgd", "adamw", "rmsprop"])
@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("adaptive", [False, True])
def test_any_optimizer_steps_by_the_gradient_of_the_worst_place(
    kind: str, parts: int, adaptive: bool
) -> None:
    recipe = {"sam": RADIUS, "sam_adaptive": adaptive, "accumulation": parts}
    given = pieces(optimizer=OPTIMIZERS.get(kind)(), **recipe)
    trainer = Trainer(replace(given, model=plain_net()), Position())
    wanted = by_hand(trainer, plain_net(), adaptive=adaptive)
    beside = plain_net()
    optimizer = given.recipe.optimizer.build(beside)
    for weight, gradient in zip(beside.parameters(), wanted, strict=True):
        weight.grad = gradient
    for group in optimizer.param_groups:
        group["lr"] = trainer.rate(0)
    optimizer.step()
    trainer.step()
    found = [weight.grad for weight in trainer.model.parameters()]
    for one, two in zip(found, wanted, strict=True):
        assert one is not None
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-6)
    for one, two in zip(state(trainer.model), state(beside), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=2e-5)


def test_batch_norm_learns_from_the_first_pass_only_and_dropout_draws_the_same() -> None:
    plain, sharp = (Trainer(pieces(**recipe), Position()) for recipe in ({}, {"sam": 0.1}))
    masks: list[torch.Tensor] = []
    dropout = sharp.model.get_submodule("3")
    dropout.register_forward_hook(lambda _m, given, out: masks.append(out == 0))
    plain.step()
    sharp.step()
    for name, value in plain.model.named_buffers():
        assert torch.equal(sharp.model.get_buffer(name), value)
    first, second = masks
    never = first | second  # ReLU's own zeros move a little with the weights
    assert (first == second).float().mean() > 0.97 * never.float().mean()
    assert plain.meter.read(1).losses == sharp.meter.read(1).losses
    assert not torch.equal(state(plain.model)[0], state(sharp.model)[0])


def test_a_tiny_radius_is_no_radius() -> None:
    plain, sharp = (Trainer(pieces(**recipe), Position()) for recipe in ({}, {"sam": 1e-9}))
    for trainer in (plain, sharp):
        trainer.step()
    for one, two in zip(state(plain.model), state(sharp.model), strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-5)


def test_what_breaks_the_second_pass_leaves_the_weights_where_they_were() -> None:
    trainer = Trainer(pieces(sam=0.1), Position())
    before = state(trainer.model)
    passes = 0

    def second(*_: object) -> None:
        nonlocal passes
        passes += 1
        if passes == 2:
            raise MemoryError

    hook = trainer.model.register_forward_pre_hook(second)
    with pytest.raises(MemoryError):
        trainer.step()
    assert all(map(torch.equal, before, state(trainer.model)))
    assert trainer.model.get_submodule("1").track_running_stats
    hook.remove()
    poison(trainer, float("nan"))
    with pytest.raises(NotFinite):
        trainer.step()
    assert all(map(torch.equal, before, state(trainer.model)))


def test_frozen_weights_are_left_out() -> None:
    given = pieces(sam=0.1)
    model = net()
    model.get_parameter("0.weight").requires_grad_(False)
    trainer = Trainer(replace(given, model=model), Position())
    before = trainer.model.get_parameter("0.weight").clone()
    trainer.step()
    assert torch.equal(before, trainer.model.get_parameter("0.weight"))
