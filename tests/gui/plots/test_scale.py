"""Ticks and their places: what pyqtgraph marks, found with less work."""

from __future__ import annotations

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF

from gui.plots.scale import Scale, levels


@pytest.mark.parametrize(
    ("low", "high", "size"),
    [(0, 1, 300), (-0.3, 2.7, 120), (0.9131, 0.9142, 500), (0, 10_000, 900), (3, 3.5, 60)],
)
def test_the_marks_are_those_of_pyqtgraph(qapp, low: float, high: float, size: float) -> None:
    axis = pg.AxisItem("left")
    wanted = pg.AxisItem.tickValues(axis, low, high, size)[:2]
    found = levels(low, high, [spacing for spacing, _ in wanted])
    for (spacing, values), (_, theirs) in zip(found, wanted, strict=True):
        assert values == pytest.approx(theirs, abs=spacing / 1000)


def test_values_lie_from_end_to_end() -> None:
    box = QRectF(10, 20, 300, 200)
    across, upright = Scale(box, False, 2.0, 4.0), Scale(box, True, 2.0, 4.0)
    assert [across.at(value) for value in (2, 3, 4)] == [10, 160, 310]
    assert [upright.at(value) for value in (2, 3, 4)] == [220, 120, 20], "upwards"
    assert across.words(3, 20, 10).center().x() == 160
    assert upright.words(3, 20, 10).right() < box.right()
