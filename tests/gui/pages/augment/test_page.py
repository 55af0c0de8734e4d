"""The Augment page: edits by clicks and keys, each one undo step."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QSlider

from engine.augment.pipeline import Pipeline
from engine.augment.presets import PRESETS
from gui.pages.augment.page import AugmentPage
from gui.pages.base import Session
from tests.gui.pages.conftest import OpenPage, change, click, type_into
from tests.support import mouse


@pytest.fixture
def page(session: Session, tiny: Path, show: OpenPage) -> AugmentPage:
    """The page of the tiny project, with its three cards."""
    session.document.open(tiny)
    return show(AugmentPage)


def pipeline(session: Session) -> Pipeline:
    """The open project's."""
    return session.document.project.augment


def test_plus_adds_a_card_and_undo_takes_it_away(
    qtbot, page: AugmentPage, session: Session
) -> None:
    click(qtbot, page.palette_card.entries["zoom"].add)
    assert [card.id for card in pipeline(session).cards][-1] == "zoom"
    card = page.cards.cards["zoom"]
    qtbot.waitUntil(card.switch.hasFocus, timeout=20_000)
    assert not card.switch.visibleRegion().isEmpty(), "the new card is out of sight"
    assert session.document.undo_stack.undoText() == "Add zoom"
    session.document.undo_stack.undo()
    assert "zoom" not in page.cards.cards
    assert len(pipeline(session).cards) == 3


def test_a_number_is_typed(qtbot, page: AugmentPage, session: Session) -> None:
    type_into(qtbot, page.cards.cards["rotate"].form, "degrees", "42")
    assert pipeline(session).card("rotate").transform.degrees == 42
    assert session.document.undo_stack.count() == 1
    session.document.undo_stack.undo()
    assert page.cards.cards["rotate"].form.value.degrees == 15


def test_dragging_a_slider_is_one_step(qtbot, page: AugmentPage, session: Session) -> None:
    slider = page.cards.cards["rotate"].form.field("degrees").findChild(QSlider)
    middle = slider.height() // 2
    knob = round(slider.width() * slider.sliderPosition() / slider.maximum())
    start, end = QPoint(max(knob, 8), middle), QPoint(slider.width() - 8, middle)
    mouse.drag(slider, [start, end], steps=8)
    assert pipeline(session).card("rotate").transform.degrees > 15
    assert session.document.undo_stack.count() == 1
    session.document.undo_stack.undo()
    assert pipeline(session).card("rotate").transform.degrees == 15


def test_a_card_is_switched_off_and_on(qtbot, page: AugmentPage, session: Session) -> None:
    card = page.cards.cards["flip"]
    click(qtbot, card.switch)
    assert not pipeline(session).card("flip").on
    assert not card.form.isEnabled()
    click(qtbot, card.switch)
    assert pipeline(session).card("flip").on
    assert card.form.isEnabled()


def test_cards_are_reordered(qtbot, page: AugmentPage, session: Session) -> None:
    assert not page.cards.cards["flip"].up.isEnabled()
    click(qtbot, page.cards.cards["flip"].down)
    assert [card.id for card in pipeline(session).cards][:2] == ["rotate", "flip"]
    assert (page.cards.place("rotate"), page.cards.place("flip")) == (0, 1)
    session.document.undo_stack.undo()
    assert [card.id for card in pipeline(session).cards][:2] == ["flip", "rotate"]


def test_a_card_is_removed(qtbot, page: AugmentPage, session: Session) -> None:
    click(qtbot, page.cards.cards["flip"].remove)
    assert "flip" not in page.cards.cards
    assert session.document.undo_stack.undoText() == "Remove flip"
    session.document.undo_stack.undo()
    qtbot.waitUntil(page.cards.cards["flip"].isVisible, timeout=20_000)
    assert page.cards.place("flip") == 0


def test_a_preset_replaces_the_cards(qtbot, page: AugmentPage, session: Session) -> None:
    menu = page.palette_card.presets.menu()
    next(a for a in menu.actions() if a.text() == PRESETS["strong"].title).trigger()
    assert pipeline(session) == PRESETS["strong"].pipeline
    assert set(page.cards.cards) == {card.id for card in PRESETS["strong"].pipeline.cards}
    assert session.document.undo_stack.count() == 1


def test_edges_are_set_for_all_cards(qtbot, page: AugmentPage, session: Session) -> None:
    type_into(qtbot, page.cards.settings, "fill_value", "0.5")
    assert pipeline(session).fill_value == 0.5


def test_without_cards_the_page_says_so(session: Session, tiny: Path, show: OpenPage) -> None:
    session.document.open(tiny)
    change(session, augment=Pipeline())
    page = show(AugmentPage)
    assert page.cards._empty.isVisible()
    assert page.state() == "nothing"
