"""How much each setting had to do with the best trials, as bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from engine.tune.importance import Importance, importance
from gui.plots.saving import csv_text
from gui.plots.study.plot import Background, StudyPlot, at_once
from gui.plots.study.share_bars import ShareBars
from gui.plots.study.trials import Trials
from gui.setting_words import setting_name
from gui.widgets import scroll

__all__ = ["ImportancePlot"]

_WORKING = "Working out which settings matter…"
_METHOD = "Share in reaching the best tenth of {:,} complete trials (PED-ANOVA)"
_PAPER = (
    "PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023) compares how a setting is distributed "
    "among the best tenth of the trials and among all of them."
)
_AGAIN = 1.02
"""So many times as many trials bring a new look: one more of thousands changes nothing to see."""


class ImportancePlot(StudyPlot):
    """A bar for each setting; a click on one tells :attr:`setting_clicked` its address.

    Give it a ``background`` with a thread: it takes seconds, and imports Optuna.
    """

    TITLE = "Importance"

    setting_clicked = Signal(str)

    def __init__(self, background: Background = at_once) -> None:
        self.bars = ShareBars()
        super().__init__(self.bars, background)
        self.header.fit_button.hide()
        self.found = Importance()
        self.bars.bar_clicked.connect(
            lambda number: self.setting_clicked.emit(self.found.shares[number][0])
        )
        self.bars.menu_wished.connect(self.open_menu)

    @override
    def _framed(self, body: QWidget) -> QWidget:
        return scroll(body)

    @override
    def set_trials(self, trials: Trials) -> None:
        before = self.trials
        if before is None or before.table.study != trials.table.study:
            self._clear()
            self.tip.show_empty(_WORKING)
        elif self.found.shares and _is_nearly(before, trials):
            return
        super().set_trials(trials)

    @override
    def _work(self, trials: Trials) -> Callable[[], Any]:
        return lambda: _found(trials)

    @override
    def _show(self, trials: Trials, found: Importance, *, anew: bool) -> None:
        self.found = found
        self.bars.set_bars([(setting_name(address), share) for address, share in found.shares])
        self.key.set_entries((), _METHOD.format(found.trials), _PAPER)

    @override
    def _clear(self) -> None:
        self.found = Importance()
        self.bars.set_bars(())
        self.key.set_entries(())

    @override
    def _restyle(self) -> None:
        self.bars.update()

    @override
    def _at(self, position: QPointF) -> int | None:
        return None

    @override
    def _anchor(self, index: int) -> QPointF | None:
        return None

    @override
    def fit(self) -> None:
        """There is no zoom: every bar is shown."""

    @override
    def csv(self) -> str:
        return csv_text(("setting", "share"), self.found.shares)


def _is_nearly(before: Trials, trials: Trials) -> bool:
    """Whether hardly more trials are complete."""
    same = before.number == trials.number
    counts = [sum(row.state == "complete" for row in one.rows) for one in (before, trials)]
    return same and counts[0] <= counts[1] < max(counts[0] + 1, _AGAIN * counts[0])


def _found(trials: Trials) -> Importance | str:
    found = importance(trials.table, trials.number)
    return found.why or found
