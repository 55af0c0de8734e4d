"""One node on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from engine.graph.edits import has_output
from engine.graph.facts import NodeFacts
from engine.graph.records import Node
from engine.layers.base import CATEGORIES
from gui.canvas.fonts import canvas_font
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, inputs_shown, node_rect, port_point
from gui.canvas.searched import paint_searched, paint_searched_far
from gui.canvas.tint import Tint, paint_tint_text
from gui.canvas.words import brief, pace, status, tip
from gui.theme import pixmap, theme

__all__ = ["NodeItem", "category_colour"]

_UNDER = 18.0
_SPILL = 26.0
_STRIP = 5.0
_LEFT = 14.0
_FULL_FROM = 0.6
_TITLE_FROM = 0.3
_PORT = 4.5
_BOUNDS = node_rect().adjusted(-_SPILL, -8, _SPILL, _UNDER + 6)


def _rounded(left: float, right: float) -> QPainterPath:
    """The part of a node's rounded body between two distances from its left edge."""
    body, part = QPainterPath(), QPainterPath()
    body.addRoundedRect(node_rect(), 8, 8)
    part.addRect(QRectF(left, 0, right - left, NODE_HEIGHT))
    return body.intersected(part)


_LIGHTS = {"legal": "success", "misfit": "warning"}
_STRIP_PATH = _rounded(0, _STRIP)
_BODY_PATH = _rounded(_STRIP, NODE_WIDTH)


def category_colour(category: str) -> QColor:
    """The colour of a group of layers, on the canvas and in the palette."""
    if category == "Ends" or category not in CATEGORIES:
        return theme().colour("muted")
    if category == "Block":
        return theme().colour("accent")
    colour = theme().series_colour(CATEGORIES.index(category))
    # The ninth would be the first again: a deeper tone tells attention from convolutions.
    return colour.darker(160) if category == "Attention" else colour


class NodeItem(QGraphicsItem):
    """Paints a node and its facts; knows nothing but these two records.

    ``light`` is how it takes part in drawing a wire: ``""``, ``"legal"``, ``"illegal"`` (cannot be
    the other end), ``"misfit"`` (can, but shapes do not fit) or ``"target"`` (would be it).
    """

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node
        self.facts: NodeFacts | None = None
        self.inputs = 0
        self.light = ""
        self.hovered = False
        self.tint: Tint | None = None
        self.warnings: tuple[str, ...] = ()
        self.searched: Callable[[], str] | None = None
        self._texts: tuple[str, str, str, str] = ("", "", "", "")
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setPos(node.x, node.y)

    def show_record(self, node: Node, facts: NodeFacts | None, used: int) -> None:
        """Takes another record; repaints only when something differs."""
        inputs = inputs_shown(node, used)
        if node is self.node and facts == self.facts and inputs == self.inputs:
            return
        if (node.x, node.y) != (self.x(), self.y()):
            self.setPos(node.x, node.y)
        self.node, self.facts, self.inputs = node, facts, inputs
        self._texts = ("", "", "", "")
        self.update()

    def set_tint(self, tint: Tint | None) -> None:
        """Colours the body by a measured value and writes it below; None as usual."""
        if tint != self.tint:
            self.tint = tint
            self.update()

    def set_searched(self, words: Callable[[], str] | None) -> None:
        """Marks a node that the tuner may change; ``words`` say what of it, when they are asked."""
        if (words is None) != (self.searched is None):
            self._texts = ("", "", "", "")
            self.update()
        self.searched = words

    @override
    def toolTip(self) -> str:
        """The tip, in words made when it is asked for: an edit changes the facts of many nodes."""
        own = tip(self.node, self.facts) + (self.tint.tip if self.tint else "")
        more = (*self.warnings, *((self.searched(),) if self.searched is not None else ()))
        return "<br>".join([own, *(escape(text) for text in more)])

    def set_light(self, light: str) -> None:
        """Lights the node while a wire is drawn."""
        if light != self.light:
            self.light = light
            self.update()

    def set_hovered(self, hovered: bool) -> None:
        """Shows its ports larger while the mouse is over it."""
        if hovered != self.hovered:
            self.hovered = hovered
            self.update()

    def output(self) -> QPointF | None:
        """The output port in scene coordinates, None where there is none."""
        if not has_output(self.node.layer):
            return None
        return self.pos() + port_point(0, None)

    def input(self, port: int) -> QPointF:
        """An input port in scene coordinates."""
        return self.pos() + port_point(self.inputs, port)

    @override
    def boundingRect(self) -> QRectF:
        return _BOUNDS

    @override
    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(node_rect())
        return path

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        detail = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        dim = self.light == "illegal"
        painter.setOpacity(0.4 if dim else 1.0)
        self._paint_body(painter, detail)
        if detail < _TITLE_FROM:
            return
        if not any(self._texts):
            self._texts = self._fit_texts()
        self._paint_texts(painter, full=detail >= _FULL_FROM)
        if detail >= _FULL_FROM:
            self._paint_ports(painter)

    def _trouble(self) -> bool:
        return self.facts is not None and bool(self.facts.problem)

    def _waits(self) -> bool:
        return self.facts is not None and bool(self.facts.waits_for)

    def _paint_body(self, painter: QPainter, detail: float) -> None:
        look, rect = theme(), node_rect()
        fill, edge, width = "surface", "outline", 1.0
        if self._trouble():
            fill, edge, width = "danger_soft", "danger", 1.5
        if self.light in _LIGHTS:
            edge, width = _LIGHTS[self.light], 2.0
        if self.isSelected() or self.light == "target":
            edge, width = ("success" if self.light == "target" else "link"), 2.5
        strip = category_colour(self.node.layer.category)
        if detail < _TITLE_FROM:
            painter.fillRect(rect, self.tint.colour if self.tint else strip)
            if edge != "outline":
                painter.setPen(QPen(look.colour(edge), 10 if detail < 0.15 else 6))
                painter.drawRect(rect)
            if self.searched is not None:
                paint_searched_far(painter, rect)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(look.colour(edge), width)
        if self._waits() and edge == "outline":
            pen.setDashPattern([4, 3])
        tint = self.tint if fill == "surface" else None
        painter.fillPath(_BODY_PATH, tint.colour if tint else look.colour(fill))
        painter.fillPath(_STRIP_PATH, strip)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, 8, 8)

    def _fit_texts(self) -> tuple[str, str, str, str]:
        right, room = Qt.TextElideMode.ElideRight, NODE_WIDTH - _LEFT - 10.0
        bold, small = QFontMetricsF(canvas_font(13, bold=True)), QFontMetricsF(canvas_font(12))
        icons = 18.0 * ((self.node.lr_factor == 0) + (self.searched is not None))
        title = bold.elidedText(self.node.layer.title, right, room - icons)
        room -= 20 if self._trouble() else 0
        name = small.elidedText(self.node.id, Qt.TextElideMode.ElideMiddle, room)
        left = room - small.horizontalAdvance(name)
        words = ", ".join(filter(None, (pace(self.node), brief(self.node.layer))))
        more = small.elidedText(f" · {words}", right, left) if words and left > 30 else ""
        under = small.elidedText(status(self.facts), right, NODE_WIDTH / 2 + _SPILL - 14)
        if self._trouble():
            under = small.elidedText(status(self.facts), right, NODE_WIDTH + 2 * _SPILL - 4)
        return title, name, more, under

    def _paint_texts(self, painter: QPainter, *, full: bool) -> None:
        title, name, more, under = self._texts
        look = theme()
        painter.setFont(canvas_font(13, bold=True))
        painter.setPen(look.colour("muted" if self._waits() else "text"))
        if not full:
            painter.setFont(canvas_font(18, bold=True))
            marked = self.searched is not None
            box = node_rect().adjusted(_LEFT, 0, -36 if marked else -6, 0)
            title = QFontMetricsF(painter.font()).elidedText(
                self.node.layer.title, Qt.TextElideMode.ElideRight, box.width()
            )
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, title)
            if marked:
                paint_searched(painter, QPointF(NODE_WIDTH - 34, NODE_HEIGHT / 2 - 12), 24)
            return
        painter.drawText(QPointF(_LEFT, 24), title)
        painter.setFont(canvas_font(12))
        painter.drawText(QPointF(_LEFT, 43), name)
        painter.setPen(look.colour("text" if self.tint else "muted"))
        advance = QFontMetricsF(painter.font()).horizontalAdvance(name)
        painter.drawText(QPointF(_LEFT + advance, 43), more)
        corner = QPointF(NODE_WIDTH - 22, 11)
        if self.searched is not None:
            paint_searched(painter, corner, 14)
            corner -= QPointF(18, 0)
        if self.node.lr_factor == 0:
            painter.drawPixmap(corner, pixmap("lock", 14, "muted"))
        if self._trouble():
            icon = pixmap("triangle-alert", 16, "danger")
            painter.drawPixmap(QPointF(NODE_WIDTH - 24, 30), icon)
        if under:
            self._paint_under(painter, under)
        if self.tint is not None and not self._trouble():
            paint_tint_text(painter, self.tint, NODE_HEIGHT + _UNDER - 2)

    def _paint_under(self, painter: QPainter, text: str) -> None:
        """The status, on the colour of the ground so that a wire does not strike it through."""
        look, trouble = theme(), self._trouble()
        left = -_SPILL + 4 if trouble else NODE_WIDTH / 2 + 10
        base = QPointF(left, NODE_HEIGHT + _UNDER - (1 if trouble else 2))
        advance = QFontMetricsF(painter.font()).horizontalAdvance(text)
        painter.fillRect(QRectF(left - 3, base.y() - 11, advance + 6, 15), look.colour("window"))
        painter.setPen(look.colour("danger" if trouble else "muted"))
        painter.drawText(base, text)

    def _paint_ports(self, painter: QPainter) -> None:
        look = theme()
        size = _PORT + (1.5 if self.hovered or self.light in ("legal", "misfit", "target") else 0.0)
        painter.setPen(QPen(look.colour("link" if self.hovered else "muted"), 1.5))
        painter.setBrush(look.colour("surface"))
        for port in range(self.inputs):
            painter.drawEllipse(port_point(self.inputs, port), size, size)
        if self.output() is not None:
            painter.setBrush(look.colour("link" if self.hovered else "muted"))
            painter.drawEllipse(port_point(0, None), size, size)
