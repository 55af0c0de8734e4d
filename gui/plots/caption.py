"""The line above a plot in a saved picture: its title and what each curve is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from gui.plots.marks import Mark, paint_mark
from gui.theme import theme

__all__ = ["Caption", "Entry"]

_MARGIN = 10.0
_SAMPLE = 24.0
_POINT = 8.0
_GAP = 8.0


@dataclass(frozen=True)
class Entry:
    """A curve's name, colour and dashes, or the mark of some points; a remark has no colour."""

    name: str
    colour: QColor | None = None
    pattern: tuple[float, ...] = ()
    mark: Mark | None = None

    @property
    def sample(self) -> float:
        """The pixels that stand before the name."""
        if self.mark is not None:
            return _POINT
        return _SAMPLE if self.colour is not None else -_GAP


@dataclass(frozen=True)
class Caption:
    """A title and the legend after it, broken into lines where the picture is narrow."""

    title: str
    entries: tuple[Entry, ...] = ()

    def height(self, width: float) -> float:
        """How high it is in a picture of this width."""
        return (self._places(width)[-1].y() + 1) * self._line + _MARGIN

    def paint(self, painter: QPainter, width: float) -> None:
        """Draws it at the top left."""
        title, *places = self._places(width)
        font = theme().font("small")
        painter.fillRect(0, 0, int(width), int(self.height(width)) + 1, theme().colour("surface"))
        painter.setFont(theme().font("small", bold=True))
        painter.setPen(theme().colour("text"))
        painter.drawText(self._at(title), self.title)
        painter.setFont(font)
        for entry, place in zip(self.entries, places, strict=True):
            at = self._at(place)
            middle = at.y() - QFontMetricsF(font).ascent() / 3
            if entry.mark is not None:
                paint_mark(painter, entry.mark, QPointF(at.x() + _POINT / 2, middle))
            elif entry.colour is not None:
                pen = QPen(entry.colour, 2)
                if entry.pattern:
                    pen.setDashPattern(entry.pattern)
                painter.setPen(pen)
                painter.drawLine(QPointF(at.x(), middle), QPointF(at.x() + _SAMPLE, middle))
            painter.setPen(theme().colour("text"))
            painter.drawText(at + QPointF(entry.sample + _GAP, 0), entry.name)

    @property
    def _line(self) -> float:
        return QFontMetricsF(theme().font("small")).height() + 4

    def _at(self, place: QPointF) -> QPointF:
        return QPointF(place.x(), _MARGIN / 2 + (place.y() + 0.8) * self._line)

    def _places(self, width: float) -> list[QPointF]:
        """Left edges and line numbers of the title and the entries."""
        bold = QFontMetricsF(theme().font("small", bold=True))
        metrics = QFontMetricsF(theme().font("small"))
        places = [QPointF(_MARGIN, 0)]
        left, line = _MARGIN + bold.horizontalAdvance(self.title) + 2 * _GAP, 0
        for entry in self.entries:
            wide = entry.sample + _GAP + metrics.horizontalAdvance(entry.name)
            if left + wide > width - _MARGIN and left > _MARGIN:
                left, line = _MARGIN, line + 1
            places.append(QPointF(left, line))
            left += wide + 2 * _GAP
        return places
