"""The value of each trial against one of its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from typing_extensions import override

from gui.plots.saving import csv_text
from gui.plots.series import Floats
from gui.plots.study.choosing import SettingChoice
from gui.plots.study.look import entries
from gui.plots.study.plot import Background, at_once, nothing
from gui.plots.study.trials import Column, Trials
from gui.plots.study.view_plot import ViewPlot, around
from gui.plots.study.words import measure
from gui.plots.view import Bounds

__all__ = ["SlicePlot", "spread"]

_SPREAD = 0.28  # of the distance between two choices, to either side


@dataclass(frozen=True)
class _Slice:
    column: Column
    x: Floats
    y: Floats
    bounds: Bounds


class SlicePlot(ViewPlot):
    """One setting across, the objective upward; which setting, somebody chooses.

    A pruned trial stands at its last report. Trials of one choice are spread sideways, so that they
    are seen.
    """

    TITLE = "Slice"

    def __init__(self, background: Background = at_once) -> None:
        super().__init__(background)
        self.setting = SettingChoice("Setting")
        self.setting.chosen.connect(self._on_chosen)
        self.setting.hide()
        self.tools.insertWidget(0, self.setting)
        self._drawn = ""

    def choose(self, address: str) -> None:
        """Shows the trials against another setting."""
        self.setting.choose(address)
        self._on_chosen()

    def _on_chosen(self) -> None:
        self.renew()

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        wanted = self.setting.address
        return lambda: _slice(trials, wanted)

    @override
    def _show(self, trials: Trials, found: _Slice, *, anew: bool) -> None:
        column = found.column
        self.setting.offer(trials.addresses, column.address)
        self.setting.show()
        self.view.bottom.measure(column.label, log=column.log, names=column.names)
        measure(self.view.left, trials.objective)
        other, self._drawn = column.address != self._drawn, column.address
        self._place(found.x, found.y, trials.states, found.bounds, anew=anew or other)
        lacking = int((np.isnan(column.places) & np.isfinite(trials.shown)).sum())
        remark = "Spread sideways within a choice." if column.names else ""
        remark += f" {lacking:,} trials have not got this setting." if lacking else ""
        self.key.set_entries(entries(trials.states[np.isfinite(found.x + found.y)]), remark.strip())

    @override
    def _clear(self) -> None:
        super()._clear()
        self.setting.hide()

    @override
    def _restyle(self) -> None:
        super()._restyle()
        if self.trials is not None and len(self.xs):
            drawn = np.isfinite(self.xs + self.ys)
            self.key.set_entries(entries(self.trials.states[drawn]), self.key.toolTip())

    @override
    def csv(self) -> str:
        head = ("trial", "state", self._drawn or "setting", "value")
        if self.trials is None:
            return csv_text(head, ())
        rows = (
            (row.number, row.state, row.settings[self._drawn], value)
            for row, value in zip(self.trials.rows, self.trials.shown.tolist(), strict=True)
            if self._drawn in row.settings
        )
        return csv_text(head, rows)


def _slice(trials: Trials, wanted: str) -> _Slice | str:
    if not np.isfinite(trials.shown).any() or not trials.addresses:
        return nothing(trials)
    column = trials.column(wanted if wanted in trials.addresses else trials.addresses[0])
    x = spread(column, trials.numbers)
    there = around(x, trials.shown)
    if there is None:
        values = around(trials.shown, trials.shown)
        assert values is not None
        there = Bounds(*column.ends, values.low, values.high)
    bounds = Bounds(*column.ends, there.low, there.high)
    return _Slice(column, x, trials.shown, bounds)


def spread(column: Column, numbers: Floats) -> Floats:
    """The places of a setting; those of one choice side by side, by the trials' numbers alone."""
    if not column.names:
        return column.places
    golden = 0.6180339887498949  # its multiples fill any interval evenly
    return column.places + _SPREAD * (2 * ((numbers * golden) % 1.0) - 1)
