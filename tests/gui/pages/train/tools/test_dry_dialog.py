"""The dry run in the window, and the estimate that the page shows."""

from __future__ import annotations

import pytest

from engine.train.tools import course
from engine.train.tools.dry_run import PARTS
from gui.pages.train.page import TrainPage
from gui.pages.train.tools.dry_dialog import DryDialog
from tests.gui.pages.conftest import change, click, settle, type_into
from tests.gui.pages.train.tools.conftest import choose, ended, opened


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measures the steps for a moment only."""
    monkeypatch.setattr(course, "SECONDS", 0.01)


def test_every_part_is_listed_with_its_result(qtbot, page: TrainPage) -> None:
    before = page.document.project
    choose(page, "Dry run…")
    dialog = opened(page, DryDialog)
    assert [dialog.state(name) for name in PARTS] == [""] * len(PARTS)
    ended(qtbot, dialog)
    assert [dialog.state(name) for name in PARTS] == ["ok"] * len(PARTS)
    rows = [dialog.table.topLevelItem(place) for place in range(len(PARTS))]
    assert [row.text(0) for row in rows] == list(PARTS.values())
    assert all(row.text(2) for row in rows)
    assert dialog.estimate.text().startswith("A run takes about")
    assert page.document.project is before
    assert not (page.document.folder / "runs").exists()


def test_the_page_shows_the_estimate_of_the_project_as_it_is(qtbot, page: TrainPage) -> None:
    line = page.tools.line
    assert line.words.text() == ""
    assert line.measure.isVisible()
    dialog = page.tools.open_dry_run()
    ended(qtbot, dialog)
    click(qtbot, dialog.close_button)
    known = page.tools.estimates.of(page.document.project)
    assert known is not None
    assert known.words in line.words.text()
    assert not line.measure.isVisible()
    type_into(qtbot, page.form, "batch_size", "4")
    assert line.words.text() == ""
    assert line.measure.isVisible()
    page.document.undo_stack.undo()
    assert known.words in line.words.text()
    change(page.session, name="another")
    assert known.words in line.words.text(), "a name changes nothing that is estimated"


def test_the_estimate_can_be_asked_for_without_the_dialog(qtbot, page: TrainPage) -> None:
    line = page.tools.line
    click(qtbot, line.measure)
    assert "Measuring" in line.words.text()
    assert line.measure.text() == "Cancel"
    settle(qtbot, page.session)
    assert "A run takes about" in line.words.text()


def test_asking_can_be_cancelled(qtbot, page: TrainPage) -> None:
    line = page.tools.line
    click(qtbot, line.measure)
    click(qtbot, line.measure)
    assert line.measure.text() == "Estimate time and memory"
    settle(qtbot, page.session)
    assert page.tools.estimates.of(page.document.project) is None


def test_a_part_that_fails_is_told_where_it_stands(
    qtbot, page: TrainPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(course, "write_checkpoint", broken)
    dialog = page.tools.open_dry_run()
    ended(qtbot, dialog)
    assert dialog.state("metrics") == "ok"
    assert dialog.state("write") == "failed"
    assert dialog.state("read") == "not reached"
    assert dialog.problem.isVisible()
    assert not dialog.estimate.isVisible()
    assert page.tools.estimates.of(page.document.project) is None
    monkeypatch.undo()
    monkeypatch.setattr(course, "SECONDS", 0.01)
    click(qtbot, dialog.again)
    ended(qtbot, dialog)
    assert dialog.state("read") == "ok"
    assert not dialog.problem.isVisible()


def test_the_line_is_hidden_while_a_training_runs(qtbot, page: TrainPage) -> None:
    assert page.tools.line.isVisible()
    page.primary_action().run()
    assert not page.tools.line.isVisible()
    qtbot.waitUntil(lambda: not page.runner.job.active, timeout=60_000)
    settle(qtbot, page.session)
    assert page.tools.line.isVisible()
