"""The candidates of a check, beside the present project."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.tune.confirm.judging import Judged, Judgement
from engine.tune.confirm.record import Confirmation
from engine.tune.confirm.statistics import Interval
from engine.tune.confirm.words import (
    amount_words,
    brief_words,
    gap_words,
    score_words,
    verdict_words,
)
from gui.pages.tune.winner_drawing import MARKS, DotsDelegate, RoomDelegate, dots_of
from gui.setting_words import choice_words, setting_name

__all__ = ["CandidateTable"]

_HEADS = (
    ("Trial", "The trials of the search that are checked, the best score there first."),
    ("Search", "The score that the search saw, the best of many noisy ones."),
    (
        "Trained again",
        "The mean of the runs with seeds that the search has not seen; beside it its 95 % "
        "interval.",
    ),
    ("", MARKS),
    ("Gap", "By how much the search saw it too good, of accuracy in points: over-tuning."),
    (
        "Difference",
        "To the present project, run by run, of accuracy in points; the 95 % intervals hold for "
        "all trials together.",
    ),
)
_DOTS, _WORDS = 3, 5
_ROW = 30
_ROWS_IN_SIGHT = 7


class CandidateTable(QTableWidget):
    """A row for the present project, and one for each candidate.

    Emits ``chosen(trial)`` when another candidate is marked; ``None`` for the project's row.
    Ctrl+C copies the table with all digits.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_HEADS), parent)
        self.setAccessibleName("Candidates, trained again")
        self._found: Judgement | None = None
        for column, (text, tip) in enumerate(_HEADS):
            head = QTableWidgetItem(text)
            head.setToolTip(tip)
            self.setHorizontalHeaderItem(column, head)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(RoomDelegate(self))
        self.setItemDelegateForColumn(_DOTS, DotsDelegate(self))
        line = self.horizontalHeader()
        line.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        line.setSectionResizeMode(_WORDS, QHeaderView.ResizeMode.Stretch)
        line.setHighlightSections(False)
        line.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        copy = QAction("Copy the table", self)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy_all)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.currentCellChanged.connect(self._on_current)

    @property
    def trial(self) -> int | None:
        """The candidate that is marked."""
        item = self.item(self.currentRow(), 0)
        return None if item is None else item.data(Qt.ItemDataRole.UserRole)

    def choose(self, trial: int | None) -> None:
        """Marks a candidate."""
        for place in range(self.rowCount()):
            item = self.item(place, 0)
            if item is not None and item.data(Qt.ItemDataRole.UserRole) == trial:
                self.setCurrentCell(place, 0)

    def show_judgement(self, record: Confirmation, found: Judgement) -> None:
        """Fills the table; the marked candidate stays marked, or else the winner is."""
        chosen = self.trial if self._found is not None else None
        self._found = found
        self.blockSignals(True)
        self.setRowCount(1 + len(found.candidates))
        self._fill(0, ("Present project", "–", score_words(found.present, found.goal), "–", "–"))
        for place, (arm, row) in enumerate(
            zip(record.candidates, found.candidates, strict=True), 1
        ):
            self._fill(place, _cells(row, found.goal), row.trial)
            settings = "\n".join(
                f"{setting_name(name)}: {choice_words(value, name)}"
                for name, value in arm.values.items()
            )
            self._tip(place, 0, settings)
            self._tip(place, 4, gap_words(row, found.goal))
            self._tip(place, _WORDS, verdict_words(row, found.goal))
        for place, dots in enumerate(dots_of(found)):
            item = QTableWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, dots)
            item.setToolTip(_hover(dots.score, dots.tuned, found))
            self.setItem(place, _DOTS, item)
        known = [row.trial for row in found.candidates]
        self.choose(chosen if chosen in known else found.winner)
        self.blockSignals(False)
        rows = min(self.rowCount(), _ROWS_IN_SIGHT)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows * _ROW + 2)

    def _fill(self, place: int, cells: tuple[str, ...], trial: int | None = None) -> None:
        columns = [column for column in range(len(_HEADS)) if column != _DOTS]
        for column, text in zip(columns, cells, strict=True):
            item = QTableWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, trial)
            self.setItem(place, column, item)

    def _tip(self, place: int, column: int, text: str) -> None:
        if (item := self.item(place, column)) is not None:
            item.setToolTip(text)

    def _on_current(self, place: int, _column: int, before: int, _then: int) -> None:
        if place != before:
            self.chosen.emit(self.trial)

    def copy_all(self) -> None:
        """Puts the table on the clipboard: a line a row, tabs between numbers with all digits."""
        if self._found is not None:
            QGuiApplication.clipboard().setText(_copied(self._found))


def _cells(row: Judged, goal: str) -> tuple[str, ...]:
    gap = "–" if row.gap is None else amount_words(row.gap, goal, signed=True).split()[0]
    return (
        f"Trial {row.trial}",
        score_words(row.tuned, goal),
        score_words(row.score, goal),
        gap,
        brief_words(row, goal),
    )


def _hover(score: Interval | None, tuned: float | None, found: Judgement) -> str:
    lines = [f"Trained again: {score_words(score, found.goal)}"] if score else []
    lines += [f"In the search: {score_words(tuned, found.goal)}"] if tuned is not None else []
    if found.present is not None:
        lines.append(f"Present project: {score_words(found.present.mean, found.goal)}")
    return "\n".join([*lines, MARKS])


def _copied(found: Judgement) -> str:
    heads = ("trial", "tuned", "mean", "low", "high", "difference", "low", "high", "verdict")
    lines = ["\t".join(heads), "\t".join(["present", "", *_ends(found.present), "", "", "", ""])]
    for row in found.candidates:
        numbers = (str(row.trial), repr(row.tuned), *_ends(row.score), *_ends(row.difference))
        lines.append("\t".join([*numbers, row.verdict]))
    return "\n".join(lines)


def _ends(found: Interval | None) -> tuple[str, str, str]:
    return ("", "", "") if found is None else (repr(found.mean), repr(found.low), repr(found.high))
