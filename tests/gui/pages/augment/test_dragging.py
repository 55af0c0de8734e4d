"""Cards and transforms dragged to a place, with a line that shows it, in groups and out of them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDragLeaveEvent, QDragMoveEvent
from PySide6.QtWidgets import QApplication

from engine.augment.pipeline import Pipeline
from gui.pages.augment.carrying import Load
from gui.pages.augment.page import AugmentPage
from gui.pages.base import Session
from tests.gui.pages.augment.conftest import (
    LEFT,
    NONE,
    drag_over,
    drop,
    edge,
    order,
    pipeline,
    undo_text,
)
from tests.gui.pages.conftest import change
from tests.support import mouse


@pytest.fixture
def grouped(page: AugmentPage) -> AugmentPage:
    """The page with rotate and brightness_contrast in a group."""
    page.editing.group(("rotate", "brightness_contrast"))
    QApplication.processEvents()
    return page


def test_a_card_is_dragged_to_the_end_and_to_the_start(page: AugmentPage, session: Session) -> None:
    cards = page.cards.cards
    drop(page, Load("card", "flip"), edge(page, cards["brightness_contrast"], below=True))
    assert order(session) == ["rotate", "brightness_contrast", "flip"]
    assert undo_text(session) == "Move flip"
    drop(page, Load("card", "flip"), edge(page, cards["rotate"]))
    assert order(session) == ["flip", "rotate", "brightness_contrast"]


def test_a_card_dropped_where_it_lies_changes_nothing(page: AugmentPage, session: Session) -> None:
    card = page.cards.cards["rotate"]
    for below in (False, True):
        drop(page, Load("card", "rotate"), edge(page, card, below=below))
    assert session.document.undo_stack.count() == 0


def test_a_transform_is_dragged_to_a_place(qtbot, page: AugmentPage, session: Session) -> None:
    drop(page, Load("transform", "zoom"), edge(page, page.cards.cards["rotate"]))
    assert order(session) == ["flip", "zoom", "rotate", "brightness_contrast"]
    assert undo_text(session) == "Add zoom"
    qtbot.waitUntil(page.cards.cards["zoom"].hasFocus, timeout=20_000)


def test_a_transform_is_dropped_into_an_empty_pipeline(page: AugmentPage, session: Session) -> None:
    change(session, augment=Pipeline())
    drop(page, Load("transform", "zoom"), QPoint(40, 40))
    assert order(session) == ["zoom"]


def test_the_line_follows_the_drag_and_goes_with_it(page: AugmentPage) -> None:
    line, cards = page.cards.column.line, page.cards.cards
    drag_over(page, Load("card", "flip"), edge(page, cards["brightness_contrast"]))
    between = line.geometry().center().y()
    upper = cards["rotate"].mapTo(page.cards.column, QPoint(0, cards["rotate"].height())).y()
    lower = cards["brightness_contrast"].mapTo(page.cards.column, QPoint(0, 0)).y()
    assert upper - 2 <= between <= lower + 2
    QApplication.sendEvent(page.cards.column, QDragLeaveEvent())
    assert not line.isVisible()


def test_drags_of_other_things_are_refused(page: AugmentPage) -> None:
    data = QMimeData()
    data.setText("a file")
    event = QDragMoveEvent(QPoint(40, 40), Qt.DropAction.MoveAction, data, LEFT, NONE)
    QApplication.sendEvent(page.cards.column, event)
    assert not event.isAccepted()
    assert not page.cards.column.line.isVisible()


def test_the_heading_begins_a_drag_and_a_short_move_does_not(
    page: AugmentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried = []
    monkeypatch.setattr(
        "gui.pages.augment.heading.carry", lambda load, shown, at: carried.append((load, shown))
    )
    card = page.cards.cards["rotate"]
    start = QPoint(6, card.head.height() // 2)
    mouse.drag(card.head, [start, start + QPoint(2, 2)])
    assert carried == []
    assert not card.opened, "a short move is a click"
    mouse.drag(card.head, [start, start + QPoint(4, 60)])
    assert carried == [(Load("card", "rotate"), card)]
    assert not card.opened, "a drag does not fold"


def test_a_card_is_dragged_into_a_group_and_out(grouped: AugmentPage, session: Session) -> None:
    group = pipeline(session).groups[0].id
    cards = grouped.cards.cards
    drop(grouped, Load("card", "flip"), edge(grouped, cards["brightness_contrast"]))
    assert order(session) == [f"{group}/rotate", f"{group}/flip", f"{group}/brightness_contrast"]
    frame = grouped.cards.groups[group]
    drop(grouped, Load("card", "flip"), edge(grouped, frame))
    assert order(session) == ["flip", f"{group}/rotate", f"{group}/brightness_contrast"]


def test_a_card_dropped_on_the_frame_joins_the_group(
    grouped: AugmentPage, session: Session
) -> None:
    frame = next(iter(grouped.cards.groups.values()))
    drop(grouped, Load("card", "flip"), frame.head.mapTo(grouped.cards.column, QPoint(60, 12)))
    assert order(session)[0] == f"{frame.id}/flip"


def test_a_group_is_dragged_as_a_whole(grouped: AugmentPage, session: Session) -> None:
    group = next(iter(grouped.cards.groups))
    drop(grouped, Load("group", group), edge(grouped, grouped.cards.cards["flip"]))
    assert order(session) == [f"{group}/rotate", f"{group}/brightness_contrast", "flip"]
    assert undo_text(session) == "Move group"
    session.document.undo_stack.undo()
    assert order(session)[0] == "flip"
