"""The upright axes of parallel coordinates: where trials cross them, and what is written there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.tune.table import Objective
from gui.numbers import compact, decimal
from gui.objective_words import tick_words, value_words
from gui.plots.series import Floats
from gui.plots.study.look import tones
from gui.plots.study.plot import nothing
from gui.plots.study.trials import Column, Trials
from gui.plots.study.words import place_words

__all__ = ["MISSING", "ParallelAxis", "Parallels", "parallels"]

MISSING = -0.09
"""Where trials without the setting pass, as a share of the axis below its foot."""
_TICKS = 5

Span = tuple[float, float]


@dataclass(frozen=True)
class ParallelAxis:
    """One setting or objective.

    Attributes:
        key: the address of the setting, or "objective N".
        column: its places; those of an objective are its values.
        objective: what is written beside it, for that of an objective.
        lacking: whether any trial has not got it.
    """

    key: str
    column: Column
    objective: Objective | None = None
    lacking: bool = False

    def heights(self, span: Span | None = None) -> Floats:
        """Where the trials cross, 0 to 1 for what is in sight; :data:`MISSING` without a value."""
        low, high = span or self.column.ends
        found = (self.column.places - low) / (high - low)
        return np.where(np.isnan(found), MISSING, found)

    def ticks(self, span: Span | None = None) -> list[tuple[float, str]]:
        """Heights and words of what is written beside it."""
        low, high = span or self.column.ends
        column = self.column
        if column.names:
            first, last = max(0, math.ceil(low)), min(len(column.names) - 1, math.floor(high))
            places = [float(place) for place in range(first, last + 1)]
        elif column.log and high - low > 2:
            every = max(1, math.ceil((high - low) / (_TICKS + 1)))
            places = [float(p) for p in range(math.ceil(low), math.floor(high) + 1, every)]
        else:
            places = _round(low, high)
        return [((place - low) / (high - low), self._word(place)) for place in places]

    def _word(self, place: float) -> str:
        if self.objective is not None:
            return tick_words(self.objective, place)
        if self.column.names or self.column.log:
            return place_words(self.column, place)
        return compact(place) if abs(place) >= 1e4 else decimal(place)


@dataclass(frozen=True)
class Parallels:
    """All axes, which trials are drawn, and the colour of each."""

    axes: tuple[ParallelAxis, ...]
    drawn: NDArray[np.bool_]
    tones: NDArray[np.int8]
    worst: str
    best: str

    def within(self, ranges: Mapping[str, Span]) -> NDArray[np.bool_]:
        """The drawn trials that lie in all ranges, which are in places of their axes."""
        found = self.drawn.copy()
        for axis in self.axes:
            if axis.key in ranges:
                low, high = ranges[axis.key]
                with np.errstate(invalid="ignore"):
                    found &= (axis.column.places >= low) & (axis.column.places <= high)
        return found


def parallels(trials: Trials) -> Parallels | str:
    """The settings of trials and then their objectives, as axes; a sentence where there is none."""
    drawn = np.isfinite(trials.shown)
    if not drawn.any() or not trials.addresses:
        return nothing(trials)
    axes = [_axis(address, trials.column(address), drawn) for address in trials.addresses]
    order = sorted(range(len(trials.table.objectives)), key=lambda n: n == trials.number)
    for number in order:
        objective = trials.table.objectives[number]
        values = trials.shown if number == trials.number else trials.of_objective(number)
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
        key = f"objective {number}"
        column = Column(key, objective.heading, values, float(low), float(high))
        axes.append(_axis(key, column, drawn, objective))
    shown = trials.shown[drawn]
    ends = [value_words(trials.objective, float(end)) for end in (shown.min(), shown.max())]
    worst, best = ends if trials.objective.maximise else reversed(ends)
    return Parallels(tuple(axes), drawn, tones(trials.ranks), worst, best)


def _axis(
    key: str, column: Column, drawn: NDArray[np.bool_], objective: Objective | None = None
) -> ParallelAxis:
    return ParallelAxis(key, column, objective, bool(np.isnan(column.places[drawn]).any()))


def _round(low: float, high: float) -> list[float]:
    """Some multiples of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / _TICKS
    ten = 10.0 ** math.floor(math.log10(rough))
    step = next(digit * ten for digit in (1, 2, 5, 10) if digit * ten >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]
