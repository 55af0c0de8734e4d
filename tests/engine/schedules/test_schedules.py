"""Every schedule against torch's over a whole run, or against its formula where torch has none."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from engine.errors import FoveaError
from engine.schedules import SCHEDULES, Schedule
from engine.schedules.one_cycle import OneCycle
from engine.schedules.plateau import Plateau
from engine.schedules.restarts import CosineRestarts
from engine.schedules.simple import Constant, Cosine, Exponential, Linear, Polynomial
from engine.schedules.steps import MultiStep, Step

Make = Callable[[torch.optim.Optimizer], lr_scheduler.LRScheduler]


def torchs(make: Make, total: int) -> list[float]:
    """The learning rates that torch's scheduler gives for a rate of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
    theirs = make(optimizer)
    rates = []
    for step in range(total):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        if step < total - 1:
            optimizer.step()
            theirs.step()
    return rates


def ours(schedule: Schedule, total: int) -> list[float]:
    return [schedule.factor(step, total) for step in range(total)]


PAIRS: list[tuple[Schedule, int, Make]] = [
    (Constant(warmup=0.0), 50, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
    (
        Linear(warmup=0.0, end=0.1),
        50,
        lambda o: lr_scheduler.LinearLR(o, 1.0, end_factor=0.1, total_iters=50),
    ),
    (
        Polynomial(warmup=0.0, power=0.9),
        50,
        lambda o: lr_scheduler.PolynomialLR(o, total_iters=50, power=0.9),
    ),
    (
        Exponential(warmup=0.0, end=0.01),
        50,
        lambda o: lr_scheduler.ExponentialLR(o, gamma=0.01 ** (1 / 50)),
    ),
    (
        Cosine(warmup=0.0, end=0.1),
        50,
        lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=50, eta_min=0.1),
    ),
    (Step(warmup=0.0, drops=2, gamma=0.3), 60, lambda o: lr_scheduler.StepLR(o, 20, gamma=0.3)),
    (
        MultiStep(warmup=0.0, milestones=(0.3, 0.5, 0.9), gamma=0.2),
        70,
        lambda o: lr_scheduler.MultiStepLR(o, [21, 35, 63], gamma=0.2),
    ),
    (
        CosineRestarts(warmup=0.0, cycles=3, multiplier=2.0, end=0.05),
        7 * 13,
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 13, 2, eta_min=0.05),
    ),
    (
        CosineRestarts(warmup=0.0, cycles=4, multiplier=1.0),
        4 * 9,
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 9),
    ),
    *(
        (
            OneCycle(warmup=0.3),
            total,
            lambda o, total=total: lr_scheduler.OneCycleLR(
                o, max_lr=1.0, total_steps=total, pct_start=0.3, cycle_momentum=False
            ),
        )
        for total in (20, 47, 1000)
    ),
]


def test_every_kind_is_compared() -> None:
    assert {schedule.kind for schedule, *_ in PAIRS} | {"plateau"} == set(SCHEDULES.kinds())


@pytest.mark.parametrize(("schedule", "total", "make"), PAIRS)
def test_a_whole_run_equals_torchs(schedule: Schedule, total: int, make: Make) -> None:
    assert ours(schedule, total) == pytest.approx(torchs(make, total), rel=1e-7, abs=1e-12)


WATCHED = [0.5, 0.6, 0.6, 0.6, 0.60001, 0.6, 0.7, 0.69, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.7]


@pytest.mark.parametrize("mode", ["max", "min"])
@pytest.mark.parametrize("patience", [0, 1, 3])
@pytest.mark.parametrize("threshold", [0.0, 1e-4, 0.2])
def test_plateau_equals_torchs_epoch_by_epoch(mode: Any, patience: int, threshold: float) -> None:
    schedule = Plateau(warmup=0.0, gamma=0.5, patience=patience, threshold=threshold, minimum=0.03)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    theirs = lr_scheduler.ReduceLROnPlateau(
        optimizer, mode, factor=0.5, patience=patience, threshold=threshold, min_lr=0.03
    )
    history: list[float] = []
    for epoch, value in enumerate([*WATCHED, *WATCHED]):
        rate = schedule.factor(epoch, 32, history)
        assert rate == pytest.approx(optimizer.param_groups[0]["lr"]), epoch
        theirs.step(value)
        history.append(value if mode == "max" else -value)
    assert rate < 0.6


def test_a_value_that_is_not_finite_is_no_gain() -> None:
    schedule = Plateau(warmup=0.0, gamma=0.1, patience=1)
    assert schedule.factor(9, 10, [None]) == 1.0
    assert schedule.factor(9, 10, [None, None]) == pytest.approx(0.1)
    assert schedule.factor(9, 10, [0.5, None, 0.5]) == pytest.approx(0.1)


def test_the_warm_up_is_a_straight_climb_and_the_curve_begins_behind_it() -> None:
    for kind in set(SCHEDULES.kinds()) - {"one_cycle", "multi_step"}:
        schedule = SCHEDULES.get(kind)(warmup=0.3)
        factors = ours(schedule, 10)
        assert factors[:3] == pytest.approx([0.25, 0.5, 0.75]), kind
        assert factors[3:] == pytest.approx(ours(schedule.with_(warmup=0.0), 7)), kind
    steps = MultiStep(warmup=0.3, milestones=(0.5, 0.8))
    assert ours(steps, 10) == pytest.approx([0.25, 0.5, 0.75, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01])


@pytest.mark.parametrize("kind", SCHEDULES.kinds())
@pytest.mark.parametrize("total", [1, 2, 3, 10, 100_000])
@pytest.mark.parametrize("warmup", [0.01, 0.4])
def test_factors_stay_in_bounds_for_any_length(kind: str, total: int, warmup: float) -> None:
    schedule = SCHEDULES.get(kind)(warmup=warmup)
    steps = {0, total // 3, total // 2, total - 1}
    factors = [schedule.factor(step, total) for step in steps]
    assert all(math.isfinite(factor) and 0 < factor <= 1 for factor in factors)


@pytest.mark.parametrize(
    ("milestones", "says"),
    [
        ((0.5, 0.25), "rise"),
        ((0.5, 0.5), "rise"),
        ((), "no milestones"),
        ((0.05, 0.5), "within the warm-up"),
        ((0.5, 1.0), "above 0 below 1"),
        ((0.0, 0.5), "above 0 below 1"),
        ((0.5, 30.0), "above 0 below 1"),
        ((0.5, math.nan), "above 0 below 1"),
    ],
)
def test_milestones_that_cannot_be_are_refused_at_their_field(
    milestones: tuple[float, ...], says: str
) -> None:
    with pytest.raises(FoveaError) as caught:
        MultiStep(warmup=0.05, milestones=milestones)
    assert caught.value.where == "milestones"
    assert says in f"{caught.value.what} {caught.value.why}"


@pytest.mark.parametrize("warmup", [-0.1, 0.51, 5.0, math.nan, math.inf])
@pytest.mark.parametrize("kind", SCHEDULES.kinds())
def test_a_warm_up_beyond_the_run_is_refused_at_its_field(kind: str, warmup: float) -> None:
    with pytest.raises(FoveaError) as caught:
        SCHEDULES.get(kind)(warmup=warmup)
    assert caught.value.where == "warmup"
    assert "up to 0.5" in caught.value.why


def test_what_makes_no_sense_in_so_many_epochs_is_named() -> None:
    told = {
        Step(drops=3): 3,
        MultiStep(milestones=(0.5, 0.51)): 10,
        CosineRestarts(cycles=5): 20,
        Plateau(patience=5): 7,
    }
    for schedule, epochs in told.items():
        found = list(schedule.conflicts(epochs))
        assert len(found) == 1, schedule
        assert found[0].where in schedule.values()
        assert str(epochs) in found[0].message
        assert not list(schedule.conflicts(100)), schedule
    stopping = list(Plateau(patience=5).conflicts(100, stopping=5))
    assert "before the learning rate drops" in stopping[0].message
    assert not list(Plateau(patience=5).conflicts(100, stopping=6))
