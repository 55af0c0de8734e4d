"""The range and the ticks of one axis of the meter's plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.meter import Estimate

__all__ = ["Axis"]

_LEAST = 0.2  # width of a range in which all is much the same
_MOST_TICKS = 5
_MARGIN = 0.15
_FEWEST_TICKS = 3
_ROUND = (1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 7.0)
_ROUNDER = (1.0, 2.0, 5.0)
_ROUNDEST = (1.0,)
_NEAREST, _FARTHEST = 32.0, 4.0


@dataclass(frozen=True)
class Axis:
    """A range around all values and 1, which means no change, or a part; ``ticks`` lie inside it.

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
        return cls(low, high, _even(low, high))

    @classmethod
    def ratios(cls, found: Sequence[Estimate]) -> Axis:
        """Equal steps multiply: one ratio may be fifteen times another."""
        ends = [0.0, *(_power(one.value) for one in found)]
        low, high = _widened(min(ends), max(ends))
        return cls(low, high, _multiplied(low, high), powers=True)

    @property
    def width(self) -> float:
        """From its low end to its high one."""
        return self.high - self.low

    def share(self, value: float) -> float:
        """How far along the axis a value lies: 0 to 1 where it is shown, beyond where it is not."""
        at = _power(value) if self.powers else value
        return (at - self.low) / self.width

    def label(self, tick: float) -> str:
        """A tick's number, with as many digits as tell it from its neighbours."""
        for digits in range(3, 7):
            if all(math.isclose(float(f"{one:.{digits}g}"), one) for one in self.ticks):
                return f"{tick:.{digits}g}"
        return f"{tick:.6g}"

    # What is shown of the whole

    def zoomed(self, factor: float, about: float, whole: Axis) -> Axis:
        """The axis with its range times ``factor``; what lies at the share ``about`` stays there.

        It stays within a 32nd and four times the range of ``whole``.
        """
        wide = min(max(self.width * factor, whole.width / _NEAREST), whole.width * _FARTHEST)
        low = self.low + about * (self.width - wide)
        return self._shifted(low, wide, whole)

    def moved(self, by: float, whole: Axis) -> Axis:
        """The axis moved by a share of its range; its middle stays within ``whole``."""
        return self._shifted(self.low + by * self.width, self.width, whole)

    def _shifted(self, low: float, wide: float, whole: Axis) -> Axis:
        low = min(max(low + wide / 2, whole.low), whole.high) - wide / 2
        ticks = (_multiplied if self.powers else _even)(low, low + wide)
        return replace(self, low=low, high=low + wide, ticks=ticks)


def _even(low: float, high: float) -> tuple[float, ...]:
    """Round numbers at equal steps."""
    raw = (high - low) / (_MOST_TICKS - 1)
    power = 10 ** math.floor(math.log10(raw))
    step = next(power * part for part in (1, 2, 2.5, 5, 10) if power * part >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))


def _multiplied(low: float, high: float) -> tuple[float, ...]:
    """Round numbers between two logarithms; of a narrow range at equal steps."""
    for parts in (_ROUND, _ROUNDER, _ROUNDEST):
        decades = range(math.floor(low), math.ceil(high))
        marks = (part * 10.0**decade for decade in decades for part in parts)
        ticks = tuple(mark for mark in marks if low <= math.log10(mark) <= high)
        if len(ticks) <= _MOST_TICKS:
            break
    return ticks if len(ticks) >= _FEWEST_TICKS else _even(10**low, 10**high)


def _power(value: float) -> float:
    return math.log10(max(value, 0.01))


def _widened(low: float, high: float) -> tuple[float, float]:
    room = max(_LEAST, high - low)
    return low - _MARGIN * room, high + _MARGIN * room
