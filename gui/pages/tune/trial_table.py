"""The table of a study's trials."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from engine.tune.table import StudyTable, TrialRow
from gui.pages.tune.trial_model import TrialModel
from gui.theme.tokens import SPACE

__all__ = ["TrialTable"]

_MEASURED_ROWS = 20  # for the widths of columns: thousands would take long
_WIDEST = 220


class TrialTable(QTableView):
    """Sorts by a click on a heading, hides columns by the menu of the headings.

    Signals:
        marked(): other rows are marked.
        opened(): Enter or a double click on a row.
        copy_wished(): the keys for copying.
    """

    marked = Signal()
    opened = Signal()
    copy_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trials = TrialModel()
        self._hidden: set[str] = set()
        self._fitted: tuple[object, ...] = ()
        self._kept: tuple[str, list[int], int | None, int] = ("", [], None, 0)
        self.setModel(self.trials)
        self.setAccessibleName("Trials")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(28)
        head = self.horizontalHeader()
        head.setResizeContentsPrecision(_MEASURED_ROWS)
        head.setHighlightSections(False)
        head.setStretchLastSection(True)
        head.setMaximumSectionSize(_WIDEST)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(self._on_head)
        self.setSortingEnabled(True)
        self.selectionModel().selectionChanged.connect(lambda *_: self.marked.emit())
        self.selectionModel().currentRowChanged.connect(lambda *_: self.marked.emit())
        self.trials.modelAboutToBeReset.connect(self._on_reset)
        self.trials.modelReset.connect(self._after_reset)
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    def show_table(self, table: StudyTable, texts: Mapping[int, str]) -> None:
        """Shows a study; what was marked and in sight stays so, if it is the same study."""
        self.trials.show_table(table, texts)
        self._fit()
        self.marked.emit()

    def _on_reset(self) -> None:
        """Notes what is marked before the rows are others."""
        current = self.current()
        marked = [row.number for row in self.selected()]
        scrolled = self.verticalScrollBar().value()
        study = self.trials.table.study
        self._kept = (study, marked, current.number if current is not None else None, scrolled)

    def _after_reset(self) -> None:
        study, marked, current, scrolled = self._kept
        if study == self.trials.table.study:
            self._mark(marked, current)
            self.verticalScrollBar().setValue(scrolled)

    def _fit(self) -> None:
        """Widths for what stands there, once for a study and again for its first trials."""
        shape = (self.trials.table.study, self.trials.columns, self.trials.rowCount() > 0)
        for place, column in enumerate(self.trials.columns):
            self.setColumnHidden(place, column.head in self._hidden)
        if shape != self._fitted:
            self._fitted = shape
            self.resizeColumnsToContents()
            for place, column in enumerate(self.trials.columns):
                room = max(map(self._advance, column.all_words), default=0)
                self.setColumnWidth(place, max(self.columnWidth(place), room) + SPACE)

    def _advance(self, words: str) -> int:
        """How wide words of the best trial, which are bold, would be."""
        bold = self.font()
        bold.setBold(True)
        return QFontMetrics(bold).horizontalAdvance(words) + 2 * SPACE

    def filter(self, text: str, state: str, only: Collection[int] | None = None) -> None:
        """Shows only some trials; the mark stays where it can."""
        self.trials.filter(text, state, only)
        self.marked.emit()

    def _mark(self, numbers: list[int], current: int | None) -> None:
        flags = QItemSelectionModel.SelectionFlag
        model = self.selectionModel()
        places = [place for one in numbers if (place := self.trials.place_of(one)) >= 0]
        for place in places:
            model.select(self.trials.index(place, 0), flags.Select | flags.Rows)
        if current is not None and (place := self.trials.place_of(current)) >= 0:
            model.setCurrentIndex(self.trials.index(place, 0), flags.NoUpdate)

    def show_trial(self, number: int) -> bool:
        """Marks a trial and scrolls to it; False where the filter hides it."""
        place = self.trials.place_of(number)
        if place >= 0:
            self.selectRow(place)
            self.scrollTo(self.trials.index(place, 0))
        return place >= 0

    def current(self) -> TrialRow | None:
        """The trial that has the cursor."""
        return self.trials.at(self.currentIndex().row())

    def selected(self) -> list[TrialRow]:
        """The trials of all marked rows, from the top."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [row for place in rows if (row := self.trials.at(place)) is not None]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, the keys for copying copy."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current() is not None:
            self.opened.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wished.emit()
        else:
            super().keyPressEvent(event)

    def columns_menu(self) -> QMenu:
        """The columns, ticked where they are shown; the first always is."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for place, column in enumerate(self.trials.columns[1:], start=1):
            action = menu.addAction(column.head)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(place))
            action.toggled.connect(
                lambda on, place=place, head=column.head: self._show_column(place, head, on)
            )
        return menu

    def _show_column(self, place: int, head: str, on: bool) -> None:
        (self._hidden.discard if on else self._hidden.add)(head)
        self.setColumnHidden(place, not on)

    def _on_head(self, at: QPoint) -> None:
        self.columns_menu().popup(self.horizontalHeader().mapToGlobal(at))
