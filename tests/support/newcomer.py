"""A person at the window for the first time: acts by mouse or by keys, and every act is counted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QScrollArea,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QTreeWidgetItem,
    QWidget,
)

from gui.window import Window
from tests.support import mouse

__all__ = ["Newcomer"]

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


class Newcomer:
    """Hands on the real window; ``acts`` says what they did, an entry an action.

    Clicks go to what lies under the mouse at that place, keys to what has the focus. What cannot
    be seen cannot be clicked.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self.acts: list[str] = []

    # Keys

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """Presses a key."""
        name = key.name.removeprefix("Key_")
        held = modifiers.name.replace("Modifier", "+").replace("|", "") if modifiers else ""
        self.acts.append(f"key {held}{name}")
        QTest.keyClick(self._focus(), key, modifiers)
        QApplication.processEvents()

    def keys(self, *keys: Qt.Key) -> None:
        """Presses some keys, one after another."""
        for key in keys:
            self.key(key)

    def word(self, text: str) -> None:
        """Types a word or a number."""
        self.acts.append(f"type {text!r}")
        QTest.keyClicks(self._focus(), text)
        QApplication.processEvents()

    def _focus(self) -> QWidget:
        found = QApplication.activePopupWidget() or QApplication.focusWidget()
        assert found is not None, "the keys go nowhere"
        return found

    # Mouse

    def _under(self, widget: QWidget, at: QPoint) -> QWidget:
        """What lies at a point of ``widget``: itself or a part of it, in sight and usable."""
        window = widget.window()
        place = widget.mapTo(window, at)
        assert window.rect().contains(place), f"{widget.accessibleName()} is outside of the window"
        under = window.childAt(place) or window
        assert under is widget or widget.isAncestorOf(under), f"{under} lies over {widget}"
        assert widget.isEnabled(), f"{widget.accessibleName()} cannot be used"
        return under

    def click(self, widget: QWidget, what: str, at: QPoint | None = None) -> None:
        """A click in the middle of a widget, or at a point of it."""
        self.acts.append(f"click {what}")
        self._click(widget, at)

    def _click(self, widget: QWidget, at: QPoint | None, modifiers=NONE) -> None:
        spot = widget.rect().center() if at is None else at
        under = self._under(widget, spot)
        QTest.mouseClick(under, LEFT, modifiers, under.mapFrom(widget, spot))
        QApplication.processEvents()

    def double_click(self, widget: QWidget, what: str, at: QPoint) -> None:
        """A double click at a point of a widget."""
        self.acts.append(f"double-click {what}")
        self._click(widget, at)
        under = self._under(widget, at)
        QTest.mouseDClick(under, LEFT, NONE, under.mapFrom(widget, at))
        QTest.mouseRelease(under, LEFT, NONE, under.mapFrom(widget, at))
        QApplication.processEvents()

    def drag(self, widget: QWidget, what: str, start: QPoint, end: QPoint) -> None:
        """A drag within a widget."""
        self.acts.append(f"drag {what}")
        assert self._under(widget, start) is widget
        assert widget.rect().contains(end), "the drag leaves the widget"
        QTest.mousePress(widget, LEFT, NONE, start)
        for step in range(1, 7):
            mouse.move(widget, start + (end - start) * step / 6, LEFT)
        QTest.mouseRelease(widget, LEFT, NONE, end)
        QApplication.processEvents()

    def slide(self, slider: QSlider, what: str, shown: Callable[[], object], value: int) -> None:
        """Drags a slider's handle until the number beside it is right."""
        self.acts.append(f"drag {what} to {value}")
        self._see(slider)
        start = self._handle(slider)
        self._under(slider, start)
        QTest.mousePress(slider, LEFT, NONE, start)
        places = sorted(range(1, slider.width()), key=lambda x: abs(x - start.x()))
        for x in places:
            mouse.move(slider, QPoint(x, start.y()), LEFT)
            if shown() == value:
                break
        QTest.mouseRelease(slider, LEFT, NONE, QPoint(x, start.y()))
        QApplication.processEvents()
        assert shown() == value, f"{what} cannot be dragged to {value}"

    def _handle(self, slider: QSlider) -> QPoint:
        option = QStyleOptionSlider()
        slider.initStyleOption(option)
        control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
        return slider.style().subControlRect(control, option, part, slider).center()

    def scroll(self, area: QAbstractScrollArea, what: str, seen: Callable[[], bool]) -> None:
        """Turns the wheel over an area, up or down, until something is in sight; one action."""
        if seen():
            return
        self.acts.append(f"scroll {what}")
        bar = area.verticalScrollBar()
        for notches in (-1, 1):
            while not seen():
                before = bar.value()
                mouse.wheel(area.viewport(), area.viewport().rect().center(), notches)
                if bar.value() == before:
                    break
        assert seen(), f"scrolling the {what} does not help"

    def _see(self, widget: QWidget) -> None:
        """Scrolls to a widget in a panel."""
        parent = widget.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea):
            port = parent.viewport()

            def seen() -> bool:
                return port.rect().contains(widget.mapTo(port, widget.rect().center()))

            self.scroll(parent, "the panel", seen)

    def press(self, widget: QWidget, what: str) -> None:
        """Clicks a widget in a panel, scrolling to it first where that is needed."""
        self._see(widget)
        self.click(widget, what)

    def row(self, view: QAbstractItemView, item: QTreeWidgetItem, what: str) -> QPoint:
        """Scrolls to a row of a list; a point on it, in the list's viewport."""
        tree = item.treeWidget()
        assert tree is view
        assert not item.isHidden(), f"{what} is not offered"
        port = view.viewport().rect()
        self.scroll(view, "the list", lambda: port.contains(tree.visualItemRect(item)))
        rect = tree.visualItemRect(item)
        return QPoint(rect.left() + 30, rect.center().y())
