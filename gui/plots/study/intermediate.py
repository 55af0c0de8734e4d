"""What the trials reported after each epoch, and where they were pruned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget
from typing_extensions import override

from gui.plots.curve_item import CurveItem
from gui.plots.saving import csv_text
from gui.plots.series import Floats
from gui.plots.study.look import entries, ramp, tones
from gui.plots.study.plot import Background, at_once
from gui.plots.study.strokes import Strokes
from gui.plots.study.trials import Trials
from gui.plots.study.view_plot import ViewPlot, around
from gui.plots.study.words import measure
from gui.plots.view import Bounds
from gui.plots.whole_view import WholeView
from gui.theme import theme

__all__ = ["IntermediatePlot"]

_REACH = 10.0  # pixels from the cursor to a line that it reads
_NOTHING = "Appears after the first epoch of a trial."


@dataclass(frozen=True)
class _Reports:
    """Epochs, a row of values for each trial, and the last report of each."""

    epochs: Floats
    values: Floats
    x: Floats
    y: Floats
    tones: NDArray[np.int8]
    bounds: Bounds


class _Lines(WholeView):
    """The growing picture of many lines as an item of a plot."""

    def __init__(self) -> None:
        super().__init__()
        self.strokes = Strokes(self.update, self)

    @override
    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        at = painter.worldTransform()
        scene = self.scene().sceneRect().size()
        painter.save()
        painter.resetTransform()
        self.strokes.paint(painter, at, scene)
        painter.restore()


class IntermediatePlot(ViewPlot):
    """A line for each trial over its epochs, stronger the better the trial; the mark at its end
    says how it ended.
    """

    TITLE = "Intermediate values"

    def __init__(self, background: Background = at_once) -> None:
        super().__init__(background)
        self._lines = _Lines()
        self._front = CurveItem()
        self._front.setZValue(4)
        self.view.add(self._lines)
        self.view.add(self._front)
        self._reports: _Reports | None = None
        self._restyle()

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        return lambda: _reports(trials)

    @override
    def _show(self, trials: Trials, found: _Reports, *, anew: bool) -> None:
        first = trials.table.objectives[0]
        self._reports = found
        self.view.bottom.measure("Epoch", whole=True)
        measure(self.view.left, first)
        self._lines.strokes.set_lines(found.epochs, found.values, found.tones)
        self._place(found.x, found.y, trials.states, found.bounds, anew=anew)
        self._name(trials)

    def _name(self, trials: Trials) -> None:
        drawn = np.isfinite(self.ys)
        self.key.set_entries(entries(trials.states[drawn]), "The stronger a line, the better.")

    @override
    def _clear(self) -> None:
        super()._clear()
        self._reports = None
        self._lines.strokes.set_lines(np.empty(0), np.empty((0, 0)), np.empty(0, np.int8))
        self._front.set_points(np.empty(0), np.empty(0))

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._lines.strokes.set_colours(ramp())
        self._front.set_style(theme().colour("text"), (), width=2.5, dots=True)
        if self.trials is not None and self._reports is not None:
            self._name(self.trials)

    @contextmanager
    @override
    def _in_full(self) -> Iterator[None]:
        self._lines.strokes.whole = True
        try:
            yield
        finally:
            self._lines.strokes.whole = False

    @override
    def _on_hover(self, position: QPointF | None) -> None:
        super()._on_hover(position)
        if not self.tip.text:
            self._front.set_points(np.empty(0), np.empty(0))

    @override
    def _read(self, index: int, position: QPointF | None = None) -> None:
        assert self._reports is not None
        good = np.isfinite(self._reports.values[index])
        self._front.set_points(self._reports.epochs[good], self._reports.values[index][good])
        super()._read(index, position)

    @override
    def _at(self, position: QPointF) -> int | None:
        """The trial whose end is near, else the one whose line is."""
        near = super()._at(position)
        if near is not None or self._reports is None or len(self._reports.epochs) < 2:
            return near
        if not self.view.area().contains(position):
            return None
        at = self.view.box.mapSceneToView(self.view.mapToScene(position.toPoint()))
        epochs, values = self._reports.epochs, self._reports.values
        after = int(np.clip(np.searchsorted(epochs, at.x()), 1, len(epochs) - 1))
        part = (at.x() - epochs[after - 1]) / (epochs[after] - epochs[after - 1])
        heights = (1 - part) * values[:, after - 1] + part * values[:, after]
        away = np.abs(heights - at.y())
        away[np.isnan(away)] = np.inf
        index = int(np.argmin(away))
        low, high = self.view.box.viewRange()[1]
        per_pixel = (high - low) / max(1.0, self.view.area().height())
        return index if away[index] <= _REACH * per_pixel else None

    @override
    def csv(self) -> str:
        rows = self.trials.rows if self.trials is not None else ()
        lines = ((row.number, row.state, *report) for row in rows for report in row.reports)
        return csv_text(("trial", "state", "epoch", "value"), lines)


def _reports(trials: Trials) -> _Reports | str:
    epochs = sorted({epoch for row in trials.rows for epoch, _ in row.reports})
    if not epochs:
        return _NOTHING
    column = {epoch: place for place, epoch in enumerate(epochs)}
    counts = [len(row.reports) for row in trials.rows]
    rows = np.repeat(np.arange(len(trials)), counts)
    columns = [column[epoch] for row in trials.rows for epoch, _ in row.reports]
    given = np.array([value for row in trials.rows for _, value in row.reports])
    values = np.full((len(trials), len(epochs)), np.nan)
    values[rows, columns] = np.where(np.isfinite(given), given, np.nan)
    x, y = np.full(len(trials), np.nan), np.full(len(trials), np.nan)
    there = np.flatnonzero(np.isfinite(values).any(axis=1))
    last = len(epochs) - 1 - np.argmax(np.isfinite(values[there, ::-1]), axis=1)
    across = np.array(epochs, np.float64)
    x[there], y[there] = across[last], values[there, last]
    every = around(np.broadcast_to(across, values.shape).ravel(), values.ravel())
    return _NOTHING if every is None else _Reports(across, values, x, y, tones(trials.ranks), every)
