"""The trials of a study as rows that can be sorted and filtered; made for tens of thousands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from engine.tune.table import StudyTable, TrialRow
from gui.numbers import duration
from gui.pages.tune.trial_words import (
    NONE,
    STATE_WORDS,
    epochs_of,
    score,
    short_names,
    value_of,
)
from gui.setting_words import choice_words, setting_name
from gui.theme import icon

__all__ = ["NO_TABLE", "TrialColumn", "TrialModel", "columns_of", "haystacks"]

_Index = QModelIndex | QPersistentModelIndex
_STATE_ORDER = {name: place for place, name in enumerate(STATE_WORDS)}
_ROLES = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.FontRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
    }
)
_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
NO_TABLE = StudyTable("", (), ())
"""No study."""


@dataclass(frozen=True)
class TrialColumn:
    """A column: its heading, what it means, its words, and what it is sorted by (None: last).

    ``all_words`` are those that may come, where they are few: it is wide enough for each.
    """

    head: str
    tip: str
    words: Callable[[TrialRow], str]
    key: Callable[[TrialRow], Any]
    all_words: Collection[str] = ()


def columns_of(table: StudyTable) -> tuple[TrialColumn, ...]:
    """Number, state, objectives, every searched setting, epochs, time and run."""
    found = [
        TrialColumn(
            "Trial",
            "In the order in which they were begun.",
            lambda row: str(row.number),
            lambda row: row.number,
        ),
        TrialColumn(
            "State",
            "How the trial stands.",
            lambda row: STATE_WORDS[row.state],
            lambda row: _STATE_ORDER[row.state],
            STATE_WORDS.values(),
        ),
    ]
    found += [_objective(table, place) for place in range(len(table.objectives))]
    names = short_names(table.addresses)
    found += [_setting(a, name) for a, name in zip(table.addresses, names, strict=True)]
    return (
        *found,
        TrialColumn(
            "Epochs",
            "Epochs that were reported.",
            lambda row: str(epochs_of(row) or NONE),
            lambda row: epochs_of(row) or None,
        ),
        TrialColumn(
            "Time",
            "From the trial's start to its end.",
            lambda row: NONE if row.seconds is None else duration(row.seconds),
            lambda row: row.seconds,
        ),
        TrialColumn(
            "Run",
            "The trial's run in the study's folder.",
            lambda row: row.run or NONE,
            lambda row: row.run or None,
        ),
    )


def _objective(table: StudyTable, place: int) -> TrialColumn:
    one = table.objectives[place]
    better = "More is better." if one.maximise else "Less is better."
    return TrialColumn(
        one.label,
        f"{better} Of a trial that is not complete: after its last epoch.",
        lambda row: score(one, row, place),
        lambda row: value_of(row, place),
    )


def _setting(address: str, name: str) -> TrialColumn:
    def words(row: TrialRow) -> str:
        settings = row.settings
        return choice_words(settings[address], address) if address in settings else NONE

    def key(row: TrialRow) -> Any:
        value = row.settings.get(address)
        if value is None:
            return None
        return (0, float(value), "") if isinstance(value, (int, float)) else (1, 0.0, str(value))

    return TrialColumn(name, setting_name(address), words, key)


def haystacks(table: StudyTable) -> dict[int, str]:
    """All words of each trial in small letters, for the filter; takes a while for thousands."""
    columns = columns_of(table)
    return {row.number: _haystack(row, columns) for row in table.rows}


def _haystack(row: TrialRow, columns: Collection[TrialColumn]) -> str:
    return " ".join([*(column.words(row) for column in columns), row.why]).lower()


class TrialModel(QAbstractTableModel):
    """The youngest trial first until a heading is clicked; the best one has a star."""

    def __init__(self) -> None:
        super().__init__()
        self.table = NO_TABLE
        self.columns = columns_of(NO_TABLE)
        self.best: int | None = None
        self._rows: dict[int, TrialRow] = {}
        self._texts: dict[int, str] = {}
        self._shown: list[int] = []
        self._places: dict[int, int] = {}
        self._order = (0, Qt.SortOrder.DescendingOrder)
        self._words: tuple[str, ...] = ()
        self._state = ""
        self._only: Collection[int] | None = None

    # What it shows

    def show_table(self, table: StudyTable, texts: Mapping[int, str]) -> None:
        """Replaces all rows; ``texts`` as :func:`haystacks` gives them."""
        self.beginResetModel()
        if (table.objectives, table.addresses) != (self.table.objectives, self.table.addresses):
            self.columns = columns_of(table)
        self.table = table
        self._rows = {row.number: row for row in table.rows}
        self._texts = dict(texts)
        best = table.best() if table.objectives else None
        self.best = best.number if best is not None else None
        self._arrange()
        self.endResetModel()

    def put(self, row: TrialRow) -> None:
        """Adds a trial, or brings one to what is known of it now."""
        known = row.number in self._rows
        self._rows[row.number] = row
        self._texts[row.number] = _haystack(row, self.columns)
        self._note_best(row)
        if known and self._order[0] == 0 and not self._filtered:
            self._say_changed(row.number)
        elif not known and self._order[0] == 0 and self._accepts(row.number):
            first = self._order[1] == Qt.SortOrder.DescendingOrder
            at = 0 if first else len(self._shown)
            self.beginInsertRows(QModelIndex(), at, at)
            self._shown.insert(at, row.number)
            self._count_places()
            self.endInsertRows()
        else:
            self.rearrange()

    @property
    def _filtered(self) -> bool:
        return bool(self._words or self._state) or self._only is not None

    def _note_best(self, row: TrialRow) -> None:
        before = self._rows.get(self.best) if self.best is not None else None
        if row.state != "complete" or not row.values or not self.table.objectives:
            return
        sign = 1 if self.table.objectives[0].maximise else -1
        if before is None or sign * row.values[0] > sign * before.values[0]:
            old, self.best = self.best, row.number
            if old is not None:
                self._say_changed(old)

    def _say_changed(self, number: int) -> None:
        place = self._places.get(number, -1)
        if place >= 0:
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(self.columns) - 1))

    def filter(self, text: str, state: str, only: Collection[int] | None = None) -> None:
        """Shows trials with every word of ``text``, in a state and of some numbers if given."""
        self._words, self._state, self._only = tuple(text.lower().split()), state, only
        self.rearrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column, for good; trials without a value come last in either order."""
        self._order = (max(column, 0), order)
        self.rearrange()

    def rearrange(self) -> None:
        """Filters and sorts anew; what is selected stays so, if it is still there."""
        before = self._shown
        if len(before) != sum(map(self._accepts, self._rows)):
            self.beginResetModel()
            self._arrange()
            self.endResetModel()
            return
        self.layoutAboutToBeChanged.emit()
        kept = [(index, before[index.row()]) for index in self.persistentIndexList()]
        self._arrange()
        old = [index for index, _ in kept]
        new = [
            self.index(self._places[number], index.column())
            if number in self._places
            else QModelIndex()
            for index, number in kept
        ]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        column, order = self._order
        key = self.columns[min(column, len(self.columns) - 1)].key
        rows = [row for number, row in self._rows.items() if self._accepts(number)]
        keyed = [(key(row), row.number) for row in rows]
        known = sorted(pair for pair in keyed if pair[0] is not None)
        if order == Qt.SortOrder.DescendingOrder:
            known.reverse()
        self._shown = [number for _, number in known]
        self._shown += [number for value, number in keyed if value is None]
        self._count_places()

    def _count_places(self) -> None:
        self._places = {number: place for place, number in enumerate(self._shown)}

    def _accepts(self, number: int) -> bool:
        if self._state and self._rows[number].state != self._state:
            return False
        if self._only is not None and number not in self._only:
            return False
        text = self._texts.get(number, "") if self._words else ""
        return all(word in text for word in self._words)

    def at(self, place: int) -> TrialRow | None:
        """The trial in a row."""
        return self._rows[self._shown[place]] if 0 <= place < len(self._shown) else None

    def trial(self, number: int) -> TrialRow | None:
        """The trial of a number, shown or not."""
        return self._rows.get(number)

    @property
    def total(self) -> int:
        """How many trials there are, shown or not."""
        return len(self._rows)

    def place_of(self, number: int) -> int:
        """The row of a trial; -1 where it is not shown."""
        return self._places.get(number, -1)

    def current_table(self) -> StudyTable:
        """The table with all that has changed since it was read."""
        rows = tuple(self._rows[number] for number in sorted(self._rows))
        return replace(self.table, rows=rows)

    # As Qt asks for it

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self.columns):
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self.columns[section].tip}"
        return self.columns[section].head if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        return _FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES:
            return None
        row = self._rows[self._shown[index.row()]]
        best = row.number == self.best
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[index.column()].words(row)
        if role == Qt.ItemDataRole.FontRole:
            return _bold() if best else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.why or None
        if index.column() or not best:
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.number}, the best trial"
        return icon("star", "link")


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font
