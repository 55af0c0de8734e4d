"""Plots over the same positions that are read and zoomed together."""

from __future__ import annotations

from collections.abc import Sequence

from gui.plots.curve_plot import CurvePlot

__all__ = ["link"]


def link(plots: Sequence[CurvePlot]) -> None:
    """Lets the cursor over one plot be read in all, and a zoom along x, or its end, reach all."""
    for plot in plots:
        _tell(plot, tuple(other for other in plots if other is not plot))


def _tell(plot: CurvePlot, others: tuple[CurvePlot, ...]) -> None:
    def read(x: float | None) -> None:
        for other in others:
            other.show_cursor(x)

    def zoom(between: tuple[float, float]) -> None:
        for other in others:
            other.show_x(between)

    def fit() -> None:
        for other in others:
            other.show_all()

    plot.cursor_moved.connect(read)
    plot.x_zoomed.connect(zoom)
    plot.fitted.connect(fit)
