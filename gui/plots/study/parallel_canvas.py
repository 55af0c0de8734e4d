"""The hands on parallel coordinates: ranges are dragged, axes zoomed, trials read."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent
from typing_extensions import override

from gui.plots.study.parallel_drawing import ParallelDrawing

__all__ = ["ParallelCanvas"]

_EDGE = 6.0  # pixels about the end of a range that move this end
_STILL = 4.0  # pixels that a click may wander
_STEP = 0.05  # of an axis, for the arrow keys


class ParallelCanvas(ParallelDrawing):
    """Drag along an axis to choose a range, drag a range or its ends to change it, click the axis
    to take it away; the wheel over an axis zooms it.

    Keys: left and right go to an axis, up and down move its range, with Shift its upper end, Delete
    takes it away.

    Signals:
        hovered(QPointF or None), clicked(QPointF), menu_wished(QPoint).
    """

    hovered = Signal(object)
    clicked = Signal(object)
    menu_wished = Signal(QPoint)

    def __init__(self) -> None:
        super().__init__()
        self._grabbed: tuple[int, str, float] | None = None
        self._pressed = QPointF()
        self._moved = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed, self._moved = event.position(), False
        number = self.axis_at(event.position().x())
        if number is None:
            return
        self._axis = number
        self._grabbed = self._grip(number, event.position().y())
        self._forget_axes()

    def _grip(self, number: int, y: float) -> tuple[int, str, float]:
        """The axis, what of its range is held, and the place that stays or the grip within it."""
        assert self.found is not None
        at = self.place_at(number, y)
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
            upright = self.axis_at(position.x()) is not None
            self.setCursor(Qt.CursorShape.SizeVerCursor if upright else Qt.CursorShape.ArrowCursor)
            return
        if not self._moved and abs(position.y() - self._pressed.y()) < _STILL:
            return
        self._moved = True
        number, kind, fixed = self._grabbed
        at = self.place_at(number, min(max(position.y(), 0.0), float(self.height())))
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
        number = self.axis_at(event.position().x())
        if number is None or self.found is None:
            event.ignore()
            return
        at = self.place_at(number, event.position().y())
        factor = 0.8 ** (event.angleDelta().y() / 120)
        low, high = (at + (end - at) * factor for end in self.span(number))
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
            self._forget_axes()
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
        first, last = self.span(self._axis)
        low, high = self.ranges.get(key, ((first + last) / 2, last))
        step = part * (last - first)
        self.set_range(key, (low if end else low + step, max(low, high + step)))

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wished.emit(event.globalPos())
