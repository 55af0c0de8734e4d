"""Two objectives against each other, and the trials that none is better than in both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QComboBox
from typing_extensions import override

from engine.tune.table import Objective
from gui.plots.caption import Entry
from gui.plots.curve_item import CurveItem
from gui.plots.marks import Mark
from gui.plots.saving import csv_text
from gui.plots.series import DASHES, Floats
from gui.plots.study.plot import Background, at_once, nothing
from gui.plots.study.trials import Trials
from gui.plots.study.view_plot import ViewPlot, around
from gui.plots.study.words import measure
from gui.plots.view import Bounds
from gui.theme import theme

__all__ = ["ParetoPlot", "front"]


@dataclass(frozen=True)
class _Pareto:
    """The second objective's number, the values, 0 for trials of the front, and its line."""

    other: int
    x: Floats
    y: Floats
    kinds: NDArray[np.int8]
    line: tuple[Floats, Floats]
    bounds: Bounds


class ParetoPlot(ViewPlot):
    """The objective that is looked at upward, another one across; the front is joined by a line."""

    TITLE = "Pareto front"

    def __init__(self, background: Background = at_once) -> None:
        super().__init__(background)
        self._line = CurveItem()
        self.view.add(self._line)
        self.other = QComboBox()
        self.other.setAccessibleName("Objective across")
        self.other.setToolTip("Objective across")
        self.other.activated.connect(lambda _index: self.renew())
        self.other.hide()
        self.tools.insertWidget(0, self.other)
        self._found: _Pareto | None = None
        self._restyle()

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        wanted = self.other.currentData()
        return lambda: _pareto(trials, wanted)

    @override
    def _show(self, trials: Trials, found: _Pareto, *, anew: bool) -> None:
        before, self._found = self._found, found
        self._offer(trials, found.other)
        across = trials.table.objectives[found.other]
        measure(self.view.bottom, across)
        measure(self.view.left, trials.objective)
        self._line.set_points(*found.line)
        other = before is None or before.other != found.other
        self._place(found.x, found.y, found.kinds, found.bounds, anew=anew or other)
        self._name(trials)

    def _offer(self, trials: Trials, current: int) -> None:
        others = [n for n in range(len(trials.table.objectives)) if n != trials.number]
        self.other.setVisible(len(others) > 1)
        self.other.clear()
        for number in others:
            self.other.addItem(trials.table.objectives[number].label, number)
        self.other.setCurrentIndex(self.other.findData(current))

    def _name(self, trials: Trials) -> None:
        if self._found is None:
            return
        best, rest = self._marks()
        count = int((self._found.kinds == 0).sum())
        better = " and ".join(
            f"{_better(one)} {one.label[:1].lower()}{one.label[1:]}"
            for one in (trials.objective, trials.table.objectives[self._found.other])
        )
        front = Entry(f"Front ({count:,})", mark=best)
        self.key.set_entries((Entry("Complete", mark=rest), front), f"Better: {better}.")

    @override
    def _marks(self) -> tuple[Mark, ...]:
        look = theme()
        first, second = look.series_colour(0), look.series_colour(1)
        return Mark("diamond", second.name(), 4.5), Mark("disc", first.name(), self.mark_size)

    @override
    def _clear(self) -> None:
        super()._clear()
        self._found = None
        self._line.set_points(np.empty(0), np.empty(0))

    @override
    def _restyle(self) -> None:
        super()._restyle()
        self._line.set_style(theme().series_colour(1), DASHES, width=1.5, dots=False)
        if self.trials is not None:
            self._name(self.trials)

    @override
    def csv(self) -> str:
        trials, found = self.trials, self._found
        if trials is None or found is None:
            return csv_text(("trial", "front"), ())
        good = np.flatnonzero(np.isfinite(found.x)).tolist()
        names = (trials.table.objectives[found.other].heading, trials.objective.heading)
        rows = (
            (trials.rows[i].number, *pair, "no" if found.kinds[i] else "yes")
            for i in good
            for pair in [(float(found.x[i]), float(found.y[i]))]
        )
        return csv_text(("trial", *names, "front"), rows)


def _pareto(trials: Trials, wanted: int | None) -> _Pareto | str:
    objectives = trials.table.objectives
    others = [n for n in range(len(objectives)) if n != trials.number]
    if not others:
        return "A Pareto front needs two objectives."
    other = wanted if wanted in others else others[0]
    x, y = trials.of_objective(other), trials.values
    bad = np.isnan(x) | np.isnan(y)
    x, y = np.where(bad, np.nan, x), np.where(bad, np.nan, y)
    bounds = around(x, y)
    if bounds is None:
        return nothing(trials)
    best = front(x, y, objectives[other], trials.objective)
    order = np.argsort(x[best])
    line = (x[best][order], y[best][order])
    return _Pareto(other, x, y, (~best).astype(np.int8), line, bounds)


def _better(one: Objective) -> str:
    """What is better of an objective; counts are fewer, all else is less."""
    if one.maximise:
        return "more"
    return "fewer" if one.quantity == "count" else "less"


def front(x: Floats, y: Floats, of_x: Objective, of_y: Objective) -> NDArray[np.bool_]:
    """Which points no other is better than in one value and at least as good in the other."""
    cost = [-v if one.maximise else v for v, one in ((x, of_x), (y, of_y))]
    good = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    order = good[np.lexsort((cost[1][good], cost[0][good]))]
    found = np.zeros(len(x), dtype=bool)
    least, at = np.inf, np.nan
    for index in order.tolist():
        first, second = cost[0][index], cost[1][index]
        if second < least or (second == least and first == at):
            found[index] = True
            least, at = second, first
    return found
