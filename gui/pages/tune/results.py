"""What came of a study: its trials as a table and in plots."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QTabWidget, QWidget

from engine.tune.folder import StudyFolder
from engine.tune.table import TrialRow
from gui.pages.base import Session
from gui.pages.tune.studies import Trials
from gui.pages.tune.study_choice import StudyChoice
from gui.pages.tune.trials_panel import TrialsPanel
from gui.pages.tune.winner import WinnerPanel
from gui.plots.study import StudyPlots
from gui.widgets import Card, EmptyState, Stack

__all__ = ["Results"]

_HEAD = 32  # pixels: headings with and without buttons are in line
_DRAW_MS = 300
_NONE, _NEW = "No search yet", "A new search"
_EXPLAINED = (
    "A search trains the project many times with other settings, and shows every trial here. The "
    "project itself stays as it is until you apply one."
)
_EARLIER = "Earlier studies are in the list above."


class Results(Card):
    """The shown study under tabs, its name and the choice of another above them.

    A click on a trial in a plot marks it in the table and opens its run; ranges in the parallel
    coordinates leave only their trials in the table.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Results", parent=parent)
        self._session = session
        self.choice = StudyChoice()
        self.trials = TrialsPanel(session)
        self.plots = StudyPlots(session.runner)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.addTab(self.trials, "Trials")
        self.tabs.addTab(self.plots, "Plots")
        self.winner = WinnerPanel(session)
        self.tabs.addTab(self.winner, "Winner")
        self.empty = EmptyState("table", _NONE, _EXPLAINED)
        self._stack = Stack(self.empty, self.tabs)
        self.head.addStrut(_HEAD)
        self.head.addWidget(self.choice)
        self.body.addWidget(self._stack, 1)
        self._stale = False
        self._drawing = QTimer(self, interval=_DRAW_MS, singleShot=True)
        self._drawing.timeout.connect(self._draw)
        self.tabs.setCornerWidget(self.plots.objective)  # beside the plots' names it has no room
        self.tabs.currentChanged.connect(lambda _index: self._on_tab())
        self.plots.trial_clicked.connect(self._on_clicked)
        self.plots.trials_chosen.connect(self.trials.show_only)
        self.plots.failed.connect(session.error)

    def show_study(self, study: StudyFolder | None) -> None:
        """Turns to another study, whose trials come in a moment; to none."""
        self.trials.clear()
        self.winner.show_study(study)
        self._stack.show_only(self.tabs if study is not None else self.empty)

    def show_earlier(self, *, some: bool) -> None:
        """Says, while no study is shown, whether there are earlier ones to choose from."""
        self.empty.title.setText(_NEW if some else _NONE)
        self.empty.text.setText(f"{_EXPLAINED} {_EARLIER}" if some else _EXPLAINED)

    def show_trials(self, found: Trials) -> None:
        """Shows the trials of the study as they were read."""
        self.trials.show_trials(found.study, found.table, found.texts)
        self.winner.refresh()
        self._stale = True
        self._draw()

    def put(self, rows: Iterable[TrialRow]) -> None:
        """Adds trials, or brings them up to date."""
        for row in rows:
            self.trials.put(row)
            self._stale = True
        if self._stale and not self._drawing.isActive():
            self._drawing.start()

    def _draw(self) -> None:
        """Draws what has changed, if the plots can be seen."""
        table = self.trials.table.trials
        if self._stale and self.tabs.currentWidget() is self.plots and table.table.objectives:
            self._stale = False
            self.plots.set_table(table.current_table())

    def _on_tab(self) -> None:
        objective, plots = self.plots.objective, self.tabs.currentWidget() is self.plots
        objective.setVisible(plots and objective.count() > 1)
        self._draw()

    def _on_clicked(self, number: int) -> None:
        self.trials.show_trial(number)
        if not self.trials.open_run():
            self.tabs.setCurrentWidget(self.trials)
