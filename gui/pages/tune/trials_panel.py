"""The trials of a study, and what can be done with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QMenu, QWidget

from engine.search.reading import written
from engine.search.records import Searched
from engine.tune.folder import StudyFolder
from engine.tune.table import StudyTable, TrialRow
from gui.forms import SearchField
from gui.pages.base import Session
from gui.pages.tune.evidence import Evidence
from gui.pages.tune.shared_words import no_run_words
from gui.pages.tune.trial_model import NO_TABLE
from gui.pages.tune.trial_table import TrialTable
from gui.pages.tune.trial_words import STATE_WORDS, detail
from gui.pages.tune.winner_lines import Remark
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, ElidedLabel, IconButton, button, column, label, row

__all__ = ["TrialsPanel"]

_TYPING_MS = 120
_UNKNOWN = "was not trained to its end: what its settings reach is not known."


class TrialsPanel(QWidget):
    """The table with its filter, a line about the marked trial, and buttons.

    Signals:
        apply_wished(row): the project is to take a trial's settings.
        marked(number): a trial was marked; -1 for none.
    """

    apply_wished = Signal(object)
    marked = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.study: StudyFolder | None = None
        self._only: frozenset[int] | None = None
        self._stale = False
        self.table = TrialTable()
        self.search = SearchField("Filter trials")
        self.search.setPlaceholderText("Filter")  # in a small window there is no room for more
        self.search.setToolTip("Trials with these words anywhere in their row (Ctrl+F)")
        self.states = QComboBox()
        self.states.setAccessibleName("Trials in which state")
        self.states.addItem("All states", "")
        for state, words in STATE_WORDS.items():
            self.states.addItem(words, state)
        self.columns = IconButton("table", "Columns", self._open_columns)
        self.export = IconButton("download", "Export the study", self._open_export)
        self.count = ElidedLabel("", "muted")
        self.told = label("", wrap=True, select=True)
        self.evidence = Evidence(session, self)
        self.remark = Remark("caption")
        self.apply = button("Apply", self._apply, icon="check")
        self.open = button("Open run", self.open_run, icon="chart-line")
        self.copy = button("Copy values", self.copy_values, icon="copy")
        self._typing = QTimer(self, interval=_TYPING_MS, singleShot=True)
        self._lay_out()
        self._connect()
        self._enable()

    def _lay_out(self) -> None:
        head = row(self.search, self.states, self.count, STRETCH, self.columns, self.export)
        head.setStretch(0, 100)
        self.search.setMinimumWidth(15 * SPACE)
        self.search.setMaximumWidth(30 * SPACE)
        foot = row(self.apply, self.open, self.copy, STRETCH)
        whole = column(head, self.table, self.told, self.remark, foot, gap=SPACE)
        whole.setStretch(1, 1)
        whole.setContentsMargins(0, SPACE, 0, 0)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self._typing.timeout.connect(self._filter)
        self.states.activated.connect(lambda _index: self._filter())
        self.table.marked.connect(self._on_marked)
        self.table.opened.connect(self.open_run)
        self.table.copy_wished.connect(self.copy_values)
        self.table.customContextMenuRequested.connect(self._on_menu)
        self.evidence.changed.connect(self._show_evidence)
        self.session.document.changed.connect(lambda *_: self._on_project())

    # What it shows

    def show_trials(
        self, study: StudyFolder | None, table: StudyTable, texts: Mapping[int, str]
    ) -> None:
        """Shows a study as it was read."""
        if study is not self.study:
            self.evidence.show_study(study)
        self.study = study
        self.table.show_table(table, texts)
        self._count()

    def clear(self) -> None:
        """Shows no study."""
        self._only = None
        self.table.filter(self.search.text(), str(self.states.currentData()))
        self.show_trials(None, NO_TABLE, {})

    def put(self, trial: TrialRow) -> None:
        """Adds a trial, or brings one up to date."""
        self.table.trials.put(trial)
        self._count()
        current = self.table.current()
        if current is not None and current.number == trial.number:
            self._on_marked()

    def trial(self, number: int) -> TrialRow | None:
        """The trial of a number."""
        return self.table.trials.trial(number)

    def show_trial(self, number: int) -> None:
        """Marks a trial, wherever the filter has left it."""
        if not self.table.show_trial(number):
            self.search.clear()
            self.states.setCurrentIndex(0)
            self._only = None
            self._filter()
            self.table.show_trial(number)

    def show_only(self, numbers: Collection[int] | None) -> None:
        """Leaves only trials of these numbers in the table; None takes them all."""
        self._only = None if numbers is None else frozenset(numbers)
        self._filter()

    def _filter(self) -> None:
        self._typing.stop()
        self.table.filter(self.search.text(), str(self.states.currentData()), self._only)
        self._count()

    def _count(self) -> None:
        model = self.table.trials
        shown, every = model.rowCount(), model.total
        words = f"{every:,} trial{'s' if every != 1 else ''}"
        filtered = bool(self.search.text() or self.states.currentData()) or self._only is not None
        self.count.setText(f"{shown:,} of {words}" if filtered else words)

    def _on_marked(self) -> None:
        current = self.table.current()
        chosen = self.table.selected()
        self.told.setText(detail(self.table.trials.table, current) if current and chosen else "")
        self._enable()
        self._show_evidence()
        self.marked.emit(current.number if current is not None and chosen else -1)

    def _show_evidence(self) -> None:
        """What stands against applying the marked trial, before anybody clicks."""
        trial = self._one()
        if trial is None or not trial.settings:
            self.remark.say("")
        elif trial.state != "complete":
            self.remark.say(f"Trial {trial.number} {_UNKNOWN}", "warning")
        else:
            against = self.evidence.against(trial.number)
            words = self.evidence.words(trial.number)
            self.remark.say(words, "warning" if against else "plain")

    def _on_project(self) -> None:
        self._stale = not self.isVisible()
        if not self._stale:
            self.evidence.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Reads what was not read while nobody looked."""
        super().showEvent(event)
        if self._stale:
            self._on_project()

    def _enable(self) -> None:
        trial = self._one()
        self.apply.setEnabled(trial is not None and bool(trial.settings))
        self.open.setEnabled(trial is not None and bool(trial.run))
        self.copy.setEnabled(bool(self.table.selected()))
        why = "" if trial is not None else "Mark one trial in the table."
        self.apply.setToolTip(why or "Gives the project this trial's settings, as one undo step.")
        gone = no_run_words(trial) if trial is not None else ""
        self.open.setToolTip(why or gone or "Shows its curves on the Train page.")
        self.copy.setToolTip("Copies addresses and values of the marked trials in full precision.")
        self.export.setEnabled(self.study is not None)

    def _one(self) -> TrialRow | None:
        chosen = self.table.selected()
        return chosen[0] if len(chosen) == 1 else None

    # Actions

    def _apply(self) -> None:
        if (trial := self._one()) is not None:
            self.apply_wished.emit(trial)

    def open_run(self) -> bool:
        """Shows the curves of the marked trial; False where it has no run."""
        trial = self._one()
        if trial is None or not trial.run or self.study is None:
            return False
        self.session.show_run(self.study.path, trial.run)
        return True

    def copy_values(self) -> None:
        """Puts the settings of the marked trials on the clipboard, as ``--set`` takes them."""
        lines = [
            f"{address}={written(Searched(address, choices=(value,)))}"
            if not isinstance(value, float)
            else f"{address}={value!r}"
            for trial in self.table.selected()
            for address, value in trial.settings.items()
        ]
        QGuiApplication.clipboard().setText("\n".join(lines))
        self.session.toast("The values are on the clipboard.")

    def _on_menu(self, at: QPoint) -> None:
        self.menu().popup(self.table.viewport().mapToGlobal(at))

    def menu(self) -> QMenu:
        """What can be done with the marked trials."""
        menu = QMenu(self)
        for made, run in (
            (self.apply, self._apply),
            (self.open, self.open_run),
            (self.copy, self.copy_values),
        ):
            action = menu.addAction(made.text(), run)
            action.setEnabled(made.isEnabled())
            action.setIcon(made.icon())
        return _closing(menu)

    def _open_columns(self) -> None:
        self.table.columns_menu().popup(_below(self.columns))

    # Export

    def export_menu(self) -> QMenu:
        """The ways out."""
        menu = QMenu(self)
        for text, name, run in (
            ("Table of all trials (CSV)…", "file-text", self._ask_csv),
            ("Study for Optuna (SQLite)…", "database", self._ask_database),
        ):
            set_icon(menu.addAction(text, run), name)
        return _closing(menu)

    def _open_export(self) -> None:
        self.export_menu().popup(_below(self.export))

    def _ask_csv(self) -> None:
        self._ask("csv", "Table (*.csv)", self.write_csv)

    def _ask_database(self) -> None:
        self._ask("db", "Optuna study (*.db)", self.write_database)

    def _ask(self, ending: str, kind: str, write: Any) -> None:
        if self.study is None:
            return
        name = f"{self.study.name}.{ending}"
        chosen, _kind = QFileDialog.getSaveFileName(self, "Export the study", name, kind)
        if chosen:
            write(Path(chosen))

    def write_csv(self, file: Path) -> None:
        """Writes all trials as they are shown now, behind the window."""
        from engine.tune.export import write_csv

        table = self.table.trials.current_table()
        self._task(lambda _progress: write_csv(table, file), file)

    def write_database(self, file: Path) -> None:
        """Copies the study's file as it is at this moment, behind the window."""
        from engine.tune.export import copy_database

        study = self.study
        if study is not None:
            self._task(lambda _progress: copy_database(study, file), file)

    def _task(self, work: Any, file: Path) -> None:
        def done(_none: object) -> None:
            self.session.toast(f"Written to {file.name}.", "success")

        self.session.runner.task(work, done, self.session.error, owner=self)


def _closing(menu: QMenu) -> QMenu:
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def _below(widget: QWidget) -> QPoint:
    return widget.mapToGlobal(QPoint(0, widget.height()))
