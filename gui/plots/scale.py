"""Where values lie along an axis, and which of them are marked."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt

__all__ = ["Level", "Scale", "levels"]

Level = tuple[float, list[float]]
"""A spacing and the values that are marked by it."""

_AWAY = 6.0
"""Pixels from an axis to its numbers."""
_LEFTWARD = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_BELOW = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high`` along a left (``upright``) or bottom axis.

    ``box`` is the room of the axis and its numbers, in pixels.
    """

    box: QRectF
    upright: bool
    low: float
    high: float

    @property
    def length(self) -> float:
        """Pixels from one end to the other."""
        return self.box.height() if self.upright else self.box.width()

    @property
    def ends(self) -> tuple[QPointF, QPointF]:
        """Where the line of the axis begins and ends."""
        if self.upright:
            return self.box.topRight() - QPointF(1, 1), self.box.bottomRight() + QPointF(-1, 1)
        return self.box.topLeft() + QPointF(-1, 1), self.box.topRight() + QPointF(1, 1)

    def at(self, value: float) -> float:
        """The pixel of a value."""
        along = (value - self.low) / (self.high - self.low) * self.length
        return self.box.bottom() - along if self.upright else self.box.left() + along

    def line(self, value: float, across: QRectF) -> tuple[QPointF, QPointF]:
        """The level line of a value through the plot; of an upright scale."""
        height = self.at(value)
        return QPointF(across.right(), height), QPointF(self.box.right(), height)

    def words(self, value: float, width: float, height: float) -> QRectF:
        """Where the number of a value is written."""
        place = self.at(value)
        if self.upright:
            left = self.box.right() - _AWAY - width
            return QRectF(left, place - height / 2, width, height)
        return QRectF(place - width / 2, self.box.top() + _AWAY, width, height)

    @property
    def flags(self) -> int:
        """How a number stands in its rectangle."""
        return int((_LEFTWARD if self.upright else _BELOW) | Qt.TextFlag.TextDontClip)

    def taken(self, widths: list[float], height: float) -> float:
        """Pixels along the axis that numbers of these sizes take."""
        return len(widths) * height if self.upright else sum(widths)


def levels(low: float, high: float, spacings: list[float]) -> list[Level]:
    """The multiples of each spacing between two values, without those of the spacings before."""
    found: list[Level] = []
    seen: list[float] = []
    for spacing in spacings:
        first, last = math.ceil(low / spacing), math.floor(high / spacing)
        values = [number * spacing for number in range(first, last + 1)]
        near = spacing / 100
        new = [value for value in values if all(abs(value - other) > near for other in seen)]
        seen += new
        found.append((spacing, new))
    return found
