"""The table of a project's runs: which one is shown, which lie behind the curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.runs.events import EpochDone
from engine.runs.listing import RunInfo
from gui.numbers import duration, percent

__all__ = ["STATUS_WORDS", "RunModel", "RunTable"]

STATUS_WORDS = {
    "running": "Running",
    "done": "Done",
    "early": "Stopped early",
    "stopped": "Stopped",
    "failed": "Failed",
    "interrupted": "Interrupted",
    "damaged": "Damaged",
}
_HEADS = ("Run", "Status", "Best", "Epochs", "Time", "Changed")
_TIPS = (
    "Tick a run to lay its validation curves behind the ones shown.",
    "How the run ended.",
    "The best validation accuracy of any epoch.",
    "Epochs done and planned.",
    "Time spent training, without pauses.",
    "Settings that differ from the run before.",
)
_Index = QModelIndex | QPersistentModelIndex


class RunModel(QAbstractTableModel):
    """The youngest run first; a tick in the first column lays a run's curves behind."""

    ticked = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[RunInfo] = []
        self._ticked: set[str] = set()

    def show_runs(self, runs: Sequence[RunInfo]) -> None:
        """Replaces the rows; ``runs`` come oldest first, as the engine lists them."""
        self.beginResetModel()
        self.runs = list(reversed(runs))
        self._ticked &= {run.id for run in runs}
        self.endResetModel()

    def is_ticked(self, run: str) -> bool:
        """Whether a run is to lie behind the curves."""
        return run in self._ticked

    def take_epoch(self, run: str, event: EpochDone) -> None:
        """Brings a run's row to an epoch that has just ended."""
        row = self.row_of(run)
        if row < 0:
            return
        known = self.runs[row]
        fresh = replace(known, epochs_done=event.epoch, seconds=event.seconds)
        if event.best and event.val_accuracy is not None:
            metrics = {**known.metrics, "val_accuracy": event.val_accuracy}
            fresh = replace(fresh, best_epoch=event.epoch, metrics=metrics)
        self.runs[row] = fresh
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(_HEADS) - 1))

    def row_of(self, run: str) -> int:
        """The row of a run's id, -1 when it is not there."""
        return next((row for row, info in enumerate(self.runs) if info.id == run), -1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS[section]
        return _HEADS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run = self.runs[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _words(run)[index.column()]
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            on = run.id in self._ticked
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(run, index.column())
        return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        run = self.runs[index.row()].id
        on = Qt.CheckState(value) == Qt.CheckState.Checked
        (self._ticked.add if on else self._ticked.discard)(run)
        self.dataChanged.emit(index, index, [role])
        self.ticked.emit(run, on)
        return True


class RunTable(QTableView):
    """Emits ``chosen(run id)`` when another run is to be shown."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunModel()
        self.setModel(self.runs)
        self.setAccessibleName("Runs")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(28)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setStretchLastSection(True)
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self._quiet = False

    def show_runs(self, runs: Sequence[RunInfo], current: str) -> None:
        """Replaces the rows and marks the run that is shown, without emitting."""
        self._quiet = True
        self.runs.show_runs(runs)
        row = self.runs.row_of(current)
        if row >= 0:
            self.selectRow(row)
        self._quiet = False

    def current(self) -> RunInfo | None:
        """The run of the marked row."""
        row = self.currentIndex().row()
        return self.runs.runs[row] if 0 <= row < len(self.runs.runs) else None

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and not self._quiet:
            self.chosen.emit(self.runs.runs[index.row()].id)


def _words(run: RunInfo) -> tuple[str, ...]:
    best = run.metrics.get("val_accuracy")
    return (
        run.id,
        STATUS_WORDS.get(run.status, run.status),
        percent(best) if best is not None else "–",
        f"{run.epochs_done} of {run.epochs}",
        duration(run.seconds),
        ", ".join(f"{name} {pair[1]}" for name, pair in run.differing.items()) or "–",
    )


def _tip(run: RunInfo, column: int) -> str:
    if column == 0:
        return "Tick to lay this run's validation curves behind the ones shown."
    if column == 5 and run.differing:
        return "\n".join(f"{name}: {a} → {b}" for name, (a, b) in run.differing.items())
    return f"Best epoch {run.best_epoch}" if run.best_epoch else ""
