"""Penalties and limits on weights, against autograd and torch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.losses.cross_entropy import CrossEntropy
from engine.optimizers.sgd import SGD
from engine.train.penalties import add_l1, filter_weights, limit_norms
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import net, pieces, run_all
from tests.engine.train.tiny_project import make_project


def test_l1_is_the_gradient_of_the_sum_of_absolute_values() -> None:
    model = net()
    weights = list(model.parameters())
    with torch.no_grad():
        weights[0][0] = 0.0
    images = torch.randn(4, 1, 8, 8)
    model(images).square().mean().backward()
    wanted = [weight.grad.clone() for weight in weights if weight.grad is not None]
    penalty = sum(0.01 * weight.abs().sum() for weight in weights if weight.ndim > 1)
    assert isinstance(penalty, torch.Tensor)
    more = torch.autograd.grad(penalty, weights, allow_unused=True)
    add_l1(weights, 0.01)
    for weight, before, extra in zip(weights, wanted, more, strict=True):
        assert weight.grad is not None
        torch.testing.assert_close(weight.grad, before if extra is None else before + extra)


def test_l1_makes_weights_small_and_is_not_in_the_loss_that_is_shown(tmp_path: Path) -> None:
    recipe = {"optimizer": SGD(lr=0.02, weight_decay=0.0), "loss": CrossEntropy()}
    plain, lasso = (Trainer(pieces(**recipe, l1=l1), Position()) for l1 in (0.0, 0.05))
    for trainer in (plain, lasso):
        trainer.step()
    assert plain.meter.read(1).losses == lasso.meter.read(1).losses
    sizes = []
    for l1 in (0.0, 0.05):
        _, trainer, _ = run_all(tmp_path, **recipe, l1=l1, epochs=20)
        sizes.append(float(trainer.model.get_parameter("6.weight").detach().abs().sum()))
    assert sizes[1] < 0.5 * sizes[0]


@pytest.mark.parametrize(
    "layer",
    [
        torch.nn.Linear(6, 4),
        torch.nn.Conv2d(4, 6, 3),
        torch.nn.Conv2d(4, 6, 3, groups=2),
        torch.nn.ConvTranspose2d(4, 6, 3),
        torch.nn.ConvTranspose2d(4, 6, 3, groups=2),
    ],
)
def test_no_filter_is_longer_than_allowed(layer: torch.nn.Module) -> None:
    """A filter is all that feeds one output: found here by asking which weights an output needs."""
    with torch.no_grad():
        layer.weight.normal_(generator=torch.Generator().manual_seed(1)).mul_(0.5)
    before = layer.weight.detach().clone()
    limit = float(filter_weights(layer)[0].flatten(2).norm(dim=2).median())
    limit_norms(filter_weights(layer), limit)
    sides = (1, 6) if isinstance(layer, torch.nn.Linear) else (1, 4, 5, 5)
    norms = []
    for output in range(layer(torch.zeros(sides)).shape[1]):
        row = layer(torch.rand(sides))[:, output].sum()
        (needed,) = torch.autograd.grad(row, layer.weight)
        own = needed != 0
        long = float(before[own].norm())
        norms.append(long)
        wanted = before[own] * min(1.0, limit / long)
        torch.testing.assert_close(layer.weight[own].detach(), wanted)
        if long <= limit:
            assert torch.equal(layer.weight[own].detach(), before[own])
    assert min(norms) < limit < max(norms)


def test_it_equals_torchs_renorm() -> None:
    layer = torch.nn.Conv2d(3, 8, 3)
    wanted = torch.renorm(layer.weight.detach(), 2, 0, 0.5)
    limit_norms(filter_weights(layer), 0.5)
    torch.testing.assert_close(layer.weight.detach(), wanted, rtol=1e-5, atol=1e-6)


def test_a_training_keeps_to_the_limit(tmp_path: Path) -> None:
    _, trainer, _ = run_all(tmp_path, max_norm=0.3)
    for weight in filter_weights(trainer.model):
        assert float(weight.flatten(2).norm(dim=2).max()) <= 0.3 * (1 + 1e-5)


def test_frozen_filters_are_left_alone() -> None:
    model = net()
    assert len(filter_weights(model)) == 2
    model.get_parameter("0.weight").requires_grad_(False)
    assert len(filter_weights(model)) == 1


def test_a_run_trains_with_the_rates_of_its_recipe(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    project = make_project(folder, dropout=0.45, device="cpu")
    model = prepare(project, folder, device=None, known={}).pieces.model
    assert model.get_submodule("drop").p == 0.45
