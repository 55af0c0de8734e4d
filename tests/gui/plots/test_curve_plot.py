"""The curve plot, by its public methods and by mouse and keys."""

import csv
import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.errors import FoveaError
from gui.plots import CurvePlot
from gui.theme import theme
from tests.support.mouse import drag, move


@pytest.fixture
def plot(qtbot):
    made = CurvePlot("Loss", x_label="Step", y_label="Cross-entropy")
    qtbot.addWidget(made)
    made.resize(640, 400)
    made.show()
    qtbot.waitExposed(made)
    made.add_series("training")
    made.add_series("validation", dashed=True, smoothed=False)
    return made


def fill(plot, count=200):
    steps = np.arange(count)
    plot.append("training", steps, 2.0 * np.exp(-steps / 60) + 0.1)
    plot.append("validation", steps[::50], np.linspace(2, 1, len(steps[::50])))
    plot.flush()
    for _ in range(2):  # the axes take their width when they are painted
        plot.grab()
        QApplication.processEvents()


def test_the_range_follows_what_is_appended(plot):
    fill(plot)
    (left, right), (low, high) = plot.view.box.viewRange()
    assert left <= 0
    assert right >= 199
    assert low <= 0.1
    assert high >= 2.1
    plot.append("training", [1000], [5.0])
    plot.flush()
    (_, right), (_, high) = plot.view.box.viewRange()
    assert right >= 1000
    assert high >= 5


def test_points_between_flushes_cost_no_redraw(plot, qtbot):
    fill(plot)
    qtbot.wait(20)
    drawn = []
    item = plot._curves["training"].item
    item.update = lambda *_: drawn.append(1)
    for step in range(200, 300):
        plot.append("training", [step], [0.1])
    assert drawn == []
    plot.flush()
    assert len(drawn) == 1


def test_hover_reads_every_curve(plot, qtbot):
    fill(plot)
    viewport = plot.view.viewport()
    at = plot.view.pixel(100, 1.0).toPoint()
    move(viewport, at)
    assert plot.overlay.text.startswith("Step 100")
    assert "validation: 1.333" in plot.overlay.text
    assert "training: 0.4" in plot.overlay.text


def test_a_chip_hides_its_curve(plot, qtbot):
    fill(plot)
    qtbot.mouseClick(plot.header.chip("training"), Qt.MouseButton.LeftButton)
    assert not plot._curves["training"].item.isVisible()
    assert plot._curves["validation"].item.isVisible()
    qtbot.mouseClick(plot.header.chip("training"), Qt.MouseButton.LeftButton)
    assert plot._curves["training"].item.isVisible()


def test_keys_zoom_and_home_shows_everything(plot, qtbot):
    fill(plot)
    before = plot.view.box.viewRange()[0]
    qtbot.keyClick(plot.view, Qt.Key.Key_Plus)
    zoomed = plot.view.box.viewRange()[0]
    assert zoomed[1] - zoomed[0] < before[1] - before[0]
    plot.append("training", [900], [1.0])
    plot.flush()
    assert plot.view.box.viewRange()[0] == zoomed
    qtbot.keyClick(plot.view, Qt.Key.Key_Home)
    assert plot.view.box.viewRange()[0][1] >= 900


def test_drag_zooms_and_double_click_resets(plot, qtbot):
    fill(plot)
    viewport = plot.view.viewport()
    start, end = plot.view.pixel(50, 1.5).toPoint(), plot.view.pixel(150, 0.5).toPoint()
    drag(viewport, [start, end])
    (left, right), (low, high) = plot.view.box.viewRange()
    assert (left, right) == pytest.approx((50, 150), abs=3)
    assert (low, high) == pytest.approx((0.5, 1.5), abs=0.05)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=start)
    assert plot.view.box.viewRange()[0][1] >= 199


def test_log_scale_leaves_out_what_has_no_logarithm(plot, qtbot):
    plot.append("training", [0, 1, 2, 3], [10.0, 0.0, 0.1, 0.01])
    plot.flush()
    qtbot.mouseClick(plot.header.log_button, Qt.MouseButton.LeftButton)
    low, high = plot.view.box.viewRange()[1]
    assert low == pytest.approx(-2, abs=0.3)
    assert high == pytest.approx(1, abs=0.3)
    assert plot.points("training")[1].tolist() == [10.0, 0.0, 0.1, 0.01]


def test_smoothing_slider_keeps_the_values_and_says_so(plot, qtbot):
    fill(plot)
    with qtbot.waitSignal(plot.smoothing_changed) as told:
        plot.header.slider.setValue(90)
    assert told.args == [pytest.approx(0.9)]
    item = plot._curves["training"].item
    assert item._raw is not None
    assert item._y[100] > item._raw[100]
    assert plot._curves["validation"].item._raw is None


def test_overlay_is_shown_named_and_taken_away(plot):
    fill(plot)
    plot.show_overlay("run 3", [0, 400], [3.0, 1.0])
    assert plot.header.chip("run 3").text() == "run 3"
    assert plot.view.box.viewRange()[0][1] >= 400
    plot.clear_overlays()
    with pytest.raises(KeyError):
        plot.header.chip("run 3")


def test_empty_text_goes_with_the_first_point(plot):
    plot.flush()
    assert plot.overlay._empty == "The curve appears with the first step."
    fill(plot)
    assert plot.overlay._empty == ""
    plot.clear()
    assert plot.overlay._empty != ""


def test_saves_png_svg_and_csv(plot, tmp_path):
    fill(plot)
    for suffix in ("png", "svg", "csv"):
        plot.save(tmp_path / f"loss.{suffix}")
    image = QImage(str(tmp_path / "loss.png"))
    assert image.width() == 2 * plot.view.width()
    root = ElementTree.fromstring((tmp_path / "loss.svg").read_text())
    assert root.tag.endswith("svg")
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) >= 2
    rows = list(csv.reader(io.StringIO((tmp_path / "loss.csv").read_text())))
    assert rows[0] == ["series", "step", "value"]
    assert float(rows[2][2]) == plot.points("training")[1][1]
    with pytest.raises(FoveaError):
        plot.save(tmp_path / "no" / "loss.csv")


def test_the_theme_recolours_curves(plot):
    fill(plot)
    before = plot._curves["training"].item._pen.color().name()
    mode = theme().mode
    try:
        theme().set_mode("dark")
        assert plot._curves["training"].item._pen.color() == theme().series_colour(0)
        assert plot._curves["training"].item._pen.color().name() != before
    finally:
        theme().set_mode(mode)


def test_values_that_are_not_finite_do_not_break_the_plot(plot):
    plot.append("training", [0, 1, 2], [1.0, float("nan"), float("inf")])
    plot.flush()
    plot.grab()
    assert plot.view.box.viewRange()[1][1] < 2


@pytest.mark.parametrize(("noise", "rough"), [(0.0, False), (0.5, True)])
def test_a_rough_curve_is_drawn_as_a_hairline(plot, noise, rough):
    steps = np.arange(50_000)
    values = np.exp(-steps / 9_000) + np.random.default_rng(3).normal(0, noise, len(steps))
    plot.append("training", steps, values)
    plot.flush()
    plot.grab()
    assert [line.rough for line in plot._curves["training"].item._lines] == [rough]


def test_dots_are_round_whatever_the_axes_measure(plot):
    plot.append("validation", [1.0, 2.0, 3.0], [0.5, 0.5, 0.5])
    plot.flush()
    item = plot._curves["validation"].item
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(40, 1.5)  # as a plot does that is much longer than high
    item._paint_dots(painter, QPolygonF([QPointF(1.25, 100 / 3)]))
    painter.end()
    inked = np.array(
        [[image.pixelColor(x, y).lightness() < 200 for x in range(100)] for y in range(100)]
    )
    rows, columns = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 1
    assert (rows.mean(), columns.mean()) == pytest.approx((49.5, 49.5), abs=1)


def test_the_best_epochs_word_keeps_out_of_the_way_of_curves_that_rise(qtbot: QtBot) -> None:
    heights = []
    for rises in (False, True):
        plot = CurvePlot("Accuracy", rises=rises)
        qtbot.addWidget(plot)
        heights.append(plot._best.label.orthoPos)
    assert heights[0] > 0.5 > heights[1]


def test_the_best_epoch_of_a_hidden_plot_is_marked_when_it_is_shown(qtbot: QtBot) -> None:
    plot = CurvePlot("Loss")
    qtbot.addWidget(plot)
    plot.mark_best(3, "best: 3")
    plot.show()
    assert (plot._best.isVisible(), plot._best.value()) == (True, 3)
    plot.mark_best(5, "best: 5")
    assert plot._best.value() == 5
    plot.clear()
    assert not plot._best.isVisible()


def test_a_zoom_paints_the_plot_once(plot, qtbot, monkeypatch):
    fill(plot)
    qtbot.wait(50)
    painted = []
    paint = plot._curves["training"].item.paint
    monkeypatch.setattr(
        plot._curves["training"].item, "paint", lambda *given: (painted.append(1), paint(*given))
    )
    plot.show_x((20, 120))
    qtbot.wait(100)
    assert len(painted) == 1


def test_a_hidden_plot_follows_a_zoom_when_it_is_shown(plot):
    fill(plot)
    plot.hide()
    plot.show_x((20, 120))
    assert plot.x_range == (20, 120)
    plot.show()
    (left, right), _ = plot.view.box.viewRange()
    assert (left, right) == pytest.approx((20, 120), abs=3)
    plot.hide()
    plot.show_x((30, 60))
    plot.show_all()
    assert plot.x_range[1] > 150


def painted(plot: CurvePlot, parts: list[QRect]) -> QImage:
    """The plot's picture, painted part by part, as a window does that is uncovered."""
    port = plot.view.viewport()
    picture = QImage(port.size(), QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    for part in parts:
        port.render(picture, part.topLeft(), QRegion(part))
    return picture


@pytest.mark.parametrize("level", [True, False])
def test_a_plot_that_is_painted_in_strips_is_whole(plot: CurvePlot, level: bool) -> None:
    plot.view.bottom.measure("Step", names=tuple("gjpqy" * 40))  # letters below the line
    fill(plot)
    whole = plot.view.viewport().rect()
    across, up = (whole.width(), 5) if level else (5, whole.height())
    strips = [
        QRect(x, y, across, up) & whole
        for x in range(0, whole.width(), across)
        for y in range(0, whole.height(), up)
    ]
    assert painted(plot, strips) == painted(plot, [whole])


def test_curves_alone_are_painted_without_writing_the_numbers_again(
    plot: CurvePlot, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(plot)
    written: list[list[object]] = []
    draw = plot.view.left.drawPicture

    def noting(painter: QPainter, line: object, grid: object, words: list[object]) -> None:
        written.append(words)
        draw(painter, line, grid, words)

    monkeypatch.setattr(plot.view.left, "drawPicture", noting)
    plot.view.viewport().repaint()
    plot._curves["training"].item.redraw()
    QApplication.processEvents()
    assert [len(words) > 0 for words in written] == [True, False]
