"""Intervals cover, tests hold their level, corrections are Holm's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.meter.statistics import class_estimates, estimate, holm, ratio, ratio_of_losses


def two_trainings(
    n: int, rng: np.random.Generator, *, rate: float, shift: float, run: float
) -> np.ndarray:
    """Differences -1, 0 or 1 of two repetitions of two halves; each training has its own luck."""
    folds = np.arange(n) % 2
    luck = shift + rng.normal(0, run, (2, 2))[:, folds]
    draw = rng.random((2, n))
    up, down = (rate + luck) / 2, (rate - luck) / 2
    return np.where(draw < up, 1.0, np.where(draw < up + down, -1.0, 0.0))


@pytest.mark.parametrize("run", [0.0, 0.05])
@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_the_interval_of_a_mean_covers_it(shift: float, run: float) -> None:
    rng = np.random.default_rng(1)
    n, covered = 200, []
    labels, folds = np.arange(n) % 4 // 2, np.arange(n) % 2
    for _ in range(400):
        values = two_trainings(n, rng, rate=0.3, shift=shift, run=run)
        found = estimate(values, labels, folds)
        covered.append(found.low <= shift <= found.high)
    assert np.mean(covered) >= 0.92


def test_the_interval_covers_where_images_come_in_groups() -> None:
    """Forty patients of one to nineteen images, all of a patient alike."""
    rng = np.random.default_rng(3)
    sizes = np.arange(40) % 19 + 1
    units = np.repeat(np.arange(len(sizes)), sizes)
    labels, folds = np.zeros(len(units), np.int64), units % 2
    covered: dict[bool, list[bool]] = {True: [], False: []}
    for _ in range(300):
        own = rng.choice([-1.0, 0.0, 1.0], len(sizes), p=[0.25, 0.5, 0.25])
        values = np.stack([own[units]] * 2)
        for known, found in (
            (True, estimate(values, labels, folds, units)),
            (False, estimate(values, labels, folds)),
        ):
            covered[known].append(found.low <= 0 <= found.high)
    assert np.mean(covered[True]) >= 0.92
    assert np.mean(covered[False]) < 0.7, "as if each image were its own"


def test_units_of_one_image_change_nothing() -> None:
    rng = np.random.default_rng(4)
    values = rng.choice([-1.0, 0.0, 1.0], (2, 60))
    labels, folds = np.arange(60) % 3, np.arange(60) % 2
    alone, numbered = (estimate(values, labels, folds, u) for u in (None, np.arange(60)))
    assert (alone.low, alone.high) == pytest.approx((numbered.low, numbered.high))


def test_images_that_all_agree_leave_doubt_that_falls_with_their_number() -> None:
    widths = []
    for n in (10, 100, 1000):
        zeros = np.zeros(n, np.int64)
        found = estimate(np.zeros((2, n)), zeros, np.arange(n) % 2)
        assert found.value == 0
        widths.append(found.high - found.low)
    assert widths[0] > widths[1] > widths[2] > 0


def test_trainings_that_disagree_widen_the_interval() -> None:
    n = 200
    labels, folds = np.zeros(n, np.int64), np.arange(n) % 2
    rng = np.random.default_rng(2)
    calm = rng.choice([-1.0, 0.0, 1.0], (1, n), p=[0.1, 0.7, 0.2]).repeat(2, axis=0)
    torn = calm.copy()
    torn[0, :120], torn[1, :120] = 0.0, 1.0
    narrow, wide = (estimate(values, labels, folds) for values in (calm, torn))
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)


def test_a_class_without_images_has_no_estimate() -> None:
    labels, folds = np.array([0, 0, 2, 2]), np.array([0, 1, 0, 1])
    found, errors = class_estimates(np.zeros((2, 4)), labels, folds, 3)
    assert found[1] is None
    assert math.isinf(errors[1])
    assert found[0] is not None
    assert found[2] is not None


def test_a_ratio_is_that_of_the_means_and_certain_where_all_images_agree() -> None:
    below = np.ones((2, 400))
    above = np.full((2, 400), 0.5)
    labels, folds = np.zeros(400, np.int64), np.arange(400) % 2
    found = ratio(above, below, labels, folds)
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(0.5, abs=0.01)


def test_a_ratio_of_losses_is_geometric_and_widens_when_trainings_differ() -> None:
    same = ratio_of_losses([2.0, 4.0, 2.0, 4.0], [1.0, 2.0, 1.0, 2.0])
    assert (same.value, same.low, same.high) == pytest.approx((2.0, 2.0, 2.0))
    torn = ratio_of_losses([1.0, 4.0, 1.0, 4.0], [1.0, 1.0, 1.0, 1.0])
    assert torn.value == pytest.approx(2.0)
    # Student's t with 3 degrees of freedom: 3.182 * sd(log) / 2
    half = 3.182 * np.std(np.log([1, 4, 1, 4]), ddof=1) / 2
    assert torn.high == pytest.approx(2.0 * math.exp(half), rel=1e-3)


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    z = [-1.959964, -2.326348, -1.644854]  # one-sided p: 0.025, 0.01, 0.05
    assert holm(z, [1.0] * 3, below=True) == pytest.approx([0.05, 0.03, 0.05], abs=1e-5)
    assert holm(z, [1.0] * 3, below=False) == pytest.approx([1.0] * 3)
    assert holm([-1.0, 0.0], [0.1, math.inf], below=True) == pytest.approx([0.0, 0.5], abs=1e-9)
