"""One of several widgets in the same place: what is shown, its room, its keyboard, its paints."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView, QLineEdit, QWidget

from gui.widgets import Stack, column, label


class Counted(QObject):
    """Counts the paints of one widget."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.paints = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.paints += event.type() == QEvent.Type.Paint
        return False


def pane(*parts: QWidget) -> QWidget:
    made = QWidget()
    made.setLayout(column(*parts))
    return made


@pytest.fixture
def stack(qtbot) -> Stack:
    made = Stack(pane(QLineEdit()), pane(QLineEdit(), label("word")))
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


def test_the_first_is_shown_until_another_is_and_has_all_the_room(stack: Stack) -> None:
    first, second = stack._widgets
    assert (stack.current, first.isVisible(), second.isVisible()) == (first, True, False)
    stack.resize(500, 200)
    stack.show_only(second)
    assert (stack.current, first.isVisible(), second.isVisible()) == (second, False, True)
    assert second.geometry() == stack.rect()
    stack.resize(450, 250)
    assert second.geometry() == stack.rect()


def test_it_asks_for_the_room_of_the_largest(stack: Stack) -> None:
    before = stack.sizeHint()
    large = pane(label("large"))
    large.setMinimumSize(600, 700)
    stack.add(large)
    assert stack.sizeHint() == before.expandedTo(large.sizeHint())
    assert stack.minimumSizeHint() == QSize(600, 700)


def test_the_keyboard_goes_along_only_if_it_was_there(qtbot, stack: Stack) -> None:
    first, second = stack._widgets
    field, other = (widget.findChild(QLineEdit) for widget in (first, second))
    other.setFocus()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    stack.show_only(second)
    assert QApplication.focusWidget() in (second, other)
    outside = QLineEdit(stack)
    outside.show()
    outside.setFocus()
    stack.show_only(first)
    assert outside.hasFocus()


def test_a_change_paints_each_widget_once_also_beside_graphics_views(qtbot) -> None:
    word = label("word")
    scenes = [QGraphicsScene() for _ in range(2)]
    for scene in scenes:
        scene.addRect(0, 0, 20, 20)
    views = [QGraphicsView(scene) for scene in scenes]
    stack = Stack(pane(), pane(views[0], word, views[1]))
    qtbot.addWidget(stack)
    stack.resize(400, 300)
    stack.show()
    qtbot.waitExposed(stack)
    counted = Counted(word)
    stack.show_only(stack._widgets[1])
    qtbot.wait(50)
    assert counted.paints == 1
