"""The drawing of parallel coordinates: lines, axes, and the ranges that are chosen on them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from gui.plots.series import Floats
from gui.plots.study.look import fade, ramp
from gui.plots.study.parallel_axes import Parallels, Span
from gui.plots.study.parallel_paint import paint_axis, paint_line, paint_range
from gui.plots.study.strokes import Strokes
from gui.theme import theme

__all__ = ["ParallelDrawing"]

_LEFT, _RIGHT, _TOP, _FOOT = 24.0, 76.0, 44.0, 40.0
_LEAST_GAP = 72
_GRIP = 14.0  # pixels beside an axis that belong to it
_REACH = 8.0


class ParallelDrawing(QWidget):
    """A line for each trial across the axes; those outside the ranges fade.

    Attributes:
        found: what is drawn.
        ranges: what is chosen, in places of the axes by their keys.
        current: the index of the trial that is read out, drawn strong.

    Signals:
        ranges_changed(): a range was set, moved or taken away.
    """

    ranges_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.found: Parallels | None = None
        self.ranges: dict[str, Span] = {}
        self.current: int | None = None
        self._spans: dict[str, Span] = {}
        self._lines: Floats = np.empty((0, 0))
        self._places: Floats = np.empty(0)
        self._behind = Strokes(self.update, self)
        self._chosen = Strokes(self.update, self)
        self._axes = QPixmap()
        self._axis = -1
        self.restyle()

    def show_lines(self, found: Parallels | None) -> None:
        """Draws other trials; ranges of axes that are still there stay."""
        self.found = found
        keys = {axis.key for axis in found.axes} if found is not None else set[str]()
        self.ranges = {key: span for key, span in self.ranges.items() if key in keys}
        self._spans = {key: span for key, span in self._spans.items() if key in keys}
        self.current = None
        self.setMinimumWidth(round(_LEFT + _RIGHT + _LEAST_GAP * max(0, len(keys) - 1)))
        self._renew()

    def reset(self) -> None:
        """Takes all ranges and zooms away."""
        had, self.ranges, self._spans = bool(self.ranges), {}, {}
        self._renew()
        if had:
            self.ranges_changed.emit()

    def set_range(self, key: str, span: Span | None) -> None:
        """Chooses a range of an axis, in its places; ``None`` takes it away."""
        self.ranges.pop(key, None)
        if span is not None:
            self.ranges[key] = span
        self._draw_chosen()
        self.ranges_changed.emit()

    def set_whole(self, whole: bool) -> None:
        """Whether everything is drawn at once, for a file."""
        self._behind.whole = self._chosen.whole = whole

    def restyle(self) -> None:
        """Takes the theme's colours."""
        self._behind.set_colours([fade()])
        self._chosen.set_colours(ramp())
        self._forget_axes()

    def _renew(self) -> None:
        found = self.found
        self._forget_axes()
        if found is None:
            self._lines, self._places = np.empty((0, 0)), np.empty(0)
            drawn = self._lines
        else:
            heights = [axis.heights(self._spans.get(axis.key)) for axis in found.axes]
            self._lines = np.stack(heights, axis=1)
            self._places = np.linspace(0.0, 1.0, len(heights))
            drawn = self._lines[found.drawn]
        self._behind.set_lines(self._places, drawn, np.zeros(len(drawn), np.int8))
        self._draw_chosen()

    def _draw_chosen(self) -> None:
        found = self.found
        if found is None:
            self._chosen.set_lines(self._places, self._lines, np.empty(0, np.int8))
        else:
            chosen = found.within(self.ranges)
            self._chosen.set_lines(self._places, self._lines[chosen], found.tones[chosen])
        self.update()

    def area(self) -> QRectF:
        """From the first axis to the last, and from their feet to their tops."""
        wide, high = self.width() - _LEFT - _RIGHT, self.height() - _TOP - _FOOT
        return QRectF(_LEFT, _TOP, max(1.0, wide), max(1.0, high))

    def axis_x(self, number: int) -> float:
        """The pixel of an axis."""
        area = self.area()
        return area.left() + float(self._places[number]) * area.width()

    def height_of(self, number: int, place: float) -> float:
        """The pixel of a place on an axis."""
        low, high = self.span(number)
        return self.area().bottom() - (place - low) / (high - low) * self.area().height()

    def anchor(self, index: int) -> QPointF | None:
        """Where a trial crosses the last axis; ``None`` where it is not drawn."""
        if self.found is None or not self.found.drawn[index]:
            return None
        area = self.area()
        return QPointF(area.right(), area.bottom() - float(self._lines[index, -1]) * area.height())

    def trial_at(self, position: QPointF) -> int | None:
        """The index of the chosen trial whose line passes nearest."""
        area, found = self.area(), self.found
        count = len(found.axes) if found is not None else 0
        reach = area.adjusted(-2, -4, 2, _FOOT)
        if found is None or count < 2 or not reach.contains(position):
            return None
        place = (position.x() - area.left()) / area.width() * (count - 1)
        before = min(max(int(place), 0), count - 2)
        part = place - before
        heights = (1 - part) * self._lines[:, before] + part * self._lines[:, before + 1]
        away = np.abs(area.bottom() - heights * area.height() - position.y())
        away[~found.within(self.ranges)] = np.inf
        index = int(np.argmin(away))
        return index if away[index] <= _REACH else None

    def span(self, number: int) -> Span:
        """The places at the foot and the top of an axis."""
        assert self.found is not None
        axis = self.found.axes[number]
        return self._spans.get(axis.key, axis.column.ends)

    def place_at(self, number: int, y: float) -> float:
        """The place on an axis at a pixel."""
        low, high = self.span(number)
        area = self.area()
        return low + (area.bottom() - y) / area.height() * (high - low)

    def axis_at(self, x: float) -> int | None:
        """The axis at a pixel; ``None`` between two."""
        count = len(self.found.axes) if self.found is not None else 0
        near = min(range(count), key=lambda number: abs(self.axis_x(number) - x), default=None)
        return near if near is not None and abs(self.axis_x(near) - x) <= _GRIP else None

    @override
    def sizeHint(self) -> QSize:
        return QSize(max(640, self.minimumWidth()), 360)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("surface"))
        if self.found is None:
            return
        area = self.area()
        painter.save()
        painter.setClipRect(area.adjusted(-1, -2, 1, _FOOT))
        to_pixels = QTransform(area.width(), 0, 0, -area.height(), area.left(), area.bottom())
        size = QSizeF(self.size())
        if self.ranges:
            self._behind.paint(painter, to_pixels, size)
        self._chosen.paint(painter, to_pixels, size)
        if self.current is not None:
            line = to_pixels.map
            points = zip(self._places.tolist(), self._lines[self.current].tolist(), strict=True)
            paint_line(painter, [line(QPointF(*point)) for point in points])
        painter.restore()
        self._paint_axes(painter)
        for number, axis in enumerate(self.found.axes):
            if axis.key in self.ranges:
                ends = [self.height_of(number, end) for end in self.ranges[axis.key]]
                paint_range(painter, self.axis_x(number), area, ends)

    def _paint_axes(self, painter: QPainter) -> None:
        """From a picture of them, as their words take longer than all else; in a file, as such."""
        sharpness = self.devicePixelRatioF()
        if self._chosen.whole:
            self._draw_axes(painter)
            return
        if self._axes.isNull():
            self._axes = QPixmap(self.size() * sharpness)
            self._axes.setDevicePixelRatio(sharpness)
            self._axes.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._axes)
            self._draw_axes(inner)
            inner.end()
        painter.drawPixmap(0, 0, self._axes)

    def _draw_axes(self, painter: QPainter) -> None:
        assert self.found is not None
        area, last = self.area(), len(self.found.axes) - 1
        for number, axis in enumerate(self.found.axes):
            room = area.width() / last if number < last else _RIGHT
            focused = number == self._axis and self.hasFocus()
            ticks = axis.ticks(self._spans.get(axis.key))
            x = self.axis_x(number)
            paint_axis(painter, x, area, axis, ticks, room=room, focused=focused)

    def _forget_axes(self) -> None:
        self._axes = QPixmap()
        self.update()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        self._forget_axes()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self._forget_axes()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._forget_axes()
