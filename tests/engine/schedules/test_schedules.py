"""Every schedule against its formula, or torch's."""

from __future__ import annotations

import math

import pytest
import torch

from engine.schedules import SCHEDULES
from engine.schedules.one_cycle import OneCycle
from engine.schedules.simple import Constant, Cosine, Step


def test_constant_climbs_then_stays() -> None:
    factors = [Constant(warmup=0.3).factor(step, 10) for step in range(10)]
    assert factors == pytest.approx([0.25, 0.5, 0.75] + [1.0] * 7)


def test_cosine_equals_torch() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=0.1)
    for step in range(50):
        assert Cosine(warmup=0.0, end=0.1).factor(step, 50) == pytest.approx(
            optimizer.param_groups[0]["lr"]
        )
        optimizer.step()
        theirs.step()


@pytest.mark.parametrize("total", [20, 47, 1000])
def test_one_cycle_equals_torch(total: int) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=1.0, momentum=0.9)
    theirs = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=total, pct_start=0.3, cycle_momentum=False
    )
    for step in range(total):
        got = OneCycle(warmup=0.3).factor(step, total)
        assert got == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-12)
        if step < total - 1:
            optimizer.step()
            theirs.step()


def test_step_drops_evenly() -> None:
    factors = [Step(warmup=0.0, drops=2, gamma=0.1).factor(step, 9) for step in range(9)]
    assert factors == pytest.approx([1.0] * 3 + [0.1] * 3 + [0.01] * 3)


@pytest.mark.parametrize("kind", SCHEDULES.kinds())
@pytest.mark.parametrize("total", [1, 2, 3, 10, 100_000])
@pytest.mark.parametrize("warmup", [0.01, 0.5])
def test_factors_stay_in_bounds_for_any_length(kind: str, total: int, warmup: float) -> None:
    schedule = SCHEDULES.get(kind)(warmup=warmup)
    steps = {0, total // 3, total // 2, total - 1}
    factors = [schedule.factor(step, total) for step in steps]
    assert all(math.isfinite(factor) and 0 < factor <= 1 for factor in factors)
