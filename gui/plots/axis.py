"""An axis with readable ticks: ``10 k`` rather than ``10000``, ``92 %`` rather than ``0.92``."""

from __future__ import annotations

import math

import pyqtgraph as pg
from typing_extensions import override

from gui.numbers import compact
from gui.theme import theme

__all__ = ["Axis"]


class Axis(pg.AxisItem):
    """A pyqtgraph axis in the theme's colours, with a label and its unit in words."""

    def __init__(self, side: str, text: str, *, percent: bool = False) -> None:
        super().__init__(side, showValues=True, maxTickLength=0)
        self._percent = percent
        self.enableAutoSIPrefix(False)
        self.setLabel(text)
        self.setStyle(tickTextOffset=6, autoExpandTextSpace=True, hideOverlappingLabels=True)
        self.restyle()

    def set_log(self, on: bool) -> None:
        """Writes powers of ten: the axis is given logarithms."""
        self.setLogMode(on)  # pyright: ignore[reportArgumentType]  # wrong in pyqtgraph 0.14

    def restyle(self) -> None:
        """Takes the colours and the text size of the theme."""
        look = theme()
        self.setPen(look.colour("border"))
        self.setTextPen(look.colour("muted"))
        self.setTickFont(look.font("small"))
        if self.label is not None:
            self.label.setFont(look.font("small"))
            self.label.setDefaultTextColor(look.colour("muted"))

    @override
    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.logMode:
            return [self._power(value) for value in values]
        if self._percent:
            places = max(0, math.ceil(-math.log10(spacing * 100) - 1e-9))
            return [f"{value * 100:.{places}f}\u202f%" for value in values]
        if spacing >= 1:
            return [compact(value) for value in values]
        places = max(0, math.ceil(-math.log10(spacing) - 1e-9))
        if places > 4:
            return [f"{value:.2g}" for value in values]
        return [f"{value:.{places}f}" for value in values]

    @override
    def tickValues(
        self,
        minVal: float,
        maxVal: float,
        size: float,
    ) -> list[tuple[float, list[float]]]:
        return super().tickValues(minVal, maxVal, size)[:2]

    def _power(self, exponent: float) -> str:
        value = 10.0**exponent
        if self._percent:
            return f"{value * 100:.2g}\u202f%"
        return f"{value:.2g}" if 1e-3 <= value < 1e4 else f"{value:.0e}"
