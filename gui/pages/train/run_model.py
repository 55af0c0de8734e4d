"""The runs of a project as rows that can be sorted, ticked and annotated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from engine.runs.events import EpochDone
from engine.runs.listing import RunInfo
from gui.numbers import decimal, duration, percent
from gui.pages.train.looks import Looks, sample
from gui.setting_words import change_words, setting_name, setting_value

__all__ = ["COLUMNS", "STATUS_WORDS", "RunModel", "changes", "loss_of"]

STATUS_WORDS = {
    "running": "Running",
    "done": "Done",
    "early": "Stopped early",
    "stopped": "Stopped",
    "failed": "Failed",
    "interrupted": "Interrupted",
    "damaged": "Damaged",
}
_Index = QModelIndex | QPersistentModelIndex
_NONE = "–"
_ROLES = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.EditRole,
        Qt.ItemDataRole.CheckStateRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.ToolTipRole,
    }
)
"""What is asked for most is fonts and colours, of which there are none."""
_PLAIN = (  # made once: asked for every cell at every paint
    Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
)
_TICKED = _PLAIN | Qt.ItemFlag.ItemIsUserCheckable
_NOTED = _PLAIN | Qt.ItemFlag.ItemIsEditable


@dataclass(frozen=True)
class Column:
    """A column: its heading, what it means, its words and what it is sorted by (None: last)."""

    head: str
    tip: str
    words: Callable[[RunInfo], str]
    key: Callable[[RunInfo], Any]


def loss_of(run: RunInfo) -> float | None:
    """The validation loss of the best epoch, without validation the training loss."""
    return run.metrics.get("val_loss", run.metrics.get("train_loss"))


def changes(run: RunInfo) -> str:
    """What differs from the run before, in words."""
    return ", ".join(change_words(run.differing))


def _accuracy(run: RunInfo) -> float | None:
    return run.metrics.get("val_accuracy")


def _auc(run: RunInfo) -> float | None:
    return run.metrics.get("val_auc")


def _number(value: float | None, write: Callable[[float], str]) -> str:
    return _NONE if value is None else write(value)


COLUMNS = (
    Column(
        "Run",
        "Tick a run to lay its curves behind the ones shown.",
        lambda run: run.id,
        lambda run: tuple(part.zfill(9) for part in run.id.split("-")),
    ),
    Column(
        "Status",
        "How the run ended.",
        lambda run: STATUS_WORDS.get(run.status, run.status),
        lambda run: run.status,
    ),
    Column(
        "Accuracy",
        "The best validation accuracy of any epoch.",
        lambda run: _number(_accuracy(run), percent),
        _accuracy,
    ),
    Column(
        "AUC",
        "Area under the ROC curve of the best epoch, on validation images.",
        lambda run: _number(_auc(run), lambda value: f"{value:.3f}"),
        _auc,
    ),
    Column(
        "Loss",
        "Validation loss of the best epoch.",
        lambda run: _number(loss_of(run), lambda value: decimal(value, 3)),
        loss_of,
    ),
    Column(
        "Epochs",
        "Epochs done and planned.",
        lambda run: f"{run.epochs_done} of {run.epochs}",
        lambda run: run.epochs_done,
    ),
    Column(
        "Time",
        "Time spent training, without pauses.",
        lambda run: duration(run.seconds),
        lambda run: run.seconds,
    ),
    Column(
        "Changed",
        "Settings that differ from the run before.",
        lambda run: changes(run) or _NONE,
        lambda run: len(run.differing),
    ),
    Column(
        "Note",
        "Your own words. Press F2 or double-click to write.",
        lambda run: run.note,
        lambda run: run.note.lower() or None,
    ),
)


class RunModel(QAbstractTableModel):
    """The youngest run first until a heading is clicked; a tick lays a run's curves behind.

    Signals:
        ticked(run, on): a tick was set or taken away.
        refused(): one tick too many was wished.
        noted(run, text): a note was written.
    """

    ticked = Signal(str, bool)
    refused = Signal()
    noted = Signal(str, str)

    NOTE = len(COLUMNS) - 1

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[RunInfo] = []
        self.looks = Looks()
        self._order = (0, Qt.SortOrder.DescendingOrder)

    def show_runs(self, runs: Sequence[RunInfo]) -> None:
        """Replaces the rows."""
        self.beginResetModel()
        self.runs = self._sorted(runs)
        self.looks.keep({run.id for run in runs})
        self.endResetModel()

    @property
    def has_auc(self) -> bool:
        """Whether any run has it."""
        return any(_auc(run) is not None for run in self.runs)

    def is_ticked(self, run: str) -> bool:
        """Whether a run is to lie behind the curves."""
        return self.looks.of(run) is not None

    def take_epoch(self, run: str, event: EpochDone) -> None:
        """Brings a run's row to an epoch that has just ended."""
        row = self.row_of(run)
        if row < 0:
            return
        known = self.runs[row]
        fresh = replace(known, epochs_done=event.epoch, seconds=event.seconds)
        if event.best:
            given = {
                "val_accuracy": event.val_accuracy,
                "val_loss": event.val_loss,
                "val_auc": event.val_auc,
                "train_loss": event.train_loss,
            }
            best = {name: value for name, value in given.items() if value is not None}
            metrics = {**known.metrics, **best}
            fresh = replace(fresh, best_epoch=event.epoch, metrics=metrics)
        self._replace(row, fresh)

    def _replace(self, row: int, run: RunInfo) -> None:
        self.runs[row] = run
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def row_of(self, run: str) -> int:
        """The row of a run's id, -1 when it is not there."""
        return next((row for row, info in enumerate(self.runs) if info.id == run), -1)

    def _sorted(self, runs: Sequence[RunInfo]) -> list[RunInfo]:
        column, order = self._order
        key = COLUMNS[column].key
        known = sorted((run for run in runs if key(run) is not None), key=key)
        if order == Qt.SortOrder.DescendingOrder:
            known.reverse()
        return known + [run for run in runs if key(run) is None]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column, for good; runs without a value come last in either order."""
        self._order = (column, order)
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self.runs[index.row()].id for index in before]
        self.runs = self._sorted(self.runs)
        after = [
            self.index(self.row_of(run), index.column())
            for run, index in zip(ids, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return COLUMNS[section].tip
        return COLUMNS[section].head if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if index.column() == 0:
            return _TICKED
        return _NOTED if index.column() == self.NOTE else _PLAIN

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES:
            return None
        run, column = self.runs[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[column].words(run).replace("\n", " ")
        if role == Qt.ItemDataRole.EditRole and column == self.NOTE:
            return run.note
        if role == Qt.ItemDataRole.CheckStateRole and column == 0:
            on = self.is_ticked(run.id)
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            look = self.looks.of(run.id)
            return sample(look) if look is not None else None
        return _tip(run, column) if role == Qt.ItemDataRole.ToolTipRole else None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        run = self.runs[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            return self._tick(index, run.id, Qt.CheckState(value) == Qt.CheckState.Checked)
        if role == Qt.ItemDataRole.EditRole and index.column() == self.NOTE:
            text = str(value).strip()
            if text != run.note:
                self._replace(index.row(), replace(run, note=text))
                self.noted.emit(run.id, text)
            return True
        return False

    def _tick(self, index: _Index, run: str, on: bool) -> bool:
        if on and self.looks.full:
            self.refused.emit()
            return False
        if on:
            self.looks.give(run)
        else:
            self.looks.take(run)
        self.dataChanged.emit(index, index)
        self.ticked.emit(run, on)
        return True


def _tip(run: RunInfo, column: int) -> str:
    if column == 0:
        return "Tick to lay this run's curves behind the ones shown."
    if COLUMNS[column].head == "Changed" and run.differing:
        lines = [
            f"{setting_name(name)}: {setting_value(a)} → {setting_value(b)}"
            for name, (a, b) in run.differing.items()
        ]
        more = len(lines) - 30
        return "\n".join(lines[:30] + ([f"and {more} more"] if more > 0 else []))
    if column == RunModel.NOTE:
        return run.note or COLUMNS[column].tip
    return f"Best epoch {run.best_epoch}" if run.best_epoch else ""
