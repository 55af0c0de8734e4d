"""How an axis of parallel coordinates and a single line across them look."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from gui.plots.study.parallel_axes import MISSING, ParallelAxis
from gui.theme import theme

__all__ = ["paint_axis", "paint_line", "paint_range"]

_BAR = 6.0  # half the width of a range
_AWAY = 7.0
_COVER = 205  # of 255: how much of what lies behind a word is hidden
_LETTERS = 14


def paint_line(painter: QPainter, points: Sequence[QPointF]) -> None:
    """The line of the trial that is read."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().colour("text"), 2.5))
    painter.drawPolyline(QPolygonF(points))


def paint_axis(
    painter: QPainter,
    x: float,
    area: QRectF,
    axis: ParallelAxis,
    ticks: Sequence[tuple[float, str]],
    *,
    room: float,
    focused: bool,
) -> None:
    """One axis with its name above and its ticks beside it; ``room`` is how far the next one is."""
    look = theme()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(look.colour("link" if focused else "muted"), 2 if focused else 1))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    painter.setFont(look.font("small"))
    metrics = painter.fontMetrics()
    least = 0.9 * metrics.height()
    before = float("inf")
    for height, text in ticks:
        y = area.bottom() - height * area.height()
        if before - y >= least:
            _write(painter, x, y, text, room)
            before = y
    if axis.lacking:
        _write(painter, x, area.bottom() - MISSING * area.height(), "none", room)
    _paint_name(painter, x, area.top(), axis.column.label, room)


def paint_range(painter: QPainter, x: float, area: QRectF, chosen: Sequence[float]) -> None:
    """The range that is chosen on an axis, from the pixels of its ends."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    top, foot = max(min(chosen), area.top()), min(max(chosen), area.bottom())
    tint = theme().colour("accent")
    tint.setAlpha(90)
    painter.setPen(QPen(theme().colour("link"), 1.5))
    painter.setBrush(tint)
    painter.drawRect(QRectF(x - _BAR, top, 2 * _BAR, max(2.0, foot - top)))


def _write(painter: QPainter, x: float, y: float, text: str, room: float) -> None:
    """A word beside an axis, on a ground that hides some of the lines."""
    metrics = painter.fontMetrics()
    wide = max(0, round(min(room - 2 * _AWAY, _LETTERS * metrics.averageCharWidth() * 1.2)))
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, wide)
    box = QRectF(x + _AWAY, y - metrics.height() / 2, metrics.horizontalAdvance(shown) + 4, 0)
    box.setHeight(metrics.height())
    ground = theme().colour("surface")
    ground.setAlpha(_COVER)
    painter.fillRect(box, ground)
    painter.setPen(theme().colour("text"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


def _paint_name(painter: QPainter, x: float, top: float, name: str, room: float) -> None:
    """The name in two lines: what it belongs to, or its first words, and the rest."""
    metrics = painter.fontMetrics()
    whole, _, part = name.rpartition(": ")
    whole = whole.rpartition(": ")[2]
    if not whole and metrics.horizontalAdvance(part) > room - 8:
        whole, _, part = part.rpartition(" ")
    left = max(2.0, x - 20)
    for line, (text, colour) in enumerate(((whole, "muted"), (part, "text"))):
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, round(room - 8))
        base = top - 12 - (1 - line) * (metrics.height() + 1)
        painter.setPen(theme().colour(colour))
        painter.drawText(QPointF(left, base), shown)
