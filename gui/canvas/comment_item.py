"""A comment on the canvas: a titled frame behind nodes, or the box that stands for them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from engine.graph.comment_edits import TITLE_HEIGHT, box_corner
from engine.graph.comments import Comment
from gui.canvas.fonts import canvas_font
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from gui.canvas.searched import paint_searched, paint_searched_far
from gui.theme import pixmap, theme

__all__ = ["GRIP", "BoxFacts", "CommentItem", "untitled"]

GRIP = 7.0
_TITLE_FROM, _FULL_FROM = 0.3, 0.6
_PAD = 8.0


@dataclass(frozen=True)
class BoxFacts:
    """What a collapsed box tells about its nodes: how many, the last one's output, any problem."""

    nodes: int = 0
    output: str = ""
    problem: str = ""


def untitled(comment: Comment) -> str:
    """The title to show."""
    return comment.title or "Comment"


class CommentItem(QGraphicsItem):
    """Paints a comment; its title, its edge and its box are to be grasped, the ground in it not."""

    def __init__(self, comment: Comment) -> None:
        super().__init__()
        self.comment = comment
        self.facts = BoxFacts()
        self.searched = False
        self.caption = Caption(self)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self._place()

    def show_record(self, comment: Comment, facts: BoxFacts) -> bool:
        """Takes another record; whether the box is elsewhere, so that wires must be laid anew."""
        if comment is self.comment and facts == self.facts:
            return False
        before = (self.comment.collapsed, self.box())
        self.prepareGeometryChange()
        self.comment, self.facts = comment, facts
        self._place()
        self.update()
        return before != (comment.collapsed, self.box())

    def set_searched(self, *, on: bool) -> None:
        """Marks the box of a comment that stands for nodes which the tuner may change."""
        if on != self.searched:
            self.searched = on
            self._place()
            self.update()

    def _place(self) -> None:
        comment = self.comment
        self.setPos(comment.x, comment.y)
        larger = comment.width * comment.height
        self.setZValue(0 if comment.collapsed else -3 - larger / 1e13)
        title = untitled(comment)
        count = f", {len(comment.folded)} nodes" if comment.collapsed else ""
        tuned = "\nThe tuner may change some of them" if self.searched else ""
        self.setToolTip(f"{title}{count}{tuned}" if comment.collapsed else "")
        self.caption.settle()

    def preview(self, rect: QRectF) -> None:
        """Draws the frame elsewhere while it is dragged or resized."""
        self.prepareGeometryChange()
        self._shown = rect
        self.setPos(rect.topLeft())
        self.caption.settle()
        self.update()

    _shown: QRectF | None = None

    def put_back(self) -> None:
        """Draws the frame where its record says."""
        self.prepareGeometryChange()
        self._shown = None
        self._place()
        self.update()

    def frame(self) -> QRectF:
        """The open frame in the item's own coordinates."""
        if self._shown is not None:
            return QRectF(0, 0, self._shown.width(), self._shown.height())
        return QRectF(0, 0, self.comment.width, self.comment.height)

    def box(self) -> QRectF:
        """The collapsed box in scene coordinates."""
        left, top = box_corner(self.comment)
        corner = self.pos() + QPointF(left - self.comment.x, top - self.comment.y)
        return QRectF(corner, QSizeF(NODE_WIDTH, NODE_HEIGHT))

    def entry(self) -> QPointF:
        """Where wires into the box end, in scene coordinates."""
        return QPointF(self.box().center().x(), self.box().top())

    def exit(self) -> QPointF:
        """Where wires out of the box begin, in scene coordinates."""
        return QPointF(self.box().center().x(), self.box().bottom())

    def grip_at(self, point: QPointF, reach: float = GRIP) -> frozenset[str]:
        """The edges of the open frame within reach of a scene point; empty where there is none."""
        if self.comment.collapsed:
            return frozenset()
        rect = self.mapRectToScene(self.frame())
        if not rect.adjusted(-reach, -reach, reach, reach).contains(point):
            return frozenset()
        away = {
            "left": abs(point.x() - rect.left()),
            "right": abs(point.x() - rect.right()),
            "top": abs(point.y() - rect.top()),
            "bottom": abs(point.y() - rect.bottom()),
        }
        return frozenset(edge for edge, distance in away.items() if distance <= reach)

    @override
    def boundingRect(self) -> QRectF:
        rect = self.mapRectFromScene(self.box()) if self.comment.collapsed else self.frame()
        return rect.adjusted(-GRIP, -GRIP, GRIP, GRIP)

    @override
    def shape(self) -> QPainterPath:
        path = QPainterPath()
        if self.comment.collapsed:
            path.addRect(self.mapRectFromScene(self.box()))
            return path
        outer = self.frame().adjusted(-GRIP, -GRIP, GRIP, GRIP)
        inner = self.frame().adjusted(GRIP, TITLE_HEIGHT, -GRIP, -GRIP)
        path.addRect(outer)
        if inner.isValid():
            hole = QPainterPath()
            hole.addRect(inner)
            path = path.subtracted(hole)
        return path

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        detail = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, detail >= _TITLE_FROM)
        if self.comment.collapsed:
            self._paint_box(painter, detail)
        else:
            self._paint_frame(painter, detail)

    def colour(self) -> QColor:
        """The comment's colour in the palette that is on."""
        return theme().series_colour(self.comment.colour)

    def _paint_frame(self, painter: QPainter, detail: float) -> None:
        rect, tint, edge = self.frame(), self.colour(), self.colour()
        tint.setAlpha(26)
        painter.setBrush(tint)
        selected = self.isSelected()
        pen = QPen(theme().colour("link") if selected else edge, 2.5 if selected else 1.0)
        if detail < _TITLE_FROM:
            pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawRoundedRect(rect, 8, 8)

    def _paint_title(
        self, painter: QPainter, band: QRectF, colour: QColor, pixels: int = 13
    ) -> None:
        painter.setFont(canvas_font(pixels, bold=True))
        painter.setPen(colour)
        metrics = QFontMetricsF(painter.font())
        right = Qt.TextElideMode.ElideRight
        text = metrics.elidedText(untitled(self.comment), right, band.width())
        painter.drawText(band, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_box(self, painter: QPainter, detail: float) -> None:
        look, rect = theme(), self.mapRectFromScene(self.box())
        selected, wrong = self.isSelected(), bool(self.facts.problem)
        edge = "link" if selected else "danger" if wrong else ""
        if detail < _TITLE_FROM:
            painter.fillRect(rect, self.colour())
            if edge:
                painter.setPen(QPen(look.colour(edge), 8))
                painter.drawRect(rect)
            if self.searched:
                paint_searched_far(painter, rect)
            return
        pen = QPen(look.colour(edge) if edge else self.colour(), 2.5 if selected else 1.5)
        painter.setPen(pen)
        painter.setBrush(look.colour("surface"))
        for behind in (6.0, 3.0):  # two edges of a stack: there is more than one node here
            painter.drawRoundedRect(rect.translated(behind, behind), 8, 8)
        painter.setBrush(look.colour("danger_soft" if wrong else "surface"))
        painter.drawRoundedRect(rect, 8, 8)
        if detail < _FULL_FROM:
            right = -36 if self.searched else -8
            self._paint_title(painter, rect.adjusted(14, 0, right, 0), look.colour("text"), 18)
            if self.searched:
                paint_searched(painter, QPointF(rect.right() - 34, rect.center().y() - 12), 24)
            return
        room = 126 if self.searched else 146
        self._paint_title(painter, QRectF(rect.left() + 14, 6, room, 24), look.colour("text"))
        if self.searched:
            paint_searched(painter, QPointF(rect.right() - 22, rect.top() + 11), 14)
        self._paint_counts(painter, rect)

    def _paint_counts(self, painter: QPainter, rect: QRectF) -> None:
        facts = self.facts
        count = f"{facts.nodes} node{'s' if facts.nodes != 1 else ''}"
        words = f"{count} · {facts.output}" if facts.output else count
        painter.setFont(canvas_font(12))
        painter.setPen(theme().colour("danger" if facts.problem else "muted"))
        room = rect.width() - 24 - (20 if facts.problem else 0)
        right = Qt.TextElideMode.ElideRight
        text = QFontMetricsF(painter.font()).elidedText(words, right, room)
        painter.drawText(QPointF(rect.left() + 14, 43), text)
        if facts.problem:
            icon = pixmap("triangle-alert", 16, "danger")
            painter.drawPixmap(QPointF(rect.right() - 24, 30), icon)


class Caption(QGraphicsItem):
    """The title of an open frame: above wires, which would strike it through, below nodes.

    Its letters grow at a small zoom, as those of nodes do.
    """

    def __init__(self, owner: CommentItem) -> None:
        super().__init__()
        self._owner = owner
        self._bounds = QRectF()
        self.setZValue(-0.5)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def settle(self) -> None:
        """Takes the place, the size and the visibility of its frame."""
        bounds = QRectF(0, 0, self._owner.frame().width(), TITLE_HEIGHT)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds  # kept: the scene finds an item by the bounds that it had
        self.setPos(self._owner.pos())
        self.setVisible(self._owner.isVisible() and not self._owner.comment.collapsed)
        self.update()

    @override
    def boundingRect(self) -> QRectF:
        return self._bounds

    @override
    def shape(self) -> QPainterPath:
        return QPainterPath()  # the frame is what is grasped

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        detail = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        if detail < _TITLE_FROM:
            return
        painter.setFont(canvas_font(13 if detail >= _FULL_FROM else 18, bold=True))
        metrics = QFontMetricsF(painter.font())
        room = self._owner.frame().width() - 4 * _PAD
        right = Qt.TextElideMode.ElideRight
        text = metrics.elidedText(untitled(self._owner.comment), right, room)
        wide = metrics.horizontalAdvance(text) + 2 * _PAD
        chip = QRectF(1, 1, wide, TITLE_HEIGHT - 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("window"))
        painter.drawRoundedRect(chip, 7, 7)
        tint = self._owner.colour()
        tint.setAlpha(60)
        painter.setBrush(tint)
        painter.drawRoundedRect(chip, 7, 7)
        painter.setPen(theme().colour("text"))
        painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
