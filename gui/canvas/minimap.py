"""The map in the corner: the whole model, and the part of it that is in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from engine.graph.comments import Comment
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from gui.canvas.node_item import category_colour
from gui.theme import theme
from gui.theme.tokens import SPACE

if TYPE_CHECKING:
    from gui.canvas.graph_canvas import GraphCanvas

__all__ = ["Minimap"]

_MOST, _LEAST = 22 * SPACE, 9 * SPACE
_EDGE = SPACE
_ROOM = 42 * SPACE
"""On a narrower canvas the map would lie over the nodes that are looked at, so it is not shown."""


class Minimap(QWidget):
    """Lies over the lower right corner of the canvas; a drag in it moves what is in sight.

    It shows itself only while some of the model is out of sight, and can be switched off for good.
    The nodes are drawn once per model into a picture; scrolling paints that and one rectangle.
    """

    def __init__(self, view: GraphCanvas) -> None:
        super().__init__(view)
        self._view = view
        self._picture: QPixmap | None = None
        self._area = QRectF()
        self._scale = 1.0
        self._before: QPointF | None = None
        self.wanted = True
        self.setObjectName("minimap")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip("Drag to move what is in sight. M hides this map.")
        self.setAccessibleName("Map of the model")
        self.hide()
        theme().follow(self.refresh)

    def switch(self, wanted: bool) -> None:
        """Switches the map on or off; on, it is seen while it is of use."""
        self.wanted = wanted
        self.refresh()

    def refresh(self) -> None:
        """Takes another model, size or theme."""
        self._picture = None
        self.follow()

    def follow(self) -> None:
        """Takes another part in sight."""
        content, seen = self._view.content(), self._view.in_sight()
        useful = not content.isEmpty() and not seen.contains(content)
        useful = useful and self._view.viewport().width() >= _ROOM
        self.setVisible(self.wanted and useful)
        if self.isVisible():
            self._settle(content)
            self.update()

    def _settle(self, content: QRectF) -> None:
        """Size and corner, for the shape of the model."""
        if content != self._area or self._picture is None:
            self._picture = None
            self._area = QRectF(content)
            self._scale = min(_MOST / content.width(), _MOST / content.height())
        wide = max(content.width() * self._scale, _LEAST)
        tall = max(content.height() * self._scale, _LEAST)
        size = QSize(round(wide) + 2 * _EDGE, round(tall) + 2 * _EDGE)
        room = self._view.viewport().geometry()
        corner = room.bottomRight()
        self.setGeometry(
            corner.x() - size.width() - _EDGE + 1,
            corner.y() - size.height() - _EDGE + 1,
            size.width(),
            size.height(),
        )

    def _offset(self) -> QPointF:
        """Where the model's corner lies on the map: in its middle where there is room."""
        across = (self.width() - self._area.width() * self._scale) / 2
        down = (self.height() - self._area.height() * self._scale) / 2
        return QPointF(across, down)

    def to_scene(self, point: QPointF) -> QPointF:
        """The place on the canvas under a point of the map."""
        return (point - self._offset()) / self._scale + self._area.topLeft()

    def from_scene(self, rect: QRectF) -> QRectF:
        """Where a rectangle of the canvas lies on the map."""
        corner = (rect.topLeft() - self._area.topLeft()) * self._scale + self._offset()
        return QRectF(corner, rect.size() * self._scale)

    def _drawn(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme().colour("surface"))
        painter = QPainter(picture)
        painter.setPen(Qt.PenStyle.NoPen)
        scene = self._view.graph_scene
        for frame in scene.comments.values():
            if frame.isVisible():
                tint = frame.colour()
                shown = frame.box() if frame.comment.collapsed else _frame_rect(frame.comment)
                tint.setAlpha(255 if frame.comment.collapsed else 60)
                painter.fillRect(_at_least(self.from_scene(shown)), tint)
        for colour, rects in self._nodes().items():
            painter.setBrush(QColor(colour))
            painter.drawRects(rects)
        painter.end()
        return picture

    def _nodes(self) -> dict[str, list[QRectF]]:
        """The rectangles of the nodes by colour: one call of Qt for each colour, not each node."""
        scene, offset, scale = self._view.graph_scene, self._offset(), self._scale
        left = offset.x() - self._area.left() * scale
        top = offset.y() - self._area.top() * scale
        wide, tall = max(NODE_WIDTH * scale, 2.0), max(NODE_HEIGHT * scale, 1.5)
        wrong = theme().colour("danger").name()
        colours: dict[str, str] = {}
        groups: dict[str, list[QRectF]] = {}
        for name, item in scene.nodes.items():
            if name in scene.folded:
                continue
            node, category = item.node, item.node.layer.category
            if category not in colours:
                colours[category] = category_colour(category).name()
            colour = wrong if item.facts and item.facts.problem else colours[category]
            rect = QRectF(left + node.x * scale, top + node.y * scale, wide, tall)
            groups.setdefault(colour, []).append(rect)
        return groups

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._picture is None:
            self._picture = self._drawn()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        look = theme()
        painter.setPen(QPen(look.colour("outline"), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        seen = self.from_scene(self._view.in_sight())
        shown = seen.intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        tint = look.colour("link")
        painter.setPen(QPen(tint, 1.5))
        tint.setAlpha(28)
        painter.setBrush(tint)
        painter.drawRect(shown)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._before = self._view.middle()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._before is not None:
            self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._before = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def cancel(self) -> bool:
        """Escape in the middle of a drag: what was in sight is so again."""
        before, self._before = self._before, None
        if before is not None:
            self._view.centerOn(before)
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        return before is not None

    def _go(self, point: QPointF) -> None:
        self._view.centerOn(self.to_scene(point))


def _at_least(rect: QRectF) -> QRectF:
    """The rectangle, large enough to be seen."""
    wide, tall = max(rect.width(), 2.0), max(rect.height(), 1.5)
    return QRectF(rect.x(), rect.y(), wide, tall)


def _frame_rect(comment: Comment) -> QRectF:
    return QRectF(comment.x, comment.y, comment.width, comment.height)
