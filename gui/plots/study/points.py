"""Ten thousand points, drawn as stamps in a few milliseconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPaintEngine, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from gui.plots.marks import Mark, paint_mark, stamp
from gui.plots.series import Floats
from gui.plots.study.batches import draw_stamps
from gui.plots.whole_view import WholeView

__all__ = ["Points"]

_NONE: Floats = np.empty(0)
_MARGIN = 8.0


class Points(WholeView):
    """Points with a mark for each kind, the first kind on top.

    As :class:`gui.plots.curve_item.CurveItem` it claims the whole view as its bounds. On a screen
    the points are stamped from small pictures; in an SVG they are shapes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._x = self._y = _NONE
        self._kinds: NDArray[np.integer] = np.empty(0, np.int8)
        self._marks: tuple[Mark, ...] = ()
        self.setZValue(5)

    def set_points(self, x: Floats, y: Floats, kinds: NDArray[np.integer]) -> None:
        """Takes places in the plot's units, and for each the index of its mark."""
        self._x, self._y, self._kinds = x, y, kinds
        self.update()

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """One for each kind, the topmost first."""
        self._marks = marks
        self.update()

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        at = painter.worldTransform()
        room = at.mapRect(self.boundingRect()).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
        x, y = at.m11() * self._x + at.dx(), at.m22() * self._y + at.dy()
        seen = (x > room.left()) & (x < room.right()) & (y > room.top()) & (y < room.bottom())
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for kind, mark in reversed(tuple(enumerate(self._marks))):
            chosen = seen & (self._kinds == kind)
            if chosen.any():
                _paint(painter, mark, x[chosen], y[chosen])
        painter.restore()


def _paint(painter: QPainter, mark: Mark, x: Floats, y: Floats) -> None:
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:
        for place in zip(x.tolist(), y.tolist(), strict=True):
            paint_mark(painter, mark, QPointF(*place))
        return
    sharpness = painter.device().devicePixelRatioF()
    draw_stamps(painter, stamp(mark, sharpness), x, y, 1 / sharpness)
