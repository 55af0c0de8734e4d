"""Lion, LAMB and Muon against the papers' formulas, written out in numpy for one weight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from engine.optimizers import Optimizer
from engine.optimizers.lamb import Lamb
from engine.optimizers.lion import Lion
from engine.optimizers.modules.muon import hidden_matrices, orthogonalised
from engine.optimizers.muon import Muon

STEPS = 7
Array = np.ndarray
Rule = Callable[[Array, list[Array], float, float], Array]
"""A weight, its gradient at each step, the learning rate and the decay; the weight afterwards."""


class Lion64:
    """Chen et al. 2023, algorithm 2."""

    spec = Lion(lr=0.02, beta1=0.8, beta2=0.95, weight_decay=0.3)

    @staticmethod
    def run(weight: Array, gradients: list[Array], lr: float, decay: float) -> Array:
        average = np.zeros_like(weight)
        for gradient in gradients:
            update = np.sign(0.8 * average + 0.2 * gradient)
            weight = weight - lr * (update + decay * weight)
            average = 0.95 * average + 0.05 * gradient
        return weight


def adam(gradients: list[Array], betas: tuple[float, float], epsilon: float) -> list[Array]:
    """Adam's direction at each step, before the learning rate."""
    first = second = np.zeros_like(gradients[0])
    found = []
    for step, gradient in enumerate(gradients, 1):
        first = betas[0] * first + (1 - betas[0]) * gradient
        second = betas[1] * second + (1 - betas[1]) * gradient**2
        right = first / (1 - betas[0] ** step), second / (1 - betas[1] ** step)
        found.append(right[0] / (np.sqrt(right[1]) + epsilon))
    return found


class Lamb64:
    """You et al. 2020, algorithm 2; one-dimensional weights without the trust ratio."""

    spec = Lamb(lr=0.02, beta1=0.8, beta2=0.95, epsilon=1e-6, weight_decay=0.3)

    @staticmethod
    def run(weight: Array, gradients: list[Array], lr: float, decay: float) -> Array:
        for direction in adam(gradients, (0.8, 0.95), 1e-6):
            step = direction + decay * weight
            trust = np.linalg.norm(weight) / np.linalg.norm(step) if weight.ndim > 1 else 1.0
            weight = weight - lr * trust * step
        return weight


class Muon64:
    """Jordan et al. 2024 at the size of AdamW's steps; AdamW for the classifier and one axis."""

    spec = Muon(lr=0.02, momentum=0.9, weight_decay=0.3)

    @classmethod
    def run(cls, weight: Array, gradients: list[Array], lr: float, decay: float) -> Array:
        if weight.shape[0] == 3 or weight.ndim == 1:  # the classifier has three classes
            for direction in adam(gradients, (0.9, 0.999), 1e-8):
                weight = weight * (1 - lr * decay) - lr * direction
            return weight
        average = np.zeros_like(weight)
        for gradient in gradients:
            average = 0.9 * average + 0.1 * gradient
            step = cls.newton_schulz((0.1 * gradient + 0.9 * average).reshape(len(weight), -1))
            size = 0.2 * np.sqrt(max(step.shape))
            weight = weight * (1 - lr * decay) - lr * size * step.reshape(weight.shape)
        return weight

    @staticmethod
    def newton_schulz(matrix: Array) -> Array:
        x = matrix / np.linalg.norm(matrix)
        for _ in range(5):
            gram = x @ x.T
            x = 3.4445 * x - 4.7750 * gram @ x + 2.0315 * gram @ gram @ x
        return x


def network() -> nn.Sequential:
    torch.manual_seed(4)
    return nn.Sequential(
        nn.Conv2d(2, 6, 3),
        nn.BatchNorm2d(6),
        nn.Conv2d(6, 4, 1),
        nn.Conv2d(4, 6, 1),
        nn.Conv2d(6, 4, 1, bias=False),
        nn.Flatten(),
        nn.Linear(36, 3),
    )


@pytest.mark.parametrize("formula", [Lion64, Lamb64, Muon64])
def test_steps_equal_the_papers_formula(formula: type[Lion64 | Lamb64 | Muon64]) -> None:
    """With weight decay on kernels, none on biases and norms, and a slower first layer."""
    model = network()
    names = dict(model.named_parameters())
    factors = {name: 0.1 for name in names if name.startswith("0.")}
    draw = np.random.default_rng(5)
    gradients = {n: [draw.normal(size=w.shape) for _ in range(STEPS)] for n, w in names.items()}
    starts = {name: weight.detach().double().numpy().copy() for name, weight in names.items()}
    optimizer = formula.spec.build(model, factors)
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = 0.02 * group.get("lr_factor", 1.0)
        for name, weight in names.items():
            weight.grad = torch.tensor(gradients[name][step], dtype=torch.float32)
        optimizer.step()
    for name, weight in names.items():
        decay = 0.3 if weight.ndim > 1 else 0.0
        wanted = formula.run(starts[name], gradients[name], 0.02 * factors.get(name, 1.0), decay)
        np.testing.assert_allclose(weight.detach().numpy(), wanted, rtol=2e-4, atol=2e-5)


def test_muon_moves_matrices_as_torchs_does() -> None:
    """Torch iterates in bf16, so its steps are near and not equal."""
    draw = torch.Generator().manual_seed(6)
    ours, theirs = (nn.Sequential(nn.Linear(24, 10, bias=False), nn.Linear(10, 3)) for _ in "ab")
    theirs.load_state_dict(ours.state_dict())
    start = ours[0].weight.detach().clone()
    settings = {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.3}
    mine = Muon(**settings).build(ours)
    torchs = torch.optim.Muon(
        [theirs[0].weight], nesterov=True, adjust_lr_fn="match_rms_adamw", **settings
    )
    for _ in range(STEPS):
        gradient = torch.randn(10, 24, generator=draw)
        ours[0].weight.grad, theirs[0].weight.grad = gradient, gradient.clone()
        mine.step()
        torchs.step()
    moved, wanted = ours[0].weight - start, theirs[0].weight - start
    assert (moved - wanted).norm() < 0.03 * wanted.norm()


@pytest.mark.parametrize("shape", [(3, 8, 72), (2, 64, 9), (1, 5, 5)])
def test_newton_schulz_makes_all_directions_about_equally_long(shape: tuple[int, ...]) -> None:
    found = orthogonalised(torch.randn(*shape, generator=torch.Generator().manual_seed(7)))
    values = torch.linalg.svdvals(found)
    assert found.shape == shape
    assert 0.4 < values.min() < values.max() < 1.3


def test_a_vanished_gradient_moves_nothing_and_makes_no_nan() -> None:
    for spec in (Lion(weight_decay=0.0), Lamb(weight_decay=0.0), Muon(weight_decay=0.0)):
        model = network()
        before = [weight.detach().clone() for weight in model.parameters()]
        optimizer = spec.build(model)
        for weight in model.parameters():
            weight.grad = torch.zeros_like(weight)
        optimizer.step()
        pairs = zip(before, model.parameters(), strict=True)
        assert all(torch.equal(old, new) for old, new in pairs), spec.kind


def test_weights_without_a_gradient_stay() -> None:
    for spec in (Lion(), Lamb(), Muon()):
        model = network()
        optimizer = spec.build(model)
        model[0].weight.grad = torch.ones_like(model[0].weight)
        other = model[2].weight.detach().clone()
        optimizer.step()
        assert torch.equal(model[2].weight, other)
        assert len(optimizer.state) == 1


def test_muon_takes_whole_kernels_and_leaves_the_classifier() -> None:
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=4), nn.Conv2d(4, 8, 1), nn.Linear(8, 3)
    )
    assert hidden_matrices(model) == {model[0].weight, model[2].weight}
    groups = Muon().build(model, {"2.weight": 0.5}).param_groups
    told = [(g["orthogonal"], g["weight_decay"], g.get("lr_factor")) for g in groups]
    assert told == [(True, 0.05, None), (False, 0.05, None), (False, 0.0, None), (True, 0.05, 0.5)]


def stepped(spec: Optimizer, device: str, rate: float | torch.Tensor) -> list[torch.Tensor]:
    """The weights of the network after three steps along fixed gradients."""
    model = network().to(device)
    optimizer = spec.build(model)
    draw = torch.Generator().manual_seed(8)
    for _ in range(3):
        for group in optimizer.param_groups:
            group["lr"] = rate
        for weight in model.parameters():
            weight.grad = torch.randn(weight.shape, generator=draw).to(device)
        optimizer.step()
    return [weight.detach().cpu() for weight in model.parameters()]


@pytest.mark.parametrize("spec", [Lion(), Lamb(), Muon()])
def test_a_learning_rate_that_is_a_tensor_does_the_same(spec: Optimizer) -> None:
    """A recorded CUDA graph reads its rate from one."""
    pairs = zip(stepped(spec, "cpu", 0.01), stepped(spec, "cpu", torch.tensor(0.01)), strict=True)
    for got, wanted in pairs:
        torch.testing.assert_close(got, wanted)


@pytest.mark.gpu
@pytest.mark.parametrize("spec", [Lion(), Lamb(), Muon()])
def test_a_card_takes_the_same_steps(spec: Optimizer) -> None:
    """Muon's iterations are in bf16 there."""
    near = {"rtol": 2e-2, "atol": 2e-3} if spec.kind == "muon" else {"rtol": 1e-4, "atol": 1e-5}
    pairs = zip(stepped(spec, "cpu", 0.01), stepped(spec, "cuda", 0.01), strict=True)
    for wanted, got in pairs:
        torch.testing.assert_close(got, wanted, **near)


@pytest.mark.gpu
@pytest.mark.parametrize("spec", [Lion(), Lamb(), Muon()])
def test_a_step_can_be_recorded_in_a_cuda_graph(spec: Optimizer) -> None:
    model = network().to("cuda")
    optimizer = spec.build(model)
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            optimizer.step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        optimizer.step()
    before = [weight.detach().clone() for weight in model.parameters()]
    graph.replay()
    torch.cuda.synchronize()
    pairs = zip(before, model.parameters(), strict=True)
    assert all(not torch.equal(old, new) for old, new in pairs)
    assert all(bool(torch.isfinite(weight).all()) for weight in model.parameters())


@pytest.mark.parametrize("spec", [Lion(), Lamb(), Muon()])
def test_gradients_are_left_as_they_are(spec: Optimizer) -> None:
    model = network()
    optimizer = spec.build(model)
    for weight in model.parameters():
        weight.grad = torch.ones_like(weight)
    optimizer.step()
    assert all(torch.equal(w.grad, torch.ones_like(w)) for w in model.parameters())
