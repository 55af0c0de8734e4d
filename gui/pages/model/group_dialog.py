"""The dialog of "Group into block": its name, and which settings inside become its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.blocks.custom import Custom
from engine.graph.records import Node
from engine.spec import Spec
from gui.forms.fields import words
from gui.theme.tokens import SPACE
from gui.widgets import column, format_number, label

__all__ = ["GroupDialog", "offered"]

_TARGET = Qt.ItemDataRole.UserRole
Chosen = list[tuple[str, str]]


def offered(nodes: Sequence[Node]) -> list[tuple[str, str, str]]:
    """What can become a parameter: (address in the block, label, value), node after node."""
    found = []
    for node in nodes:
        layer = node.layer
        specs: list[Spec] = [layer]
        if isinstance(layer, Custom) and layer.settings is not None:
            specs.insert(0, layer.settings)
        for spec in specs:
            for item in spec.params():
                if item.type in ("int", "float", "bool", "choice") and not item.hidden:
                    value = getattr(spec, item.name)
                    found.append((f"{node.id}.{item.name}", item.label, _shown(value)))
    return found


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (int, float)):
        return format_number(value)
    return words(value).lower()


class _Settings(QTreeWidget):
    """Rows whose last column can be renamed with F2 or a double click."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        self.itemDoubleClicked.connect(lambda item, _column: self.editItem(item, 2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        current = self.currentItem()
        if event.key() == Qt.Key.Key_F2 and current is not None:
            self.editItem(current, 2)
        else:
            super().keyPressEvent(event)


class GroupDialog(QDialog):
    """Asks for a name and parameters; calls ``done(name, [(address, label)])`` when accepted.

    ``done`` returns why not, which is told in the dialog.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        done: Callable[[str, Chosen], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._done = done
        self.setWindowTitle("Group into block")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(64 * SPACE, 56 * SPACE)
        self.name = QLineEdit("Block")
        self.name.setAccessibleName("Name of the block")
        self.name.selectAll()
        self.name.setMaxLength(60)
        self.trouble = label("", "error", wrap=True)
        self.trouble.hide()
        self.list = self._make_list(nodes)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.make = buttons.addButton("Group", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make.setDefault(True)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        hint = "Settings that you tick can be set on the block; all others are set inside it."
        name_label, list_label = label("Name", "muted"), label("Parameters of the block", "muted")
        name_label.setBuddy(self.name)
        list_label.setBuddy(self.list)
        self.setLayout(
            column(
                column(name_label, self.name, self.trouble, gap=SPACE // 2),
                column(list_label, self.list, label(hint, "caption", wrap=True), gap=SPACE // 2),
                buttons,
                gap=2 * SPACE,
                margin=2 * SPACE,
            )
        )
        self.name.setFocus()

    def _make_list(self, nodes: Sequence[Node]) -> QTreeWidget:
        made = _Settings()
        made.setHeaderLabels(["Setting", "Value", "Name on the block"])
        made.setRootIsDecorated(False)
        made.setAccessibleName("Parameters of the block")
        for target, text, value in offered(nodes):
            node = target.partition(".")[0]
            item = QTreeWidgetItem([f"{node}: {text.lower()}", value, text])
            item.setData(0, _TARGET, target)
            item.setFlags(
                item.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable
            )
            item.setCheckState(0, Qt.CheckState.Unchecked)
            item.setSizeHint(0, QSize(0, 3 * SPACE))
            item.setToolTip(2, "Double-click, or press F2, to call it otherwise")
            made.addTopLevelItem(item)
        made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        made.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        made.header().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        made.setProperty("look", "table")
        return made

    def item(self, target: str) -> QTreeWidgetItem:
        """The row of a setting; raises StopIteration when there is none."""
        rows = (self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount()))
        return next(row for row in rows if row is not None and row.data(0, _TARGET) == target)

    def chosen(self) -> Chosen:
        """The ticked settings with their names."""
        rows = (self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount()))
        return [
            (str(row.data(0, _TARGET)), row.text(2).strip() or row.text(0))
            for row in rows
            if row is not None and row.checkState(0) == Qt.CheckState.Checked
        ]

    def _accept(self) -> None:
        why = self._done(self.name.text().strip(), self.chosen())
        self.trouble.setText(why)
        self.trouble.setVisible(bool(why))
        if not why:
            self.accept()
