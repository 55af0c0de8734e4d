"""The drawing of parallel coordinates and the hands on it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from gui.plots.series import Floats
from gui.plots.study.look import fade, ramp
from gui.plots.study.parallel_axes import Parallels, Span
from gui.plots.study.parallel_paint import paint_axis, paint_line
from gui.plots.study.strokes import Strokes
from gui.theme import theme

__all__ = ["ParallelCanvas"]

_LEFT, _RIGHT, _TOP, _FOOT = 24.0, 76.0, 44.0, 40.0
_LEAST_GAP = 72
_GRIP = 14.0  # pixels beside an axis that belong to it
_EDGE = 6.0  # pixels about the end of a range that move this end
_STILL = 4.0  # pixels that a click may wander
_REACH = 8.0
_STEP = 0.05  # of an axis, for the arrow keys


class ParallelCanvas(QWidget):
    """A line for each trial across the axes; ranges on the axes choose some of them.

    Drag along an axis to choose a range, drag a range or its ends to change it, click the axis to
    take it away; the wheel over an axis zooms it. Keys: left and right go to an axis, up and down
    move its range, with Shift its upper end, Delete takes it away.

    Signals:
        ranges_changed(): a range was set, moved or taken away.
        hovered(QPointF or None), clicked(QPointF), menu_wished(QPoint).
    """

    ranges_changed = Signal()
    hovered = Signal(object)
    clicked = Signal(object)
    menu_wished = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.found: Parallels | None = None
        self.ranges: dict[str, Span] = {}
        self.current: int | None = None
        self._spans: dict[str, Span] = {}
        self._lines: Floats = np.empty((0, 0))
        self._behind = Strokes(self.update, self)
        self._chosen = Strokes(self.update, self)
        self._axis = -1
        self._grabbed: tuple[int, str, float] | None = None
        self._pressed = QPointF()
        self._moved = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.restyle()

    # What is drawn

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

    def _renew(self) -> None:
        found = self.found
        if found is None:
            self._lines = np.empty((0, 0))
            drawn = self._lines
        else:
            heights = [axis.heights(self._spans.get(axis.key)) for axis in found.axes]
            self._lines = np.stack(heights, axis=1)
            drawn = self._lines[found.drawn]
        self._behind.set_lines(self._across(), drawn, np.zeros(len(drawn), np.int8))
        self._draw_chosen()

    def _draw_chosen(self) -> None:
        found = self.found
        if found is None:
            self._chosen.set_lines(self._across(), self._lines, np.empty(0, np.int8))
        else:
            chosen = found.within(self.ranges)
            self._chosen.set_lines(self._across(), self._lines[chosen], found.tones[chosen])
        self.update()

    def _across(self) -> Floats:
        """Places of the axes, from 0 to 1."""
        count = len(self.found.axes) if self.found is not None else 0
        return np.linspace(0.0, 1.0, count) if count > 1 else np.zeros(count)

    # Where things lie

    def area(self) -> QRectF:
        """From the first axis to the last, and from their feet to their tops."""
        wide, high = self.width() - _LEFT - _RIGHT, self.height() - _TOP - _FOOT
        return QRectF(_LEFT, _TOP, max(1.0, wide), max(1.0, high))

    def axis_x(self, number: int) -> float:
        """The pixel of an axis."""
        area = self.area()
        return area.left() + float(self._across()[number]) * area.width()

    def height_of(self, number: int, place: float) -> float:
        """The pixel of a place on an axis."""
        low, high = self._span(number)
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

    def _span(self, number: int) -> Span:
        assert self.found is not None
        axis = self.found.axes[number]
        return self._spans.get(axis.key, axis.column.ends)

    def _place_at(self, number: int, y: float) -> float:
        low, high = self._span(number)
        area = self.area()
        return low + (area.bottom() - y) / area.height() * (high - low)

    def _axis_at(self, x: float) -> int | None:
        count = len(self.found.axes) if self.found is not None else 0
        near = min(range(count), key=lambda number: abs(self.axis_x(number) - x), default=None)
        return near if near is not None and abs(self.axis_x(near) - x) <= _GRIP else None

    # Painting

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
            points = zip(self._across().tolist(), self._lines[self.current].tolist(), strict=True)
            paint_line(painter, [line(QPointF(*point)) for point in points])
        painter.restore()
        gap = area.width() / max(1, len(self.found.axes) - 1)
        for number, axis in enumerate(self.found.axes):
            chosen = self.ranges.get(axis.key)
            ends = None if chosen is None else [self.height_of(number, end) for end in chosen]
            focused = number == self._axis and self.hasFocus()
            ticks = axis.ticks(self._spans.get(axis.key))
            room = gap if number < len(self.found.axes) - 1 else _RIGHT
            paint_axis(
                painter, self.axis_x(number), area, axis, ticks, ends, room=room, focused=focused
            )

    # Hands

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed, self._moved = event.position(), False
        number = self._axis_at(event.position().x())
        if number is None:
            return
        self._axis = number
        self._grabbed = self._grip(number, event.position().y())
        self.update()

    def _grip(self, number: int, y: float) -> tuple[int, str, float]:
        """The axis, what of its range is held, and the place that stays or the grip within it."""
        assert self.found is not None
        at = self._place_at(number, y)
        chosen = self.ranges.get(self.found.axes[number].key)
        if chosen is not None:
            low, high = (self.height_of(number, end) for end in chosen)
            if abs(y - high) <= _EDGE:
                return number, "end", chosen[0]
            if abs(y - low) <= _EDGE:
                return number, "end", chosen[1]
            if high < y < low:
                return number, "whole", at - chosen[0]
        return number, "end", at

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self._grabbed is None:
            self.hovered.emit(None if event.buttons() else position)
            upright = self._axis_at(position.x()) is not None
            self.setCursor(Qt.CursorShape.SizeVerCursor if upright else Qt.CursorShape.ArrowCursor)
            return
        if not self._moved and abs(position.y() - self._pressed.y()) < _STILL:
            return
        self._moved = True
        number, kind, fixed = self._grabbed
        at = self._place_at(number, min(max(position.y(), 0.0), float(self.height())))
        assert self.found is not None
        key = self.found.axes[number].key
        if kind == "whole":
            low, high = self.ranges[key]
            self.set_range(key, (at - fixed, at - fixed + high - low))
        else:
            self.set_range(key, (min(at, fixed), max(at, fixed)))

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        grabbed, self._grabbed = self._grabbed, None
        still = (event.position() - self._pressed).manhattanLength() < 2 * _STILL
        if grabbed is None and still:
            self.clicked.emit(event.position())
        elif grabbed is not None and not self._moved and self.found is not None:
            key = self.found.axes[grabbed[0]].key
            if key in self.ranges:
                self.set_range(key, None)
            else:
                self.clicked.emit(event.position())

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(None)

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        number = self._axis_at(event.position().x())
        if number is None or self.found is None:
            event.ignore()
            return
        at = self._place_at(number, event.position().y())
        factor = 0.8 ** (event.angleDelta().y() / 120)
        low, high = (at + (end - at) * factor for end in self._span(number))
        first, last = self.found.axes[number].column.ends
        low, high = max(low, first), min(high, last)
        if high - low > 1e-6 * (last - first):
            self._spans[self.found.axes[number].key] = (low, high)
            self._renew()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = Qt.Key
        key = keys(event.key())
        count = len(self.found.axes) if self.found is not None else 0
        if count and key in (keys.Key_Left, keys.Key_Right):
            step = 1 if key == keys.Key_Right else -1
            self._axis = min(max(self._axis + step, 0), count - 1)
            self.update()
        elif count and self._axis >= 0 and key in (keys.Key_Up, keys.Key_Down):
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._nudge(_STEP if key == keys.Key_Up else -_STEP, end=shift)
        elif count and self._axis >= 0 and key in (keys.Key_Delete, keys.Key_Backspace):
            assert self.found is not None
            self.set_range(self.found.axes[self._axis].key, None)
        elif key == keys.Key_Home:
            self.reset()
        else:
            event.ignore()

    def _nudge(self, part: float, *, end: bool) -> None:
        """Moves the range of the axis in hand, or its upper end; at first it is the upper half."""
        assert self.found is not None
        key = self.found.axes[self._axis].key
        first, last = self._span(self._axis)
        low, high = self.ranges.get(key, (math.fsum((first, last)) / 2, last))
        step = part * (last - first)
        self.set_range(key, (low if end else low + step, max(low, high + step)))

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wished.emit(event.globalPos())
