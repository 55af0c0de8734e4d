"""As a new user goes: mark fields, search, stop, quit, come back, go on, apply."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from PySide6.QtCore import Qt

from engine.project.address import get
from gui.document import Document
from gui.forms import TunedMark
from gui.pages.base import Session
from gui.pages.train.page import TrainPage
from gui.pages.tune.page import TunePage
from gui.runner import Runner
from gui.settings import Settings
from gui.theme import theme
from gui.window import Window
from tests.gui.pages.conftest import click, settle, type_into
from tests.gui.pages.tune.test_marks import LET, choose, inner, marks, menu_at

LONG = 60_000
FIELDS = ("optimizer.lr", "batch_size", "optimizer.weight_decay")


def tune_page(window: Window) -> TunePage:
    page = window.pages["tune"]
    assert isinstance(page, TunePage)
    return page


def press_primary(qtbot, window: Window) -> None:
    """Clicks the one button at the top right."""
    click(qtbot, window.top.primary)


def test_from_three_marked_fields_to_an_applied_trial_with_a_restart_between(
    qtbot, window: Window, session: Session, settings: Settings, trained: Path
) -> None:
    window.files.open(trained)
    window.go("train")
    settle(qtbot, session)
    train = window.pages["train"]
    assert isinstance(train, TrainPage)
    for path in FIELDS:
        train.recipe.reveal(path)
        qtbot.wait(30)
        choose(menu_at(inner(train.form, path)), LET)
    assert len(marks(train.form)) == 3
    last = [mark for mark in train.form.findChildren(TunedMark) if mark.isVisible()][-1]
    click(qtbot, last)
    assert window.current == "tune"
    page = tune_page(window)
    settle(qtbot, session)
    assert len(page.space.rows) == 3
    type_into(qtbot, page.plan.few, "trials", "30")
    press_primary(qtbot, window)
    qtbot.waitUntil(lambda: page.trials.table.trials.best is not None, timeout=LONG)
    assert window.job.isVisible()
    window.go("data")
    assert window.top.primary.text() == "Show search"
    qtbot.mouseClick(window.job, Qt.MouseButton.LeftButton)
    assert window.current == "tune"
    press_primary(qtbot, window)
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=LONG)
    settle(qtbot, session)
    before = page.trials.table.trials.current_table().rows
    session.document.save()
    session.document.close()

    runner = Runner()
    later = Session(Document(runner.background), runner, theme())
    again = Window(later, settings)
    qtbot.addWidget(again, before_close_func=lambda w: setattr(w, "_ready_to_close", True))
    again.resize(1280, 720)
    again.show()
    again.files.open(trained)
    again.go("tune")
    settle(qtbot, later)
    page = tune_page(again)
    over = sum(row.state in ("complete", "pruned", "failed") for row in before)
    assert page.trials.table.trials.current_table().rows[:over] == before[:over]
    assert again.top.primary.text() == "Resume search"
    type_into(qtbot, page.plan.few, "trials", str(over + 1))
    press_primary(qtbot, again)
    qtbot.waitUntil(lambda: runner.job.active, timeout=LONG)
    qtbot.waitUntil(lambda: not runner.job.active, timeout=LONG)
    settle(qtbot, later)
    best = page.trials.table.trials.trial(page.trials.table.trials.best)
    page.trials.show_trial(best.number)
    click(qtbot, page.trials.apply)
    assert {a: get(later.document.project, a) for a in best.settings} == dict(best.settings)
    assert runner.shut_down(5)


def test_a_search_that_a_crash_cut_off_is_offered(
    qtbot, window: Window, session: Session, searched: Path
) -> None:
    with closing(sqlite3.connect(searched / "studies" / "first" / "study.db")) as file:
        file.execute("UPDATE trials SET state = 'RUNNING' WHERE number = 2")
        file.commit()
    window.files.open(searched)
    settle(qtbot, session)
    assert window.offer.isVisible()
    assert window.offer.words.text() == "The search first was interrupted in trial 3 of 3."
    click(qtbot, window.offer.resume)
    assert window.current == "tune"
    assert not window.offer.isVisible()
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=LONG)
    settle(qtbot, session)
    rows = tune_page(window).trials.table.trials.current_table().rows
    assert [row.state for row in rows] == ["complete"] * 3
    session.document.close()
