"""One wire on the canvas, and the wire that is being drawn."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from engine.graph.records import Wire
from gui.canvas.geometry import Bend, wire_path
from gui.theme import theme

__all__ = ["LooseWire", "WireItem"]

_GRASP = 12.0


class WireItem(QGraphicsItem):
    """Paints a wire between two points; ``lit`` while a layer is held over it.

    ``long`` says that it passes other rows, so that other nodes may come into its way.
    """

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire
        self.lit = False
        self.long = False
        self._bounds = QRectF()
        self._ends = (QPointF(), QPointF())
        self._aside = 0
        self._bend: Bend = "even"
        self._path = QPainterPath()
        self._grasp: QPainterPath | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setZValue(-1)
        self.setToolTip(f"{wire.source} → {wire.target}")

    @property
    def ends(self) -> tuple[QPointF, QPointF]:
        """Where it begins and ends, in scene coordinates."""
        return self._ends

    @property
    def aside(self) -> int:
        """The track beside nodes in its way, from 1; 0 where none is."""
        return self._aside

    def set_ends(
        self, start: QPointF, end: QPointF, *, aside: int = 0, bend: Bend = "even"
    ) -> None:
        """Lays the wire anew when an end has moved; ``aside`` is its track beside nodes."""
        if (start, end, aside, bend) != (*self._ends, self._aside, self._bend):
            self.prepareGeometryChange()
            self._ends, self._aside, self._bend = (start, end), aside, bend
            self._path = wire_path(start, end, aside=aside, bend=bend)
            edge = _GRASP / 2 + 1
            self._bounds = self._path.controlPointRect().adjusted(-edge, -edge, edge, edge)
            self._grasp = None

    def set_lit(self, lit: bool) -> None:
        """Lights the wire as the place where a layer would be inserted."""
        if lit != self.lit:
            self.lit = lit
            self.update()

    @override
    def boundingRect(self) -> QRectF:
        return self._bounds

    @override
    def shape(self) -> QPainterPath:
        if self._grasp is None:
            stroker = QPainterPathStroker()
            stroker.setWidth(_GRASP)
            self._grasp = stroker.createStroke(self._path)
        return self._grasp

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        detail = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        marked = self.lit or self.isSelected()
        colour = theme().colour("success" if self.lit else "link" if marked else "muted")
        pen = QPen(colour, 3.0 if marked else 1.5)
        if detail < 0.3:
            pen = QPen(colour, 0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, detail >= 0.3)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if detail < 0.3 and not marked:
            painter.drawLine(*self._ends)
        else:
            painter.drawPath(self._path)


class LooseWire(QGraphicsItem):
    """The wire between a port and the mouse; ``tone`` is a colour of the theme."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()
        self._tone = "link"
        self.setZValue(5)

    def lay(self, start: QPointF, end: QPointF, tone: str) -> None:
        """Draws the wire from ``start`` down to ``end``."""
        self.prepareGeometryChange()
        self._path = wire_path(start, end)
        self._tone = tone

    @override
    def boundingRect(self) -> QRectF:
        return self._path.controlPointRect().adjusted(-4, -4, 4, 4)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        pen = QPen(theme().colour(self._tone), 2)
        if self._tone != "success":
            pen.setDashPattern([4, 3])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawPath(self._path)
