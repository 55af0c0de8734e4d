"""A score with its interval, beside what the search saw and the present project."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from engine.tune.confirm.judging import Judgement
from engine.tune.confirm.statistics import Interval
from gui.theme import theme
from gui.theme.tokens import SPACE

__all__ = ["MARKS", "Dots", "DotsDelegate", "RoomDelegate", "dots_of"]

MARKS = (
    "Dot and line: trained again, mean and 95 % interval. Ring: as the search saw it. "
    "Dashed: the present project."
)
_RADIUS = 4.0
_END = 4.0
_COLOURS = {"better": "success", "worse": "danger"}


@dataclass(frozen=True)
class Dots:
    """What one row draws; all rows of a table share ``low``, ``high`` and ``present``.

    Attributes:
        low, high: the ends of the scale.
        present: the mean of the present project, where it is known.
        score, tuned: the row's own, where they are known.
        colour: of the dot, a name of the theme.
    """

    low: float
    high: float
    present: float | None
    score: Interval | None
    tuned: float | None
    colour: str

    def place(self, value: float, field: QRectF) -> float:
        """Where a value lies in a field, from left to right."""
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.5
        return field.left() + share * field.width()


def dots_of(found: Judgement) -> list[Dots]:
    """The rows of a judgement, the present project first; a scale that holds everything."""
    scores = [found.present, *(row.score for row in found.candidates)]
    tuned = [None, *(row.tuned for row in found.candidates)]
    colours = ["text", *(_COLOURS.get(row.verdict, "text") for row in found.candidates)]
    known = [end for score in scores if score for end in (score.low, score.high)]
    known += [value for value in tuned if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    present = found.present.mean if found.present else None
    return [Dots(low, high, present, *parts) for parts in zip(scores, tuned, colours, strict=True)]


class RoomDelegate(QStyledItemDelegate):
    """Cells with some room beside their words."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As wide as the words, and the room."""
        return super().sizeHint(option, index) + QSize(2 * SPACE, 0)


class DotsDelegate(QStyledItemDelegate):
    """Paints the :class:`Dots` that an item holds as its user data."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The cell's ground, and the marks on it."""
        super().paint(painter, option, index)
        dots = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(dots, Dots):
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            side = SPACE
            _draw(painter, dots, QRectF(option.rect).adjusted(side, 0, -side, 0))
            painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Wide enough to tell intervals apart."""
        return QSize(16 * SPACE, super().sizeHint(option, index).height())


def _draw(painter: QPainter, dots: Dots, field: QRectF) -> None:
    colours, middle = theme(), field.center().y()
    if dots.present is not None:
        x = dots.place(dots.present, field)
        painter.setPen(QPen(colours.colour("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, field.top()), QPointF(x, field.bottom()))
    if dots.score is not None:
        colour = colours.colour(dots.colour)
        low, high = dots.place(dots.score.low, field), dots.place(dots.score.high, field)
        painter.setPen(QPen(colour, 1.5))
        painter.drawLine(QPointF(low, middle), QPointF(high, middle))
        for x in (low, high):
            painter.drawLine(QPointF(x, middle - _END), QPointF(x, middle + _END))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(dots.place(dots.score.mean, field), middle), _RADIUS, _RADIUS)
    if dots.tuned is not None:
        painter.setPen(QPen(colours.colour("muted"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(dots.place(dots.tuned, field), middle), _RADIUS, _RADIUS)
