"""Parallel coordinates: ranges chosen with the mouse and the keyboard, and what they keep."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.plots.study.parallel import ParallelPlot
from gui.plots.study.parallel_axes import MISSING
from tests.gui.plots.study.tables import KIND, MOMENTUM, RATE, many, small
from tests.support.mouse import drag, move, press, release, wheel


@pytest.fixture
def plot(shown):
    made = shown(ParallelPlot(), small())
    made.chosen = []
    made.chosen_changed.connect(made.chosen.append)
    return made


def on(plot, axis, place) -> QPointF:
    return QPointF(plot.canvas.axis_x(axis), plot.canvas.height_of(axis, place))


def test_axes_are_the_settings_and_then_the_objective(plot) -> None:
    axes = plot.canvas.found.axes
    assert [axis.key for axis in axes] == [RATE, KIND, MOMENTUM, "objective 0"]
    assert plot.canvas.found.drawn.tolist() == [True, True, False, True, False, True]
    np.testing.assert_allclose(axes[0].heights(), [0.5, 0.75, 0.5, 1, 0, 0.5])
    assert axes[2].heights().tolist()[0] == MISSING
    assert axes[2].lacking
    assert not axes[0].lacking


def test_ticks_are_words(plot) -> None:
    rate, kind, _, value = plot.canvas.found.axes
    assert [text for _, text in kind.ticks()] == ["AdamW", "SGD with momentum"]
    assert "0.001" in [text for _, text in rate.ticks()]
    assert all(text.endswith("%") for _, text in value.ticks())


def test_a_drag_along_an_axis_keeps_its_trials(plot) -> None:
    drag(plot.canvas, [on(plot, 0, -3.5), on(plot, 0, -1.5)])
    low, high = plot.canvas.ranges[RATE]
    assert (low, high) == (pytest.approx(-3.5, abs=0.03), pytest.approx(-1.5, abs=0.03))
    assert plot.chosen[-1] == (0, 1, 5)
    assert plot.key.toolTip() == "3 of 4 trials"


def test_ranges_of_several_axes_add_up_and_are_cleared(plot) -> None:
    drag(plot.canvas, [on(plot, 0, -3.5), on(plot, 0, -1.5)])
    drag(plot.canvas, [on(plot, 1, 0.6), on(plot, 1, 1.4)])
    assert plot.chosen[-1] == (1,)
    assert len(plot.csv().splitlines()) == 2
    drag(plot.canvas, [on(plot, 2, 0.6), on(plot, 2, 0.7)])
    assert plot.chosen[-1] == ()
    assert plot.clear_button.isEnabled()
    QTest.mouseClick(plot.clear_button, Qt.MouseButton.LeftButton)
    assert plot.canvas.ranges == {}
    assert plot.chosen[-1] is None
    assert not plot.clear_button.isEnabled()


def test_a_range_is_moved_by_its_middle_and_resized_by_its_end(plot) -> None:
    drag(plot.canvas, [on(plot, 0, -4.0), on(plot, 0, -3.0)])
    drag(plot.canvas, [on(plot, 0, -3.5), on(plot, 0, -2.5)])
    assert plot.canvas.ranges[RATE] == pytest.approx((-3.0, -2.0), abs=0.05)
    drag(plot.canvas, [on(plot, 0, plot.canvas.ranges[RATE][1]), on(plot, 0, -1.0)])
    assert plot.canvas.ranges[RATE] == pytest.approx((-3.0, -1.0), abs=0.05)


def test_a_click_on_an_axis_takes_its_range_away(plot) -> None:
    drag(plot.canvas, [on(plot, 0, -4.0), on(plot, 0, -3.0)])
    press(plot.canvas, on(plot, 0, -3.5))
    release(plot.canvas, on(plot, 0, -3.5))
    assert plot.canvas.ranges == {}


def test_the_keyboard_chooses_a_range(plot) -> None:
    plot.canvas.setFocus()
    QTest.keyClick(plot.canvas, Qt.Key.Key_Right)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Down)
    assert plot.canvas.ranges[RATE] == pytest.approx((-3.2, -1.2))
    QTest.keyClick(plot.canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert plot.canvas.ranges[RATE] == pytest.approx((-3.2, -1.0))
    QTest.keyClick(plot.canvas, Qt.Key.Key_Delete)
    assert plot.canvas.ranges == {}


def test_hovering_a_line_reads_it_and_a_click_gives_it(plot, qtbot) -> None:
    canvas = plot.canvas
    start, end = on(plot, 0, -1.0), on(plot, 1, 1.0)
    at = start + (end - start) * 0.4
    move(canvas, at)
    assert plot.tip.text.startswith("Trial 3")
    with qtbot.waitSignal(plot.trial_clicked) as got:
        press(canvas, at)
        release(canvas, at)
    assert got.args == [3]
    move(canvas, QPointF(canvas.area().center().x(), 3))
    assert plot.tip.text == ""
    assert canvas.current is None


def test_a_trial_outside_the_ranges_is_not_read(plot) -> None:
    drag(plot.canvas, [on(plot, 0, -3.5), on(plot, 0, -1.5)])
    start, end = on(plot, 0, -1.0), on(plot, 1, 1.0)
    move(plot.canvas, start + (end - start) * 0.1)
    assert not plot.tip.text.startswith("Trial 3")


def test_the_wheel_zooms_an_axis_and_home_shows_everything(plot) -> None:
    wheel(plot.canvas, on(plot, 0, -3.0), 3)
    low, high = plot.canvas.span(0)
    assert -5 < low < -3 < high < -1
    plot.canvas.setFocus()
    QTest.keyClick(plot.canvas, Qt.Key.Key_Home)
    assert plot.canvas.span(0) == (-5, -1)


def test_ranges_stay_while_trials_come(shown) -> None:
    plot = shown(ParallelPlot(), many(20))
    drag(plot.canvas, [on(plot, 0, -4.0), on(plot, 0, -2.0)])
    chosen = dict(plot.canvas.ranges)
    plot.set_table(many(40))
    assert plot.canvas.ranges == chosen
    within = plot.canvas.found.within(chosen)
    rates = plot.canvas.found.axes[0].column.places
    low, high = chosen[RATE]
    assert within.tolist() == ((rates >= low) & (rates <= high)).tolist()


def test_chosen_lines_are_strong_and_the_others_fade(shown, qtbot) -> None:
    plot = shown(ParallelPlot(), many(300))
    drag(plot.canvas, [on(plot, 0, -1.4), on(plot, 0, -1.0)])
    qtbot.waitUntil(lambda: plot.canvas._chosen.complete and plot.canvas._behind.complete)
    plot.canvas.repaint()
    QApplication.processEvents()
    faded = plot.canvas.grab().toImage()
    plot.canvas.reset()
    qtbot.waitUntil(lambda: plot.canvas._chosen.complete)
    strong = plot.canvas.grab().toImage()
    low = on(plot, 0, -3.6).toPoint()  # between two words of the axis
    row = [(low.x() + step, low.y()) for step in range(20, 60)]
    lightness = [[image.pixelColor(*at).lightness() for at in row] for image in (faded, strong)]
    assert min(lightness[0]) > min(lightness[1])


def test_page_keys_walk_from_trial_to_trial(plot, qtbot) -> None:
    plot.canvas.setFocus()
    for _ in range(3):  # over the failed one, which is not drawn
        QTest.keyClick(plot.canvas, Qt.Key.Key_PageDown)
    assert plot.tip.text.startswith("Trial 3")
    with qtbot.waitSignal(plot.trial_clicked) as got:
        QTest.keyClick(plot.canvas, Qt.Key.Key_Return)
    assert got.args == [3]
