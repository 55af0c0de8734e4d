"""The table of classes: how often each is found, and how often a mention of it is right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.evaluate import AllEvaluations, ClassRow, SeveralEvaluation
from engine.evaluate.metrics import wilson
from gui.numbers import decimal, percent

__all__ = ["ClassTable"]

_HEADS = (
    ("Class", "The true class."),
    ("Images", "Images of this class in the part evaluated."),
    ("Recall", "Of its own images, the share that was found; beside it the 95 % interval."),
    ("Precision", "Of the images given this class, the share that really has it."),
    ("F1", "Harmonic mean of precision and recall."),
    ("AUC", "Area under the ROC curve of this class alone; 0.5 is guessing."),
)
_AUC = len(_HEADS) - 1
_ROWS_IN_SIGHT = 6


class ClassTable(QTableWidget):
    """One row per class; a click on a heading sorts.

    The area under the ROC curve is shown where each class is asked for alone. Emits
    ``chosen(index)`` with the number of the class of a row that is clicked or moved to.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_HEADS), parent)
        self.setAccessibleName("Measures per class")
        for column, (text, tip) in enumerate(_HEADS):
            head = QTableWidgetItem(text)
            head.setToolTip(tip)
            self.setHorizontalHeaderItem(column, head)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.currentCellChanged.connect(self._on_current)
        line = self.horizontalHeader()
        line.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        line.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        line.setHighlightSections(False)
        line.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def _on_current(self, row: int, _column: int, before: int, _then: int) -> None:
        item = self.item(row, 0) if row != before else None
        if item is not None:
            self.chosen.emit(int(item.data(Qt.ItemDataRole.UserRole)))

    def show_evaluation(self, result: AllEvaluations) -> None:
        """Fills the table from an evaluation."""
        self.setSortingEnabled(False)
        self.setCurrentCell(-1, -1)
        self.setRowCount(len(result.per_class))
        for row, one in enumerate(result.per_class):
            low, high = wilson(round(one.recall * one.n), one.n)
            recall = f"{percent(one.recall)}  [{percent(low, 0)}, {percent(high, 0)}]"
            auc = one.auc if isinstance(one, ClassRow) else None
            cells = (
                (one.name, one.name),
                (f"{one.n:,}", one.n),
                (recall if one.n else "–", one.recall),
                (percent(one.precision), one.precision),
                (percent(one.f1), one.f1),
                (decimal(auc, 3) if auc is not None else "–", auc or 0.0),
            )
            for column, (text, value) in enumerate(cells):
                cell = _Cell(text, value)
                cell.setData(Qt.ItemDataRole.UserRole, row)
                self.setItem(row, column, cell)
        self.setColumnHidden(_AUC, not isinstance(result, SeveralEvaluation))
        rows = min(self.rowCount(), _ROWS_IN_SIGHT)
        head = self.horizontalHeader().sizeHint().height()
        self.setMinimumHeight(head + rows * self.verticalHeader().defaultSectionSize() + 2)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)


class _Cell(QTableWidgetItem):
    """A cell that sorts by its value, not by its text."""

    def __init__(self, text: str, value: object) -> None:
        super().__init__(text)
        self._value = value

    def __lt__(self, other: QTableWidgetItem) -> bool:
        if isinstance(other, _Cell):
            return self._value < other._value  # type: ignore[operator]
        return super().__lt__(other)
