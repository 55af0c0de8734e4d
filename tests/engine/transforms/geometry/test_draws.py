"""Draws have the stated distributions: Kolmogorov and Smirnov's test on numbers of fixed seeds.

With a fixed seed a test passes always or never; p above 0.001 leaves room for bad luck with 4,000
numbers, and a wrong range or shape gives p below 1e-6.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from engine.randomness import stream_of, uniform
from engine.transforms.base import Geometric
from engine.transforms.geometry import (
    Elastic,
    Flip,
    Perspective,
    QuarterTurn,
    RandomCrop,
    RandomResizedCrop,
    Rotate,
    Shear,
    Shift,
    Zoom,
)

N, HEIGHT, WIDTH = 4_000, 400, 1_000


def numbers(count: int, name: str = "card") -> torch.Tensor:
    return uniform(7, 2, torch.arange(N), stream_of(name), count).double()


def maps(card: Geometric) -> NDArray[np.float64]:
    """The maps from output to source, ``[N, 3, 3]``."""
    u = numbers(card.draws)
    return card.source_map(u, HEIGHT, WIDTH).stacked(u[:, 0]).numpy()


def even(values: NDArray[np.float64], low: float, high: float) -> None:
    assert stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 1e-3
    assert values.min() < low + 0.01 * (high - low)
    assert values.max() > high - 0.01 * (high - low)


def independent(*columns: NDArray[np.float64]) -> None:
    table = np.corrcoef(np.stack(columns))
    assert np.abs(table - np.eye(len(columns))).max() < 0.06  # 4 standard errors


@pytest.mark.parametrize("degrees", [15.0, 180.0])
def test_angles_are_even(degrees: float) -> None:
    found = maps(Rotate(degrees=degrees))
    angles = np.degrees(np.arctan2(found[:, 1, 0], found[:, 0, 0]))
    even(angles, -degrees, degrees)
    assert np.allclose(np.linalg.det(found), 1)


def test_shifts_are_even_and_independent() -> None:
    found = -maps(Shift(width=0.2, height=0.1))[:, :2, 2]
    even(found[:, 0], -200, 200)
    even(found[:, 1], -40, 40)
    independent(*found.T)


def test_slants_are_even_and_independent() -> None:
    found = maps(Shear(x=20.0, y=10.0))
    across, down = (np.degrees(np.arctan(found[:, row, 1 - row])) for row in (0, 1))
    even(across, -20, 20)
    even(down, -10, 10)
    independent(across, down)


def test_factors_are_even() -> None:
    found = 1 / maps(Zoom(factor_range=(0.5, 3.0)))[:, [0, 1], [0, 1]]
    even(found[:, 0], 0.5, 3)
    assert np.array_equal(found[:, 0], found[:, 1])
    free = 1 / maps(Zoom(factor_range=(0.5, 3.0), per_axis=True))[:, [0, 1], [0, 1]]
    assert np.array_equal(free[:, 0], found[:, 0]), "the width keeps its factors"
    even(free[:, 1], 0.5, 3)
    independent(*free.T)


def test_flips_and_turns_are_as_likely_as_each_other() -> None:
    for card, ways in (
        (Flip(vertical=True), 4),
        (QuarterTurn(), 4),
        (QuarterTurn(half_only=True), 2),
    ):
        _, counts = np.unique(maps(card)[:, :2, :2], axis=0, return_counts=True)
        assert len(counts) == ways
        assert stats.chisquare(counts).pvalue > 1e-3


def test_corners_move_evenly_and_independently() -> None:
    back = np.linalg.inv(maps(Perspective(distortion_scale=0.4)))
    moves = []
    for x, y in ((-500, -200), (500, -200), (500, 200), (-500, 200)):
        at = back @ np.array([x, y, 1])
        moves += [np.abs(at[:, 0] / at[:, 2] - x), np.abs(at[:, 1] / at[:, 2] - y)]
    for place, move in enumerate(moves):
        even(move, 0, 80 if place % 2 else 200)
    independent(*moves)


def test_crops_lie_at_whole_pixels_that_are_equally_likely() -> None:
    found = maps(RandomCrop(padding=0.01, size=0.99))
    left = found[:, 0, 2] + 1_000 / 2 - 990 / 2
    top = found[:, 1, 2] + 400 / 2 - 396 / 2
    for places, first, last in ((left, -10, 20), (top, -4, 8)):
        values, counts = np.unique(places, return_counts=True)
        assert np.array_equal(values, np.arange(first, last + 1))
        assert stats.chisquare(counts).pvalue > 1e-3
    independent(left, top)


def sides(card: RandomResizedCrop) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    found = maps(card)
    wide, tall = found[:, 0, 0] * WIDTH, found[:, 1, 1] * HEIGHT
    assert np.allclose(wide, wide.round())
    assert np.allclose(tall, tall.round())
    wide, tall = wide.round(), tall.round()
    assert wide.max() <= WIDTH
    assert tall.max() <= HEIGHT
    left, top = found[:, 0, 2] + (WIDTH - wide) / 2, found[:, 1, 2] + (HEIGHT - tall) / 2
    assert np.array_equal(left, left.round())
    assert np.array_equal(top, top.round())
    assert left.min() >= 0
    assert top.min() >= 0
    assert (left + wide).max() <= WIDTH
    assert (top + tall).max() <= HEIGHT
    return wide, tall


def test_areas_are_even_and_ratios_even_on_a_log_scale() -> None:
    wide, tall = sides(RandomResizedCrop(area_range=(0.1, 0.2), ratio_range=(0.5, 2.0)))
    even(wide * tall / (WIDTH * HEIGHT), 0.1, 0.2)
    even(np.log2(wide / tall), -1, 1)
    independent(wide * tall, wide / tall)


def test_windows_that_do_not_fit_are_drawn_anew() -> None:
    card = RandomResizedCrop(area_range=(0.3, 1.0), ratio_range=(0.5, 4.0))
    wide, tall = sides(card)
    areas, ratios = np.random.default_rng(0).random((2, 50_000))
    areas, ratios = (0.3 + 0.7 * areas) * WIDTH * HEIGHT, 0.5 * 8**ratios
    fits = (areas * ratios <= WIDTH**2) & (areas / ratios <= HEIGHT**2)
    assert 0.2 < fits.mean() < 0.8, "many do not"
    for found, truth in ((wide * tall, areas[fits]), (wide / tall, ratios[fits])):
        compared: Any = stats.ks_2samp(found, truth)
        assert compared.pvalue > 1e-3


def test_where_no_window_fits_the_largest_of_an_allowed_ratio_is_kept() -> None:
    wide, tall = sides(RandomResizedCrop(area_range=(1.0, 1.0), ratio_range=(0.75, 1.25)))
    assert np.unique(wide).tolist() == [500]
    assert np.unique(tall).tolist() == [400]
    wide, tall = sides(RandomResizedCrop(area_range=(1.0, 1.0), ratio_range=(5.0, 10.0)))
    assert np.unique(wide).tolist() == [1_000]
    assert np.unique(tall).tolist() == [200]


def test_elastic_fields_have_their_strength_and_smoothness() -> None:
    card = Elastic(strength=0.03, smoothness=0.08)
    field = card.displacement(numbers(card.draws)[:200], 80, 160).double()
    size = torch.sqrt((field**2).mean((0, 2, 3)))
    assert torch.allclose(
        size / torch.tensor([160.0, 80.0]), torch.tensor(0.03).double(), rtol=0.03
    )
    assert field.mean((0, 2, 3)).abs().max() < 0.1
    assert (field[:, 0] * field[:, 1] / 0.03**2 / 12_800).mean().abs() < 0.03
    # White noise through a kernel of variance s² has the correlation of one of variance 2 s²;
    # after one s that is exp(-1/4) for a Gaussian, and a spline is close to one.
    row = field[:, 0, 40]
    step = round(0.08 * 160)
    correlation = (row[:, step:] * row[:, :-step]).mean() / (row**2).mean()
    assert correlation == pytest.approx(np.exp(-0.25), abs=0.03)
