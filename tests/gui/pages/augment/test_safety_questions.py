"""Questions about labels: asked once, answered in one undo step, changed in a list."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from engine.augment.presets import PRESETS
from engine.augment.safety import QUESTIONS
from engine.transforms.geometry import Rotate, Zoom
from gui.pages.augment.page import AugmentPage
from gui.pages.augment.safety import AnswersDialog
from gui.pages.base import Session
from tests.gui.pages.augment.conftest import add_by_plus, order, pipeline, row_point, undo_text
from tests.gui.pages.conftest import OpenPage, change, click


@pytest.fixture
def page(
    session: Session, tiny: Path, show: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> AugmentPage:
    """The page with a zoom that raises two questions and a rotate that raises one."""
    monkeypatch.setattr(Zoom, "questions", lambda _self: ("size", "small"))
    monkeypatch.setattr(Rotate, "questions", lambda _self: ("turn",))
    for kind in ("Flip", "Shift"):
        monkeypatch.setattr(f"engine.transforms.geometry.{kind}.questions", lambda _self: ())
    monkeypatch.setattr(
        "engine.transforms.colour.tone.BrightnessContrast.questions", lambda _self: ()
    )
    session.document.open(tiny)
    return show(AugmentPage)


def answers(session: Session) -> dict[str, bool]:
    """Those of the open project."""
    return dict(session.document.project.answers)


def test_what_was_there_before_is_not_asked_but_can_be_answered(
    qtbot, page: AugmentPage, session: Session
) -> None:
    assert not page.banner.isVisible()
    ask = page.cards.cards["rotate"].head.ask
    assert QUESTIONS["turn"].change in ask.toolTip()
    click(qtbot, ask)
    assert page.banner.isVisible()
    assert page.banner.text.text() == QUESTIONS["turn"].text
    click(qtbot, page.banner.no)
    assert answers(session) == {"turn": False}
    assert not page.banner.isVisible()
    assert not ask.isVisible()


def test_an_added_card_asks_each_question_once(qtbot, page: AugmentPage, session: Session) -> None:
    add_by_plus(qtbot, page, "zoom")
    asked = [page.banner.name]
    assert page.banner.count.text() == "1 of 3"
    click(qtbot, page.banner.no)
    assert undo_text(session) == f"Answer “{QUESTIONS[asked[0]].title}”: no"
    asked.append(page.banner.name)
    click(qtbot, page.banner.no)
    asked.append(page.banner.name)
    click(qtbot, page.banner.no)
    assert sorted(asked) == ["size", "small", "turn"]
    assert not page.banner.isVisible()
    add_by_plus(qtbot, page, "zoom")
    assert not page.banner.isVisible(), "a question is asked once per project"


def test_an_answer_is_one_undo_step(qtbot, page: AugmentPage, session: Session) -> None:
    click(qtbot, page.cards.cards["rotate"].head.ask)
    click(qtbot, page.banner.yes)
    assert answers(session) == {"turn": True}
    assert session.document.undo_stack.count() == 1
    session.document.undo_stack.undo()
    assert answers(session) == {}
    assert page.cards.cards["rotate"].head.ask.isVisible()


def test_yes_warns_at_the_card_with_a_click_that_mends(
    qtbot, page: AugmentPage, session: Session
) -> None:
    page.editing.answer("turn", True)
    card = page.cards.cards["rotate"]
    assert QUESTIONS["turn"].change in card.doubt.words.text()
    assert card.doubt.words.text().startswith("May change the class: ")
    click(qtbot, card.doubt.offers["Switch off"])
    assert not pipeline(session).card("rotate").on
    assert not card.doubt.isVisible(), "a card that is off changes nothing"
    click(qtbot, card.head.switch)
    assert card.doubt.isVisible()
    click(qtbot, card.doubt.offers["Remove"])
    assert "rotate" not in order(session)


def test_later_is_for_this_time(qtbot, page: AugmentPage, session: Session) -> None:
    add_by_plus(qtbot, page, "zoom")
    click(qtbot, page.banner.later)
    assert not page.banner.isVisible()
    assert answers(session) == {}
    add_by_plus(qtbot, page, "zoom")
    assert not page.banner.isVisible()
    assert page.cards.cards["zoom"].head.ask.isVisible()


def test_switching_on_asks(qtbot, page: AugmentPage) -> None:
    switch = page.cards.cards["rotate"].head.switch
    click(qtbot, switch)
    assert not page.banner.isVisible()
    click(qtbot, switch)
    assert page.banner.name == "turn"
    click(qtbot, switch)
    assert not page.banner.isVisible(), "nothing raises it now"


def test_answers_are_changed_in_their_list(qtbot, page: AugmentPage, session: Session) -> None:
    change(session, answers=session.document.project.answers.with_("turn", True))
    menu = page.menu()
    next(a for a in menu.actions() if a.text() == "Label questions…").trigger()
    dialog = page.findChild(AnswersDialog)
    qtbot.waitUntil(dialog.isVisible, timeout=20_000)
    assert dialog.choices["turn"].current == "yes"
    assert dialog.choices["mirror"].current == "open"
    click(qtbot, dialog.choices["turn"].button("no"))
    dialog.choices["mirror"].button("yes").click()
    assert answers(session) == {"mirror": True, "turn": False}
    click(qtbot, dialog.choices["turn"].button("open"))
    assert answers(session) == {"mirror": True}
    dialog.close()
    QApplication.processEvents()


def test_the_last_answer_gives_the_focus_to_the_cards(
    qtbot, page: AugmentPage, session: Session
) -> None:
    add_by_plus(qtbot, page, "zoom")
    assert page.banner.isVisible()
    while page.banner.isVisible():
        page.banner.no.setFocus()
        qtbot.keyClick(page.banner.no, Qt.Key.Key_Space)
    qtbot.waitUntil(page.cards.cards["flip"].hasFocus, timeout=20_000)


def test_the_question_leaves_room_and_moves_nothing(
    qtbot, page: AugmentPage, session: Session
) -> None:
    page.resize(880, 516)  # the page of a window of 960 x 600
    change(session, augment=PRESETS["standard"].pipeline)
    QApplication.processEvents()
    at = row_point(page, "zoom", plus=True)
    add_by_plus(qtbot, page, "zoom")
    page.cards.fold_all(False)
    QApplication.processEvents()
    assert page.banner.isVisible()
    assert page.banner.width() > 800
    assert page.palette_card.list.visualItemRect(page.palette_card.list.item("zoom")).contains(at)
    page.cards.area.verticalScrollBar().setValue(0)
    seen = page.cards.area.viewport().rect()
    cards = [
        card
        for card in page.cards.cards.values()
        if seen.contains(card.rect().translated(card.mapTo(page.cards.area.viewport(), QPoint())))
    ]
    assert len(cards) >= 3
    for part in (page.banner.yes, page.banner.no, page.banner.later, page.banner.example):
        assert page.banner.rect().contains(part.geometry())
