"""What was begun for one project never arrives in the next; run ids are the same in both."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from gui.pages.base import Session
from gui.pages.evaluate.page import EvaluatePage
from gui.pages.train.curves import TRAINING
from gui.pages.train.page import TrainPage
from tests.gui.pages.conftest import FIRST, OpenPage, click, settle


@pytest.fixture
def other(trained: Path) -> Path:
    """A second project with a run of the same id."""
    return Path(shutil.copytree(trained, trained.with_name("other")))


def test_an_evaluation_ends_with_its_project(
    qtbot, session: Session, trained: Path, other: Path, show: OpenPage, monkeypatch
) -> None:
    from gui.pages.evaluate import page as module

    go_on, work = threading.Event(), module.evaluate

    def slow(*args, **named):
        assert go_on.wait(10)
        return work(*args, **named)

    monkeypatch.setattr(module, "evaluate", slow)
    session.document.open(trained)
    page = show(EvaluatePage)
    click(qtbot, page.start)
    assert page.state() == "running"
    assert not page.runs.isEnabled(), "the choice could change under the result"
    session.document.open(other)
    go_on.set()
    settle(qtbot, session)
    assert page.result is None
    assert page.run.id == FIRST
    assert page.start.isEnabled()
    assert not page.overlay.isVisible()


def test_a_result_goes_with_its_project_also_from_a_hidden_page(
    qtbot, session: Session, trained: Path, other: Path, show: OpenPage
) -> None:
    session.document.open(trained)
    page = show(EvaluatePage)
    click(qtbot, page.start)
    settle(qtbot, session)
    assert page.state() == "ready"
    page.hide()
    session.document.open(other)
    assert page.state() == "nothing"
    assert page.result is None


def test_the_last_steps_of_a_project_that_was_left_are_not_drawn(
    qtbot, session: Session, trained: Path, other: Path, show: OpenPage
) -> None:
    session.document.open(trained)
    page = show(TrainPage)
    page.form.field("epochs").entered.emit(500)
    page.train()
    qtbot.waitUntil(lambda: session.runner.job.run != "", timeout=30_000)
    session.document.open(other)
    settle(qtbot, session)
    assert page.shown == FIRST
    before = list(page.curves.loss.points(TRAINING)[0])
    session.runner.stop()
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=20_000)
    settle(qtbot, session)
    assert list(page.curves.loss.points(TRAINING)[0]) == before
    assert page.shown == FIRST


def test_a_run_made_on_another_page_is_there_on_return(
    qtbot, session: Session, trained: Path, show: OpenPage
) -> None:
    session.document.open(trained)
    page = show(EvaluatePage)
    page.hide()
    newer = trained / "runs" / "2021-01-01-001"
    shutil.copytree(trained / "runs" / FIRST, newer)
    page.show()
    settle(qtbot, session)
    assert page.run.id == newer.name
