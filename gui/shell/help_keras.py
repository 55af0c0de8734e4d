"""Help > Keras names: what each name of Keras' augmentation is called here, and what differs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from engine.augment.keras_tables import LAYERS, MATCHES, Match
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import Segmented, column, label, row

__all__ = ["KerasNames"]

_TABLES = {"arguments": MATCHES, "layers": LAYERS}
_RELATIONS = {
    "same": "Same",
    "differs": "Differs",
    "elsewhere": "Elsewhere",
    "none": "No match",
}
_AIR = 10  # pixels of a row around its words
_HEADS = ("In Keras", "In Fovea", "Match", "What to know")


class KerasNames(QDialog):
    """A table that is searched as you type; not modal, to be read beside the Augment page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keras names")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(112 * SPACE, 76 * SPACE)
        options = [("arguments", "ImageDataGenerator"), ("layers", "Random… layers")]
        self.which = Segmented(options, name="Part of Keras")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search names and descriptions")
        self.search.setAccessibleName("Search names and descriptions")
        self.search.setClearButtonEnabled(True)
        glass = self.search.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        set_icon(glass, "search", "muted")
        self.table = _Table()
        self.none = label("No name is found by these words.", "muted")
        self.none.hide()
        intro = label(
            "A call of ImageDataGenerator can also be pasted into the pipeline of the Augment "
            "page: copy it from your script, then press Ctrl+V there.",
            "muted",
            wrap=True,
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        head = row(self.search, self.which, gap=2 * SPACE)
        head.setStretch(0, 1)
        parts = (intro, head, self.none, self.table, buttons)
        self.setLayout(column(*parts, gap=2 * SPACE, margin=3 * SPACE))
        self.which.chosen.connect(self._on_which)
        self.search.textChanged.connect(self.table.search)
        self.search.textChanged.connect(self._on_text)
        self._on_which("arguments")
        self.search.setFocus()

    def _on_which(self, key: str) -> None:
        self.table.show_matches(_TABLES[key])
        self.table.search(self.search.text())
        self._on_text(self.search.text())

    def _on_text(self, _text: str) -> None:
        self.none.setVisible(not self.table.shown_names())


class _Table(QTableWidget):
    """Rows of names; every word of a search must be somewhere in a row that stays."""

    def __init__(self) -> None:
        super().__init__(0, len(_HEADS))
        self.setHorizontalHeaderLabels(list(_HEADS))
        self.setAccessibleName("Keras names and their matches")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        for place, width in enumerate((27, 25, 11)):
            self.setColumnWidth(place, width * SPACE)
        head.sectionResized.connect(self._on_resized)

    def show_matches(self, matches: Sequence[Match]) -> None:
        """Replaces all rows."""
        self.setRowCount(len(matches))
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for line, match in enumerate(matches):
            texts = (match.name, match.fovea or "–", _RELATIONS[match.relation], match.says)
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(middle)
                self.setItem(line, place, item)
        self._fit()

    def _fit(self) -> None:
        """Rows as high as their words in the real widths, and some air; no width is real before."""
        if not self.isVisible():
            return
        self.resizeRowsToContents()
        for line in range(self.rowCount()):
            self.setRowHeight(line, self.rowHeight(line) + _AIR)

    def search(self, text: str) -> None:
        """Hides the rows that lack a word of ``text``."""
        words = text.lower().replace("_", " ").split()
        for line in range(self.rowCount()):
            said = " ".join(self._text(line, place) for place in range(len(_HEADS)))
            said = said.lower().replace("_", " ")
            self.setRowHidden(line, not all(word in said for word in words))

    def shown_names(self) -> list[str]:
        """Keras' names of the rows that can be seen."""
        lines = range(self.rowCount())
        return [self._text(line, 0) for line in lines if not self.isRowHidden(line)]

    def _text(self, line: int, place: int) -> str:
        item = self.item(line, place)
        return item.text() if item is not None else ""

    def _on_resized(self, _place: int, _before: int, _after: int) -> None:
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Rows take the height that the words need."""
        super().showEvent(event)
        self._fit()
