"""Curves over a quantity that spans decades, such as a learning rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from gui.numbers import decimal
from gui.plots.curve_plot import CurvePlot
from gui.plots.saving import csv_text
from gui.plots.series import Floats

__all__ = ["LogPlot"]


class LogPlot(CurvePlot):
    """A :class:`CurvePlot` whose horizontal axis is logarithmic; positions are above zero."""

    def __init__(
        self, title: str, *, x_label: str, empty: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, x_label=x_label, empty=empty, parent=parent)
        self._names: list[str] = []
        self.view.bottom.set_log(True)

    @override
    def add_series(
        self, name: str, *, colour: int | None = None, dashed: bool = False, smoothed: bool = True
    ) -> None:
        """As :meth:`CurvePlot.add_series`."""
        super().add_series(name, colour=colour, dashed=dashed, smoothed=smoothed)
        if name not in self._names:
            self._names.append(name)

    @override
    def append(self, name: str, xs: ArrayLike, ys: ArrayLike) -> None:
        """Adds points at ascending positions above zero."""
        super().append(name, np.log10(np.asarray(xs, dtype=np.float64)), ys)

    @override
    def mark_best(self, x: float | None, text: str = "best") -> None:
        """Marks a position with a vertical line; ``None`` takes the mark away."""
        super().mark_best(None if x is None else float(np.log10(x)), text)

    @override
    def points(self, name: str) -> tuple[Floats, Floats]:
        """The positions and values of a curve."""
        xs, ys = super().points(name)
        return _power(xs), ys

    @override
    def csv(self) -> str:
        """Every curve as CSV in full precision: ``series``, position, value."""
        found = ((name, *self.points(name)) for name in self._names)
        rows = ((name, *pair) for name, xs, ys in found for pair in zip(xs, ys, strict=True))
        return csv_text(("series", self._x_label.lower(), "value"), rows)

    @override
    def _head(self, x: float) -> str:
        return f"{self._x_label} {decimal(10.0**x, 2)}"


def _power(values: Floats) -> NDArray[np.float64]:
    return np.power(10.0, values)
