"""The mark of each verdict: a shape and a colour, the same in plane, table and legend."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from engine.meter.records import Verdict
from gui.theme import theme
from gui.theme.tokens import SPACE

__all__ = ["Mark", "draw_mark"]

Shape = Callable[[QPainter, QPointF, float], None]


def draw_mark(
    painter: QPainter, at: QPointF, side: float, verdict: Verdict, ground: QColor
) -> None:
    """Draws a verdict's mark around a point; ``side`` is half its width, ``ground`` behind it."""
    shape, name, filled = _MARKS[verdict]
    colour = theme().colour(name)
    painter.setPen(QPen(colour, 2))
    painter.setBrush(colour if filled else ground)
    shape(painter, at, side - 1)


def _disc(painter: QPainter, at: QPointF, side: float) -> None:
    painter.drawEllipse(at, side, side)


def _cross(painter: QPainter, at: QPointF, side: float) -> None:
    pen = painter.pen()
    pen.setWidthF(3)
    painter.setPen(pen)
    for way in (1, -1):
        painter.drawLine(at + QPointF(-side, -way * side), at + QPointF(side, way * side))


def _corners(painter: QPainter, at: QPointF, side: float, *, of: tuple[QPointF, ...]) -> None:
    painter.drawPolygon(QPolygonF([at + corner * side for corner in of]))


_TRIANGLE = (QPointF(0, -1.1), QPointF(1.1, 0.9), QPointF(-1.1, 0.9))
_SQUARE = (QPointF(-0.9, -0.9), QPointF(0.9, -0.9), QPointF(0.9, 0.9), QPointF(-0.9, 0.9))
_DIAMOND = (QPointF(0, -1.2), QPointF(1.2, 0), QPointF(0, 1.2), QPointF(-1.2, 0))
_MARKS: Final[dict[Verdict, tuple[Shape, str, bool]]] = {
    "destroys": (_cross, "danger", True),
    "hurts": (partial(_corners, of=_TRIANGLE), "warning", True),
    "helps": (_disc, "success", True),
    "adds_nothing": (partial(_corners, of=_SQUARE), "muted", False),
    "harmless": (_disc, "muted", False),
    "unsure": (partial(_corners, of=_DIAMOND), "muted", False),
}


class Mark(QWidget):
    """The mark of a verdict alone, for a legend."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self._verdict: Verdict = verdict
        self.setFixedSize(QSize(2 * SPACE, 2 * SPACE))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws it in the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, self.height() / 2)
        draw_mark(painter, middle, SPACE - 2.5, self._verdict, theme().colour("surface"))
