"""Marks that tell by their form what a point is, before their colour does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

__all__ = ["Form", "Mark", "paint_mark", "stamp"]

Form = Literal["disc", "ring", "triangle", "cross", "diamond", "square"]


@dataclass(frozen=True)
class Mark:
    """A form and its colour (``#rrggbb``); ``size`` is its radius in pixels."""

    form: Form
    colour: str
    size: float = 3.5


def paint_mark(painter: QPainter, mark: Mark, at: QPointF) -> None:
    """Draws a mark about a point; discs, diamonds and squares are filled, the others are lines."""
    path = _path(mark.form, mark.size)
    filled = mark.form in ("disc", "diamond", "square")
    painter.setPen(Qt.PenStyle.NoPen if filled else QPen(QColor(mark.colour), 1.4))
    painter.setBrush(QColor(mark.colour) if filled else Qt.BrushStyle.NoBrush)
    painter.drawPath(path.translated(at))


@lru_cache(maxsize=256)
def stamp(mark: Mark, sharpness: float) -> QPixmap:
    """The mark as a picture that is drawn many times, ``sharpness`` pixels a screen's pixel."""
    side = 2 * math.ceil(mark.size + 2)
    picture = QPixmap(round(side * sharpness), round(side * sharpness))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(sharpness, sharpness)
    paint_mark(painter, mark, QPointF(side / 2, side / 2))
    painter.end()
    return picture


def _path(form: Form, size: float) -> QPainterPath:
    path = QPainterPath()
    if form in ("disc", "ring"):
        path.addEllipse(QPointF(0, 0), size, size)
    elif form == "square":
        path.addRect(QRectF(-size, -size, 2 * size, 2 * size))
    elif form == "cross":
        for end in (QPointF(size, size), QPointF(size, -size)):
            path.moveTo(-end)
            path.lineTo(end)
    else:
        down = [(-1.1, -0.8), (1.1, -0.8), (0.0, 1.1)]
        corners = down if form == "triangle" else [(0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)]
        path.moveTo(QPointF(*corners[-1]) * size)
        for x, y in corners:
            path.lineTo(QPointF(x, y) * size)
    return path
