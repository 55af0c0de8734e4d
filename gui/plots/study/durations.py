"""How long each trial took, against the epochs that it was trained for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from typing_extensions import override

from gui.plots.saving import csv_text
from gui.plots.series import Floats
from gui.plots.study.look import entries
from gui.plots.study.plot import nothing
from gui.plots.study.times import unit
from gui.plots.study.trials import Trials
from gui.plots.study.view_plot import ViewPlot
from gui.plots.view import Bounds

__all__ = ["DurationPlot"]

_SPREAD = 0.3  # of an epoch, to either side


@dataclass(frozen=True)
class _Durations:
    x: Floats
    y: Floats
    label: str
    bounds: Bounds


class DurationPlot(ViewPlot):
    """A point for each trial that has ended: epochs across, time upward.

    Trials of as many epochs are spread sideways, so that they are seen.
    """

    TITLE = "Duration"

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        return lambda: _durations(trials)

    @override
    def _show(self, trials: Trials, found: _Durations, *, anew: bool) -> None:
        self.view.bottom.measure("Epochs trained", whole=True)
        self.view.left.measure(found.label)
        self._place(found.x, found.y, trials.states, found.bounds, anew=anew)
        self._name(trials)

    def _name(self, trials: Trials) -> None:
        drawn = trials.states[np.isfinite(self.ys)]
        self.key.set_entries(entries(drawn), "Spread sideways within an epoch.")

    @override
    def _restyle(self) -> None:
        super()._restyle()
        if self.trials is not None and len(self.ys):
            self._name(self.trials)

    @override
    def csv(self) -> str:
        rows = self.trials.rows if self.trials is not None else ()
        lines = (
            (row.number, row.state, row.reports[-1][0] if row.reports else 0, row.seconds)
            for row in rows
            if row.seconds is not None
        )
        return csv_text(("trial", "state", "epochs", "seconds"), lines)


def _durations(trials: Trials) -> _Durations | str:
    seconds = np.array([np.nan if (s := row.seconds) is None else s for row in trials.rows])
    if not np.isfinite(seconds).any():
        return nothing(trials)
    epochs = np.array([row.reports[-1][0] if row.reports else 0 for row in trials.rows], np.float64)
    longest = float(np.nanmax(seconds))
    size, name = unit(longest)
    golden = 0.6180339887498949
    x = epochs + _SPREAD * (2 * ((trials.numbers * golden) % 1.0) - 1)
    x = np.where(np.isfinite(seconds), x, np.nan)
    ended = epochs[np.isfinite(seconds)]
    bounds = Bounds(float(ended.min()) - 0.5, float(ended.max()) + 0.5, 0.0, longest / size)
    return _Durations(x, seconds / size, f"Time ({name})", bounds)
