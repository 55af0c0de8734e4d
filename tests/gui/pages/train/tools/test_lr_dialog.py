"""The learning rate test in the window: run by clicks, used as one undo step, cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.errors import Cancelled, FoveaError
from engine.train.tools.lr_curve import LrPoint, LrTest
from gui.pages.train.page import TrainPage
from gui.pages.train.tools import lr_dialog
from gui.pages.train.tools.lr_dialog import SMOOTH, STEP, LrDialog
from tests.gui.pages.conftest import click, settle
from tests.gui.pages.train.tools.conftest import choose, ended, opened
from tests.support.mouse import move

POINTS = tuple(LrPoint(1e-5 * 10 ** (i / 8), 2.0 - i / 20, 2.0 - i / 20) for i in range(32))
FOUND = LrTest(
    POINTS, 0.004, 0.0021, 0.011, 0.0021, True, True, "Says how.", 0.003, 12.0, "CPU, 1 thread"
)


class Steered:
    """Stands in for the engine's test where a test of the window must hold it half-way."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.ended = threading.Event()
        self.result = FOUND
        self.error: FoveaError | None = None

    def __call__(self, project, folder, *, progress, on_point) -> LrTest:
        try:
            for number, point in enumerate(POINTS):
                on_point(point)
                progress(number, 100, f"Learning rate {point.rate:.2g}")
            while not self.go_on.wait(0.005):
                progress(len(POINTS), 100, "Learning rate 0.1")
        except Cancelled:
            self.ended.set()
            raise
        if self.error is not None:
            raise self.error
        return self.result


@pytest.fixture
def steered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steered]:
    """Puts it in the place of the engine's; goes on by itself when the test ends."""
    made = Steered()
    monkeypatch.setattr(lr_dialog, "lr_test", made)
    yield made
    made.go_on.set()


def rate_of(page: TrainPage) -> float:
    return page.document.project.training.optimizer.peak


def test_the_real_test_draws_its_curve_and_changes_nothing(qtbot, page: TrainPage) -> None:
    before = page.document.project
    choose(page, "Learning rate test…")
    dialog = opened(page, LrDialog)
    ended(qtbot, dialog)
    assert dialog.found is not None
    rates, smoothed = dialog.plot.points(SMOOTH)
    assert rates.tolist() == pytest.approx([point.rate for point in dialog.found.points])
    drawn = np.isfinite(smoothed)
    real = np.array([point.smoothed for point in dialog.found.points])
    assert smoothed[drawn].tolist() == real[drawn].tolist()
    assert drawn.sum() > 20
    assert dialog.found.how in dialog.how.text()
    assert page.document.project is before
    assert not (page.document.folder / "runs").exists()


def test_use_this_rate_is_one_undo_step(qtbot, page: TrainPage, steered: Steered) -> None:
    before = page.document.project
    steered.go_on.set()
    dialog = page.tools.open_lr_test()
    ended(qtbot, dialog)
    assert "Suggested learning rate: 0.0021." in dialog.verdict.text()
    assert "The project has 0.003" in dialog.verdict.text()
    click(qtbot, dialog.use)
    assert rate_of(page) == 0.0021
    assert page.document.undo_stack.undoText() == "Use learning rate 0.0021"
    page.document.undo_stack.undo()
    assert page.document.project == before


def test_another_suggestion_can_be_chosen(qtbot, page: TrainPage, steered: Steered) -> None:
    steered.go_on.set()
    dialog = page.tools.open_lr_test()
    ended(qtbot, dialog)
    click(qtbot, dialog.choice.button("tenth"))
    assert dialog.use.text() == "Use 0.011"
    click(qtbot, dialog.use)
    assert rate_of(page) == 0.011


def test_the_curve_is_live_and_cancel_ends_the_work(
    qtbot, page: TrainPage, steered: Steered
) -> None:
    dialog = page.tools.open_lr_test()
    qtbot.waitUntil(lambda: len(dialog.plot.points(STEP)[0]) == len(POINTS), timeout=20_000)
    qtbot.waitUntil(lambda: dialog.bar.value() == len(POINTS), timeout=20_000)
    assert not dialog.use.isVisible()
    click(qtbot, dialog.cancel)
    assert steered.ended.wait(10)
    settle(qtbot, page.session)
    assert "Cancelled" in dialog.verdict.text()
    assert dialog.found is None
    assert dialog.again.isVisible()
    steered.go_on.set()
    click(qtbot, dialog.again)
    ended(qtbot, dialog)
    assert dialog.found is FOUND


def test_escape_closes_and_ends_the_work(qtbot, page: TrainPage, steered: Steered) -> None:
    dialog = page.tools.open_lr_test()
    qtbot.waitUntil(lambda: len(dialog.plot.points(STEP)[0]) > 0, timeout=20_000)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert steered.ended.wait(10)
    settle(qtbot, page.session)
    assert not page.findChildren(LrDialog)


def test_no_suggestion_offers_no_rate(qtbot, page: TrainPage, steered: Steered) -> None:
    steered.result = LrTest(POINTS, how="The curve is flat.", current=0.003, device="CPU")
    steered.go_on.set()
    dialog = page.tools.open_lr_test()
    ended(qtbot, dialog)
    assert "No rate is suggested" in dialog.verdict.text()
    assert "flat" in dialog.how.text()
    assert not dialog.use.isVisible()
    assert not dialog.choice.isVisible()


def test_doubt_is_said(qtbot, page: TrainPage, steered: Steered) -> None:
    steered.result = replace(FOUND, sure=False)
    steered.go_on.set()
    dialog = page.tools.open_lr_test()
    ended(qtbot, dialog)
    assert "not clear" in dialog.verdict.text()


def test_an_error_is_told_in_the_dialog(qtbot, page: TrainPage, steered: Steered) -> None:
    steered.error = FoveaError(
        "FV-T004", "The memory is not enough.", why="It is full.", fix="Less."
    )
    steered.go_on.set()
    dialog = page.tools.open_lr_test()
    ended(qtbot, dialog)
    assert dialog.problem.isVisible()
    assert dialog.problem.accessibleName() == "The memory is not enough."
    assert dialog.again.isVisible()


def test_the_readout_names_the_rate(qtbot, page: TrainPage, steered: Steered) -> None:
    steered.go_on.set()
    dialog = page.tools.open_lr_test()
    ended(qtbot, dialog)
    middle = POINTS[16]
    at = dialog.plot.view.pixel(np.log10(middle.rate), middle.smoothed)
    move(dialog.plot.view.viewport(), at.toPoint())
    head, *_ = dialog.plot.overlay.text.splitlines()
    name, _, rate = head.rpartition(" ")
    assert name == "Learning rate"
    assert float(rate) == pytest.approx(middle.rate, rel=0.03)  # where the whole pixel lies
    first, *rows = dialog.plot.csv().splitlines()
    assert first == "series,learning rate,value"
    assert len(rows) == 2 * len(POINTS)
    assert float(rows[0].split(",")[1]) == pytest.approx(1e-5)


def test_the_tools_rest_while_a_training_runs(qtbot, page: TrainPage) -> None:
    assert page.tools.button.isEnabled()
    page.primary_action().run()
    assert not page.tools.button.isEnabled()
    assert "wait" in page.tools.button.toolTip()
    qtbot.waitUntil(lambda: not page.runner.job.active, timeout=60_000)
    settle(qtbot, page.session)
    assert page.tools.button.isEnabled()
