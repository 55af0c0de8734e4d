"""What floats over a plot: the crosshair, its readout, and the words of an empty plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from gui.theme import theme

__all__ = ["Overlay", "Reading"]

_PAD = 8


@dataclass(frozen=True)
class Reading:
    """One line of the readout: the curve's name, its value in words, and where its dot lies."""

    name: str
    value: str
    colour: QColor
    point: QPointF


class Overlay(QWidget):
    """A transparent widget over a plot's viewport; the mouse goes through it."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._area = QRectF()
        self._x: float | None = None
        self._head = ""
        self._readings: Sequence[Reading] = ()
        self._empty = ""
        over.installEventFilter(self)
        self.resize(over.size())

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
        return False

    def show_empty(self, text: str) -> None:
        """Writes ``text`` in the middle of the plot; an empty text removes it."""
        if text != self._empty:
            self._empty = text
            self.update()

    def show_reading(
        self, area: QRectF, x: float | None, head: str = "", readings: Sequence[Reading] = ()
    ) -> None:
        """Draws the crosshair at ``x`` (viewport pixels) within ``area``; ``None`` removes it."""
        if x is None and self._x is None:
            return
        self._area, self._x, self._head, self._readings = area, x, head, readings
        self.update()

    @property
    def text(self) -> str:
        """The readout as text, one line a curve (also what is read out and tested)."""
        if self._x is None:
            return ""
        return "\n".join([self._head, *(f"{r.name}: {r.value}" for r in self._readings)])

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._empty and self._x is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._empty:
            painter.setFont(theme().font("body"))
            painter.setPen(theme().colour("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(64, 8, -24, -32), flags, self._empty)
        if self._x is not None:
            self._paint_crosshair(painter, self._x)
            self._paint_readout(painter, self._x)

    def _paint_crosshair(self, painter: QPainter, x: float) -> None:
        painter.setPen(QPen(theme().colour("muted"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, self._area.top()), QPointF(x, self._area.bottom()))
        painter.setPen(QPen(theme().colour("surface"), 1.5))
        for reading in self._readings:
            if self._area.contains(reading.point):
                painter.setBrush(reading.colour)
                painter.drawEllipse(reading.point, 4, 4)

    def _paint_readout(self, painter: QPainter, x: float) -> None:
        painter.setFont(theme().font("small"))
        metrics = painter.fontMetrics()
        line = metrics.height() + 2
        names = max([metrics.horizontalAdvance(r.name) for r in self._readings], default=0)
        values = max([metrics.horizontalAdvance(r.value) for r in self._readings], default=0)
        inner = max(14 + names + 14 + values, metrics.horizontalAdvance(self._head))
        width, height = inner + 2 * _PAD, line * (len(self._readings) + 1) + _PAD + 4
        right = x + 12 + width <= self._area.right()
        left = x + 12 if right else max(x - 12 - width, 0.0)
        box = QRectF(left, self._area.top() + 8, width, height)
        painter.setPen(theme().colour("outline"))
        painter.setBrush(theme().colour("raised"))
        painter.drawRoundedRect(box, 6, 6)
        top = box.top() + _PAD / 2 + 2
        painter.setPen(theme().colour("muted"))
        painter.drawText(QPointF(left + _PAD, top + metrics.ascent()), self._head)
        for number, reading in enumerate(self._readings, 1):
            base = top + number * line + metrics.ascent()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(reading.colour)
            painter.drawEllipse(QPointF(left + _PAD + 4, base - metrics.ascent() / 2 + 1), 3.5, 3.5)
            painter.setPen(theme().colour("text"))
            painter.drawText(QPointF(left + _PAD + 14, base), reading.name)
            value = metrics.horizontalAdvance(reading.value)
            painter.drawText(QPointF(box.right() - _PAD - value, base), reading.value)
