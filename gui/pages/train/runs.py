"""The table of a project's runs: which one is shown, which lie behind the curves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHeaderView,
    QTableView,
    QWidget,
)

from engine.runs.listing import RunInfo
from gui.pages.train.run_model import COLUMNS, RunModel
from gui.theme.tokens import SPACE

__all__ = ["RunTable"]

_AUC = next(place for place, column in enumerate(COLUMNS) if column.head == "AUC")
_CHANGED = next(place for place, column in enumerate(COLUMNS) if column.head == "Changed")
_SPARED = tuple(place for place, column in enumerate(COLUMNS) if column.head in ("Epochs", "Time"))
_NARROW = 82 * SPACE
_MEASURED_ROWS = 20  # for the widths of columns: hundreds would take long


class RunTable(QTableView):
    """Emits ``chosen(run id)`` when another run is to be shown, ``marked()`` when others are.

    A click on a heading sorts; Ctrl and Shift mark several rows; F2 or a double click writes the
    note of a run.
    """

    chosen = Signal(str)
    marked = Signal()
    list_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunModel()
        self._quiet = False
        self._withheld = False
        self.setModel(self.runs)
        self.setAccessibleName("Runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        self._set_up_head()
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.selectionModel().selectionChanged.connect(lambda *_: self.marked.emit())

    def _set_up_head(self) -> None:
        head = self.horizontalHeader()
        head.setResizeContentsPrecision(_MEASURED_ROWS)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(_CHANGED, QHeaderView.ResizeMode.Interactive)
        head.setStretchLastSection(True)
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        self.setColumnHidden(_AUC, True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leaves out epochs and time where the words would have no room."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        narrow = self.viewport().width() < _NARROW
        for column in _SPARED:
            self.setColumnHidden(column, narrow)
        head = self.horizontalHeader()
        fixed = sum(head.sectionSize(column) for column in range(_CHANGED))
        left = self.viewport().width() - fixed
        head.resizeSection(_CHANGED, min(max(left * 11 // 20, 9 * SPACE), 48 * SPACE))

    def show_runs(self, runs: Sequence[RunInfo], current: str) -> None:
        """Replaces the rows and marks the run that is shown, without emitting.

        Not while a note is being written, which would be lost: :attr:`list_wished` comes after it.
        """
        if runs and self.state() == QAbstractItemView.State.EditingState:
            self._withheld = True
            return
        self._withheld = False
        self._quiet = True
        marked = {run.id for run in self.selected()}
        self.runs.show_runs(runs)
        self.setColumnHidden(_AUC, not self.runs.has_auc)
        self._share_room()
        self._mark(current, marked)
        self._quiet = False

    def _mark(self, current: str, others: set[str]) -> None:
        flags = QItemSelectionModel.SelectionFlag
        row = self.runs.row_of(current)
        if row >= 0:
            self.selectRow(row)
        for run in others if len(others) > 1 else ():
            index = self.runs.index(max(self.runs.row_of(run), 0), 0)
            if self.runs.row_of(run) >= 0:
                self.selectionModel().select(index, flags.Select | flags.Rows)

    def current(self) -> RunInfo | None:
        """The run of the row that has the cursor."""
        row = self.currentIndex().row()
        return self.runs.runs[row] if 0 <= row < len(self.runs.runs) else None

    def selected(self) -> list[RunInfo]:
        """The runs of all marked rows, from the top."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.runs.runs[row] for row in rows if row < len(self.runs.runs)]

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """Asks for the rows that came while a note was written."""
        super().closeEditor(editor, hint)
        if self._withheld:
            self._withheld = False
            self.list_wished.emit()

    def write_note(self) -> None:
        """Opens the field for the current run's note."""
        index = self.currentIndex()
        if index.isValid():
            self.edit(index.siblingAtColumn(RunModel.NOTE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 writes the note, in whichever column the cursor is."""
        if event.key() == Qt.Key.Key_F2:
            self.write_note()
        else:
            super().keyPressEvent(event)

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and not self._quiet:
            self.chosen.emit(self.runs.runs[index.row()].id)
