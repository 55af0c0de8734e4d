"""Every optimizer against torch's plain form on a small problem."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from engine.errors import FoveaError
from engine.optimizers import OPTIMIZERS
from engine.optimizers.adagrad import Adagrad
from engine.optimizers.adam import Adam, AdamW
from engine.optimizers.adam_variants import NAdam, RAdam
from engine.optimizers.rmsprop import RMSprop
from engine.optimizers.sgd import SGD

PAIRS = [
    (
        SGD(lr=0.03, momentum=0.8, nesterov=True, weight_decay=0.01),
        torch.optim.SGD,
        {"lr": 0.03, "momentum": 0.8, "nesterov": True},
        0.01,
    ),
    (
        SGD(lr=0.03, momentum=0.0, nesterov=False, weight_decay=0.0),
        torch.optim.SGD,
        {"lr": 0.03},
        0.0,
    ),
    (
        Adam(lr=0.02, beta1=0.8, beta2=0.95, weight_decay=0.01),
        torch.optim.Adam,
        {"lr": 0.02, "betas": (0.8, 0.95)},
        0.01,
    ),
    (
        AdamW(lr=0.02, epsilon=1e-6, weight_decay=0.1),
        torch.optim.AdamW,
        {"lr": 0.02, "eps": 1e-6},
        0.1,
    ),
    (
        RMSprop(lr=0.01, alpha=0.9, momentum=0.5, weight_decay=0.01),
        torch.optim.RMSprop,
        {"lr": 0.01, "alpha": 0.9, "momentum": 0.5},
        0.01,
    ),
    (
        NAdam(lr=0.02, beta1=0.8, momentum_decay=0.01, weight_decay=0.1),
        torch.optim.NAdam,
        {
            "lr": 0.02,
            "betas": (0.8, 0.999),
            "momentum_decay": 0.01,
            "decoupled_weight_decay": True,
        },
        0.1,
    ),
    (
        RAdam(lr=0.02, beta2=0.9, weight_decay=0.1),
        torch.optim.RAdam,
        {"lr": 0.02, "betas": (0.9, 0.9), "decoupled_weight_decay": True},
        0.1,
    ),
    (
        Adagrad(lr=0.05, start=0.1, epsilon=1e-8, weight_decay=0.01),
        torch.optim.Adagrad,
        {"lr": 0.05, "initial_accumulator_value": 0.1, "eps": 1e-8},
        0.01,
    ),
]
OWN = {"lion", "lamb", "muon"}  # compared with their formulas in test_formulas.py


def model() -> torch.nn.Module:
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 2))


def descend(network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
    """Ten steps of a small regression; the weights afterwards."""
    draw = torch.Generator().manual_seed(2)
    inputs, wanted = torch.randn(20, 5, generator=draw), torch.randn(20, 2, generator=draw)
    for _ in range(10):
        optimizer.zero_grad()
        (network(inputs) - wanted).square().mean().backward()
        optimizer.step()
    return [weight.detach() for weight in network.parameters()]


def test_every_kind_is_compared() -> None:
    assert {type(spec).kind for spec, *_ in PAIRS} | OWN == set(OPTIMIZERS.kinds())


@pytest.mark.parametrize(("spec", "theirs", "settings", "decay"), PAIRS)
def test_ten_steps_equal_torchs_plain_loop(
    spec: Any, theirs: Any, settings: dict[str, Any], decay: float
) -> None:
    ours, reference = model(), model()
    kernels = [w for w in reference.parameters() if w.ndim > 1]
    others = [w for w in reference.parameters() if w.ndim <= 1]
    groups = [
        {"params": kernels, "weight_decay": decay},
        {"params": others, "weight_decay": 0.0},
    ]
    wanted = descend(reference, theirs(groups, foreach=False, **settings))
    for got, want in zip(descend(ours, spec.build(ours)), wanted, strict=True):
        torch.testing.assert_close(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", OPTIMIZERS.kinds())
def test_biases_and_norms_are_free_of_weight_decay(kind: str) -> None:
    network = torch.nn.Sequential(torch.nn.Linear(5, 2))
    groups = OPTIMIZERS.get(kind)(weight_decay=0.3).build(network).param_groups
    assert [(g["weight_decay"], {w.ndim for w in g["params"]}) for g in groups] == [
        (0.3, {2}),
        (0.0, {1}),
    ]


def test_nesterov_without_momentum_is_refused_at_the_field() -> None:
    with pytest.raises(FoveaError) as caught:
        SGD(momentum=0.0)
    assert caught.value.code == "FV-H002"
    assert caught.value.where == "momentum"


@pytest.mark.parametrize("kind", OPTIMIZERS.kinds())
@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf"), 1e308, True, "fast"])
def test_an_impossible_learning_rate_is_refused(kind: str, rate: Any) -> None:
    with pytest.raises(FoveaError) as caught:
        OPTIMIZERS.get(kind)(lr=rate)
    assert caught.value.where == "lr"
