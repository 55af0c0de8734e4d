"""The Augment page of the tiny project, and hands for its palette and cards."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from engine.augment.pipeline import Pipeline
from gui.pages.augment.carrying import Load, load_mime
from gui.pages.augment.page import AugmentPage
from gui.pages.base import Session
from tests.gui.pages.conftest import OpenPage

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def page(session: Session, tiny: Path, show: OpenPage) -> AugmentPage:
    """The page of the tiny project, with its three cards: flip, rotate, brightness_contrast."""
    session.document.open(tiny)
    return show(AugmentPage)


def pipeline(session: Session) -> Pipeline:
    """The open project's."""
    return session.document.project.augment


def order(session: Session) -> list[str]:
    """The ids of the open project's cards; those of groups with the group before a slash."""
    cards = pipeline(session).cards
    return [f"{card.group}/{card.id}" if card.group else card.id for card in cards]


def undo_text(session: Session) -> str:
    """The name of the last undo step."""
    return session.document.undo_stack.undoText()


def row_point(page: AugmentPage, kind: str, *, plus: bool = False) -> QPoint:
    """A point of the palette's row of a kind, in the list's view; its plus or its middle."""
    rows = page.palette_card.list
    item = rows.item(kind)
    rows.scrollToItem(item)
    QApplication.processEvents()
    area = rows.visualItemRect(item)
    return rows.look.plus(area).center() if plus else area.center()


def add_by_plus(qtbot, page: AugmentPage, kind: str) -> None:
    """A click on the plus of a row."""
    at = row_point(page, kind, plus=True)
    qtbot.mouseClick(page.palette_card.list.viewport(), LEFT, pos=at)


def drag_over(page: AugmentPage, load: Load, at: QPoint) -> tuple:
    """Carries something over a point of the column of cards; gives the events' arguments."""
    column = page.cards.column
    rest = (Qt.DropAction.MoveAction, load_mime(load), LEFT, NONE)
    QApplication.sendEvent(column, QDragEnterEvent(at, *rest))
    QApplication.sendEvent(column, QDragMoveEvent(at, *rest))
    return rest


def drop(page: AugmentPage, load: Load, at: QPoint) -> None:
    """Carries something to a point of the column of cards and lets it go."""
    QApplication.processEvents()
    rest = drag_over(page, load, at)
    assert page.cards.column.line.isVisible(), "nothing shows where it would go"
    QApplication.sendEvent(page.cards.column, QDropEvent(QPointF(at), *rest))
    assert not page.cards.column.line.isVisible()
    for _ in range(3):
        QApplication.processEvents()


def edge(page: AugmentPage, part: QWidget, *, below: bool = False) -> QPoint:
    """The middle of a card's upper (or lower) edge, in the column of cards."""
    QApplication.processEvents()
    at = QPoint(part.width() // 2, part.height() + 2 if below else -2)
    return part.mapTo(page.cards.column, at)
