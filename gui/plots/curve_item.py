"""One curve on a plot, drawn with as little work as a live training leaves room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyqtgraph import functions as fn
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from gui.plots.series import Floats, thin
from gui.plots.whole_view import WholeView

__all__ = ["CurveItem"]

_EMPTY: Floats = np.empty(0)
_DOTS_UP_TO = 60
_DOT = 2.5  # radius, in the pixels of a screen that is not scaled
_ROUGH = 6.0


@dataclass(frozen=True)
class _Line:
    """Points to draw; ``rough`` when the line goes to and fro over many times the plot's size.

    Smooth strokes of such a line take a third of a second; as hairlines they take a millisecond
    and look the same, because they fill the area anyway.
    """

    points: QPolygonF
    pen: QPen
    rough: bool


def _sized(pen: QPen, width: float) -> QPen:
    """The pen in another width; cosmetic pens are measured in the device's own pixels."""
    other = QPen(pen)
    other.setWidthF(width)
    return other


class CurveItem(WholeView):
    """Draws one series, and its unsmoothed values faintly behind it.

    It claims the whole view as its bounds, so nothing is measured when points arrive; it thins the
    points to the view when it is painted, once per change.
    """

    def __init__(self) -> None:
        super().__init__()
        self._x = self._y = _EMPTY
        self._raw: Floats | None = None
        self._lines: list[_Line] | None = None
        self._pen = QPen()
        self._faint = QPen()
        self._dots = True

    def set_style(
        self, colour: QColor, pattern: Sequence[float], *, width: float, dots: bool
    ) -> None:
        """Sets the pen; a few points are also drawn as dots where ``dots`` is true."""
        self._pen = QPen(colour, width)
        self._pen.setCosmetic(True)
        self._pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
        if pattern:
            self._pen.setDashPattern(pattern)
        faint = QColor(colour)
        faint.setAlphaF(0.28)
        self._faint = QPen(faint, 1)
        self._faint.setCosmetic(True)
        self._dots = dots
        self.redraw()

    def set_points(self, x: Floats, y: Floats, raw: Floats | None = None) -> None:
        """Takes plotted values (logarithms on a log axis); ``raw`` is drawn faintly behind."""
        self._x, self._y, self._raw = x, y, raw
        self.redraw()

    def redraw(self) -> None:
        """Thins again and repaints at the next opportunity."""
        self._lines = None
        self.update()

    @override
    def viewTransformChanged(self) -> None:
        super().viewTransformChanged()
        self._lines = None

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        if self._lines is None:
            self._lines = self._build()
        sharpness = painter.device().devicePixelRatioF()
        for line in self._lines:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, not line.rough)
            painter.setPen(_sized(line.pen, 0 if line.rough else line.pen.widthF() * sharpness))
            painter.drawPolyline(line.points)
        if self._dots and self._lines and 0 < self._lines[-1].points.size() <= _DOTS_UP_TO:
            self._paint_dots(painter, self._lines[-1].points)

    def _paint_dots(self, painter: QPainter, points: QPolygonF) -> None:
        """Discs on the screen: the plot's own axes are stretched, and would make them lozenges."""
        places = painter.worldTransform().map(points)
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._pen.color())
        for place in range(places.size()):
            painter.drawEllipse(places.at(place), _DOT, _DOT)
        painter.restore()

    def _build(self) -> list[_Line]:
        view = self.getViewBox()
        if view is None or not len(self._x):
            return []
        (left, right), (low, high) = view.viewRange()
        size = (max(view.width(), 16.0), max(view.height(), 16.0))
        per_pixel = ((right - left) / size[0], (high - low) / size[1])
        layers = [(self._raw, self._faint)] if self._raw is not None else []
        layers.append((self._y, self._pen))
        lines = []
        for values, pen in layers:
            xs, ys = thin(self._x, values, left, right, int(size[0]))
            travel = _travel(xs, per_pixel[0]) + _travel(ys, per_pixel[1])
            lines.append(_Line(fn.arrayToQPolygonF(xs, ys), pen, travel > _ROUGH * sum(size)))
        return lines


def _travel(values: Floats, per_pixel: float) -> float:
    """How far a line goes along one axis, to and fro, in pixels."""
    return float(np.abs(np.diff(values)).sum()) / (per_pixel or 1.0)
