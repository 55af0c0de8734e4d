"""What a pressed mouse button is doing: each gesture is one object that can always be cancelled.

A gesture changes only how things are drawn. When it ends well it returns nothing but a wish, which
the view emits; when it is cancelled, the drawing is as it was before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem

from gui.canvas.comment_item import CommentItem
from gui.canvas.geometry import node_rect
from gui.canvas.scene import GraphScene
from gui.theme import theme

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = ["BoxSelect", "Gesture", "Pan"]


class Gesture:
    """The interface: points are in scene coordinates; one of finish and cancel ends it."""

    def __init__(self, view: GraphView) -> None:
        self.view = view
        self.scene: GraphScene = view.graph_scene

    def move(self, point: QPointF) -> None:
        """The mouse is at another point."""

    def finish(self, point: QPointF) -> None:
        """The button was released: emit the wish."""

    def cancel(self) -> None:
        """Escape was pressed or the focus lost: leave no trace."""


class Pan(Gesture):
    """Moves the view with the hand."""

    def __init__(self, view: GraphView, start: QPoint) -> None:
        super().__init__(view)
        self._last = start
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def drag(self, position: QPoint) -> None:
        """Moves by pixels of the viewport, since the scene moves along."""
        self.view.scroll_by(position - self._last)
        self._last = position

    def finish(self, point: QPointF) -> None:
        """The view stays where it is."""
        self.cancel()

    def cancel(self) -> None:
        """The view stays where it is, too: looking elsewhere is no edit."""
        self.view.viewport().unsetCursor()


class BoxSelect(Gesture):
    """Selects the nodes and boxes that a rectangle touches, and the frames that it holds."""

    def __init__(self, view: GraphView, start: QPointF, *, keep: bool) -> None:
        super().__init__(view)
        self._start = start
        self._before = set(self.scene.selected_nodes())
        self._frames = set(self.scene.selected_comments())
        self._kept = (self._before, self._frames) if keep else (set[str](), set[str]())
        self._box = QGraphicsRectItem()
        tint = theme().colour("link")
        pen = QPen(tint, 1)
        pen.setCosmetic(True)
        tint.setAlpha(30)
        self._box.setPen(pen)
        self._box.setBrush(tint)
        self._box.setZValue(10)
        self.scene.addItem(self._box)

    def move(self, point: QPointF) -> None:
        """Selects what the rectangle touches now."""
        area = QRectF(self._start, point).normalized().adjusted(-0.5, -0.5, 0.5, 0.5)
        self._box.setRect(area)
        touched = {
            name
            for name, item in self.scene.nodes.items()
            if item.isVisible() and item.mapRectToScene(node_rect()).intersects(area)
        }
        frames = {
            name
            for name, item in self.scene.comments.items()
            if item.isVisible()
            and (item.box().intersects(area) if item.comment.collapsed else _holds(area, item))
        }
        self.scene.select(touched | self._kept[0], frames | self._kept[1])

    def finish(self, point: QPointF) -> None:
        """The selection stays."""
        self.scene.removeItem(self._box)

    def cancel(self) -> None:
        """The selection is as before."""
        self.scene.removeItem(self._box)
        self.scene.select(self._before, self._frames)


def _holds(area: QRectF, item: CommentItem) -> bool:
    """Whether an open frame is in the rectangle altogether; its nodes need only be touched."""
    return area.contains(item.mapRectToScene(item.frame()))
