"""Several runs side by side: what came of them, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.runs.listing import RunInfo
from gui.pages.train.run_model import COLUMNS
from gui.setting_words import one_line_each, setting_name, setting_value
from gui.theme import theme
from gui.theme.tokens import SPACE
from gui.widgets import column, label

__all__ = ["MOST", "CompareDialog"]

MOST = 12
"""More runs than these are not read at a glance."""

_OUTCOMES = ("Status", "Accuracy", "AUC", "Loss", "Epochs", "Time", "Note")
_SIZE = (110 * SPACE, 62 * SPACE)


class CompareDialog(QDialog):
    """A table with a column for each run: outcomes first, then every setting that differs.

    ``settings`` maps addresses to one text for each run, as
    :func:`engine.runs.comparing.differing` gives them. Not modal, so that the page stays usable.
    """

    def __init__(
        self,
        runs: Sequence[RunInfo],
        settings: Mapping[str, tuple[str, ...]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Compare {len(runs)} runs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        outcomes, differing = _outcomes(runs), _settings(settings)
        rows = [*outcomes, *differing]
        self._cells = [["", *(run.id for run in runs)], *rows]
        self.table = _table(self._cells[0], rows, len(outcomes))
        count = len(differing)
        said = "1 setting differs." if count == 1 else f"{count} settings differ."
        self.words = label(said if count else "The settings of these runs are the same.", "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy table", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self.copy)
        copy.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table, self.copy)
        whole = column(self.words, self.table, buttons, gap=SPACE, margin=2 * SPACE)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self.resize(*_SIZE)

    def cells(self) -> list[list[str]]:
        """All that the table says, with its head."""
        return [list(line) for line in self._cells]

    def copy(self) -> None:
        """Puts the table on the clipboard, as spreadsheets take it."""
        text = "\n".join("\t".join(line) for line in self.cells())
        QGuiApplication.clipboard().setText(text)


def _outcomes(runs: Sequence[RunInfo]) -> list[list[str]]:
    rows = []
    for title in _OUTCOMES:
        words = next(column.words for column in COLUMNS if column.head == title)
        values = [words(run).replace("\n", " ") for run in runs]
        if any(value not in ("", "–") for value in values):
            rows.append([title, *values])
    return rows


def _settings(settings: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    return [
        [setting_name(address), *(setting_value(text) for text in texts)]
        for address, texts in one_line_each(settings).items()
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], outcomes: int) -> QTableWidget:
    table = QTableWidget(len(rows), len(heads))
    table.setAccessibleName("Runs side by side")
    table.setHorizontalHeaderLabels(list(heads))
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setWordWrap(True)
    bold = theme().font("body", bold=True)
    for row, texts in enumerate(rows):
        for at, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            if at == 0 and row < outcomes:
                item.setFont(bold)
            table.setItem(row, at, item)
    head = table.horizontalHeader()
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head.setHighlightSections(False)
    head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    head.setMaximumSectionSize(40 * SPACE)
    head.setStretchLastSection(True)
    return table
