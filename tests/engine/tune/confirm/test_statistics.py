"""The comparison of candidates with one standard, against tables and another library."""

from __future__ import annotations

import math
from statistics import fmean, stdev

import numpy as np
import pytest
from scipy import stats

from engine.tune.confirm.statistics import compare, dunnett_point, luck, luck_at_most


@pytest.mark.parametrize(
    ("candidates", "freedom", "point"),
    [(3, 6, 3.10), (3, 10, 2.76), (3, 12, 2.68), (2, 10, 2.57), (9, 20, 2.95), (20, 60, 3.00)],
)
def test_points_are_those_of_dunnetts_tables(candidates: int, freedom: int, point: float) -> None:
    assert dunnett_point(candidates, freedom) == pytest.approx(point, abs=0.006)


@pytest.mark.parametrize("freedom", [2, 4, 15])
def test_with_one_candidate_it_is_students_point(freedom: int) -> None:
    assert dunnett_point(1, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-4)


def test_one_candidate_is_compared_by_the_paired_t_test() -> None:
    own, other = [0.80, 0.82, 0.79, 0.83], [0.84, 0.85, 0.80, 0.88]
    compared = compare(own, [other], "seeds")
    (found,) = compared.differences
    pairs = [b - a for a, b in zip(own, other, strict=True)]
    expected = stats.ttest_rel(other, own).confidence_interval(0.95)
    assert found.mean == pytest.approx(fmean(pairs))
    assert (found.low, found.high) == pytest.approx(tuple(expected), rel=1e-4)
    assert compared.noise == pytest.approx(stdev(pairs) / math.sqrt(2))
    assert compared.freedom == 3


def test_without_effects_of_runs_it_agrees_with_scipys_dunnett() -> None:
    """Scipy knows no pairs: its noise has ``arms - 1`` degrees of freedom per run more."""
    rng = np.random.default_rng(3)
    table = rng.normal(0.0, 1.0, (4, 60))
    table -= table.mean(axis=0)
    found = compare(table[0].tolist(), table[1:].tolist(), "seeds").differences
    theirs = stats.dunnett(*table[1:], control=table[0], rng=0).confidence_interval(0.95)
    for ours, low, high in zip(found, theirs.low, theirs.high, strict=True):
        widths = (ours.high - ours.low, high - low)
        assert ours.mean == pytest.approx((low + high) / 2)
        assert widths[0] / widths[1] == pytest.approx(math.sqrt(4 / 3), rel=0.02)


def test_folds_widen_the_interval_as_nadeau_and_bengio() -> None:
    own, other = [0.80, 0.82, 0.79, 0.83, 0.80], [0.84, 0.85, 0.80, 0.88, 0.81]
    (seeds,) = compare(own, [other], "seeds").differences
    (folds,) = compare(own, [other], "folds").differences
    ratio = (folds.high - folds.low) / (seeds.high - seeds.low)
    assert ratio == pytest.approx(math.sqrt((1 / 5 + 1 / 4) / (1 / 5)))


def test_equal_scores_are_not_taken_for_certainty() -> None:
    (same,) = compare([0.5] * 3, [[0.5] * 3], "seeds").differences
    assert (same.low, same.high) == (0.0, 0.0)
    (found,) = compare([0.50] * 3, [[0.52] * 3], "seeds").differences
    assert found.low < 0.02 < found.high


def test_luck_is_the_largest_of_equal_trials() -> None:
    assert luck(1) == pytest.approx(0.0, abs=1e-9)
    assert luck(2) == pytest.approx(1 / math.sqrt(math.pi))
    assert luck(10_000) == pytest.approx(3.8516, abs=1e-4)
    draws = np.random.default_rng(0).normal(size=(20_000, 60)).max(axis=1)
    assert luck(60) == pytest.approx(draws.mean(), abs=0.02)


@pytest.mark.parametrize("each", [1, 3])
def test_luck_seldom_exceeds_what_it_is_said_to(each: int) -> None:
    rng = np.random.default_rng(1)
    best = rng.normal(size=(20_000, 60)).max(axis=1) / math.sqrt(each)
    leads = best - rng.normal(size=(20_000, 6)).mean(axis=1)
    most = luck_at_most(60, each, 6, 15) * np.sqrt(rng.chisquare(15, 20_000) / 15)
    assert float((leads > most).mean()) == pytest.approx(0.01, abs=0.003)
