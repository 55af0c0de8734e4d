"""What an axis writes: names, whole numbers, and again plain numbers."""

from __future__ import annotations

import pytest

from gui.plots.axis import Axis


@pytest.fixture
def axis(looks) -> Axis:
    return Axis("bottom", "Value")


def marked(axis: Axis, low: float, high: float, size: float = 400) -> list[float]:
    return [value for _, values in axis.tickValues(low, high, size) for value in values]


def test_names_stand_at_their_places(axis) -> None:
    axis.measure("Optimizer", names=("adamw", "sgd", "a name of more than a few letters"))
    assert marked(axis, -0.5, 2.5) == [0, 1, 2]
    assert axis.tickStrings([1.0, 2.0], 1, 1) == ["sgd", "a name of mor…"]
    assert marked(axis, 0.6, 1.4) == [1]


def test_names_without_room_are_left_out(axis) -> None:
    axis.measure("Class", names=tuple(f"class {number}" for number in range(40)))
    places = marked(axis, -0.5, 39.5)
    assert len(places) <= 6
    assert places[0] == 0


def test_whole_numbers_alone_are_marked(axis) -> None:
    assert any(value % 1 for value in marked(axis, 0, 3))
    axis.measure("Epoch", whole=True)
    assert marked(axis, 0, 3) == [0, 1, 2, 3]
    assert marked(axis, 0, 100)[:3] == [0, 20, 40]


def test_another_quantity_forgets_the_names(axis) -> None:
    axis.measure("Kind", names=("a", "b"))
    axis.measure("Accuracy", percent=True)
    assert axis.tickStrings([0.5], 1, 0.5) == ["50\u202f%"]
    axis.measure("Rate", log=True)
    assert axis.tickStrings([-3.0], 1, 1) == ["0.001"]


def test_thousands_are_written_out_below_a_million(qtbot) -> None:
    axis = Axis("left", "")
    axis.measure("Parameters", whole=True, thousands=True)
    assert axis.tickStrings([0.0, 20_000.0, 120_000.0], 1.0, 20_000.0) == ["0", "20,000", "120,000"]
    assert axis.tickStrings([2e6, 4e6], 1.0, 2e6) == ["2\u202fM", "4\u202fM"]
    axis.measure("Time for one image (ms)", thousands=True)
    assert axis.tickStrings([0.5, 1.0], 1.0, 0.5) == ["0.5", "1.0"]
