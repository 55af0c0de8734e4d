"""What an axis writes: names, whole numbers, and again plain numbers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from gui.plots.axis import Axis
from gui.plots.view import Bounds, PlotView


@pytest.fixture
def axis(looks) -> Axis:
    return Axis("bottom", "Value")


def marked(axis: Axis, low: float, high: float, size: float = 400) -> list[float]:
    return [value for _, values in axis.tickValues(low, high, size) for value in values]


def test_names_stand_at_their_places(axis) -> None:
    axis.measure("Optimizer", names=("adamw", "sgd", "a name of more than a few letters"))
    assert marked(axis, -0.5, 2.5) == [0, 1, 2]
    assert axis.tickStrings([1.0], 1, 1) == ["sgd"]
    assert marked(axis, 0.6, 1.4) == [1]


LONG = "SGD with momentum, then averaged"


@pytest.mark.parametrize("size", [QSize(900, 300), QSize(420, 300)])
def test_a_name_is_whole_where_it_fits_else_cut_in_the_middle(qtbot, looks, size: QSize) -> None:
    view = PlotView("", "", percent=False)
    qtbot.addWidget(view)
    view.resize(size)
    view.bottom.measure("Optimizer", names=("AdamW", LONG, "Lion"))
    view.left.measure("Worker", names=(LONG, "w2"))
    view.show()
    view.fit(Bounds(-0.5, 2.5, -0.5, 1.5))
    for _ in range(3):  # the axis grows with its names
        view.grab()
        QApplication.processEvents()
    written = {axis: words(axis) for axis in (view.left, view.bottom)}
    text, at = written[view.bottom][1]
    if size.width() == 900:
        assert [text for text, _ in written[view.bottom]] == ["AdamW", LONG, "Lion"]
        assert view.cut_name(at) == ""
        assert LONG in [text for text, _ in written[view.left]]
        return
    assert text.startswith("SGD")
    assert text.endswith("averaged"[-3:])
    assert "…" in text
    assert view.cut_name(at) == LONG
    assert view.cut_name(written[view.bottom][0][1]) == "", "it is whole"
    (side, beside), _ = written[view.left]
    assert "…" in side
    assert view.cut_name(beside) == LONG
    event = QHelpEvent(QEvent.Type.ToolTip, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)
    qtbot.waitUntil(lambda: QToolTip.text() == LONG)
    QToolTip.hideText()


def words(axis: Axis) -> list[tuple[str, QPoint]]:
    """What an axis writes, and where that is in its view."""
    view = axis.scene().views()[0]
    return [
        (text, view.mapFromScene(axis.mapToScene(rect.center())))
        for rect, _, text in axis.picture[2]
    ]


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
