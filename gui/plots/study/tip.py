"""What floats over a plot of trials: a ring about one of them, and its settings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from gui.plots.overlay import Overlay
from gui.theme import theme

__all__ = ["TrialTip"]

_PAD, _AWAY, _RING = 8.0, 14.0, 7.0
_WIDEST, _BETWEEN, _LEAST_NAME = 420.0, 14, 60


class TrialTip(Overlay):
    """A readout beside a point, with a heading and lines of names and values."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._at: QPointF | None = None
        self._ring = True
        self._heading = ""
        self._lines: tuple[tuple[str, str], ...] = ()

    def show_tip(
        self, at: QPointF, heading: str, lines: Sequence[tuple[str, str]] = (), *, ring: bool = True
    ) -> None:
        """Reads out beside ``at`` (pixels of what it floats over), with a ring about that point."""
        self._at, self._heading, self._lines, self._ring = at, heading, tuple(lines), ring
        self.update()

    def hide_tip(self) -> None:
        """Takes the readout away."""
        if self._at is not None:
            self._at = None
            self.update()

    @property
    @override
    def text(self) -> str:
        """The readout as text, one line a setting."""
        if self._at is None:
            return ""
        lines = (f"{name}: {value}" if value else name for name, value in self._lines)
        return "\n".join([self._heading, *lines])

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._at is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._ring:
            painter.setPen(QPen(theme().colour("text"), 1.6))
            painter.drawEllipse(self._at, _RING, _RING)
        self._paint_box(painter, self._at)

    def _paint_box(self, painter: QPainter, at: QPointF) -> None:
        painter.setFont(theme().font("small"))
        metrics = painter.fontMetrics()
        line = metrics.height() + 2
        lines = [("", self._heading), *self._lines]
        widest = max(_width(metrics, *pair) for pair in lines)
        width = min(widest + 2 * _PAD, _WIDEST, self.width() - 2.0)
        box = self._place(at, width, line * len(lines) + _PAD + 4)
        painter.setPen(theme().colour("outline"))
        painter.setBrush(theme().colour("raised"))
        painter.drawRoundedRect(box, 6, 6)
        row = QRectF(box.left() + _PAD, box.top() + _PAD / 2 + 2, width - 2 * _PAD, line)
        painter.setPen(theme().colour("muted"))
        _write(painter, row, self._heading, "")
        painter.setPen(theme().colour("text"))
        for number, pair in enumerate(self._lines, 1):
            _write(painter, row.translated(0, number * line), *pair)

    def _place(self, at: QPointF, width: float, height: float) -> QRectF:
        """Beside the point, where there is room, and within the plot."""
        right = at.x() + _AWAY + width <= self.width()
        left = at.x() + _AWAY if right else max(at.x() - _AWAY - width, 1.0)
        top = min(max(at.y() - height / 3, 1.0), max(1.0, self.height() - height - 1))
        return QRectF(left, top, width, height)


def _width(metrics: QFontMetrics, name: str, value: str) -> int:
    gap = _BETWEEN if name and value else 0
    return metrics.horizontalAdvance(name) + gap + metrics.horizontalAdvance(value)


def _write(painter: QPainter, row: QRectF, name: str, value: str) -> None:
    """The name at the left and the value at the right; a sentence that is too long is cut."""
    metrics = painter.fontMetrics()
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    room = row.width() - metrics.horizontalAdvance(value) - (_BETWEEN if value else 0)
    if room < min(_LEAST_NAME, metrics.horizontalAdvance(name)):
        name, value, room = f"{name}: {value}", "", row.width()
    shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(room) + 1)
    painter.drawText(row, flags | Qt.AlignmentFlag.AlignLeft, shown)
    painter.drawText(row, flags | Qt.AlignmentFlag.AlignRight, value)
