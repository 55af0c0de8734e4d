"""The batch size finder in the window: rows and points by size, used as one undo step."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.errors import Cancelled
from engine.train.tools import batch_size
from engine.train.tools.batch_sizes import BatchSizes, Trial
from gui.pages.train.page import TrainPage
from gui.pages.train.tools import batch_dialog
from gui.pages.train.tools.batch_dialog import SPEED, BatchDialog
from tests.gui.pages.conftest import click, settle
from tests.gui.pages.train.tools.conftest import choose, ended, opened

TRIALS = (
    Trial(8, True, 0.01, 800.0, 1_000_000_000),
    Trial(16, True, 0.01, 1600.0, 1_500_000_000),
    Trial(32, True, 0.02, 1610.0, 2_000_000_000),
    Trial(64, False),
)
FOUND = BatchSizes(TRIALS, 32, True, 16, 16, "Says how.", 8, 2.0, "a card")


class Steered:
    """Stands in for the engine's finder where a test of the window must hold it half-way."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.ended = threading.Event()
        self.result = FOUND

    def __call__(self, project, folder, *, progress, on_trial) -> BatchSizes:
        try:
            for trial in (TRIALS[3], *TRIALS[:3]):
                on_trial(trial)
                progress(trial.size, 0, f"Batch size {trial.size}")
            while not self.go_on.wait(0.005):
                progress(0, 0, "Batch size 32")
        except Cancelled:
            self.ended.set()
            raise
        return self.result


@pytest.fixture
def steered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Steered]:
    """Puts it in the place of the engine's; goes on by itself when the test ends."""
    made = Steered()
    monkeypatch.setattr(batch_dialog, "find_batch_size", made)
    yield made
    made.go_on.set()


def rows(dialog: BatchDialog) -> list[list[str]]:
    items = [dialog.table.topLevelItem(n) for n in range(dialog.table.topLevelItemCount())]
    return [[item.text(place) for place in range(4)] for item in items]


def test_the_real_finder_fills_table_and_plot(
    qtbot, page: TrainPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_size, "SECONDS", 0.01)
    before = page.document.project
    choose(page, "Batch size…")
    dialog = opened(page, BatchDialog)
    ended(qtbot, dialog)
    assert dialog.found is not None
    sizes = [trial.size for trial in dialog.found.trials]
    assert [row[0] for row in rows(dialog)] == [str(size) for size in sizes]
    assert dialog.plot.points(SPEED)[0].tolist() == pytest.approx(sizes)
    assert dialog.found.how in dialog.how.text()
    assert page.document.project is before


def test_rows_come_by_size_whatever_the_order_of_the_trials(
    qtbot, page: TrainPage, steered: Steered
) -> None:
    dialog = page.tools.open_batch_size()
    qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() == 4, timeout=20_000)
    assert rows(dialog) == [
        ["8", "800", "10 ms", "1.0 GB"],
        ["16", "1,600", "10 ms", "1.5 GB"],
        ["32", "1,610", "20 ms", "2.0 GB"],
        ["64", "–", "–", "does not fit"],
    ]
    assert dialog.plot.points(SPEED)[1].tolist() == [800.0, 1600.0, 1610.0]
    assert not dialog.use.isVisible()


def test_use_is_one_undo_step(qtbot, page: TrainPage, steered: Steered) -> None:
    before = page.document.project
    steered.go_on.set()
    dialog = page.tools.open_batch_size()
    ended(qtbot, dialog)
    assert "Batch size 16 suggested" in dialog.verdict.text()
    assert "largest that fits is 32." in dialog.verdict.text()
    click(qtbot, dialog.use)
    assert page.document.project.training == before.training.with_(batch_size=16)
    assert page.document.undo_stack.undoText() == "Use batch size 16"
    page.document.undo_stack.undo()
    assert page.document.project == before


def test_the_size_in_use_is_not_offered_again(qtbot, page: TrainPage, steered: Steered) -> None:
    steered.result = replace(FOUND, suggestion=8, largest_measured=False)
    steered.go_on.set()
    dialog = page.tools.open_batch_size()
    ended(qtbot, dialog)
    assert not dialog.use.isVisible()
    assert "is a good choice" in dialog.verdict.text()
    assert "by the memory estimate" in dialog.verdict.text()


def test_nothing_fits(qtbot, page: TrainPage, steered: Steered) -> None:
    steered.result = BatchSizes(TRIALS[3:], None, True, None, None, "Smaller.", 8)
    steered.go_on.set()
    dialog = page.tools.open_batch_size()
    ended(qtbot, dialog)
    assert "No batch size fits" in dialog.verdict.text()
    assert not dialog.use.isVisible()


def test_cancel_ends_the_work(qtbot, page: TrainPage, steered: Steered) -> None:
    dialog = page.tools.open_batch_size()
    qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() == 4, timeout=20_000)
    click(qtbot, dialog.cancel)
    assert steered.ended.wait(10)
    settle(qtbot, page.session)
    assert "Cancelled" in dialog.verdict.text()
    assert dialog.found is None
