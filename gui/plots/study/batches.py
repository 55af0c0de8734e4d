"""Thousands of equal shapes in one call: Qt takes arrays of its own structures."""

from __future__ import annotations

from typing import Any

from pyqtgraph.Qt import internals
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QPainter, QPixmap

from gui.plots.series import Floats

__all__ = ["draw_lines", "draw_rects", "draw_stamps"]


def draw_lines(painter: QPainter, segments: Floats) -> None:
    """Draws rows of (x1, y1, x2, y2) with the painter's pen."""
    draw: Any = painter.drawLines  # its stubs know only lists
    draw(*_filled(QLineF, segments).drawargs())


def draw_rects(painter: QPainter, rects: Floats) -> None:
    """Draws rows of (left, top, width, height) with the painter's pen and brush."""
    draw: Any = painter.drawRects
    draw(*_filled(QRectF, rects).drawargs())


def draw_stamps(painter: QPainter, picture: QPixmap, x: Floats, y: Floats, scale: float) -> None:
    """Draws a picture about each point, in ``scale`` times its own pixels."""
    fragments = internals.PrimitiveArray(QPainter.PixmapFragment, 10)
    fragments.resize(len(x))
    cells = fragments.ndarray()
    cells[:] = (0, 0, 0, 0, picture.width(), picture.height(), scale, scale, 0, 1)
    cells[:, 0], cells[:, 1] = x, y
    draw: Any = painter.drawPixmapFragments
    draw(*fragments.drawargs(), picture)


def _filled(kind: type, rows: Floats) -> Any:
    array = internals.PrimitiveArray(kind, 4)
    array.resize(len(rows))
    array.ndarray()[:] = rows
    return array
