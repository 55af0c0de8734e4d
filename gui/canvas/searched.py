"""The mark of what the tuner may change: of a node, or of those that a box stands for."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter

from gui.theme import pixmap, theme

__all__ = ["paint_searched", "paint_searched_far"]

_ICON, _COLOUR = "sliders-vertical", "link"  # as the mark beside a setting
_FAR = 44.0


def paint_searched(painter: QPainter, corner: QPointF, side: int) -> None:
    """The mark of a setting that is searched, ``side`` pixels at 100 %."""
    painter.drawPixmap(corner, pixmap(_ICON, side, _COLOUR))


def paint_searched_far(painter: QPainter, rect: QRectF) -> None:
    """The mark at a zoom where nodes are plain colours: on a ground of its own, at the right."""
    ground = QRectF(rect.right() - _FAR - 6, rect.center().y() - _FAR / 2, _FAR, _FAR)
    painter.fillRect(ground, theme().colour("surface"))
    picture = pixmap(_ICON, round(_FAR), _COLOUR)
    painter.drawPixmap(ground.adjusted(4, 4, -4, -4), picture, QRectF(picture.rect()))
