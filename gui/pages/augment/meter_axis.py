"""The range and the ticks of one axis of the meter's plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from engine.meter import Estimate

__all__ = ["Axis"]

_LEAST = 0.2  # width of a range in which all is much the same
_MOST_TICKS = 5
_MARGIN = 0.15
_ROUND = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 30.0, 50.0, 100.0)
_ROUNDER = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class Axis:
    """A range around all values and 1, which means no change; ``ticks`` lie inside it.

    ``low`` and ``high`` are logarithms where ``powers`` says that equal steps multiply.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    powers: bool = False

    @classmethod
    def of(cls, found: Sequence[Estimate]) -> Axis:
        """Equal steps add; at least 0.2 wide, and not below 0."""
        ends = [1.0, *(one.value for one in found)]
        low, high = _widened(min(ends), max(ends))
        if min(ends) >= 0:
            low = max(0.0, low)
        raw = (high - low) / (_MOST_TICKS - 1)
        power = 10 ** math.floor(math.log10(raw))
        step = next(power * part for part in (1, 2, 2.5, 5, 10) if power * part >= raw * 0.999)
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        return cls(low, high, tuple(number * step for number in range(first, last + 1)))

    @classmethod
    def ratios(cls, found: Sequence[Estimate]) -> Axis:
        """Equal steps multiply: one ratio may be fifteen times another."""
        ends = [0.0, *(_power(one.value) for one in found)]
        low, high = _widened(min(ends), max(ends))
        for marks in (_ROUND, _ROUNDER):
            ticks = tuple(mark for mark in marks if low <= math.log10(mark) <= high)
            if len(ticks) <= _MOST_TICKS:
                break
        return cls(low, high, ticks, powers=True)

    def share(self, value: float) -> float:
        """How far along the axis a value lies, held to what is shown: 0 to 1."""
        at = _power(value) if self.powers else value
        return min(1.0, max(0.0, (at - self.low) / (self.high - self.low)))


def _power(value: float) -> float:
    return math.log10(max(value, 0.01))


def _widened(low: float, high: float) -> tuple[float, float]:
    room = max(_LEAST, high - low)
    return low - _MARGIN * room, high + _MARGIN * room
