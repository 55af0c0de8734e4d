"""A plot of trials over two axes, zoomed and panned as the curves are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from typing_extensions import override

from gui.plots.marks import Mark
from gui.plots.series import Floats
from gui.plots.study.look import mark
from gui.plots.study.plot import Background, StudyPlot, at_once
from gui.plots.study.points import Points
from gui.plots.study.trials import STATES
from gui.plots.view import Bounds, PlotView

__all__ = ["ViewPlot", "around"]

_REACH = 16.0  # pixels from the cursor to a point that it reads
_SIZES = ((1_000, 3.5), (4_000, 2.6), (math.inf, 2.0))
_NONE: Floats = np.empty(0)


def around(x: Floats, y: Floats) -> Bounds | None:
    """What the points with a place cover, with room about a single place; ``None`` for none."""
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        return None
    x, y = x[good], y[good]
    return Bounds(*_ends(x), *_ends(y))


def _ends(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = 0.0 if high > low else abs(low) * 0.1 or 0.5
    return low - room, high + room


class ViewPlot(StudyPlot):
    """The base of plots with one point for each trial, at the trial's index; NaN for none."""

    def __init__(self, background: Background = at_once) -> None:
        self.view = PlotView("", "", percent=False)
        super().__init__(self.view, background)
        self.points = Points()
        self.view.add(self.points)
        self.view.set_scales_shown(False)
        self.xs = self.ys = _NONE
        self._bounds: Bounds | None = None
        self.view.hovered.connect(self._on_hover)
        self.view.fit_wished.connect(self.fit)
        self.view.menu_wished.connect(self.open_menu)
        scene: Any = self.view.scene()  # pyqtgraph's own
        scene.sigMouseClicked.connect(self._on_scene_click)

    def _place(
        self,
        x: Floats,
        y: Floats,
        kinds: NDArray[np.integer],
        bounds: Bounds | None,
        *,
        anew: bool,
    ) -> None:
        """Draws the points; they keep the zoom unless ``anew``."""
        self.xs, self.ys, self._bounds = x, y, bounds
        self.points.set_marks(self._marks())
        self.points.set_points(x, y, kinds)
        self.view.set_scales_shown(bounds is not None)
        if anew:
            self.view.fit(bounds)
        else:
            self.view.follow(bounds)

    def _marks(self) -> tuple[Mark, ...]:
        """A mark for each kind of point; by default one for each state."""
        return tuple(mark(state, self.mark_size) for state in STATES)

    @property
    def mark_size(self) -> float:
        """The radius of a mark: the more there are, the smaller."""
        return next(size for most, size in _SIZES if len(self.xs) <= most)

    @override
    def _clear(self) -> None:
        self._place(_NONE, _NONE, np.empty(0, np.int8), None, anew=False)
        self.key.set_entries(())
        self.key.set_ramp((), "", "")

    @override
    def _restyle(self) -> None:
        self.view.restyle()
        self.points.set_marks(self._marks())
        self.tip.update()

    @override
    def fit(self) -> None:
        self.view.fit(self._bounds)

    def pixels(self) -> tuple[Floats, Floats]:
        """Where the points lie, in pixels of the viewport."""
        area = self.view.area()
        (left, right), (low, high) = self.view.box.viewRange()
        across = area.left() + (self.xs - left) / (right - left) * area.width()
        return across, area.bottom() - (self.ys - low) / (high - low) * area.height()

    @override
    def _at(self, position: QPointF) -> int | None:
        if not len(self.xs) or not self.view.area().contains(position):
            return None
        across, down = self.pixels()
        away = np.hypot(across - position.x(), down - position.y())
        away[np.isnan(away)] = np.inf
        index = int(np.argmin(away))
        return index if away[index] <= _REACH else None

    @override
    def _anchor(self, index: int) -> QPointF | None:
        x, y = float(self.xs[index]), float(self.ys[index])
        return self.view.pixel(x, y) if np.isfinite(x) and np.isfinite(y) else None

    def _on_scene_click(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._on_click(QPointF(self.view.mapFromScene(event.scenePos())))
