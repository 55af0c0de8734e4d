"""A page that takes another one's place: painted in turns, whole to hands and to pictures."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gui.widgets import Stack

_SECONDS = 0.01
RED, BLUE = QColor("#ff0000"), QColor("#0000ff")
PLACES = [QPoint(50, 100), QPoint(150, 100), QPoint(250, 100), QPoint(350, 100)]


class Slow(QPushButton):
    """A button of one colour whose paint takes a while."""

    def __init__(self, colour: QColor) -> None:
        super().__init__()
        self._colour = colour
        self.paints = 0
        self.setMinimumSize(20, 20)
        self.setSizePolicy(self.sizePolicy().Policy.Ignored, self.sizePolicy().Policy.Ignored)

    def paintEvent(self, event: QPaintEvent) -> None:
        self.paints += 1
        time.sleep(_SECONDS)
        QPainter(self).fillRect(self.rect(), self._colour)


def page(colour: QColor) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    for _ in PLACES:
        row.addWidget(Slow(colour))
    return made


def shown(qtbot, stack: Stack) -> Stack:
    qtbot.addWidget(stack)
    stack.resize(400, 200)
    stack.show()
    qtbot.waitExposed(stack)
    qtbot.waitUntil(lambda: colours(screen(stack)) == {RED.name()})
    return stack


@pytest.fixture
def stack(qtbot) -> Stack:
    return shown(qtbot, Stack(page(RED), page(BLUE)))


def screen(stack: Stack) -> QImage:
    """What is on the screen."""
    picture = stack.backingStore().paintDevice()
    assert isinstance(picture, QImage)
    return picture.copy()


def colours(picture: QImage) -> set[str]:
    return {picture.pixelColor(at).name() for at in PLACES if picture.rect().contains(at)}


def amid(qtbot, stack: Stack) -> QWidget:
    """Goes to the second page, and a part of it is on the screen."""
    second = stack._widgets[1]
    stack.show_only(second)
    qtbot.waitUntil(lambda: colours(screen(stack)) == {RED.name(), BLUE.name()})
    return second


def test_turns_of_the_loop_paint_a_part_each_and_each_part_once(qtbot, stack: Stack) -> None:
    second = amid(qtbot, stack)
    assert stack.changing
    qtbot.waitUntil(lambda: not stack.changing)
    assert colours(screen(stack)) == {BLUE.name()}
    assert [part.paints for part in second.findChildren(Slow)] == [1] * len(PLACES)
    assert screen(stack) == stack.grab().toImage()


def test_a_picture_shows_the_whole_page_amid_the_change(qtbot, stack: Stack) -> None:
    stack.show_only(stack._widgets[1])
    assert colours(stack.grab().toImage()) == {BLUE.name()}
    stack.show_only(stack._widgets[0])
    qtbot.waitUntil(lambda: colours(screen(stack)) == {RED.name()})
    amid(qtbot, stack)
    assert colours(stack.grab().toImage()) == {BLUE.name()}


def test_a_click_goes_to_what_is_not_painted_yet(qtbot, stack: Stack) -> None:
    pressed: list[QWidget] = []
    second = amid(qtbot, stack)
    last = second.findChildren(Slow)[-1]
    last.pressed.connect(lambda: pressed.append(last))
    assert not last.paints
    QTest.mousePress(stack.windowHandle(), Qt.MouseButton.LeftButton, pos=PLACES[-1])
    assert pressed == [last]


def test_another_change_amid_the_first_shows_what_was_asked_for_last(qtbot, stack: Stack) -> None:
    amid(qtbot, stack)
    stack.show_only(stack._widgets[0])
    qtbot.waitUntil(lambda: colours(screen(stack)) == {RED.name()})
    assert screen(stack) == stack.grab().toImage()


def test_a_new_size_is_painted_in_one_go(qtbot, stack: Stack) -> None:
    amid(qtbot, stack)
    stack.resize(420, 210)
    QCoreApplication.processEvents()  # one turn
    assert colours(screen(stack)) == {BLUE.name()}


def test_a_page_that_comes_with_a_new_size_is_painted_in_one_go(qtbot, stack: Stack) -> None:
    stack.resize(420, 210)
    stack.show_only(stack._widgets[1])
    QCoreApplication.processEvents()  # one turn
    assert colours(screen(stack)) == {BLUE.name()}
