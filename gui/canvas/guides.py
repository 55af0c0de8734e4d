"""Alignment guides: what is dragged snaps to the edges and middles of what stands still."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from gui.theme import theme

__all__ = ["GuideLines", "Guides", "Snapped"]

_BEYOND = 12.0


@dataclass(frozen=True)
class Snapped:
    """How far to shift to stand in line, and the lines to draw then."""

    shift: QPointF
    lines: tuple[QLineF, ...] = ()


class _Axis:
    """The lines of one direction: where they are, and from where to where something lies on them.

    ``anyone`` within reach is found by a search in a sorted list, however many nodes there are.
    """

    def __init__(self) -> None:
        self.spans: dict[float, tuple[float, float]] = {}
        self._places: list[float] = []

    def add(self, place: float, low: float, high: float) -> None:
        before = self.spans.get(place)
        span = (low, high) if before is None else (min(low, before[0]), max(high, before[1]))
        self.spans[place] = span

    def sort(self) -> None:
        self._places = sorted(self.spans)

    def nearest(self, values: Iterable[float], reach: float) -> float | None:
        """The smallest shift that brings one of ``values`` onto a line; None out of reach."""
        best: float | None = None
        for value in values:
            at = bisect_left(self._places, value)
            for place in self._places[max(at - 1, 0) : at + 1]:
                shift = place - value
                if abs(shift) <= reach and (best is None or abs(shift) < abs(best)):
                    best = shift
        return best


class Guides:
    """Made once when a drag begins, asked at every step."""

    def __init__(self, standing: Iterable[QRectF]) -> None:
        self._across, self._down = _Axis(), _Axis()
        for rect in standing:
            for x in _thirds(rect.left(), rect.right()):
                self._across.add(x, rect.top(), rect.bottom())
            for y in _thirds(rect.top(), rect.bottom()):
                self._down.add(y, rect.left(), rect.right())
        self._across.sort()
        self._down.sort()

    def snap(self, rect: QRectF, reach: float) -> Snapped:
        """The shift within ``reach`` that puts a rectangle in line, each direction by itself."""
        across = self._across.nearest(_thirds(rect.left(), rect.right()), reach)
        down = self._down.nearest(_thirds(rect.top(), rect.bottom()), reach)
        there = rect.translated(across or 0.0, down or 0.0)
        lines: list[QLineF] = []
        if across is not None:
            for x in _thirds(there.left(), there.right()):
                span = self._across.spans.get(x)
                if span is not None:
                    low, high = min(span[0], there.top()), max(span[1], there.bottom())
                    lines.append(QLineF(x, low - _BEYOND, x, high + _BEYOND))
        if down is not None:
            for y in _thirds(there.top(), there.bottom()):
                span = self._down.spans.get(y)
                if span is not None:
                    low, high = min(span[0], there.left()), max(span[1], there.right())
                    lines.append(QLineF(low - _BEYOND, y, high + _BEYOND, y))
        return Snapped(QPointF(across or 0.0, down or 0.0), tuple(lines))


def _thirds(low: float, high: float) -> tuple[float, float, float]:
    return low, (low + high) / 2, high


class GuideLines(QGraphicsItem):
    """Paints the lines, one pixel thin at any zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[QLineF, ...] = ()
        self._bounds = QRectF()
        self.setZValue(9)

    def show_lines(self, lines: tuple[QLineF, ...]) -> None:
        """Shows other lines."""
        if lines != self.lines:
            self.prepareGeometryChange()
            self.lines = lines
            bounds = QRectF()
            for line in lines:
                bounds = bounds.united(QRectF(line.p1(), line.p2()).adjusted(-2, -2, 2, 2))
            self._bounds = bounds

    @override
    def boundingRect(self) -> QRectF:
        return self._bounds

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        pen = QPen(theme().colour("accent"), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(list(self.lines))
