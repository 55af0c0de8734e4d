"""A hand on the Model page's canvas: real mouse and key events, and what came of them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent
from PySide6.QtWidgets import QApplication, QMenu

from engine.graph.records import Graph
from tests.support import mouse

__all__ = ["CTRL", "SHIFT", "Hand"]

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


class Hand:
    """Moves the mouse over the canvas and presses keys, as a person would."""

    def __init__(self, qtbot, page) -> None:
        self.bot, self.page = qtbot, page
        self.canvas = page.canvas
        self.viewport = page.canvas.viewport()
        self.scene = page.canvas.graph_scene

    @property
    def graph(self) -> Graph:
        """The model, or the inside of the block that is open, as the document has it."""
        return self.page.place.view.graph

    @property
    def label(self) -> str:
        """What the next undo would undo."""
        return self.page.document.undo_stack.undoText()

    def undo(self) -> None:
        """Undoes a step."""
        self.page.document.undo_stack.undo()

    def redo(self) -> None:
        """Redoes a step."""
        self.page.document.undo_stack.redo()

    def at(self, x: float, y: float) -> QPoint:
        """The point of the viewport at a place of the scene."""
        return self.canvas.mapFromScene(QPointF(x, y))

    def on(self, name: str, dx: float = 84, dy: float = 28) -> QPoint:
        """A point of the viewport on a node, from its corner."""
        place = self.scene.nodes[name].pos()
        return self.at(place.x() + dx, place.y() + dy)

    def port(self, name: str, number: int | None = None) -> QPoint:
        """The middle of a port: an input, or the output."""
        item = self.scene.nodes[name]
        return self.canvas.mapFromScene(item.output() if number is None else item.input(number))

    def wire(self, source: str, target: str) -> QPoint:
        """The middle of a wire between nodes that stand below each other."""
        return (self.port(source) + self.port(target, 0)) / 2

    def title(self, name: str) -> QPoint:
        """A point on the title of a comment, or on its box."""
        item = self.scene.comments[name]
        if item.comment.collapsed:
            return self.canvas.mapFromScene(item.box().center())
        return self.at(item.x() + 40, item.y() + 14)

    def ground(self) -> QPoint:
        """A point where nothing is: right of everything, in sight."""
        area = self.canvas.content()
        point = self.at(area.right() + 60, area.center().y())
        assert self.viewport.rect().contains(point), "there is no free ground in sight"
        return point

    def key(self, key: Qt.Key, modifiers=NONE) -> None:
        """Presses a key on what has the focus within the page."""
        self.bot.keyClick(self.canvas, key, modifiers)

    def type(self, widget, text: str) -> None:
        """Types text into a field."""
        self.bot.keyClicks(widget, text)

    def click(self, point: QPoint, modifiers=NONE) -> None:
        """A click of the left button."""
        mouse.move(self.viewport, point)
        mouse.drag(self.viewport, [point, point], modifiers=modifiers)

    def double_click(self, point: QPoint) -> None:
        """A double click of the left button."""
        self.bot.mouseClick(self.viewport, LEFT, pos=point)
        self.bot.mouseDClick(self.viewport, LEFT, pos=point)

    def hover(self, point: QPoint) -> None:
        """Moves the mouse without a button."""
        mouse.move(self.viewport, point)

    def drag(self, *points: QPoint, modifiers=NONE) -> None:
        """Drags with the left button."""
        mouse.drag(self.viewport, list(points), modifiers=modifiers)

    def hold(self, start: QPoint, *points: QPoint) -> None:
        """Begins a drag and keeps the button down; the press gives the canvas the focus."""
        self.canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        mouse.press(self.viewport, start)
        for point in points:
            mouse.move(self.viewport, (start + point) / 2, LEFT)
            mouse.move(self.viewport, point, LEFT)

    def let_go(self, point: QPoint) -> None:
        """Releases the left button."""
        mouse.release(self.viewport, point)

    def leave(self, how: str) -> None:
        """Escape, or another window."""
        if how == "escape":
            self.bot.keyClick(QApplication.focusWidget() or self.canvas, Qt.Key.Key_Escape)
        else:
            widget = QApplication.focusWidget() or self.canvas
            reason = Qt.FocusReason.ActiveWindowFocusReason
            QApplication.sendEvent(widget, QFocusEvent(QEvent.Type.FocusOut, reason))

    def menu(self, point: QPoint) -> QMenu:
        """Opens the context menu at a point of the viewport."""
        mouse.press(self.viewport, point, Qt.MouseButton.RightButton)
        everywhere = self.viewport.mapToGlobal(point)
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(self.viewport, QContextMenuEvent(reason, point, everywhere))
        mouse.release(self.viewport, point, Qt.MouseButton.RightButton)
        found = QApplication.activePopupWidget()
        assert isinstance(found, QMenu)
        return found

    def choose(self, menu: QMenu, *texts: str) -> None:
        """Clicks an entry of a menu, through its submenus."""
        for number, text in enumerate(texts):
            action = next(a for a in menu.actions() if a.text() == text)
            assert action.isEnabled(), f"{text} cannot be chosen"
            if number < len(texts) - 1:
                menu.setActiveAction(action)
                menu = action.menu()
                menu.popup(self.viewport.mapToGlobal(QPoint(5, 5)))
                continue
            self.bot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
        while (open_menu := QApplication.activePopupWidget()) is not None:
            open_menu.close()

    def untouched(self) -> bool:
        """Whether the drawing is as the records say, with no gesture, light or word left."""
        scene = self.scene
        graph = scene.graph
        # By Qt's own comparison of points: an item does not move by the last bit of a number.
        places = all(i.pos() == QPointF(i.node.x, i.node.y) for i in scene.nodes.values())
        frames = all(
            i.pos() == QPointF(i.comment.x, i.comment.y)
            and i.frame().width() == i.comment.width
            and i.frame().height() == i.comment.height
            for i in scene.comments.values()
        )
        lights = all(item.light == "" for item in scene.nodes.values())
        lit = any(item.lit for item in scene.wires.values())
        hidden = {w for w, item in scene.wires.items() if not item.isVisible()}
        inner = {
            w
            for w in graph.wires
            if w.source in scene.folded and scene.folded.get(w.source) == scene.folded.get(w.target)
        }
        items = len(scene.nodes) + len(scene.wires) + 2 * len(scene.comments)  # and captions
        drawn = sum(item.parentItem() is None for item in scene.items())  # no signs on nodes
        calm = self.canvas._gesture is None and self.canvas.told == ""
        return (
            places and frames and lights and not lit and hidden == inner and drawn == items and calm
        )
