"""The rows of the search space on the Tune page."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from engine.search import Searched, SearchSpace
from gui.pages.base import Session
from gui.pages.tune.page import TunePage
from gui.pages.tune.space_row import SpaceRow
from gui.widgets import NumberField
from tests.gui.pages.conftest import click, settle

LR = "training.optimizer.lr"
BATCH = "training.batch_size"


def space(session: Session) -> SearchSpace:
    project = session.document.project
    assert project is not None
    return project.search


def row(page: TunePage, address: str) -> SpaceRow:
    return page.space.rows[address]


def write(qtbot, field: QLineEdit, text: str) -> None:
    """Types into a field and leaves it with Enter."""
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_the_empty_page_offers_the_basic_preset(qtbot, session: Session, fresh: TunePage) -> None:
    assert fresh.space.empty.isVisible()
    assert fresh.state() == "nothing"
    assert "Nothing is chosen" in fresh.primary_action().reason
    click(qtbot, fresh.space.empty.button)
    settle(qtbot, session)
    assert list(fresh.space.rows) == [LR, BATCH, "training.optimizer"]
    assert session.document.undo_stack.undoText() == "Search preset “Basic”"
    assert fresh.primary_action().reason == ""
    assert row(fresh, LR).place.text() == "Recipe, optimizer"
    session.document.undo_stack.undo()
    settle(qtbot, session)
    assert fresh.space.empty.isVisible()


def test_a_wrong_range_is_explained_at_its_row_and_holds_the_search(
    qtbot, session: Session, page: TunePage
) -> None:
    page.plan.new.click()
    fields = row(page, LR).fields
    write(qtbot, fields.low, "0.5")
    settle(qtbot, session)
    assert space(session).get(LR) == Searched(LR, 0.5, 0.1, log=True)
    assert "goes from 0.5 down to 0.1" in row(page, LR).trouble.text()
    assert row(page, LR).trouble.isVisible()
    assert "goes from 0.5" in page.primary_action().reason
    assert page.state() == "attention"
    assert session.document.undo_stack.undoText() == "Change range of learning rate"
    session.document.undo_stack.undo()
    settle(qtbot, session)
    assert not row(page, LR).trouble.isVisible()
    assert fields.low.text() == "0.0001"
    assert page.primary_action().reason == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (SearchSpace(), "Nothing is chosen for the search yet."),
        (SearchSpace((Searched(LR, 0.1, 1e-5, log=True),)), "goes from 0.1 down to 1e-05"),
        (SearchSpace((Searched(LR, 0.0, 0.1, log=True),)), "cannot begin at 0"),
        (SearchSpace((Searched(BATCH, choices=(32,)),)), "has one choice only"),
    ],
    ids=["empty", "inverted", "log with 0", "one choice"],
)
def test_row_h06_is_refused_at_the_row_and_no_search_begins(
    qtbot, session: Session, page: TunePage, wrong: SearchSpace, said: str
) -> None:
    page.plan.new.click()
    project = session.document.project
    session.document.apply(project.with_(search=wrong), "Edit")
    settle(qtbot, session)
    assert said in page.primary_action().reason
    page.search()
    settle(qtbot, session)
    assert not session.runner.job.active
    assert page.study is None
    for each in page.space.rows.values():
        assert said in each.trouble.text()
        assert each.trouble.isVisible()


def test_what_is_no_number_is_refused_at_the_row(qtbot, session: Session, page: TunePage) -> None:
    write(qtbot, row(page, LR).fields.high, "much")
    assert row(page, LR).trouble.text() == "“much” is not a number."
    assert space(session).get(LR).high == 0.1


def test_log_and_step_are_switched_and_exclude_each_other(
    qtbot, session: Session, page: TunePage
) -> None:
    fields = row(page, LR).fields
    assert not fields.step.isVisible()
    click(qtbot, fields.log)
    write(qtbot, fields.step, "0.01")
    settle(qtbot, session)
    click(qtbot, fields.log)
    settle(qtbot, session)
    assert "exclude each other" in row(page, LR).trouble.text()
    click(qtbot, fields.log)
    settle(qtbot, session)
    assert space(session).get(LR) == Searched(LR, 0.0001, 0.1, step=0.01)
    assert not row(page, LR).trouble.isVisible()


def test_choices_are_left_out_and_added(qtbot, session: Session, page: TunePage) -> None:
    chips = row(page, BATCH).fields
    assert [chip.text() for chip in chips.chips] == ["4", "8"]
    click(qtbot, chips.chips[0])
    settle(qtbot, session)
    assert "one choice only" in row(page, BATCH).trouble.text()
    assert isinstance(chips.adding, NumberField)
    write(qtbot, chips.adding, "16, 6")
    settle(qtbot, session)
    assert space(session).get(BATCH).choices == (6, 8, 16)
    write(qtbot, chips.adding, "many")
    assert "is not a range of Batch size" in row(page, BATCH).trouble.text()


def test_kinds_are_chips_that_come_and_go(qtbot, session: Session, page: TunePage) -> None:
    session.tuning.choose("training.optimizer")
    settle(qtbot, session)
    fields = row(page, "training.optimizer").fields
    before = space(session).get("training.optimizer").choices
    fields.adding.setCurrentIndex(1)
    fields.adding.activated.emit(1)
    settle(qtbot, session)
    after = space(session).get("training.optimizer").choices
    assert len(after) == len(before) + 1
    click(qtbot, fields.chips[-1])
    settle(qtbot, session)
    assert space(session).get("training.optimizer").choices == before


def test_a_range_becomes_choices_and_a_range_again(qtbot, session: Session, page: TunePage) -> None:
    def pick(text: str) -> None:
        menu = row(page, LR).menu()
        next(action for action in menu.actions() if action.text() == text).trigger()
        settle(qtbot, session)

    pick("Choices instead of a range")
    assert space(session).get(LR).choices == (0.0001, 0.00316, 0.1)
    pick("A range instead of choices")
    assert space(session).get(LR) == Searched(LR, 0.0001, 0.1)


def test_a_row_is_removed_and_a_place_is_shown(qtbot, session: Session, page: TunePage) -> None:
    with qtbot.waitSignal(session.place_requested) as asked:
        click(qtbot, row(page, BATCH).place)
    assert asked.args == [BATCH]
    click(qtbot, row(page, BATCH).remove)
    settle(qtbot, session)
    assert list(page.space.rows) == [LR]
    assert session.document.undo_stack.undoText() == "Do not search batch size"


def test_a_row_whose_setting_is_gone_says_so(qtbot, session: Session, page: TunePage) -> None:
    project = session.document.project
    gone = Searched("model.gone.out_channels", 8, 64)
    session.document.apply(project.with_(search=project.search.putting(gone)), "Edit")
    settle(qtbot, session)
    assert "has no setting" in row(page, "model.gone.out_channels").trouble.text()


def test_the_keyboard_goes_to_the_row_that_a_mark_leads_to(
    qtbot, session: Session, page: TunePage
) -> None:
    session.place_requested.emit(f"search.{BATCH}")
    qtbot.waitUntil(lambda: page.window().focusWidget() is not None)
    settle(qtbot, session)
    assert row(page, BATCH).isAncestorOf(page.window().focusWidget())
