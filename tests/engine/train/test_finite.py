"""Gradients that are not numbers never reach a weight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.optimizers import OPTIMIZERS
from engine.runs.events import StepDone
from engine.train.failures import explain
from engine.train.finite import Guard, LossScale, prime
from engine.train.meter import Meter, NotFinite
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces, run_all

BAD = [float("nan"), float("inf"), -float("inf")]


def small() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Linear(4, 3))


def give_gradients(model: torch.nn.Module, number: int, bad: float | None = None) -> None:
    draw = torch.Generator().manual_seed(number)
    for weight in model.parameters():
        weight.grad = torch.randn(weight.shape, generator=draw)
    if bad is not None:
        last = list(model.parameters())[-1].grad
        assert last is not None
        last[1] = bad


def state(model: torch.nn.Module) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in model.parameters()]


@pytest.mark.parametrize("kind", list(OPTIMIZERS.kinds()))
@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("bad", BAD)
def test_no_weight_moves(kind: str, exact: bool, bad: float) -> None:
    """``exact=False`` is the way of a card: nothing is read."""
    model = small()
    optimizer = OPTIMIZERS.get(kind)().build(model)
    guard = Guard(optimizer, exact=exact)
    for number in range(3):
        give_gradients(model, number)
        guard.begin()
        assert guard.check() is False
        before = state(model)
        guard.step()
        assert not all(map(torch.equal, before, state(model)))
    give_gradients(model, 3, bad)
    guard.begin()
    assert guard.check() is exact
    before = state(model)
    guard.step()
    assert all(map(torch.equal, before, state(model)))
    assert guard.broken().item() == 1
    guard.begin()
    assert guard.broken().item() == 0


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_a_skipped_step_of_fp16_leaves_no_trace_in_the_optimizer(kind: str) -> None:
    """Also when it is the very first one: the scale begins too high on purpose."""
    one, two = small(), small()
    plain, skipping = (OPTIMIZERS.get(kind)(lr=0.01).build(model) for model in (one, two))
    guard = Guard(skipping, exact=False, scale=LossScale(torch.device("cpu")))
    assert guard.scale is not None
    guard.scale.value.fill_(1.0)
    for number in range(6):
        bad = number in (0, 3)
        if not bad:
            give_gradients(one, number)
            plain.step()
        give_gradients(two, number, float("inf") if bad else None)
        with torch.no_grad():  # as the backward pass of a scaled loss makes them
            for weight in two.parameters():
                assert weight.grad is not None
                weight.grad *= guard.scale.value
        guard.begin()
        guard.check()
        guard.step()
        assert all(map(torch.equal, state(one), state(two)))


def test_the_first_step_with_velocities_of_zero_is_the_usual_one() -> None:
    one, two = small(), small()
    plain, primed = (OPTIMIZERS.get("sgd")().build(model) for model in (one, two))
    prime(primed)
    for number in range(3):
        for model, optimizer in ((one, plain), (two, primed)):
            give_gradients(model, number)
            optimizer.step()
        assert all(map(torch.equal, state(one), state(two)))


def test_the_scale_moves_as_torchs_does() -> None:
    torchs = torch.amp.GradScaler("cpu")
    weight = torch.nn.Parameter(torch.ones(()))
    theirs, ours = torch.optim.SGD([weight], lr=0.0), torch.optim.SGD([weight], lr=0.0)
    scale = LossScale(torch.device("cpu"))
    guard = Guard(ours, exact=True, scale=scale)
    for step in range(4_005):
        weight.grad = None
        bad = step in (0, 1, 2_500)
        torchs.scale(weight * (float("inf") if bad else 1.0)).backward()
        torchs.step(theirs)
        torchs.update()
        weight.grad = None
        guard.begin()
        guard.scaled(weight * (float("inf") if bad else 1.0)).backward()
        guard.check()
        guard.step()
    assert scale.value.item() == torchs.get_scale() != 2.0**16
    kept = LossScale(torch.device("cpu"))
    kept.restore(scale.tensors())
    assert [v.item() for v in kept.tensors().values()] == [scale.value.item(), 1504]


def poison(trainer: Trainer, value: float) -> torch.utils.hooks.RemovableHandle:
    """From now on one gradient is ``value``, while every loss stays a number."""
    weight = trainer.model.get_parameter("0.weight")
    return weight.register_hook(lambda gradient: torch.full_like(gradient, value))


@pytest.mark.parametrize("bad", BAD)
def test_a_training_stops_before_the_update(bad: float) -> None:
    trainer = Trainer(pieces(), Position())
    trainer.step()
    before = state(trainer.model)
    poison(trainer, bad)
    with pytest.raises(NotFinite) as caught:
        trainer.step()
    assert caught.value.step == 2
    assert caught.value.gradients
    assert all(map(torch.equal, before, state(trainer.model)))
    told = explain(caught.value, trainer, "All.")
    assert told.code == "FV-T009"
    assert "gradients" in told.what


def test_where_nothing_is_read_the_next_reading_tells_the_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trainer = as_on_a_card(Trainer(pieces(), Position()), monkeypatch)
    trainer.step()
    trainer.step()
    before = state(trainer.model)
    poison(trainer, float("nan"))
    trainer.step()
    trainer.step()
    assert all(map(torch.equal, before, state(trainer.model)))
    with pytest.raises(NotFinite) as caught:
        trainer.meter.read(4)
    assert (caught.value.step, caught.value.gradients) == (3, True)


def as_on_a_card(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """The trainer as it is where reading a number would wait."""
    update = trainer.update
    monkeypatch.setattr(update, "_exact", False)
    update.guard = Guard(trainer.optimizer, exact=False, scale=update.guard.scale)
    return trainer


def half(**recipe: object) -> Trainer:
    """A training with a loss scale; on the processor the products are in bf16."""
    made = pieces(**recipe)
    return Trainer(replace(made, arithmetic=replace(made.arithmetic, precision="fp16")), Position())


@pytest.mark.parametrize("card", [False, True])
def test_overflows_of_fp16_are_skipped_and_not_told_until_the_scale_is_no_excuse(
    card: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = half(batch_size=2)
    scale = trainer.update.guard.scale
    assert scale is not None
    if card:
        as_on_a_card(trainer, monkeypatch)
    first = state(trainer.model)
    hook = poison(trainer, float("inf"))
    for _ in range(16):
        trainer.step()
    assert scale.value.item() == 1.0
    assert len(trainer.meter.read(16).losses) == 16
    assert all(map(torch.equal, first, state(trainer.model)))
    hook.remove()
    trainer.step()
    trainer.meter.read(17)
    assert not all(map(torch.equal, first, state(trainer.model)))
    poison(trainer, float("inf"))
    trainer.step()
    with pytest.raises(NotFinite) as caught:
        trainer.meter.read(18)
    assert caught.value.step == 18


def test_the_scale_is_part_of_a_checkpoint() -> None:
    begun = half()
    poison(begun, float("inf")).remove()
    hook = poison(begun, float("inf"))
    begun.step()
    hook.remove()
    begun.step()
    kept = {name: value.clone() for name, value in begun.tensors().items()}
    assert kept["scale.value"].item() == 2.0**15
    resumed = half()
    resumed.restore(kept)
    resumed.position = Position(step=2)
    for trainer in (begun, resumed):
        trainer.step()
    assert all(torch.equal(resumed.tensors()[k], v) for k, v in begun.tensors().items())


def test_a_reading_needs_no_flags() -> None:
    meter = Meter()
    meter.add(torch.tensor(1.0), torch.tensor(3), 4)
    assert meter.read(1).losses == (1.0,)


@pytest.mark.parametrize("clip", [None, 0.01])
def test_the_norm_of_the_gradient_is_that_before_clipping(clip: float | None) -> None:
    plain, asked = Trainer(pieces(), Position()), Trainer(pieces(clip_norm=clip), Position())
    assert asked.gradient_norm() is None
    plain.step()
    asked.step()
    flat = torch.cat([w.grad.flatten() for w in plain.model.parameters() if w.grad is not None])
    assert asked.gradient_norm() == pytest.approx(float(flat.double().norm()), rel=1e-5)


def test_every_report_has_a_norm(tmp_path: Path) -> None:
    events, _, _ = run_all(tmp_path, epochs=2)
    norms = [event.gradient_norm for event in events if isinstance(event, StepDone)]
    assert norms
    assert all(norm is not None and 0 < norm < 100 for norm in norms)
