"""One named curve of a plot: its numbers, its item, and what smoothing made of them."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtGui import QColor

from gui.plots.curve_item import CurveItem
from gui.plots.series import Floats, Series, Smoother
from gui.plots.view import Bounds
from gui.theme import theme

__all__ = ["Curve", "log10"]


class Curve:
    """A series with its item; what has not changed since the last drawing is not drawn again."""

    def __init__(self, series: Series, *, front: bool) -> None:
        self.series = series
        self.item = CurveItem()
        self.item.setZValue(10 if front else 1)
        self._smoother: Smoother | None = None
        self._drawn: tuple[object, ...] = ()
        self._bounds: Bounds | None = None
        self._front = front
        self.restyle()

    @property
    def colour(self) -> QColor:
        """As the theme has it; muted for an earlier run without a colour of its own."""
        number = self.series.colour
        return theme().colour("muted") if number is None else theme().series_colour(number)

    def restyle(self) -> None:
        """Takes the theme's colours."""
        colour = self.colour
        if self.series.colour is None:
            colour.setAlphaF(0.6)
        width = 1.75 if self._front else 1.25 if self.series.colour is not None else 1.0
        self.item.set_style(colour, self.series.pattern, width=width, dots=self._front)

    def smooth(self, weight: float) -> None:
        """Smooths with a moving average of ``weight``; 0 takes it away."""
        self._smoother = Smoother(weight) if weight and self.series.smoothed else None
        self._drawn = ()

    def draw(self, *, log: bool) -> Bounds | None:
        """Hands the plotted values to the item; returns what they cover."""
        series = self.series
        state = (len(series), series.rewound, log, series.visible)
        if state != self._drawn:
            self._drawn = state
            self._bounds = self._draw(log)
        return self._bounds

    def _draw(self, log: bool) -> Bounds | None:
        series = self.series
        values = self._values()
        raw: Floats | None = series.y if self._smoother is not None and self._front else None
        if log:
            values, raw = _log(values), None if raw is None else _log(raw)
        self.item.set_points(series.x, values, raw)
        finite = values[np.isfinite(values)]
        if not len(finite) or not series.visible:
            return None
        return Bounds(series.x[0], series.x[-1], float(finite.min()), float(finite.max()))

    def between(self, left: float, right: float, *, log: bool) -> Bounds | None:
        """What the plotted values from ``left`` to ``right`` cover."""
        x = self.series.x
        part = slice(int(np.searchsorted(x, left)), int(np.searchsorted(x, right, side="right")))
        values = self._values()[part]
        values = _log(values) if log else values
        finite = values[np.isfinite(values)]
        if not len(finite) or not self.series.visible:
            return None
        return Bounds(left, right, float(finite.min()), float(finite.max()))

    def plotted(self, x: float) -> tuple[float, float] | None:
        """The drawn point nearest to ``x``, in units of the data."""
        found = self.series.at(x)
        if found is None or self._smoother is None:
            return found
        index = int(np.searchsorted(self.series.x, found[0]))
        return found[0], float(self._values()[index])

    def _values(self) -> Floats:
        return self.series.y if self._smoother is None else self._smoother.of(self.series)


def log10(value: float) -> float:
    """Where a value lies on a logarithmic axis; NaN for zero and below."""
    return math.log10(value) if value > 0 else math.nan


def _log(values: Floats) -> Floats:
    return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)
