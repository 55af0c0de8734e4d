"""All plots of a study, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QStackedWidget, QTabBar, QWidget
from typing_extensions import override

from engine.tune import importance
from engine.tune.table import StudyTable
from gui.loading import load_behind
from gui.plots.study.contour import ContourPlot
from gui.plots.study.durations import DurationPlot
from gui.plots.study.history import HistoryPlot
from gui.plots.study.importance import ImportancePlot
from gui.plots.study.intermediate import IntermediatePlot
from gui.plots.study.parallel import ParallelPlot
from gui.plots.study.pareto import ParetoPlot
from gui.plots.study.plot import Background, StudyPlot, at_once
from gui.plots.study.slices import SlicePlot
from gui.plots.study.timeline import TimelinePlot
from gui.plots.study.trials import Trials
from gui.runner import Runner
from gui.widgets import column, row

__all__ = ["StudyPlots"]

PARETO = "pareto"
_KINDS: dict[str, tuple[str, Callable[[Background], StudyPlot]]] = {
    "history": ("History", HistoryPlot),
    "parallel": ("Parallel", ParallelPlot),
    "slice": ("Slice", SlicePlot),
    "contour": ("Contour", ContourPlot),
    "importance": ("Importance", ImportancePlot),
    "intermediate": ("Intermediate", IntermediatePlot),
    PARETO: ("Pareto", ParetoPlot),
    "timeline": ("Timeline", TimelinePlot),
    "duration": ("Duration", DurationPlot),
}


class StudyPlots(QWidget):
    """A choice of plots over the one that is chosen; only that one is worked out.

    Hand it the study's table whenever trials have changed; unseen it waits to be shown. With a
    ``runner`` the work is done behind the window, without one at once. The Pareto front, and a
    choice of the objective, are there only for studies with several objectives.

    Signals:
        trial_clicked(int): the number of the trial that was clicked.
        trials_chosen(tuple or None): the numbers of the trials in the ranges of the parallel
            coordinates; ``None`` while there are no ranges.
        failed(FoveaError): a file could not be written, or a plot not worked out.
    """

    trial_clicked = Signal(int)
    trials_chosen = Signal(object)
    failed = Signal(object)

    def __init__(self, runner: Runner | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background: Background = at_once if runner is None else partial(_behind, runner, self)
        self._load = None if runner is None else partial(load_behind, runner, importance.load)
        self._table: StudyTable | None = None
        self._trials: Trials | None = None
        self._plots: dict[str, StudyPlot] = {}
        self._shown: dict[str, Trials] = {}
        self._stack = QStackedWidget()
        self.choice = _tabs()
        self.choice.currentChanged.connect(lambda _index: self._update())
        self.objective = QComboBox()
        self.objective.setAccessibleName("Objective")
        self.objective.setToolTip("Objective")
        self.objective.activated.connect(lambda _index: self._remake())
        self.objective.hide()
        head = row(self.choice, self.objective)
        head.setStretch(0, 1)
        whole = column(head, self._stack, gap=4)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._offer(several=False)
        self._update()

    def set_table(self, table: StudyTable) -> None:
        """Shows the trials of a study; choices and zooms stay while it is the same study."""
        labels = [objective.label for objective in table.objectives]
        known = [self.objective.itemText(n) for n in range(self.objective.count())]
        if labels != known:
            self.objective.clear()
            self.objective.addItems(labels)
        self._table = table
        self._offer(several=len(labels) > 1)
        self._remake()

    def load(self) -> None:
        """Fetches behind the window what the importance of settings needs, once.

        Done when the panel is shown at the latest; better while nothing trains.
        """
        load, self._load = self._load, None
        if load is not None:
            load()

    @property
    def current(self) -> str:
        """The key of the chosen plot."""
        return self.choice.tabData(self.choice.currentIndex())

    def choose(self, key: str) -> StudyPlot:
        """Shows a plot by its key and gives it; an unknown key raises KeyError."""
        place = list(_KINDS).index(key) if key in _KINDS else -1
        if place < 0:
            raise KeyError(key)
        self.choice.setCurrentIndex(place)
        return self.plot(key)

    def plot(self, key: str) -> StudyPlot:
        """A plot by its key, made when it is first asked for."""
        if key not in self._plots:
            self._plots[key] = self._make(key)
        return self._plots[key]

    def _make(self, key: str) -> StudyPlot:
        made = _KINDS[key][1](self._background)
        made.trial_clicked.connect(self.trial_clicked)
        made.failed.connect(self.failed)
        if isinstance(made, ParallelPlot):
            made.chosen_changed.connect(self.trials_chosen)
        if isinstance(made, ImportancePlot):
            made.setting_clicked.connect(self._show_slice)
        self._stack.addWidget(made)
        return made

    def _show_slice(self, address: str) -> None:
        plot = self.choose("slice")
        assert isinstance(plot, SlicePlot)
        plot.choose(address)

    def _offer(self, *, several: bool) -> None:
        place = list(_KINDS).index(PARETO)
        if not several and self.current == PARETO:
            self.choice.setCurrentIndex(0)
        self.choice.setTabVisible(place, several)
        self.objective.setVisible(several)

    def _remake(self) -> None:
        if self._table is not None:
            self._trials = Trials(self._table, max(0, self.objective.currentIndex()))
            self._update()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        """Draws what it shows, and loads what it may need."""
        super().showEvent(event)
        self.load()
        self._update()

    def _update(self) -> None:
        """Shows the chosen plot, up to date where the panel is seen."""
        plot = self.plot(self.current)
        self._stack.setCurrentWidget(plot)
        if not self.isVisible():
            return
        if self._trials is not None and self._shown.get(self.current) is not self._trials:
            self._shown[self.current] = self._trials
            plot.set_trials(self._trials)


def _tabs() -> QTabBar:
    bar = QTabBar()
    bar.setDrawBase(False)
    bar.setExpanding(False)
    bar.setUsesScrollButtons(True)
    bar.setAccessibleName("Plot")
    for key, (name, _kind) in _KINDS.items():
        bar.setTabData(bar.addTab(name), key)
    return bar


def _behind(runner: Runner, owner: QWidget, work: Any, done: Any, failed: Any) -> None:
    runner.task(lambda _progress: work(), done, failed, owner=owner)
