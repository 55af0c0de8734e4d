"""The value of each trial in the order of the trials, and the best so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from typing_extensions import override

from gui.plots.caption import Entry
from gui.plots.curve_item import CurveItem
from gui.plots.saving import csv_text
from gui.plots.series import Floats
from gui.plots.study.look import entries
from gui.plots.study.plot import Background, at_once, nothing
from gui.plots.study.trials import STATES, Trials
from gui.plots.study.view_plot import ViewPlot, around
from gui.plots.study.words import measure
from gui.plots.view import Bounds
from gui.theme import theme

__all__ = ["HistoryPlot"]

_FOOT = 0.06  # of the height, below the values: where trials without one stand
_BESIDE = 0.5  # of the way to the next trial


@dataclass(frozen=True)
class _History:
    y: Floats
    steps: tuple[Floats, Floats]
    bounds: Bounds
    without: bool


class HistoryPlot(ViewPlot):
    """A point for each trial and a line for the best complete one so far.

    A pruned trial stands at its last report. Failed ones and those whose value is not finite stand
    in a row at the foot.
    """

    TITLE = "History"

    def __init__(self, background: Background = at_once) -> None:
        super().__init__(background)
        self._line = CurveItem()
        self._line.setZValue(4)
        self.view.add(self._line)
        self._restyle()

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        return lambda: _history(trials)

    @override
    def _show(self, trials: Trials, found: _History, *, anew: bool) -> None:
        objective = trials.objective
        self.view.bottom.measure("Trial", whole=True)
        measure(self.view.left, objective)
        self._line.set_points(*found.steps)
        self._place(trials.numbers, found.y, trials.states, found.bounds, anew=anew)
        self._name(trials, without=found.without)

    def _name(self, trials: Trials, *, without: bool) -> None:
        best = (Entry("Best so far", theme().series_colour(2)),) if self._has_best(trials) else ()
        remark = "Without a value: at the foot." if without else ""
        self.key.set_entries((*entries(trials.states), *best), remark)

    def _has_best(self, trials: Trials) -> bool:
        return bool(np.isfinite(trials.best).any())

    @override
    def _clear(self) -> None:
        super()._clear()
        self._line.set_points(np.empty(0), np.empty(0))

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._line.set_style(theme().series_colour(2), (), width=2.0, dots=False)
        if self.trials is not None and len(self.xs):
            self._name(self.trials, without=bool(self.key.toolTip()))

    @override
    def csv(self) -> str:
        head = ("trial", "state", "value", "last_report", "best_so_far")
        trials = self.trials
        if trials is None:
            return csv_text(head, ())
        columns = (trials.values, trials.shown, trials.best)
        cells = zip(trials.rows, *(column.tolist() for column in columns), strict=True)
        return csv_text(head, ((row.number, row.state, *rest) for row, *rest in cells))


def _history(trials: Trials) -> _History | str:
    ended = trials.states < STATES.index("running")
    there = around(trials.numbers, trials.shown)
    if not ended.any() and there is None:
        return nothing(trials)
    if there is None:
        there = Bounds(0.0, 0.0, 0.0, 1.0)
    height = there.high - there.low or abs(there.high) * 0.1 or 1.0
    lost = ended & np.isnan(trials.shown)
    low = there.low - _FOOT * height if lost.any() else there.low
    y = np.where(lost, low, trials.shown)
    seen = trials.numbers[ended | np.isfinite(trials.shown)]
    bounds = Bounds(float(seen.min()) - _BESIDE, float(seen.max()) + _BESIDE, low, there.high)
    return _History(y, _steps(trials.numbers, trials.best), bounds, bool(lost.any()))


def _steps(x: Floats, best: Floats) -> tuple[Floats, Floats]:
    """Corners of a line that runs level until a better trial comes."""
    good = np.isfinite(best)
    x, best = x[good], best[good]
    if not len(x):
        return x, best
    new = np.flatnonzero(np.append(True, np.diff(best) != 0))
    across = np.append(np.repeat(x[new], 2)[1:], x[-1])
    return across, np.repeat(best[new], 2)
