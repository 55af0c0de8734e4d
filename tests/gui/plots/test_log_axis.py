"""Ticks of a logarithmic axis: round numbers, and no two labels in one another."""

from __future__ import annotations

import itertools
import math

import pytest

from gui.plots.axis import Axis


@pytest.mark.parametrize("side", ["bottom", "left"])
@pytest.mark.parametrize("size", [60, 120, 350, 700, 1400])
@pytest.mark.parametrize(
    ("low", "high"), [(8, 256), (1e-5, 10), (0.9, 1.1), (3, 4), (1e-12, 1e8), (100, 100.5)]
)
def test_labels_have_room(qtbot, side: str, size: int, low: float, high: float) -> None:
    axis = Axis(side, "")
    axis.set_log(True)
    ((_, ticks),) = axis.tickValues(math.log10(low), math.log10(high), size)
    pixels = [size * tick / math.log10(high / low) for tick in ticks]
    room = 30 if side == "bottom" else 14
    assert all(b - a >= room for a, b in itertools.pairwise(sorted(pixels)))


def test_a_narrow_range_has_ticks(qtbot) -> None:
    axis = Axis("left", "")
    axis.set_log(True)
    ((_, ticks),) = axis.tickValues(math.log10(0.93), math.log10(1.12), 300)
    assert axis.tickStrings(ticks, 1, 1)[:3] == ["0.94", "0.96", "0.98"]


def test_numbers_are_written_out(qtbot) -> None:
    axis = Axis("bottom", "")
    axis.set_log(True)
    ((_, ticks),) = axis.tickValues(math.log10(8), math.log10(256), 350)
    assert axis.tickStrings(ticks, 1, 1) == ["10", "20", "50", "100", "200"]
    texts = axis.tickStrings([math.log10(value) for value in (0.0018, 900, 2e-5, 1.0)], 1, 1)
    assert texts == ["0.0018", "900", "2e-05", "1"]
