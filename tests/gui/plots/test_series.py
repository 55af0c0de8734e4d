"""The arithmetic of curves: buffers, smoothing, thinning."""

import numpy as np
import pytest

from gui.numbers import compact, decimal, percent, shape
from gui.plots.series import Series, Smoother, thin


def test_append_grows_and_keeps_every_point():
    series = Series("loss")
    for start in range(0, 5000, 7):
        series.append(np.arange(start, start + 7), np.arange(start, start + 7) * 2.0)
    assert len(series) == 5005
    assert np.array_equal(series.y, series.x * 2)
    assert series.at(100.4) == (100.0, 200.0)


def test_a_resumed_run_replaces_what_it_repeats():
    series = Series("loss")
    series.append([1, 2, 3, 4], [4, 3, 2, 1])
    series.append([3, 4], [9, 8])
    assert series.x.tolist() == [1, 2, 3, 4]
    assert series.y.tolist() == [4, 3, 9, 8]


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="positions"):
        Series("loss").append([1, 2], [1])


@pytest.mark.parametrize("weight", [0.3, 0.9, 0.99])
def test_smoothing_equals_the_definition_in_one_go_and_in_pieces(weight):
    values = np.random.default_rng(1).normal(size=500)
    values[[0, 70, 71]] = np.nan
    total = norm = 0.0
    expected = []
    for value in values:
        good = np.isfinite(value)
        total = weight * total + (value if good else 0.0)
        norm = weight * norm + good
        expected.append(total / norm if norm else np.nan)
    series, smoother = Series("loss"), Smoother(weight)
    for part in np.array_split(np.arange(500), 13):
        series.append(part, values[part])
        smoother.of(series)
    np.testing.assert_allclose(smoother.of(series), expected, rtol=1e-10)


def test_thinning_keeps_peaks_and_reaches_over_the_edges():
    x = np.arange(1_000_000.0)
    y = np.zeros(1_000_000)
    y[654_321], y[123_456] = 50.0, -50.0
    thin_x, thin_y = thin(x, y, 0, 1e6, 800)
    assert len(thin_x) <= 4 * 800
    assert thin_y.max() == 50
    assert thin_y.min() == -50
    near_x, _ = thin(x, y, 1000.5, 1010.5, 800)
    assert near_x[0] <= 1000
    assert near_x[-1] >= 1011


def test_numbers_read_well():
    assert compact(12_412_000) == "12.4\u202fM"
    assert compact(999_700) == "1\u202fM"
    assert compact(980) == "980"
    assert percent(0.9213) == "92.1\u202f%"
    assert decimal(0.000032) == "3.2e-05"
    assert decimal(float("nan")) == "not finite"
    assert shape((64, 14, 14)) == "64 × 14 × 14"
