"""Plots of points: the right points for a small study, read and clicked with the mouse."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from engine.tune.table import Objective
from gui.plots.study.contour import ContourPlot
from gui.plots.study.durations import DurationPlot
from gui.plots.study.history import HistoryPlot
from gui.plots.study.intermediate import IntermediatePlot
from gui.plots.study.lanes import UNKNOWN, lanes, worker_lanes
from gui.plots.study.pareto import ParetoPlot, front
from gui.plots.study.slices import SlicePlot
from gui.plots.study.surface import BANDS, surface
from gui.plots.study.timeline import TimelinePlot
from gui.plots.study.trials import Trials
from tests.gui.plots.study.tables import (
    ACCURACY,
    KIND,
    MOMENTUM,
    RATE,
    SIZE,
    many,
    small,
    table,
    trial,
)
from tests.support.mouse import drag, move, press, release, wheel


def hover(plot, index) -> str:
    """What is read where a trial lies."""
    move(plot.view.viewport(), plot._anchor(index).toPoint())
    return plot.tip.text


def click(plot, index) -> None:
    at = plot._anchor(index).toPoint()
    press(plot.view.viewport(), at)
    release(plot.view.viewport(), at)


def test_history_draws_values_last_reports_and_a_foot(shown) -> None:
    plot = shown(HistoryPlot(), small())
    assert plot.xs.tolist() == [0, 1, 2, 3, 4, 5]
    foot = plot.ys[2]
    assert foot < 0.2
    np.testing.assert_equal(plot.ys, [0.5, 0.2, foot, 0.8, foot, 0.4])
    line = plot._line
    assert line._x.tolist() == [0, 3, 3, 5]
    assert line._y.tolist() == [0.5, 0.5, 0.8, 0.8]
    names = [entry.name for entry in plot.key.entries]
    assert names[:4] == ["Complete", "Pruned", "Failed", "Running"]
    forms = {entry.mark.form for entry in plot.key.entries[:4]}
    assert len(forms) == 4


def test_hovering_names_the_trial_its_settings_and_its_value(shown) -> None:
    plot = shown(HistoryPlot(), small())
    text = hover(plot, 3)
    assert text.startswith("Trial 3, complete\nValidation accuracy: 80.00")
    assert "Optimizer: learning rate: 0.1" in text
    assert "Optimizer: momentum: 0.9" in text
    assert "Why: The loss became infinite." in hover(plot, 2)
    move(plot.view.viewport(), QPoint(1, 1))
    assert plot.tip.text == ""


@pytest.mark.parametrize("kind", [HistoryPlot, SlicePlot, IntermediatePlot, DurationPlot])
def test_a_click_gives_the_trial(kind, shown, qtbot) -> None:
    plot = shown(kind(), small())
    with qtbot.waitSignal(plot.trial_clicked) as got:
        click(plot, 3)
    assert got.args == [3]


def test_what_is_read_stays_while_trials_come(shown) -> None:
    plot = shown(HistoryPlot(), small())
    hover(plot, 3)
    plot.set_table(small())
    assert plot.tip.text.startswith("Trial 3")
    move(plot.view.viewport(), QPoint(1, 1))
    plot.set_table(small())
    assert plot.tip.text == ""
    QTest.keyClick(plot.view, Qt.Key.Key_PageDown)
    plot.set_table(small())
    assert plot.tip.text.startswith("Trial 0")


def test_a_drag_zooms_and_more_trials_keep_the_zoom(shown) -> None:
    plot = shown(HistoryPlot(), many(40))
    given = []
    plot.trial_clicked.connect(given.append)
    area = plot.view.area().toRect()
    drag(plot.view.viewport(), [area.topLeft() + QPoint(80, 40), area.center()])
    zoomed = plot.view.box.viewRange()
    assert zoomed[0][1] < 35
    plot.set_table(many(60))
    assert plot.view.box.viewRange() == zoomed
    QTest.keyClick(plot.view, Qt.Key.Key_Home)
    assert plot.view.box.viewRange()[0][1] > 59
    assert given == []
    wheel(plot.view.viewport(), area.center(), 2)
    assert plot.view.zoomed
    plot.set_table(table(many(5).rows, (ACCURACY, SIZE), study="another"))
    assert not plot.view.zoomed


def test_the_keyboard_walks_from_trial_to_trial(shown, qtbot) -> None:
    plot = shown(SlicePlot(), small())
    plot.view.setFocus()
    QTest.keyClick(plot.view, Qt.Key.Key_PageDown)
    QTest.keyClick(plot.view, Qt.Key.Key_PageDown)
    QTest.keyClick(plot.view, Qt.Key.Key_PageDown)  # over the failed one, which is not drawn
    assert plot.tip.text.startswith("Trial 3")
    QTest.keyClick(plot.view, Qt.Key.Key_PageUp)
    with qtbot.waitSignal(plot.trial_clicked) as got:
        QTest.keyClick(plot.view, Qt.Key.Key_Return)
    assert got.args == [1]


def test_a_slice_over_a_logarithmic_axis(shown) -> None:
    plot = shown(SlicePlot(), small())
    assert plot.setting.address == RATE
    np.testing.assert_allclose(plot.xs, [-3, -2, -3, -1, -5, -3])
    (left, right), _ = plot.view.box.viewRange()
    assert left < -5 < -1 < right
    assert plot.view.bottom.tickStrings([-3.0], 1, 1) == ["0.001"]


def test_a_slice_over_choices_and_a_conditional_setting(shown, qtbot) -> None:
    plot = shown(SlicePlot(), small())
    plot.setting.setFocus()
    QTest.keyClick(plot.setting, Qt.Key.Key_Down)
    assert plot.setting.address == KIND
    np.testing.assert_allclose(plot.xs, [0, 1, 0, 1, 0, 0], atol=0.3)
    assert plot.view.bottom.tickStrings([0.0, 1.0], 1, 1) == ["AdamW", "SGD with momentum"]
    plot.choose(MOMENTUM)
    assert np.flatnonzero(np.isfinite(plot.xs)).tolist() == [1, 3]
    assert "2 trials have not got this setting" in plot.key.toolTip()


def test_the_surface_is_high_where_the_trials_are_good() -> None:
    found = surface(Trials(many(200)), RATE, MOMENTUM)
    assert 0.8 < found.at(-3.0, 0.7) < 0.9
    assert found.at(-1.1, 0.7) < found.at(-3.0, 0.7) - 0.05
    assert found.at(-9.0, 0.7) is None
    assert set(np.unique(found.bands)) <= set(range(BANDS + 1))
    assert found.bands[np.nanargmax(found.means.ravel()) // 160].max() == BANDS - 1


def test_the_surface_is_blank_far_from_trials() -> None:
    rows = [
        trial(n, value=0.5 + 0.01 * n, settings={RATE: 1e-5, MOMENTUM: 0.5 + 0.001 * n})
        for n in range(5)
    ]
    found = surface(Trials(table(rows)), RATE, MOMENTUM)
    assert found.at(-1.5, 0.85) is None
    assert found.at(-4.99, 0.501) is not None


def test_choices_do_not_mix_in_the_surface() -> None:
    rows = [
        trial(n, value=0.9 if kind == "sgd" else 0.1, settings={RATE: 10.0**-n, KIND: kind})
        for n in range(1, 6)
        for kind in ("adamw", "sgd")
    ]
    found = surface(Trials(table(rows)), RATE, KIND)
    assert found.at(-3.0, 0.0) == pytest.approx(0.1)
    assert found.at(-3.0, 1.0) == pytest.approx(0.9)


def test_a_contour_reads_trials_and_between_them(shown) -> None:
    plot = shown(ContourPlot(), many(60))
    plot.choose(RATE, KIND)
    assert (plot.across.address, plot.up.address) == (RATE, KIND)
    assert hover(plot, 7).startswith("Trial 7, complete")
    empty = plot.view.pixel(-3.0, 0.47).toPoint()
    move(plot.view.viewport(), empty)
    assert plot.tip.text.startswith("Mean of the trials nearby\nValidation accuracy: 8")
    plot.choose(KIND, KIND)
    assert plot.across.address != plot.up.address


def test_a_contour_needs_two_settings(shown) -> None:
    rows = [trial(0, value=0.5, settings={RATE: 0.1})]
    assert shown(ContourPlot(), table(rows)).tip._empty == "A contour needs two searched settings."


def test_intermediate_values_end_where_a_trial_was_pruned(shown) -> None:
    plot = shown(IntermediatePlot(), small())
    np.testing.assert_equal(plot.xs, [2, 1, math.nan, 2, math.nan, 1])
    np.testing.assert_equal(plot.ys, [0.5, 0.2, math.nan, 0.8, math.nan, 0.4])
    move(plot.view.viewport(), plot.view.pixel(1.5, 0.7).toPoint())
    assert plot.tip.text.startswith("Trial 3")
    assert plot._front._y.tolist() == [0.6, 0.8]
    move(plot.view.viewport(), plot.view.pixel(1.5, 0.55).toPoint())
    assert plot.tip.text == ""
    assert len(plot._front._y) == 0


def test_the_front_is_what_nothing_is_better_than() -> None:
    nan = math.nan
    less, more = Objective("Cost", False), Objective("Value", True)
    x = np.array([1.0, 2.0, 3.0, 2.0, nan, 1.0])
    y = np.array([0.5, 0.7, 0.6, 0.6, 0.9, 0.5])
    assert front(x, y, less, more).tolist() == [True, True, False, False, False, True]
    assert front(x, y, more, more).tolist() == [False, True, True, False, False, False]


def test_a_pareto_front_of_two_objectives(shown, qtbot) -> None:
    plot = shown(ParetoPlot(), many(30))
    best = np.flatnonzero(plot._found.kinds == 0)
    values = np.array([row.values for row in many(30).rows])
    for index in range(30):
        better = (values[:, 0] >= values[index, 0]) & (values[:, 1] <= values[index, 1])
        strictly = better & (values != values[index]).any(axis=1)
        assert (index in best) == (not strictly.any())
    with qtbot.waitSignal(plot.trial_clicked) as got:
        click(plot, int(best[0]))
    assert got.args == [best[0]]
    assert "fewer parameters" in plot.key.toolTip()


def test_one_objective_has_no_front(shown) -> None:
    assert shown(ParetoPlot(), small()).tip._empty == "A Pareto front needs two objectives."


def test_spans_that_overlap_lie_in_lanes() -> None:
    starts = np.array([0.0, 1.0, 2.0, math.nan, 5.0, 5.0])
    ends = np.array([2.0, 6.0, 5.0, math.nan, 7.0, 8.0])
    np.testing.assert_equal(lanes(starts, ends), [0, 1, 0, math.nan, 0, 2])


def test_a_worker_has_its_lane_and_a_second_one_where_its_spans_overlap() -> None:
    starts = np.array([0.0, 0.0, 1.0, math.nan, 2.0, 3.0, 0.0])
    ends = np.array([1.0, 5.0, 2.0, math.nan, 4.0, 6.0, 0.5])
    workers = ("lab, 2", "lab, 10", "lab, 2", "away", "lab, 2", "lab, 2", "")
    found, names = worker_lanes(starts, ends, workers)
    assert names == ("lab, 2", "lab, 2", "lab, 10", UNKNOWN)
    np.testing.assert_equal(found, [0, 2, 0, math.nan, 0, 1, 3])
    assert worker_lanes(starts, ends, [""] * 7)[1] == ("1", "2", "3")


def test_a_timeline_names_the_workers_of_its_lanes(shown) -> None:
    known = small()
    rows = [replace(row, worker=f"lab-{row.number % 2}") for row in known.rows]
    plot = shown(TimelinePlot(), replace(known, rows=tuple(rows)))
    assert plot.view.left.label.toPlainText().strip() == "Worker"
    placed = plot._found.lanes
    lab = [
        {
            lane
            for row, lane in zip(rows, placed, strict=True)
            if lane == lane and row.number % 2 == n
        }
        for n in (0, 1)
    ]
    assert not lab[0] & lab[1]
    assert ",worker" in plot.csv().splitlines()[0]
    plot.set_table(known)
    assert plot.view.left.label.toPlainText().strip() == "At the same time"


def test_a_timeline_reads_the_bar_under_the_cursor(shown, qtbot) -> None:
    plot = shown(TimelinePlot(), small())
    assert plot.view.bottom.label.toPlainText().endswith("(min) ")
    assert hover(plot, 1).startswith("Trial 1, pruned")
    with qtbot.waitSignal(plot.trial_clicked) as got:
        click(plot, 4)
    assert got.args == [4]
    move(plot.view.viewport(), plot.view.pixel(0.6, 0.0).toPoint())
    assert plot.tip.text == ""


def test_durations_against_epochs(shown) -> None:
    plot = shown(DurationPlot(), small())
    np.testing.assert_allclose(plot.xs[:5], [2, 1, 0, 2, 0], atol=0.31)
    assert plot.ys[:5].tolist() == [10] * 5
    assert math.isnan(plot.xs[5])
