"""Which plots are seen, how they are read together, and what lies behind them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.runs.events import Event
from gui.pages.train.curves import SPEED, TRAINING, Curves
from gui.pages.train.page import TrainPage
from gui.settings import Settings
from tests.gui.pages.conftest import LEFT, click, settle
from tests.gui.pages.train.conftest import events_of, keep_run
from tests.support.mouse import drag, move

PLAIN, RICH, LAST = "2026-01-01-001", "2026-01-01-002", "2026-01-01-003"


@pytest.fixture
def curves(qtbot, looks) -> Curves:
    """Curves of a rich run, all plots chosen."""
    made = Curves(("loss", "accuracy", "auc", "rate", "gradient", "speed"))
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.take(events_of("r", rich=True))
    draw(made)
    return made


def let_turns_pass(made: Curves) -> None:
    while made._turns.any_waiting:
        QApplication.processEvents()


def paint(made: Curves) -> None:
    let_turns_pass(made)
    for _ in range(5):  # the axes take their widths when they are painted
        QApplication.processEvents()


def draw(made: Curves) -> None:
    paint(made)  # a picture taken before would have Qt forget what lies on the screen
    for _ in range(3):
        made.grab()
        QApplication.processEvents()


def on_screen(made: Curves) -> QImage:
    screen = made.backingStore().paintDevice()
    assert isinstance(screen, QImage)
    return screen.copy(made.board.geometry())


def test_another_runs_curves_are_painted_one_plot_after_the_other(qtbot, curves: Curves) -> None:
    before = on_screen(curves)
    curves.clear()
    curves.take(events_of("s", rich=True)[:-3])
    QCoreApplication.sendPostedEvents()  # a paint, and no turn of a timer
    assert on_screen(curves) == before
    qtbot.waitUntil(lambda: not curves._covers.any_shut)
    assert on_screen(curves) != before


def test_live_curves_are_painted_one_plot_in_each_turn(
    qtbot, curves: Curves, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    for plot in (curves.loss, curves.accuracy, curves.speed):
        item = plot._curves[TRAINING if plot is not curves.speed else SPEED].item
        paint, name = item.paint, plot.title

        def noting(*given: object, paint: Any = paint, name: str = name) -> None:
            notes.append(name)
            paint(*given)

        monkeypatch.setattr(item, "paint", noting)
    ticks = QTimer(interval=0)
    ticks.timeout.connect(lambda: notes.append("turn"))
    curves.take(events_of("r", 6, rich=True)[9:])
    ticks.start()
    qtbot.waitUntil(lambda: curves.speed.title in notes)
    ticks.stop()
    painted = [name for name, _ in itertools.groupby(notes)]
    assert [name for name in painted if name != "turn"] == ["Loss", "Accuracy", SPEED]
    assert painted.count("turn") >= 2, painted
    first, last = painted.index("Loss"), painted.index(SPEED)
    assert painted[first:last:2] == ["Loss", "Accuracy"], "two plots in one turn"


def test_the_last_events_are_drawn_like_all_others(qtbot, curves: Curves) -> None:
    curves.take(events_of("r", 6, rich=True)[9:])
    last = curves.loss._curves[TRAINING]
    assert (last.item._x[-1], curves.speed._best.value()) == (3, 3)
    assert curves.loss.points(TRAINING)[0][-1] == 6
    qtbot.waitUntil(lambda: (last.item._x[-1], curves.speed._best.value()) == (6, 6))


def test_what_waits_for_its_turn_is_not_drawn_into_the_next_run(qtbot, curves: Curves) -> None:
    curves.take(events_of("r", 6, rich=True)[9:])
    curves.clear()
    qtbot.waitUntil(lambda: not curves._covers.any_shut)
    curves.take(events_of("s", rich=True)[:2])
    qtbot.waitUntil(lambda: len(curves.speed._curves[SPEED].item._x) == 1)
    assert not curves.loss._best.isVisible()
    assert len(curves.loss._curves[TRAINING].item._x) == 1


def plain(events: list[Event]) -> Curves:
    made = Curves()
    made.take(events)
    return made


def tick(qtbot, page: TrainPage, run: str) -> None:
    """A click on the box of a run in the table."""
    table = page.table
    index = table.runs.index(table.runs.row_of(run), 0)
    table.scrollTo(index)
    area = table.visualRect(index)
    qtbot.mouseClick(table.viewport(), LEFT, pos=area.topLeft() + QPoint(12, area.height() // 2))
    settle(qtbot, page.session)


def test_auc_and_gradients_are_offered_only_where_measured(qtbot, curves: Curves) -> None:
    buttons = curves.board.toggles.buttons
    assert buttons["auc"].isVisible()
    assert curves.gradient.isVisible()
    assert curves.auc.points("Validation")[1].tolist() == pytest.approx([0.61, 0.62, 0.63])
    curves.clear()
    assert not buttons["auc"].isVisible()
    assert not buttons["gradient"].isVisible()
    assert not curves.gradient.isVisible()
    curves.take(events_of("r", rich=False))
    assert not curves.auc.isVisible()
    curves.take(events_of("r", rich=True))
    assert curves.auc.isVisible()


def test_a_plot_is_hidden_and_shown_by_its_button(qtbot, curves: Curves) -> None:
    buttons = curves.board.toggles.buttons
    told = []
    curves.board.chosen_changed.connect(told.append)
    click(qtbot, buttons["speed"])
    assert not curves.speed.isVisible()
    assert "speed" not in told[-1]
    buttons["speed"].setFocus()
    qtbot.keyClick(buttons["speed"], Qt.Key.Key_Space)
    assert curves.speed.isVisible()
    assert buttons["speed"].isChecked()


def test_one_plot_stays(qtbot, looks) -> None:
    made = Curves(("loss",))
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    click(qtbot, made.board.toggles.buttons["loss"])
    assert made.loss.isVisible()
    assert made.board.toggles.buttons["loss"].isChecked()


def test_plots_stand_side_by_side_where_they_fit(curves: Curves) -> None:
    assert len({plot.y() for plot in curves.plots}) == 2
    assert len({plot.x() for plot in curves.plots}) == 3
    curves.resize(560, 600)
    draw(curves)
    assert len({plot.x() for plot in curves.plots}) == 2
    assert all(plot.height() >= 150 for plot in curves.plots)


def test_the_choice_is_remembered(qtbot, page: TrainPage, remembered: Settings) -> None:
    click(qtbot, page.curves.board.toggles.buttons["rate"])
    click(qtbot, page.curves.board.toggles.buttons["loss"])
    assert remembered.plots == ("accuracy", "rate")
    other = TrainPage(page.session)
    qtbot.addWidget(other)
    assert other.curves.board.chosen == ("accuracy", "rate")


def test_hidden_plots_are_not_redrawn(curves: Curves) -> None:
    curves.board.choose(("loss",))
    drawn = []
    for plot in curves.plots:
        plot._redraw = lambda plot=plot: drawn.append(plot)
    curves.take(events_of("r", epochs=5)[-4:])
    let_turns_pass(curves)
    assert drawn == [curves.loss]
    del curves.speed._redraw
    curves.board.choose(("speed",))
    draw(curves)
    item = curves.speed._curves[SPEED].item
    assert len(item._x) == len(curves.speed.points(SPEED)[0]), "what came meanwhile is drawn"


def test_the_cursor_is_read_in_all_plots(curves: Curves) -> None:
    at = curves.loss.view.pixel(2.0, 0.3).toPoint()
    move(curves.loss.view.viewport(), at)
    assert curves.loss.overlay.text.startswith("Epoch 2")
    assert "Learning rate: 0.005" in curves.rate.overlay.text
    assert "Gradient norm" in curves.gradient.overlay.text
    move(curves.loss.view.viewport(), QPoint(0, 0))
    assert curves.rate.overlay.text == ""


def test_a_zoom_along_epochs_reaches_all_plots(curves: Curves) -> None:
    viewport = curves.loss.view.viewport()
    loss = curves.loss.view
    high = loss.box.viewRange()[1]
    start = loss.pixel(1.2, high[0] + 0.8 * (high[1] - high[0])).toPoint()
    end = loss.pixel(2.4, high[0] + 0.2 * (high[1] - high[0])).toPoint()
    before = curves.rate.view.box.viewRange()
    drag(viewport, [start, end])
    for plot in curves.plots:
        assert plot.x_range == pytest.approx((1.2, 2.4), abs=0.1), plot.title
    rates = curves.rate.view.box.viewRange()[1]
    assert rates[1] < before[1][1], "its height follows what is in sight"
    QTest.mouseDClick(viewport, LEFT, pos=start)
    for plot in curves.plots:
        assert plot.x_range[1] > 2.9, plot.title
        assert not plot.view.zoomed


def test_keys_zoom_all_plots(qtbot, curves: Curves) -> None:
    before = curves.speed.x_range
    curves.loss.view.setFocus()
    qtbot.keyClick(curves.loss.view, Qt.Key.Key_Plus)
    assert curves.speed.x_range[1] - curves.speed.x_range[0] < before[1] - before[0]
    assert curves.speed.x_range == curves.loss.x_range
    qtbot.keyClick(curves.loss.view, Qt.Key.Key_Home)
    assert curves.speed.x_range[1] >= 3


def test_the_logarithmic_axis_is_each_plot_s_own(qtbot, curves: Curves) -> None:
    click(qtbot, curves.rate.header.log_button)
    assert curves.rate.view.box.viewRange()[1][1] < 0
    assert curves.loss.view.box.viewRange()[1][1] > 0


def test_ticked_runs_lie_behind_in_looks_of_their_own(qtbot, page: TrainPage) -> None:
    tick(qtbot, page, PLAIN)
    tick(qtbot, page, RICH)
    assert page.curves.earlier == (PLAIN, RICH)
    looks = [page.table.runs.looks.of(run) for run in (PLAIN, RICH)]
    assert looks[0] != looks[1]
    pens = [page.curves.loss._overlays[run].item._pen for run in (PLAIN, RICH)]
    assert pens[0].color() != pens[1].color()
    assert page.curves.loss.points(PLAIN)[1].tolist() == pytest.approx([1, 1 / 2, 1 / 3])
    assert page.curves.board.toggles.buttons["auc"].isVisible(), "one behind has it"
    assert page.curves.legend.isVisible()
    icon = page.table.runs.index(page.table.runs.row_of(PLAIN), 0).data(
        Qt.ItemDataRole.DecorationRole
    )
    assert not icon.isNull()
    tick(qtbot, page, RICH)
    assert page.curves.earlier == (PLAIN,)
    assert not page.curves.board.toggles.buttons["auc"].isVisible()


def test_the_legend_hides_a_run_everywhere(qtbot, page: TrainPage) -> None:
    tick(qtbot, page, PLAIN)
    chip = page.curves.chip(PLAIN)
    assert chip.text() == PLAIN
    click(qtbot, chip)
    assert not any(plot._overlays[PLAIN].item.isVisible() for plot in (page.curves.loss,))
    assert not page.curves.rate._overlays[PLAIN].series.visible
    click(qtbot, chip)
    assert page.curves.loss._overlays[PLAIN].item.isVisible()


def test_the_cursor_reads_runs_behind(qtbot, page: TrainPage) -> None:
    tick(qtbot, page, PLAIN)
    draw(page.curves)
    at = page.curves.loss.view.pixel(2.0, 0.4).toPoint()
    move(page.curves.loss.view.viewport(), at)
    assert f"{PLAIN}: 0.5" in page.curves.loss.overlay.text


def test_no_more_runs_lie_behind_than_can_be_told_apart(qtbot, page: TrainPage, tiny) -> None:
    most = page.table.runs.looks.most
    for number in range(most):
        keep_run(tiny, f"2026-02-01-{number:03d}", epochs=1)
    page.refresh_runs()
    settle(qtbot, page.session)
    said = []
    page.session.toast_requested.connect(lambda text, _tone: said.append(text))
    for number in range(most):
        tick(qtbot, page, f"2026-02-01-{number:03d}")
    looks = {page.table.runs.looks.of(run) for run in page.curves.earlier}
    assert len(looks) == most
    tick(qtbot, page, PLAIN)
    assert len(page.curves.earlier) == most
    assert not page.table.runs.is_ticked(PLAIN)
    assert str(most) in said[-1]


def test_a_saved_picture_names_its_curves(curves: Curves, tmp_path) -> None:
    caption = curves.loss.caption()
    assert caption.title == "Loss"
    assert [entry.name for entry in caption.entries] == ["Training", "Validation"]
    assert caption.height(120) > caption.height(600)
    for plot in curves.plots:
        for suffix in ("png", "svg", "csv"):
            path = tmp_path / f"{plot.title}.{suffix}"
            plot.save(path)
            assert path.stat().st_size > 50


def test_the_numbers_of_a_plot_are_copied_whole(curves: Curves) -> None:
    curves.gradient.saver.copy_table()
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0] == "series,epoch,value"
    assert float(lines[1].split(",")[2]) == 3.0 / 5


def test_an_unchanged_curve_is_not_given_to_its_item_again(curves: Curves) -> None:
    given = []
    item = curves.loss._curves["Validation"].item
    item.set_points = lambda *values: given.append(values)
    curves.loss.append(TRAINING, [9.0], [0.1])
    curves.loss.flush()
    assert given == []
    assert np.isfinite(curves.loss.x_range).all()
