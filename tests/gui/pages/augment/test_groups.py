"""Groups: made from cards by menu and keys, edited, walked through and dissolved."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from engine.augment.pipeline import Card, Group, Pipeline
from engine.augment.text import to_text
from engine.transforms.base import TRANSFORMS
from engine.transforms.geometry import Flip, Zoom
from gui.pages.augment.group_frame import GroupFrame, group_words
from gui.pages.augment.page import AugmentPage
from gui.pages.augment.step_card import StepCard
from gui.pages.base import Session
from tests.gui.pages.augment.conftest import LEFT, order, pipeline, undo_text
from tests.gui.pages.conftest import click, type_into

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def choose(card: StepCard | GroupFrame, command: str) -> None:
    """Chooses a command of a card's menu."""
    menu = card.menu()
    next(action for action in menu.actions() if action.objectName() == command).trigger()
    QApplication.processEvents()


@pytest.fixture
def frame(page: AugmentPage) -> GroupFrame:
    """The group of rotate and brightness_contrast, behind flip."""
    choose(page.cards.cards["rotate"], "group")
    return next(iter(page.cards.groups.values()))


def test_a_card_is_grouped_with_the_next(
    qtbot, page: AugmentPage, frame: GroupFrame, session: Session
) -> None:
    assert order(session) == ["flip", f"{frame.id}/rotate", f"{frame.id}/brightness_contrast"]
    assert undo_text(session) == "Group 2 cards"
    assert frame.head.name.text() == "One of 2 cards"
    assert frame.head.words.text() == "drawn anew for each image"
    assert frame.isAncestorOf(page.cards.cards["rotate"])
    session.document.undo_stack.undo()
    assert page.cards.groups == {}
    qtbot.waitUntil(page.cards.cards["rotate"].isVisible, timeout=20_000)
    assert order(session) == ["flip", "rotate", "brightness_contrast"]


def test_selected_cards_are_grouped(qtbot, page: AugmentPage, session: Session) -> None:
    cards = page.cards.cards
    at = QPoint(6, 12)
    qtbot.mouseClick(cards["flip"].head, LEFT, pos=at)
    qtbot.mouseClick(cards["brightness_contrast"].head, LEFT, CONTROL, pos=at)
    assert page.cards.selected == ("flip", "brightness_contrast")
    assert cards["flip"].property("selected") == "true"
    qtbot.keyClick(cards["brightness_contrast"], Qt.Key.Key_G, CONTROL)
    group = pipeline(session).groups[0].id
    assert order(session) == [f"{group}/flip", f"{group}/brightness_contrast", "rotate"]


def test_shift_selects_a_run(qtbot, page: AugmentPage) -> None:
    cards = page.cards.cards
    qtbot.mouseClick(cards["brightness_contrast"].head, LEFT, pos=QPoint(6, 12))
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.mouseClick(cards["flip"].head, LEFT, shift, pos=QPoint(6, 12))
    assert page.cards.selected == ("flip", "rotate", "brightness_contrast")


def test_pick_and_probability_are_edited(
    qtbot, page: AugmentPage, frame: GroupFrame, session: Session
) -> None:
    click(qtbot, frame.head.chevron)
    type_into(qtbot, frame.form, "pick", "2")
    assert pipeline(session).group(frame.id).pick == 2
    assert undo_text(session) == "Change pick of group"
    assert frame.head.name.text() == "All 2 cards"
    type_into(qtbot, frame.form, "probability", "0.5")
    assert pipeline(session).group(frame.id).probability == 0.5
    click(qtbot, frame.head.chevron)
    assert frame.head.words.text() == "together, on 50\u202f% of images"


def test_a_preset_with_a_group_reads_as_what_happens_to_images(
    page: AugmentPage, session: Session
) -> None:
    moves = [Card(kind, TRANSFORMS.get(kind)(), group="moves") for kind in ("rotate", "shift")]
    cards = (Card("flip", Flip()), *moves, Card("zoom", Zoom(), group="moves"))
    group = Group("moves", pick=3, probability=0.5)
    QGuiApplication.clipboard().setText(to_text(Pipeline(cards, groups=(group,))))
    page.editing.paste()
    QApplication.processEvents()
    frame = page.cards.groups["moves"]
    assert order(session) == ["flip", "moves/rotate", "moves/shift", "moves/zoom"]
    assert frame.head.name.text() == "All 3 cards"
    assert frame.head.words.isVisible()
    assert frame.head.words.shown() == "together, on 50\u202f% of images"
    assert frame.accessibleName() == "Group: All 3 cards"
    assert frame.accessibleDescription() == "together, on 50\u202f% of images"
    assert all(frame.isAncestorOf(page.cards.cards[card.id]) for card in cards[1:])


@pytest.mark.parametrize(
    ("group", "count", "forms"),
    [
        (Group("g"), 1, ()),
        (Group("g", probability=0.5), 1, ("on 50\u202f% of images",)),
        (Group("g"), 3, ("drawn anew for each image", "at random")),
        (
            Group("g", pick=2, probability=0.25),
            3,
            ("on 25\u202f% of images, drawn anew for each image", "on 25\u202f% of images"),
        ),
        (Group("g", pick=9), 3, ("together, on every image",)),
        (
            Group("g", pick=3, probability=0.5),
            3,
            ("together, on 50\u202f% of images", "on 50\u202f% of images"),
        ),
    ],
)
def test_a_group_says_how_its_cards_act(group: Group, count: int, forms: tuple[str, ...]) -> None:
    assert group_words(group, count) == forms


def test_a_group_is_switched_off(
    qtbot, page: AugmentPage, frame: GroupFrame, session: Session
) -> None:
    click(qtbot, frame.head.switch)
    assert not pipeline(session).group(frame.id).on
    assert undo_text(session) == "Switch group off"
    click(qtbot, frame.head.switch)
    assert pipeline(session).group(frame.id).on


def test_a_group_is_dissolved(page: AugmentPage, frame: GroupFrame, session: Session) -> None:
    choose(frame, "dissolve")
    assert order(session) == ["flip", "rotate", "brightness_contrast"]
    assert undo_text(session) == "Dissolve group"
    assert page.cards.groups == {}
    assert all(card.isVisible() for card in page.cards.cards.values())


def test_a_card_is_taken_out(page: AugmentPage, frame: GroupFrame, session: Session) -> None:
    choose(page.cards.cards["rotate"], "leave")
    assert order(session) == ["flip", f"{frame.id}/brightness_contrast", "rotate"]
    assert frame.head.name.text() == "Group of one card"
    assert frame.head.words.text() == ""
    assert undo_text(session) == "Take rotate out of its group"
    assert not frame.isAncestorOf(page.cards.cards["rotate"])


def test_a_group_goes_with_its_cards_and_comes_back(
    page: AugmentPage, frame: GroupFrame, session: Session
) -> None:
    choose(frame, "remove_group")
    assert order(session) == ["flip"]
    assert list(page.cards.cards) == ["flip"]
    session.document.undo_stack.undo()
    QApplication.processEvents()
    assert order(session)[1:] == [f"{frame.id}/rotate", f"{frame.id}/brightness_contrast"]
    assert page.cards.cards["rotate"].isVisible()


def test_keys_move_a_card_through_a_group(
    qtbot, page: AugmentPage, frame: GroupFrame, session: Session
) -> None:
    card, group = page.cards.cards["flip"], frame.id
    card.setFocus()
    seen = []
    for _ in range(4):
        qtbot.keyClick(card, Qt.Key.Key_Down, ALT)
        QApplication.processEvents()
        seen.append(order(session))
    inside = [f"{group}/rotate", f"{group}/brightness_contrast"]
    assert seen[0] == [f"{group}/flip", *inside]
    assert seen[1] == [inside[0], f"{group}/flip", inside[1]]
    assert seen[2] == [*inside, f"{group}/flip"]
    assert seen[3] == [*inside, "flip"]


def test_keys_move_a_group(qtbot, page: AugmentPage, frame: GroupFrame, session: Session) -> None:
    frame.setFocus()
    qtbot.keyClick(frame, Qt.Key.Key_Up, ALT)
    assert order(session)[-1] == "flip"
    qtbot.keyClick(frame, Qt.Key.Key_Down, ALT)
    assert order(session)[0] == "flip"


def test_arrows_walk_over_the_frame(qtbot, page: AugmentPage, frame: GroupFrame) -> None:
    page.cards.cards["flip"].setFocus()
    qtbot.keyClick(page.cards.cards["flip"], Qt.Key.Key_Down)
    assert frame.hasFocus()
    qtbot.keyClick(frame, Qt.Key.Key_Down)
    assert page.cards.cards["rotate"].hasFocus()
    qtbot.keyClick(page.cards.cards["rotate"], Qt.Key.Key_Up)
    assert frame.hasFocus()
