"""What every plot of a study does: nothing, one trial, failures, saving, and themes."""

from __future__ import annotations

import csv
import io
import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu

from gui.plots.study.contour import ContourPlot
from gui.plots.study.durations import DurationPlot
from gui.plots.study.history import HistoryPlot
from gui.plots.study.importance import ImportancePlot
from gui.plots.study.intermediate import IntermediatePlot
from gui.plots.study.parallel import ParallelPlot
from gui.plots.study.pareto import ParetoPlot
from gui.plots.study.slices import SlicePlot
from gui.plots.study.timeline import TimelinePlot
from gui.theme import theme
from tests.gui.plots.study.tables import ACCURACY, KIND, SIZE, many, small, table, trial

OF_VALUES = [HistoryPlot, ParallelPlot, SlicePlot, ContourPlot, ParetoPlot]
PLOTS = [*OF_VALUES, ImportancePlot, IntermediatePlot, TimelinePlot, DurationPlot]
BOTH = (ACCURACY, SIZE)


@pytest.mark.parametrize("kind", PLOTS)
def test_an_empty_study_says_when_something_appears(kind, shown) -> None:
    plot = shown(kind(), table([], BOTH))
    said = plot.tip._empty
    assert said.startswith("Appears") or "needs 20 complete trials" in said
    assert len(plot.csv().splitlines()) == 1


@pytest.mark.parametrize("kind", PLOTS)
def test_a_plot_without_a_table_says_it_too(kind, shown) -> None:
    assert shown(kind()).tip._empty == "Appears after the first finished trial."


@pytest.mark.parametrize("kind", OF_VALUES[1:])
def test_a_study_of_failures_says_that_there_is_no_value(kind, shown) -> None:
    plot = shown(kind(), table([trial(n, "failed") for n in range(3)], BOTH))
    assert plot.tip._empty.startswith("No trial has a value yet")


@pytest.mark.parametrize("kind", PLOTS)
def test_odd_studies_are_drawn(kind, shown) -> None:
    plot = shown(kind())
    failed = [trial(n, "failed", why="No memory.") for n in range(3)]
    alone = [trial(0, values=(0.5, 10.0), reports=((1, 0.5),))]
    bare = [trial(0, "waiting", settings={}, begun=None, ended=None)]
    wrong = [trial(0, values=(math.nan, math.inf)), trial(1, values=(-math.inf, 1.0))]
    choices = [trial(n, values=(0.1 * n, 1.0), settings={KIND: "sgd"}) for n in range(3)]
    for rows in (failed, alone, bare, wrong, choices, []):
        plot.set_table(table(rows, BOTH, study=str(len(rows))))
        picture = plot.grab()
        QApplication.processEvents()
        assert not picture.isNull()
        assert bool(plot.tip._empty) or len(plot.csv().splitlines()) > 1


@pytest.mark.parametrize("kind", [k for k in PLOTS if k is not ImportancePlot])
def test_it_is_filled_and_emptied(kind, shown) -> None:
    plot = shown(kind(), many(30))
    rows = [trial(0, values=(0.5, 10.0), reports=((1, 0.5),))]
    plot.set_table(table(rows, BOTH))
    assert not plot.tip._empty
    assert len(plot.csv().splitlines()) == 2
    plot.set_table(table([], BOTH, study="other"))
    assert plot.tip._empty
    assert len(plot.csv().splitlines()) == 1


@pytest.mark.parametrize("kind", PLOTS)
def test_files_hold_the_plot(kind, shown, tmp_path) -> None:
    study = many(30) if kind in (ParetoPlot, ImportancePlot) else small()
    plot = shown(kind(), study)
    for suffix in ("png", "svg", "csv"):
        plot.save(tmp_path / f"p.{suffix}")
    assert not QImage(str(tmp_path / "p.png")).isNull()
    drawn = (tmp_path / "p.svg").read_text()
    assert "<image" not in drawn or kind is ContourPlot
    rows = list(csv.reader(io.StringIO((tmp_path / "p.csv").read_text())))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("kind", PLOTS)
def test_another_theme_changes_the_picture(kind, shown) -> None:
    plot = shown(kind(), many(30) if kind in (ParetoPlot, ImportancePlot) else small())
    light = plot.grab().toImage()
    theme().set_mode("dark")
    QApplication.processEvents()
    dark = plot.grab().toImage()
    assert light.pixelColor(5, 200).lightness() > 200
    assert dark.pixelColor(5, 200).lightness() < 80


@pytest.mark.parametrize("kind", PLOTS)
def test_the_menu_copies_and_saves(kind, shown) -> None:
    plot = shown(kind(), small())
    plot.open_menu(QPoint(0, 0))
    menu = plot.findChild(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    texts = [action.text() for action in menu.actions()]
    assert {"Copy image", "Copy numbers", "Save as PNG…", "Save as SVG…", "Save as CSV…"} <= {
        *texts
    }
    assert ("Show everything" in texts) == (kind is not ImportancePlot)
    menu.close()
