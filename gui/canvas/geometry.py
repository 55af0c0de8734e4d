"""Where things lie on the canvas, in pixels at 100 %."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from engine.graph.layout import NODE_HEIGHT, NODE_WIDTH, ROW
from engine.graph.records import Node

__all__ = [
    "GAP",
    "GRID",
    "NODE_HEIGHT",
    "NODE_WIDTH",
    "PORT_REACH",
    "Bend",
    "inputs_shown",
    "is_long",
    "is_slanted",
    "node_rect",
    "port_point",
    "snap",
    "wire_path",
]

GRID = 8
GAP = ROW - NODE_HEIGHT
Bend = Literal["even", "late", "early"]
PORT_REACH = 13.0
_LANE = NODE_WIDTH / 2 + 22
_TRACK = 12


def snap(value: float) -> float:
    """The nearest place on the 8-pixel grid."""
    return float(round(value / GRID) * GRID)


def node_rect() -> QRectF:
    """The body of every node, in the node's own coordinates."""
    return QRectF(0, 0, NODE_WIDTH, NODE_HEIGHT)


def inputs_shown(node: Node, used: int) -> int:
    """How many input ports a node shows: those it has, and a free one where it takes any number.

    ``used`` is one more than the highest port that a wire leads to.
    """
    layer = node.layer
    if layer.max_inputs is None:
        return max(layer.min_inputs, used + 1)
    return max(layer.max_inputs, used)


def port_point(count: int, port: int | None) -> QPointF:
    """The middle of input ``port`` of ``count``; ``None`` is the output."""
    if port is None:
        return QPointF(NODE_WIDTH / 2, NODE_HEIGHT)
    spacing = NODE_WIDTH / (max(count, port + 1) + 1)
    return QPointF(spacing * (port + 1), 0)


def is_long(start: QPointF, end: QPointF) -> bool:
    """Whether a wire goes straight down past another row, so that a node may be in its way."""
    return end.y() - start.y() > 1.2 * ROW and abs(end.x() - start.x()) < NODE_WIDTH / 2


def is_slanted(start: QPointF, end: QPointF) -> bool:
    """Whether a wire goes down past another row and to another column."""
    return end.y() - start.y() > 1.2 * ROW and not is_long(start, end)


def wire_path(start: QPointF, end: QPointF, *, aside: int = 0, bend: Bend = "even") -> QPainterPath:
    """The curve of a wire; ``aside`` leads it beside nodes in its way, on the track of that number.

    Track 1 is the nearest to the nodes; 0 leads straight on: evenly, or going to the side only in
    the gap above its end (``"late"``) or below its beginning (``"early"``).
    """
    path = QPainterPath(start)
    fall = end.y() - start.y()
    if aside:
        lane = max(start.x(), end.x()) + _LANE + _TRACK * (aside - 1)
        first, second = start.y() + 36, end.y() - 36
        path.cubicTo(
            QPointF(start.x(), first), QPointF(lane, start.y() + 4), QPointF(lane, first + 20)
        )
        path.lineTo(QPointF(lane, second - 20))
        path.cubicTo(QPointF(lane, end.y() - 4), QPointF(end.x(), second), end)
        return path
    if bend == "late":
        knee = QPointF(start.x(), end.y() - GAP)
        path.lineTo(knee)
        path.cubicTo(knee + QPointF(0, 0.7 * GAP), end - QPointF(0, 0.7 * GAP), end)
        return path
    if bend == "early":
        knee = QPointF(end.x(), start.y() + GAP)
        path.cubicTo(start + QPointF(0, 0.7 * GAP), knee - QPointF(0, 0.7 * GAP), knee)
        path.lineTo(end)
        return path
    pull = max(abs(fall) * 0.5, 28.0 if fall > 0 else 72.0)
    path.cubicTo(start + QPointF(0, pull), end - QPointF(0, pull), end)
    return path
