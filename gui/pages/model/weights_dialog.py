"""What a weight file would give the model, tensor by tensor, and the decision."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.weights.report import WORDS, Report, Row
from gui.theme import icon
from gui.theme.tokens import SPACE
from gui.widgets import Segmented, column, label

__all__ = ["WeightsDialog"]

_MOST_ROWS = 5_000
_MARKS = {
    "loaded": ("check", "success"),
    "head": ("refresh-cw", "link"),
    "extra": ("minus", "muted"),
}


class WeightsDialog(QDialog):
    """The report of a file; ``chosen(freeze)`` when it is to be loaded.

    ``freeze`` says whether the layers that are loaded are frozen at the same time.
    """

    chosen = Signal(bool)

    def __init__(self, source: str, report: Report, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report = report
        self.setWindowTitle("Load weights")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(112 * SPACE, 72 * SPACE)
        heading = label(f"Weights of {source}", "section", wrap=True)
        self.summary = label(report.refusal or report.summary, "error" if report.refusal else "")
        self.summary.setWordWrap(True)
        self.filter = Segmented(
            [("all", "All tensors"), ("other", "Not simply loaded")], name="Tensors to show"
        )
        self.filter.chosen.connect(self._fill)
        self.table = _table()
        self.freeze = QCheckBox("Freeze the layers that are loaded, and train only the others")
        self.freeze.setToolTip(
            "For few images: only the head learns, on features that another data set taught. "
            "Unfreeze layers later and go on with a small learning rate factor."
        )
        self.freeze.setVisible(not report.refusal)
        others = report.rows and any(_differs(row) for row in report.rows)
        self.filter.set_current("other" if others and not report.complete else "all")
        self._fill(self.filter.current)
        body = (heading, self.summary, self.filter, self.table, self.freeze, self._make_buttons())
        self.setLayout(column(*body, gap=SPACE + 4, margin=2 * SPACE))
        if not report.refusal:
            self.load.setDefault(True)  # only now does the button know its dialog
            self.load.setFocus()

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        text = "Load" if self.report.complete else "Load what fits"
        self.load = buttons.addButton(text, QDialogButtonBox.ButtonRole.AcceptRole)
        self.load.setEnabled(not self.report.refusal)
        self.load.setToolTip(self.report.refusal)
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _fill(self, which: str) -> None:
        rows = [row for row in self.report.rows if which == "all" or _differs(row)]
        rows.sort(key=lambda row: row.status == "loaded")
        self.table.clear()
        for one in rows[:_MOST_ROWS]:
            self.table.addTopLevelItem(_item(one))
        if len(rows) > _MOST_ROWS:
            self.table.addTopLevelItem(QTreeWidgetItem([f"… and {len(rows) - _MOST_ROWS:,} more"]))

    def _accept(self) -> None:
        self.chosen.emit(self.freeze.isChecked())
        self.accept()


def _table() -> QTreeWidget:
    made = QTreeWidget()
    made.setHeaderLabels(["In the model", "In the file", "Result", "Details"])
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.setAccessibleName("Tensors")
    made.setProperty("look", "table")
    for place in (0, 1, 3):
        made.header().setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
    made.header().setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
    return made


def _differs(row: Row) -> bool:
    return row.status != "loaded" or bool(row.note)


def _item(row: Row) -> QTreeWidgetItem:
    item = QTreeWidgetItem([row.target or "–", row.source or "–", WORDS[row.status], row.note])
    item.setSizeHint(0, QSize(0, 3 * SPACE))
    for place in range(4):
        item.setToolTip(place, item.text(place))
    name, colour = _MARKS.get(row.status, ("triangle-alert", "warning"))
    item.setIcon(2, icon(name, colour))
    return item
