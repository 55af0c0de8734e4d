"""Somebody who clicks through the window while it trains: real mouse and key events, seeded."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from gui.window import Window
from tests.support import mouse

__all__ = ["ACTS", "Act", "Person", "act"]

Act = Callable[["Person"], Iterator[None]]
"""Does something in the window, one event at a time: a moment passes at each ``yield``."""

ACTS: dict[str, Act] = {}

_MOMENT_MS = 40
_THINKS_MS = (80, 400)
_HURRY = 8
_LEFT = Qt.MouseButton.LeftButton


def act(name: str) -> Callable[[Act], Act]:
    """Registers something that a person does; ``name`` is what gaps are counted under."""

    def register(function: Act) -> Act:
        ACTS[name] = function
        return function

    return register


class Person(QObject):
    """Does one act after the other until :meth:`stop`; each once at first, in a drawn order.

    ``told(name)`` is called as each begins. :attr:`done` counts those whose events all were sent;
    an act that finds nothing to click on does not count. In a ``hurry`` it is eight times as fast
    as a person.
    """

    def __init__(
        self, window: Window, seed: int, told: Callable[[str], object], *, hurry: bool = False
    ) -> None:
        super().__init__()
        self._faster = _HURRY if hurry else 1
        self.window = window
        self.draw = random.Random(seed)
        self.done: Counter[str] = Counter()
        self._told = told
        self._left: list[str] = []
        self._now: Iterator[None] | None = None
        self._name = ""
        self._events = 0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)

    def start(self) -> None:
        """Begins to click."""
        self._timer.start(0)

    def stop(self) -> None:
        """Lets go, amid an act if need be."""
        self._timer.stop()
        self._now = None

    def _go_on(self) -> None:
        if self._now is None:
            if not self._left:
                self._left = sorted(ACTS)
                self.draw.shuffle(self._left)
            self._name, self._events = self._left.pop(), 0
            self._told(self._name)
            self._now = ACTS[self._name](self)
        if next(self._now, self) is self:
            self.done[self._name] += self._events > 0
            self._now = None
        rests = _MOMENT_MS if self._now else self.draw.randint(*_THINKS_MS)
        self._timer.start(rests // self._faster)

    # What hands do

    def page(self, name: str) -> Any:
        """The page of that name, once it is shown."""
        return self.window.pages[name]

    def go(self, name: str) -> Iterator[None]:
        """Clicks on the rail if another page is shown; the gap counts for the way there."""
        if self.window.current != name:
            self._told(f"go to {name}")
            self.click(self.window.rail.buttons[name])
            yield
            yield
            while self.window.stack.changing:  # nobody clicks on what is not on the screen yet
                yield
            self._told(self._name)

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """A click of the left button, where somebody can see it; elsewhere nothing happens."""
        if widget.isVisible() and widget.isEnabled():
            self._events += 1
            QTest.mouseClick(widget, _LEFT, pos=at or widget.rect().center())

    def context_menu(self, widget: QWidget) -> QMenu | None:
        """Opens the context menu of a widget; None where it has none."""
        self._events += 1
        at = widget.rect().center()
        reason = QContextMenuEvent.Reason.Mouse
        asked = QContextMenuEvent(reason, at, widget.mapToGlobal(at))
        QApplication.sendEvent(widget, asked)
        opened = QApplication.activePopupWidget()
        return opened if isinstance(opened, QMenu) else None

    def double_click(self, widget: QWidget, at: QPoint) -> None:
        """A double click of the left button."""
        self._events += 1
        QTest.mouseDClick(widget, _LEFT, pos=at)

    def key(self, key: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier) -> None:
        """A key on what has the keyboard."""
        self._events += 1
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def hover(self, widget: QWidget, at: QPoint) -> None:
        """The mouse at a point, without a button."""
        self._events += 1
        mouse.move(widget, at)

    def wheel(self, widget: QWidget, notches: int) -> None:
        """The wheel above the middle of a widget."""
        self._events += 1
        mouse.wheel(widget, widget.rect().center(), notches)

    def drag(self, widget: QWidget, start: QPoint, end: QPoint) -> Iterator[None]:
        """A drag with the left button, in eight moves."""
        self._events += 1
        mouse.press(widget, start)
        for step in range(1, 9):
            yield
            mouse.move(widget, start + (end - start) * step / 8, _LEFT)
        yield
        mouse.release(widget, end)

    def somewhere(self, widget: QWidget) -> QPoint:
        """A point of a widget, not at its edge."""
        across, down = self.draw.uniform(0.2, 0.8), self.draw.uniform(0.2, 0.8)
        return QPoint(round(widget.width() * across), round(widget.height() * down))

    def menu(self, *texts: str) -> Iterator[None]:
        """Clicks through the menu bar: the menu's name, and then the words of its entries."""
        bar = self.window.menuBar()
        holder: QWidget = bar
        for text in texts:
            words = {action.text().replace("&", ""): action for action in holder.actions()}
            entry = words[text]
            geometry = (holder if isinstance(holder, QMenu) else bar).actionGeometry(entry)
            self.click(holder, geometry.center())
            yield
            below = entry.menu()
            if isinstance(below, QMenu):
                holder = below

    def leave(self) -> Iterator[None]:
        """Escape, until neither a menu nor a dialog is open."""
        for _ in range(6):
            opened = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if opened is None:
                return
            QTest.keyClick(opened, Qt.Key.Key_Escape)
            yield
