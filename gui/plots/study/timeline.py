"""When each trial ran, and who trained it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from gui.plots.saving import csv_text
from gui.plots.series import Floats
from gui.plots.study.batches import draw_rects
from gui.plots.study.lanes import worker_lanes
from gui.plots.study.look import entries, mark
from gui.plots.study.plot import Background, at_once
from gui.plots.study.times import unit
from gui.plots.study.trials import STATES, Trials
from gui.plots.study.view_plot import ViewPlot
from gui.plots.view import Bounds
from gui.plots.whole_view import WholeView

__all__ = ["TimelinePlot"]

_NOTHING = "Appears when the first trial begins."
_HIGH = {"failed": 0.76, "running": 0.76, "pruned": 0.42, "complete": 0.76}
"""How high a bar is, of its lane, the topmost last; those of failed trials are hollow."""


@dataclass(frozen=True)
class _Timeline:
    """Starts and ends in the axis's unit, NaN for a trial that did not begin, and the lane.

    Where ``named``, the names of the lanes are those of workers.
    """

    starts: Floats
    ends: Floats
    lanes: Floats
    names: tuple[str, ...]
    named: bool
    label: str
    bounds: Bounds


class _Bars(WholeView):
    """A bar for each trial: full for a complete one, low for a pruned one, hollow for a failed one;
    on what runs a ring follows, drawn by the plot.
    """

    def __init__(self) -> None:
        super().__init__()
        self._found: _Timeline | None = None
        self._states: NDArray[np.int8] = np.empty(0, np.int8)

    def set_bars(self, found: _Timeline | None, states: NDArray[np.int8]) -> None:
        """Takes other bars."""
        self._found, self._states = found, states
        self.update()

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        found = self._found
        if found is None:
            return
        at, seen = painter.worldTransform(), self.boundingRect()
        painter.save()
        painter.resetTransform()
        inside = (found.ends >= seen.left()) & (found.starts <= seen.right())
        for state in _HIGH:
            number = STATES.index(state)
            chosen = np.flatnonzero(inside & (self._states == number))
            if not len(chosen):
                continue
            high = abs(at.m22()) * _HIGH[state]
            starts = np.maximum(found.starts[chosen], seen.left() - 1)
            ends = np.minimum(found.ends[chosen], seen.right() + seen.width())
            left = at.m11() * starts + at.dx()
            wide = np.maximum(at.m11() * ends + at.dx() - left - 1, 1.0)
            top = at.m22() * found.lanes[chosen] + at.dy() - high / 2
            _brush(painter, state)
            heights = np.full(len(chosen), high)
            draw_rects(painter, _merged(np.stack((left, top, wide, heights), axis=1)))
        painter.restore()


def _merged(rects: Floats) -> Floats:
    """Of bars that are hardly a pixel wide, one for each pixel."""
    thin = rects[:, 2] < 1.5
    if thin.sum() < len(rects) / 2:
        return rects
    slim = np.rint(rects[thin])
    _, kept = np.unique(slim[:, 0] + 1e6 * slim[:, 1], return_index=True)
    return np.concatenate((rects[~thin], slim[kept]))


def _brush(painter: QPainter, state: str) -> None:
    """Fills bars in the state's colour; those of failed trials have only an outline."""
    colour = pg.mkColor(mark(state).colour)
    hollow = state == "failed"
    painter.setPen(QPen(colour, 1) if hollow else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else colour)


class TimelinePlot(ViewPlot):
    """Bars over the time since the study began, in a lane for each worker.

    Older studies do not know who trained a trial: there a lane is the lowest one that was free. Of
    a trial that is running the bar ends at the last event of the study.
    """

    TITLE = "Timeline"

    def __init__(self, background: Background = at_once) -> None:
        super().__init__(background)
        self._bars = _Bars()
        self.view.add(self._bars)
        self._found: _Timeline | None = None

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        return lambda: _timeline(trials)

    @override
    def _show(self, trials: Trials, found: _Timeline, *, anew: bool) -> None:
        self._found = found
        self.view.bottom.measure(found.label)
        title = "Worker" if found.named else "At the same time"
        self.view.left.measure(title, names=found.names)
        self._bars.set_bars(found, trials.states)
        running = trials.states == STATES.index("running")
        ends = np.where(running, found.ends, np.nan)
        self._place(ends, found.lanes, trials.states, found.bounds, anew=anew)
        self._name(trials)

    def _name(self, trials: Trials) -> None:
        if self._found is not None:
            drawn = trials.states[np.isfinite(self._found.starts)]
            remark = "Pruned bars are low, failed ones hollow."
            self.key.set_entries(entries(drawn), remark)

    @override
    def _clear(self) -> None:
        super()._clear()
        self._found = None
        self._bars.set_bars(None, np.empty(0, np.int8))

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._bars.update()
        if self.trials is not None:
            self._name(self.trials)

    @override
    def _at(self, position: QPointF) -> int | None:
        found = self._found
        if found is None or not self.view.area().contains(position):
            return None
        at = self.view.box.mapSceneToView(self.view.mapToScene(position.toPoint()))
        pixel = self.view.box.viewPixelSize()[0]
        beside = np.maximum(found.starts - at.x(), at.x() - found.ends)
        beside[np.isnan(beside) | (np.abs(found.lanes - at.y()) > 0.5)] = np.inf
        index = int(np.argmin(beside))
        return index if beside[index] <= 2 * pixel else None

    @override
    def _anchor(self, index: int) -> QPointF | None:
        found = self._found
        if found is None or np.isnan(found.starts[index]):
            return None
        middle = float(found.starts[index] + found.ends[index]) / 2
        return self.view.pixel(middle, float(found.lanes[index]))

    @override
    def csv(self) -> str:
        rows = self.trials.rows if self.trials is not None else ()
        lines = (
            (row.number, row.state, row.begun, row.ended, row.worker) for row in rows if row.begun
        )
        return csv_text(("trial", "state", "begun", "ended", "worker"), lines)


def _timeline(trials: Trials) -> _Timeline | str:
    times = [row.begun for row in trials.rows if row.begun is not None]
    if not times:
        return _NOTHING
    first = min(times)
    last = max([*times, *(row.ended for row in trials.rows if row.ended is not None)])
    starts = np.full(len(trials), np.nan)
    ends = np.full(len(trials), np.nan)
    for index, row in enumerate(trials.rows):
        if row.begun is not None:
            starts[index] = (row.begun - first).total_seconds()
            ends[index] = ((row.ended or last) - first).total_seconds()
    workers = [row.worker for row in trials.rows]
    placed, names = worker_lanes(starts, ends, workers)
    whole = (last - first).total_seconds()
    size, name = unit(whole)
    bounds = Bounds(0.0, max(whole, 1.0) / size, -0.5, len(names) - 0.5)
    label = f"Time since the first trial began ({name})"
    return _Timeline(starts / size, ends / size, placed, names, any(workers), label, bounds)
