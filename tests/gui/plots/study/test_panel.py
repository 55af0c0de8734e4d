"""The panel: which plots are offered, that only one is worked out, and work behind the window."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.errors import FoveaError
from gui.plots.study import StudyPlots
from gui.plots.study.history import HistoryPlot
from gui.plots.study.strokes import Strokes
from gui.runner import Runner
from tests.gui.plots.study.tables import RATE, many, small, table
from tests.support.mouse import press, release


@pytest.fixture
def panel(qtbot, looks):
    made = StudyPlots()
    qtbot.addWidget(made)
    made.resize(900, 460)
    made.show()
    qtbot.waitExposed(made)
    return made


def offered(panel) -> list[str]:
    bar = panel.choice
    return [bar.tabText(n) for n in range(bar.count()) if bar.isTabVisible(n)]


def test_the_front_is_offered_for_several_objectives_only(panel) -> None:
    panel.set_table(small())
    assert "Pareto" not in offered(panel)
    assert not panel.objective.isVisible()
    panel.set_table(many(20))
    assert "Pareto" in offered(panel)
    assert panel.objective.isVisible()
    panel.choose("pareto")
    panel.set_table(small())
    assert panel.current == "history"


def test_only_the_chosen_plot_is_worked_out(panel) -> None:
    panel.set_table(small())
    assert list(panel._plots) == ["history"]
    tab = panel.choice.tabRect(2).center()
    QTest.mouseClick(panel.choice, Qt.MouseButton.LeftButton, pos=tab)
    assert panel.current == "slice"
    assert panel.plot("slice").isVisible()
    assert panel.plot("slice").trials is not None
    panel.set_table(many(9))
    assert len(panel.plot("slice").trials) == 9
    assert len(panel.plot("history").trials) == 6
    panel.choose("history")
    assert len(panel.plot("history").trials) == 9
    with pytest.raises(KeyError):
        panel.choose("nothing")


def test_a_panel_that_is_not_seen_works_nothing_out(panel) -> None:
    panel.hide()
    panel.set_table(small())
    assert panel.plot("history").trials is None
    panel.show()
    assert len(panel.plot("history").trials) == 6


def test_a_click_in_any_plot_is_passed_on(panel, qtbot) -> None:
    panel.set_table(small())
    plot = panel.choose("history")
    for _ in range(2):  # the axes take their width when they are painted
        panel.grab()
        QApplication.processEvents()
    at = plot._anchor(0).toPoint()
    with qtbot.waitSignal(panel.trial_clicked) as got:
        press(plot.view.viewport(), at)
        release(plot.view.viewport(), at)
    assert got.args == [0]


def test_another_objective_is_looked_at(panel) -> None:
    panel.set_table(many(10))
    panel.objective.setFocus()
    QTest.keyClick(panel.objective, Qt.Key.Key_Down)
    plot = panel.plot("history")
    assert plot.ys.tolist() == [row.values[1] for row in many(10).rows]
    assert plot.view.left.label.toPlainText().strip() == "Parameters"


@pytest.mark.slow
def test_importance_comes_from_behind_the_window(qtbot, looks) -> None:
    runner = Runner()
    panel = StudyPlots(runner)
    qtbot.addWidget(panel)
    panel.resize(800, 400)
    panel.show()
    panel.set_table(many(60))
    plot = panel.choose("importance")
    assert plot.tip._empty == "Working out which settings matter…"
    qtbot.waitUntil(lambda: bool(plot.found.shares), timeout=60_000)
    assert plot.found.shares[0][0] == RATE
    first = plot.trials
    panel.set_table(table(many(60).rows, many(60).objectives))
    assert plot.trials is first  # as many complete trials as before
    panel.grab()
    at = plot.bars.row_rect(0).center().toPoint()
    QTest.mouseClick(plot.bars, Qt.MouseButton.LeftButton, pos=at)
    assert panel.current == "slice"
    qtbot.waitUntil(lambda: panel.plot("slice").trials is not None)
    assert panel.plot("slice").setting.address == RATE
    assert runner.shut_down(10)


def test_tables_that_come_during_the_work_are_drawn_once(qtbot, looks) -> None:
    waiting = []
    plot = HistoryPlot(lambda work, done, failed: waiting.append((work, done)))
    qtbot.addWidget(plot)
    for count in (3, 5, 8):
        plot.set_table(many(count))
    assert len(waiting) == 1
    work, done = waiting.pop()
    done(work())
    work, done = waiting.pop()
    assert len(plot.trials) == 3
    done(work())
    assert len(plot.trials) == 8
    assert waiting == []
    assert not plot.busy


def test_a_failure_is_told_and_the_next_table_drawn(qtbot, looks) -> None:
    asked = []
    plot = HistoryPlot(lambda work, done, failed: asked.append(failed))
    qtbot.addWidget(plot)
    plot.set_table(small())
    error = FoveaError("FV-U900", "It broke.")
    with qtbot.waitSignal(plot.failed) as got:
        asked[0](error)
    assert got.args == [error]
    assert plot.tip._empty == "It broke."
    plot.set_table(small())
    assert len(asked) == 2


def test_a_picture_of_many_lines_grows_and_a_file_has_them_all(qtbot, looks) -> None:
    strokes = Strokes(lambda: None)
    strokes.set_colours([QColor("black")])
    rows = np.random.default_rng(0).uniform(0, 1, (20_000, 9))
    strokes.set_lines(np.linspace(0, 1, 9), rows, np.zeros(len(rows), np.int8))
    image = QImage(600, 400, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    strokes.paint(painter, QTransform.fromScale(600, 400), QSizeF(600, 400))
    painter.end()
    assert not strokes.complete
    qtbot.waitUntil(lambda: strokes.complete, timeout=30_000)


def test_a_missing_value_interrupts_a_line(looks) -> None:
    strokes = Strokes(lambda: None)
    strokes.set_colours([QColor("black")])
    row = np.array([[0.5, 0.5, np.nan, 0.5, 0.5]])
    strokes.set_lines(np.linspace(0, 1, 5), row, np.zeros(1, np.int8))
    image = QImage(400, 40, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    strokes.paint(painter, QTransform.fromScale(400, 40), QSizeF(400, 40))
    painter.end()
    dark = [
        any(image.pixelColor(x, y).lightness() < 200 for y in range(15, 25))
        for x in (50, 150, 250, 350)
    ]
    assert dark == [True, False, False, True]
