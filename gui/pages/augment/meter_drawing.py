"""The drawing of the meter's plane: axes, marks, intervals, names."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from engine.meter import Reading
from gui.pages.augment.meter_marks import draw_mark
from gui.pages.augment.meter_sight import Sight
from gui.theme import theme

__all__ = ["SIDE", "draw_plane", "field_of", "place_of"]

SIDE = 6.0
"""Half of a mark's width, in pixels."""
_GAP = 6.0
_WIDEST = "0.000"  # the number with the most digits, so that zooming does not move the field
_MIDDLE, _RIGHT = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight


def field_of(size: QSizeF) -> QRectF:
    """Where marks are drawn in a plane of a size, between the axes."""
    metrics = QFontMetricsF(theme().font("small"))
    line = metrics.height()
    left, below = line + metrics.horizontalAdvance(_WIDEST) + 2 * _GAP, 2 * line + 2 * _GAP
    return QRectF(left, _GAP, size.width() - left - _GAP, size.height() - below - _GAP)


def place_of(reading: Reading, sight: Sight, field: QRectF) -> QPointF:
    """Where a reading's mark is; raises KeyError for one without an affinity."""
    if reading.affinity is None:
        raise KeyError(reading.card)
    return sight.place(field, reading.affinity.value, reading.diversity.value)


def draw_plane(painter: QPainter, field: QRectF, sight: Sight, readings: Sequence[Reading]) -> None:
    """Draws everything but the ring around the chosen card."""
    painter.setFont(theme().font("small"))
    _draw_frame(painter, field, sight)
    _draw_numbers(painter, field, sight)
    painter.save()
    painter.setClipRect(field)
    for reading in readings:
        _draw_interval(painter, field, sight, reading)
    for reading in readings:
        at = place_of(reading, sight, field)
        draw_mark(painter, at, SIDE, reading.verdict, theme().colour("surface"))
    _draw_names(painter, field, sight, readings)
    painter.restore()


def _draw_frame(painter: QPainter, field: QRectF, sight: Sight) -> None:
    """The frame, and a dashed line at 1 of either axis: no change."""
    painter.setPen(QPen(theme().colour("border"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(field)
    painter.setPen(QPen(theme().colour("outline"), 1, Qt.PenStyle.DashLine))
    one = sight.place(field, 1.0, 1.0)
    if field.left() <= one.x() <= field.right():
        painter.drawLine(QPointF(one.x(), field.top()), QPointF(one.x(), field.bottom()))
    if field.top() <= one.y() <= field.bottom():
        painter.drawLine(QPointF(field.left(), one.y()), QPointF(field.right(), one.y()))


def _draw_numbers(painter: QPainter, field: QRectF, sight: Sight) -> None:
    line = painter.fontMetrics().height()
    painter.setPen(theme().colour("muted"))
    for value in sight.across.ticks:
        x = sight.place(field, value, 1.0).x()
        box = QRectF(x - 30, field.bottom() + _GAP / 2, 60, line)
        painter.drawText(box, _MIDDLE, sight.across.label(value))
    for value in sight.up.ticks:
        y = sight.place(field, 1.0, value).y()
        box = QRectF(line + _GAP / 2, y - line / 2, field.left() - line - _GAP, line)
        painter.drawText(box, _RIGHT | Qt.AlignmentFlag.AlignVCenter, sight.up.label(value))
    low = QRectF(field.left(), field.bottom() + line + _GAP, field.width(), line)
    painter.drawText(low, _MIDDLE, "Affinity")
    painter.save()
    painter.translate(0, field.center().y())
    painter.rotate(-90)
    painter.drawText(QRectF(-field.height() / 2, 0, field.height(), line), _MIDDLE, "Diversity")
    painter.restore()


def _draw_interval(painter: QPainter, field: QRectF, sight: Sight, reading: Reading) -> None:
    """Thin lines over the 95 % intervals, cut off where the plane ends."""
    affinity, diversity = reading.affinity, reading.diversity
    if affinity is None:
        return
    painter.setPen(QPen(theme().colour("outline"), 1))
    for first, last in (
        ((affinity.low, diversity.value), (affinity.high, diversity.value)),
        ((affinity.value, diversity.low), (affinity.value, diversity.high)),
    ):
        painter.drawLine(sight.place(field, *first), sight.place(field, *last))


def _draw_names(
    painter: QPainter, field: QRectF, sight: Sight, readings: Sequence[Reading]
) -> None:
    """Names beside their marks, where there is room; hover names the others."""
    metrics = QFontMetricsF(painter.font())
    places = [place_of(reading, sight, field) for reading in readings]
    reach = SIDE + 6
    taken = [QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach) for at in places]
    painter.setPen(theme().colour("text"))
    for reading, at in zip(readings, places, strict=True):
        size = QSizeF(metrics.horizontalAdvance(reading.title) + 2, metrics.height())
        for box in _beside(at, size, reach):
            if field.contains(box) and not any(box.intersects(other) for other in taken):
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, reading.title)
                taken.append(box)
                break


def _beside(at: QPointF, size: QSizeF, reach: float) -> tuple[QRectF, ...]:
    """Boxes to the right of a mark, to its left, below and above."""
    middle = QPointF(size.width() / 2, size.height() / 2)
    return (
        QRectF(at + QPointF(reach + 1, -middle.y()), size),
        QRectF(at + QPointF(-reach - 1 - size.width(), -middle.y()), size),
        QRectF(at + QPointF(-middle.x(), reach), size),
        QRectF(at + QPointF(-middle.x(), -reach - size.height()), size),
    )
