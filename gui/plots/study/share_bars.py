"""Bars for shares that add up to one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget
from typing_extensions import override

from gui.numbers import percent
from gui.theme import theme

__all__ = ["ShareBars"]

_GAP, _ROW, _THICK = 10.0, 10.0, 12.0
_MOST_NAME = 0.4  # of the width


class ShareBars(QWidget):
    """One row for each name with its share; click a row, or walk with the arrows and press Enter.

    Signals: bar_clicked(int): the row; menu_wished(QPoint).
    """

    bar_clicked = Signal(int)
    menu_wished = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[tuple[str, float], ...] = ()
        self._hovered = self._current = -1
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_bars(self, bars: Sequence[tuple[str, float]]) -> None:
        """Shows other bars."""
        self._bars = tuple(bars)
        self._hovered, self._current = -1, min(self._current, len(self._bars) - 1)
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def reading(self, row: int) -> str:
        """A bar in words."""
        name, share = self._bars[row]
        return f"{name}: {percent(share)}"

    def row_rect(self, row: int) -> QRectF:
        """Where a row is drawn."""
        return QRectF(0, _GAP / 2 + row * self._high(), self.width(), self._high())

    def _high(self) -> float:
        return QFontMetricsF(theme().font("small")).height() + _ROW

    @override
    def sizeHint(self) -> QSize:
        return QSize(360, round(self._high() * len(self._bars) + 2 * _GAP))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("surface"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font("small"))
        metrics = QFontMetricsF(painter.font())
        names = max((metrics.horizontalAdvance(name) for name, _ in self._bars), default=0.0)
        names = min(names + 1, self.width() * _MOST_NAME)
        most = max((share for _, share in self._bars), default=1.0) or 1.0
        room = self.width() - names - 4 * _GAP - metrics.horizontalAdvance(percent(1.0))
        for row, (name, share) in enumerate(self._bars):
            rect = self.row_rect(row)
            self._paint_ground(painter, row, rect)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, names)
            painter.setPen(theme().colour("text"))
            painter.drawText(QRectF(_GAP, rect.top(), names, rect.height()), flags, text)
            wide = max(1.0, room * share / most)
            left = names + 2 * _GAP
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().series_colour(0))
            bar = QRectF(left, rect.center().y() - _THICK / 2, wide, _THICK)
            painter.drawRoundedRect(bar, 2, 2)
            painter.setPen(theme().colour("muted"))
            label = QRectF(left + wide + _GAP / 2, rect.top(), self.width(), rect.height())
            painter.drawText(label, flags, percent(share))

    def _paint_ground(self, painter: QPainter, row: int, rect: QRectF) -> None:
        rect = rect.adjusted(_GAP / 2, 1, -_GAP / 2, -1)
        if row == self._hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("raised"))
            painter.drawRoundedRect(rect, 4, 4)
        if row == self._current and self.hasFocus():
            painter.setPen(QPen(theme().colour("link"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, 4, 4)

    def _row_at(self, position: QPointF) -> int:
        row = int((position.y() - _GAP / 2) // self._high())
        return row if 0 <= row < len(self._bars) else -1

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position())
        if row != self._hovered:
            self._hovered = row
            self.update()
            tip = f"{self.reading(row)}. Click for its slice." if row >= 0 else ""
            QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position())
        if row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._current = row
            self.bar_clicked.emit(row)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._bars and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            self._current = min(max(self._current + step, 0), len(self._bars) - 1)
            self.setAccessibleDescription(self.reading(self._current))
            self.update()
        elif self._current >= 0 and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.bar_clicked.emit(self._current)
        else:
            event.ignore()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wished.emit(event.globalPos())
