"""The line under a plot's title that says what its marks mean."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from gui.plots.caption import Entry
from gui.plots.marks import paint_mark
from gui.theme import theme

__all__ = ["Key"]

_GAP, _AFTER = 6, 14
_RAMP, _LEAST_RAMP = 96, 40


class Key(QWidget):
    """Marks and lines with their names, then the colours from worst to best, then a remark.

    Where room is short the remark is cut first, and the colours are narrower; the tooltip says the
    remark whole.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[Entry, ...] = ()
        self._ramp: tuple[Sequence[QColor], str, str] | None = None
        self._remark = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_entries(self, entries: Sequence[Entry], remark: str = "", detail: str = "") -> None:
        """What the marks mean, a remark on the drawing, and the whole of it for the tooltip."""
        self._entries, self._remark = tuple(entries), remark
        self.setToolTip(detail or remark)
        names = ", ".join(entry.name for entry in entries)
        self.setAccessibleName(f"Key: {names}. {remark}".strip())
        self.updateGeometry()
        self.update()

    def set_ramp(self, colours: Sequence[QColor], low: str, high: str) -> None:
        """The colours from ``low`` to ``high``; none for an empty sequence."""
        self._ramp = (colours, low, high) if colours else None
        self.update()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What a saved picture says above the drawing."""
        remark = (Entry(self._remark),) if self._remark else ()
        if self._ramp is None:
            return self._entries + remark
        colours, low, high = self._ramp
        ends = (Entry(low, QColor(colours[0])), Entry(high, QColor(colours[-1])))
        return self._entries + ends + remark

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        names = sum(metrics.horizontalAdvance(e.name) + 30 for e in self._entries)
        return QSize(names + metrics.horizontalAdvance(self._remark) + _AFTER, metrics.height() + 6)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font("small"))
        at = float(_GAP)
        for entry in self._entries:
            at = self._paint_entry(painter, entry, at)
        if self._ramp is not None:
            at = self._paint_ramp(painter, *self._ramp, at)
        self._words(painter, self._remark, at)

    def _paint_entry(self, painter: QPainter, entry: Entry, at: float) -> float:
        middle = self.height() / 2
        if entry.mark is not None:
            paint_mark(painter, entry.mark, QPointF(at + 4, middle))
            return self._words(painter, entry.name, at + 8 + _GAP)
        painter.setPen(entry.colour or theme().colour("muted"))
        painter.drawLine(QPointF(at, middle), QPointF(at + 16, middle))
        return self._words(painter, entry.name, at + 16 + _GAP)

    def _paint_ramp(
        self, painter: QPainter, colours: Sequence[QColor], low: str, high: str, at: float
    ) -> float:
        at = self._words(painter, low, at) - _AFTER + _GAP
        room = self.width() - at - painter.fontMetrics().horizontalAdvance(high) - 2 * _GAP
        ramp = min(_RAMP, max(_LEAST_RAMP, room))
        wide = ramp / len(colours)
        for place, colour in enumerate(colours):
            painter.fillRect(
                QRectF(at + place * wide, self.height() / 2 - 5, wide + 0.5, 10), colour
            )
        return self._words(painter, high, at + ramp + _GAP)

    def _words(self, painter: QPainter, text: str, at: float) -> float:
        """Writes in what room there is; the place after it."""
        painter.setPen(theme().colour("muted"))
        metrics = painter.fontMetrics()
        room = max(0, round(self.width() - at))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        box = QRectF(at, 0, room + 2, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        return at + metrics.horizontalAdvance(shown) + _AFTER
