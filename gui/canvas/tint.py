"""The colour and the number that a measured value gives a node."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from gui.canvas.geometry import NODE_WIDTH
from gui.theme import theme

__all__ = ["Tint", "paint_tint_text"]

_CLEAR = 10.0  # between the words and the wire that leaves in the middle


@dataclass(frozen=True)
class Tint:
    """How a node shows a measured value.

    Attributes:
        colour: the fill of its body, opaque, on which the theme's text can be read.
        text: the value in few characters, written below the node on the left.
        tip: what its tooltip says in addition, as rich text.
    """

    colour: QColor
    text: str
    tip: str = ""


def paint_tint_text(painter: QPainter, tint: Tint, base: float) -> None:
    """Writes the value with its baseline at ``base``, up to the middle of the node.

    The painter has the font of the line under a node; the ground behind the words is cleared so
    that no wire strikes them through.
    """
    advance = QFontMetricsF(painter.font()).horizontalAdvance(tint.text)
    left = NODE_WIDTH / 2 - _CLEAR - advance
    look = theme()
    painter.fillRect(QRectF(left - 3, base - 11, advance + 6, 15), look.colour("window"))
    painter.setPen(look.colour("text"))
    painter.drawText(QPointF(left, base), tint.text)
