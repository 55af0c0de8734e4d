"""Reading a learning rate off a curve: planted problems whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.train.tools.lr_curve import LrPoint, LrTest, judge, rates, sweep


class Quadratic:
    """Gradient descent on ``L = sum(c w^2) / 2``: stable below 2 / max(c), whatever the start."""

    def __init__(self, *curvatures: float) -> None:
        self.curvatures = np.array(curvatures)
        self.weights = np.ones(len(curvatures))

    def step(self, rate: float) -> float:
        loss = float((self.curvatures * self.weights**2).sum() / 2)
        self.weights -= rate * self.curvatures * self.weights
        return loss


def curve_of(step, start: float = 1e-5, end: float = 10.0, steps: int = 200) -> list[LrPoint]:
    return list(sweep(step, list(rates(start, end, steps))))


@pytest.mark.parametrize("curvature", [2.0, 10.0, 400.0])
def test_a_quadratic_s_suggestion_is_stable_and_not_far_below_its_limit(curvature: float) -> None:
    limit = 2 / curvature
    points = curve_of(Quadratic(curvature, curvature / 3).step)
    found = judge(points, diverged=True)
    assert points[-1].rate > limit, "it ended before it diverged"
    assert len(points) < 200, "it did not end at the divergence"
    assert found.suggestion is not None
    assert limit / 1000 < found.suggestion < limit
    assert found.steepest is not None
    assert found.steepest < limit
    assert found.tenth is not None
    assert found.tenth < limit
    assert "between the rates" in found.how


def test_rates_grow_by_one_factor_and_reach_both_ends() -> None:
    along = list(rates(1e-4, 1.0, 5))
    assert along == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])


def test_the_smoothed_loss_is_a_mean_corrected_for_its_start() -> None:
    losses = iter([4.0, 2.0, 3.0])
    smoothed = [p.smoothed for p in sweep(lambda _: next(losses), [1, 2, 3], smoothing=0.5)]
    assert smoothed == pytest.approx([4.0, (0.25 * 4 + 0.5 * 2) / 0.75, (0.5 + 0.5 + 1.5) / 0.875])


def test_a_constant_loss_stays_what_it_is_when_smoothed() -> None:
    assert [p.smoothed for p in sweep(lambda _: 7.0, [1, 2, 3])] == pytest.approx([7.0] * 3)


def test_it_ends_at_four_times_the_lowest_smoothed_loss() -> None:
    losses = iter([1.0] * 20 + [20.0] * 80)
    points = list(sweep(lambda _: next(losses), list(rates(1e-5, 1, 100))))
    lowest = min(p.smoothed for p in points)
    assert points[-1].smoothed > 4 * lowest
    assert all(p.smoothed <= 4 * lowest for p in points[:-1])


def test_a_loss_that_is_not_a_number_ends_it_without_a_point() -> None:
    losses = iter([1.0, 1.0, math.nan, 1.0])
    assert len(list(sweep(lambda _: next(losses), [1, 2, 3, 4]))) == 2


def noisy(shape, steps: int = 200, noise: float = 0.05, seed: int = 5) -> LrTest:
    """The reading of a curve of a shape (0..1 to a loss) with noise on it."""
    draw = np.random.default_rng(seed)
    losses = iter([shape(i / steps) + draw.normal(0, noise) for i in range(steps)])
    return judge(curve_of(lambda _: next(losses), steps=steps), diverged=False)


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_flat_curves_suggest_nothing_and_say_why(noise: float) -> None:
    for seed in range(100):
        found = noisy(lambda _: 1.0, noise=noise, seed=seed)
        assert found.suggestion is None, seed
        assert not found.sure
        assert "flat" in found.how or "only rises" in found.how


def test_a_rising_curve_suggests_nothing_and_says_why() -> None:
    found = noisy(lambda x: 1.0 + x, noise=0.0)
    assert found.suggestion is None
    assert "only rises" in found.how


def test_a_clear_valley_is_sure_and_lies_within_the_descent() -> None:
    found = noisy(lambda x: 2.0 if x < 0.3 else max(0.5, 2 - 5 * (x - 0.3)) + 8 * max(0, x - 0.65))
    assert found.sure, found.how
    assert found.suggestion is not None
    begin, end = 1e-5 * 1e6**0.3, 1e-5 * 1e6**0.68
    assert begin < found.suggestion < end
    assert found.suggestion == found.valley


def test_a_loss_that_still_falls_at_the_end_is_not_sure() -> None:
    found = noisy(lambda x: 2.0 - x, noise=0.0)
    assert found.suggestion is not None
    assert not found.sure
    assert "still fell at the largest rate" in found.how


def test_a_long_level_start_does_not_move_the_suggestion() -> None:
    def reading(start: float) -> float | None:
        along = np.array(list(rates(start, 10.0, 200)))
        losses = iter(np.interp(np.log(along), np.log([1e-3, 0.1, 10]), [2.0, 0.5, 4.0]))
        return judge(curve_of(lambda _: float(next(losses)), start=start), diverged=True).suggestion

    short, long = reading(1e-4), reading(1e-8)
    assert short is not None
    assert long == pytest.approx(short, rel=0.6)


def test_divergence_at_once_is_told() -> None:
    losses = iter([1.0, 1.0, 100.0, math.nan])
    found = judge(curve_of(lambda _: next(losses)), diverged=True)
    assert found.suggestion is None
    assert "too early" in found.how
    assert "not a number" in judge([], diverged=True).how


def test_its_json_holds_the_curve_and_the_reading() -> None:
    found = judge(curve_of(Quadratic(10.0).step), diverged=True)
    value = found.to_json()
    assert value["suggestion"] == found.suggestion
    assert len(value["rates"]) == len(value["losses"]) == len(value["smoothed"])
