"""Horizontal bars for counts per class, whole or split into parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QToolTip, QWidget
from typing_extensions import override

from gui.plots.saving import Saver, csv_text
from gui.theme import theme

__all__ = ["Bar", "BarChart"]

_GAP = 8.0
_MOST_NAME = 160.0
_FADES = (255, 150, 80)


@dataclass(frozen=True)
class Bar:
    """One bar: a class's name, its counts by part, and the index of its colour."""

    name: str
    parts: tuple[int, ...]
    colour: int = 0

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(self.parts)


class BarChart(QWidget):
    """One row per class with its count; click a row, or walk with the arrows and press Enter.

    Parts (train, validation, test) lie end to end in fading tints, divided by gaps;
    :attr:`bar_clicked` carries the row's index.
    """

    bar_clicked = Signal(object)
    failed = Signal(object)

    def __init__(self, title: str = "Images per class", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: tuple[Bar, ...] = ()
        self._parts: tuple[str, ...] = ()
        self._hovered = self._current = -1
        self.saver = Saver(self, title, self.csv, self.failed.emit)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        theme().follow(self._restyle)

    def set_bars(self, bars: Sequence[Bar], parts: Sequence[str] = ("images",)) -> None:
        """Shows the bars; ``parts`` names the counts that every bar has."""
        if any(len(bar.parts) != len(parts) for bar in bars):
            raise ValueError(f"every bar needs {len(parts)} counts")
        self._bars, self._parts = tuple(bars), tuple(parts)
        self._hovered = self._current = -1
        self._restyle()

    def csv(self) -> str:
        """The counts as CSV."""
        return csv_text(("class", *self._parts), ((bar.name, *bar.parts) for bar in self._bars))

    def save(self, path: Path) -> None:
        """Writes PNG, SVG or CSV by the file's suffix; raises FoveaError when it cannot."""
        self.saver.save(path)

    def reading(self, index: int) -> str:
        """A bar in words."""
        bar = self._bars[index]
        if len(self._parts) == 1:
            return f"{bar.name}: {bar.total:,} {self._parts[0]}"
        pieces = (f"{n:,} {part}" for n, part in zip(bar.parts, self._parts, strict=True))
        return f"{bar.name}: {bar.total:,} ({', '.join(pieces)})"

    def row_rect(self, index: int) -> QRectF:
        """Where a row is drawn."""
        return QRectF(0, index * self._row(), self.width(), self._row())

    def _row(self) -> float:
        return QFontMetricsF(theme().font("small")).height() + _GAP

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, round(self._row() * max(len(self._bars), 1)))

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(180, self.sizeHint().height())

    def _restyle(self) -> None:
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font("small"))
        metrics = QFontMetricsF(painter.font())
        names = max((metrics.horizontalAdvance(bar.name) for bar in self._bars), default=0.0)
        names = min(names, _MOST_NAME, self.width() * 0.45)
        counts = max((metrics.horizontalAdvance(f"{b.total:,}") for b in self._bars), default=0.0)
        most = max((bar.total for bar in self._bars), default=0) or 1
        room = max(self.width() - names - counts - 3 * _GAP, 10.0)
        clip = QRectF(event.rect())
        for index, bar in enumerate(self._bars):
            row = self.row_rect(index)
            if not row.intersects(clip):
                continue
            self._paint_row_ground(painter, index, row)
            painter.setPen(theme().colour("text"))
            text = metrics.elidedText(bar.name, Qt.TextElideMode.ElideMiddle, names + 1)
            middle = Qt.AlignmentFlag.AlignVCenter
            box = QRectF(_GAP / 2, row.top(), names + 1, row.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, text)
            left = names + 1.5 * _GAP
            end = self._paint_parts(painter, bar, QRectF(left, row.top(), room, row.height()), most)
            painter.setPen(theme().colour("muted"))
            label = QRectF(end + _GAP / 2, row.top(), counts + _GAP, row.height())
            painter.drawText(label, Qt.AlignmentFlag.AlignLeft | middle, f"{bar.total:,}")

    def _paint_row_ground(self, painter: QPainter, index: int, row: QRectF) -> None:
        if index == self._hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour("raised"))
            painter.drawRoundedRect(row, 4, 4)
        if index == self._current and self.hasFocus():
            painter.setPen(QPen(theme().colour("link"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(row.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_parts(self, painter: QPainter, bar: Bar, room: QRectF, most: int) -> float:
        thick = min(12.0, room.height() - 6)
        left = room.left()
        painter.setPen(Qt.PenStyle.NoPen)
        for number, count in enumerate(bar.parts):
            width = room.width() * count / most
            colour = theme().series_colour(bar.colour)
            colour.setAlpha(_FADES[min(number, len(_FADES) - 1)])
            painter.setBrush(colour)
            gap = 1.0 if number and width > 2 else 0.0
            shape = QRectF(left + gap, room.center().y() - thick / 2, width - gap, thick)
            painter.drawRoundedRect(shape, 2, 2)
            left += width
        return left

    def _at(self, position: QPointF) -> int:
        index = int(position.y() // self._row())
        return index if 0 <= index < len(self._bars) else -1

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position())
        if index != self._hovered:
            self._hovered = index
            self.update()
            tip = self.reading(index) if index >= 0 else ""
            QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.update()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._go(index)
            self.bar_clicked.emit(index)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self._bars and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            step = 1 if key == Qt.Key.Key_Down else -1
            self._go(min(max(self._current + step, 0), len(self._bars) - 1))
        elif self._current >= 0 and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.bar_clicked.emit(self._current)
        else:
            event.ignore()

    def _go(self, index: int) -> None:
        self._current = index
        self.setAccessibleDescription(self.reading(index))
        self.update()

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.saver.fill(menu)
        menu.popup(event.globalPos())
