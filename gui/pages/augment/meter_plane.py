"""The plane of affinity and diversity: a mark for every card, as in the paper of the two."""

from __future__ import annotations

import math
from collections.abc import Sequence

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

from engine.meter import VERDICTS, Reading
from gui.pages.augment.meter_axis import Axis
from gui.pages.augment.meter_marks import draw_mark
from gui.pages.augment.meter_words import verdict_words, with_interval
from gui.plots.saving import Saver, csv_text
from gui.theme import theme

__all__ = ["MeterPlane"]

_SIDE = 6.0  # half of a mark's width
_NEAR = 14.0  # pixels around a mark in which the pointer means it
_GAP = 6.0
_HEAD = ("card", "verdict", "affinity", "low", "high", "diversity", "low", "high", "gain")


class MeterPlane(QWidget):
    """Affinity to the right, diversity upwards; shape and colour of a mark are its verdict.

    Equal steps upwards multiply, as diversity is a ratio of losses that reaches from 1 to 15.
    Hover names a card; a click, or walking with the arrow keys, chooses it: ``chosen(id)``. Cards
    that only mix labels have no affinity and are left out.
    """

    chosen = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._readings: tuple[Reading, ...] = ()
        self._current = ""
        self._across, self._up = Axis.of(()), Axis.ratios(())
        self.saver = Saver(self, "Affinity and diversity", self.csv, self.failed.emit)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Affinity and diversity of every card")
        theme().changed.connect(self.update)

    @override
    def sizeHint(self) -> QSize:
        return QSize(340, 270)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(260, 176)

    # What it shows

    def show_readings(self, readings: Sequence[Reading]) -> None:
        """Shows a mark for each reading that has an affinity."""
        self._readings = tuple(one for one in readings if one.affinity is not None)
        self._across = Axis.of([one.affinity for one in self._readings if one.affinity])
        self._up = Axis.ratios([one.diversity for one in self._readings])
        self.update()

    def choose(self, card: str) -> None:
        """Marks one card as the chosen one."""
        self._current = card
        reading = self._of(card)
        self.setAccessibleDescription(self.words(reading) if reading is not None else "")
        self.update()

    def _of(self, card: str) -> Reading | None:
        return next((one for one in self._readings if one.card == card), None)

    def words(self, reading: Reading) -> str:
        """A mark in words, as the tooltip and screen readers say it."""
        return (
            f"{reading.title}: {_lowered(verdict_words(reading))}\n"
            f"Affinity {with_interval('affinity', reading.affinity)}\n"
            f"Diversity {with_interval('diversity', reading.diversity)}\n"
            f"Accuracy gained {with_interval('gain', reading.gain)}"
        )

    def csv(self) -> str:
        """The numbers as CSV, a line per card."""
        rows = []
        for one in self._readings:
            assert one.affinity is not None
            across = (one.affinity.value, one.affinity.low, one.affinity.high)
            up = (one.diversity.value, one.diversity.low, one.diversity.high)
            rows.append((one.title, VERDICTS[one.verdict], *across, *up, one.gain.value))
        return csv_text(_HEAD, rows)

    def field(self) -> QRectF:
        """Where marks are drawn, between the axes."""
        line = QFontMetricsF(theme().font("small")).height()
        numbers = QFontMetricsF(theme().font("small")).horizontalAdvance("0.00")
        left, below = line + numbers + 2 * _GAP, 2 * line + 2 * _GAP
        return QRectF(left, _GAP, self.width() - left - _GAP, self.height() - below - _GAP)

    def point(self, card: str) -> QPointF:
        """Where a card's mark is; raises KeyError for a card without one."""
        reading = self._of(card)
        if reading is None or reading.affinity is None:
            raise KeyError(card)
        return self._place(reading.affinity.value, reading.diversity.value)

    def _place(self, affinity: float, diversity: float) -> QPointF:
        field = self.field()
        x = field.left() + field.width() * self._across.share(affinity)
        return QPointF(x, field.bottom() - field.height() * self._up.share(diversity))

    # Drawing

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().font("small"))
        self._paint_axes(painter)
        for reading in self._readings:
            self._paint_interval(painter, reading)
        for reading in self._readings:
            colour = theme().colour("surface")
            draw_mark(painter, self.point(reading.card), _SIDE, reading.verdict, colour)
        self._paint_names(painter)
        if self._of(self._current) is not None:
            painter.setPen(QPen(theme().colour("link"), 2 if self.hasFocus() else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.point(self._current), _SIDE + 5, _SIDE + 5)

    def _paint_axes(self, painter: QPainter) -> None:
        field, metrics = self.field(), painter.fontMetrics()
        line = metrics.height()
        painter.setPen(QPen(theme().colour("border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(field)
        painter.setPen(QPen(theme().colour("outline"), 1, Qt.PenStyle.DashLine))
        one = self._place(1.0, 1.0)
        painter.drawLine(QPointF(one.x(), field.top()), QPointF(one.x(), field.bottom()))
        painter.drawLine(QPointF(field.left(), one.y()), QPointF(field.right(), one.y()))
        painter.setPen(theme().colour("muted"))
        for value in self._across.ticks:
            x = self._place(value, 1.0).x()
            box = QRectF(x - 30, field.bottom() + _GAP / 2, 60, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, f"{value:.3g}")
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in self._up.ticks:
            y = self._place(1.0, value).y()
            box = QRectF(line + _GAP / 2, y - line / 2, field.left() - line - _GAP, line)
            painter.drawText(box, right, f"{value:.3g}")
        low = QRectF(field.left(), field.bottom() + line + _GAP, field.width(), line)
        painter.drawText(low, Qt.AlignmentFlag.AlignHCenter, "Affinity")
        painter.save()
        painter.translate(0, field.center().y())
        painter.rotate(-90)
        side = QRectF(-field.height() / 2, 0, field.height(), line)
        painter.drawText(side, Qt.AlignmentFlag.AlignHCenter, "Diversity")
        painter.restore()

    def _paint_interval(self, painter: QPainter, reading: Reading) -> None:
        """Thin lines over the 95 % intervals, cut off where the plane ends."""
        affinity, diversity = reading.affinity, reading.diversity
        if affinity is None:
            return
        painter.setPen(QPen(theme().colour("outline"), 1))
        painter.drawLine(
            self._place(affinity.low, diversity.value), self._place(affinity.high, diversity.value)
        )
        painter.drawLine(
            self._place(affinity.value, diversity.low), self._place(affinity.value, diversity.high)
        )

    def _paint_names(self, painter: QPainter) -> None:
        """Names beside their marks, where there is room; hover names the others."""
        field, metrics = self.field(), QFontMetricsF(painter.font())
        reach = _SIDE + 6
        taken = [
            QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach)
            for at in (self.point(reading.card) for reading in self._readings)
        ]
        painter.setPen(theme().colour("text"))
        for reading in self._readings:
            at, wide = self.point(reading.card), metrics.horizontalAdvance(reading.title) + 2
            top = at.y() - metrics.height() / 2
            boxes = (
                QRectF(at.x() + reach + 1, top, wide, metrics.height()),
                QRectF(at.x() - reach - 1 - wide, top, wide, metrics.height()),
                QRectF(at.x() - wide / 2, at.y() + reach, wide, metrics.height()),
                QRectF(
                    at.x() - wide / 2, at.y() - reach - metrics.height(), wide, metrics.height()
                ),
            )
            for box in boxes:
                if field.contains(box) and not any(box.intersects(other) for other in taken):
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, reading.title)
                    taken.append(box)
                    break

    # Pointer and keys

    def _at(self, position: QPointF) -> str | None:
        near = [
            (math.hypot(at.x() - position.x(), at.y() - position.y()), reading.card)
            for reading in self._readings
            for at in (self.point(reading.card),)
        ]
        distance, card = min(near, default=(math.inf, ""))
        return card if distance <= _NEAR else None

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        reading = self._of(card) if (card := self._at(event.position())) is not None else None
        pointing = Qt.CursorShape.PointingHandCursor
        self.setCursor(pointing if reading is not None else Qt.CursorShape.ArrowCursor)
        tip = self.words(reading) if reading is not None else ""
        QToolTip.showText(event.globalPosition().toPoint(), tip, self)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        QToolTip.hideText()

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        card = self._at(event.position())
        if card is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(card)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self._readings:
            event.ignore()
            return
        cards = [reading.card for reading in self._readings]
        at = cards.index(self._current) if self._current in cards else -step
        self.chosen.emit(cards[min(max(at + step, 0), len(cards) - 1)])

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.saver.fill(menu)
        menu.popup(event.globalPos())


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
