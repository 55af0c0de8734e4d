"""The dialog of "Group into block": its name, and which settings inside become its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

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

__all__ = ["GroupDialog", "Offer", "offered"]

_TARGET = Qt.ItemDataRole.UserRole
Chosen = list[tuple[str, str]]


class Offer(NamedTuple):
    """A setting that can become a parameter: its address in the block, what it is called and is.

    ``advanced`` ones are folded away in the form of their node.
    """

    target: str
    label: str
    value: str
    advanced: bool


def offered(nodes: Sequence[Node]) -> list[Offer]:
    """What can become a parameter, node after node."""
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
                    target = f"{node.id}.{item.name}"
                    found.append(Offer(target, item.label, _shown(value), item.advanced))
    return found


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (int, float)):
        return format_number(value)
    return words(value).lower()


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    rows = (item.child(number) for number in range(item.childCount()))
    return [row for row in rows if row is not None]


def _alike(offers: Sequence[Offer]) -> list[list[Offer]]:
    """Offers with one label and value together, those that forms fold away last."""
    groups: dict[tuple[str, str, str], list[Offer]] = {}
    for offer in offers:
        key = (offer.target.rpartition(".")[2], offer.label, offer.value)
        groups.setdefault(key, []).append(offer)
    order = list(dict.fromkeys(offer.label for offer in offers))
    return sorted(groups.values(), key=lambda g: (g[0].advanced, order.index(g[0].label)))


class _Settings(QTreeWidget):
    """Rows whose last column can be renamed with F2 or a double click.

    Settings that are alike stand under a row that ticks and names all of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        self.setExpandsOnDoubleClick(False)
        self.itemDoubleClicked.connect(lambda item, _column: self.editItem(item, 2))
        self.itemChanged.connect(self._name_all)

    def _name_all(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 2:
            for inner in _children(item):
                inner.setText(2, item.text(2))

    def leaves(self) -> list[QTreeWidgetItem]:
        """The rows of single settings, from top to bottom."""
        tops = [self.topLevelItem(n) for n in range(self.topLevelItemCount())]
        found: list[QTreeWidgetItem] = []
        for top in tops:
            if top is not None:
                found += _children(top) or [top]
        return found

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
        hint = (
            "Settings that you tick can be set on the block. Those with the same name and value "
            "become one parameter."
        )
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

    def _make_list(self, nodes: Sequence[Node]) -> _Settings:
        made = _Settings()
        made.setHeaderLabels(["Setting", "Value", "Name on the block"])
        made.setAccessibleName("Parameters of the block")
        groups = _alike(offered(nodes))
        made.setRootIsDecorated(any(len(group) > 1 for group in groups))
        for group in groups:
            rows = [_single(offer) for offer in group]
            if len(rows) == 1:
                made.addTopLevelItem(rows[0])
                continue
            top = _row(f"{group[0].label} of {len(rows)} nodes", group[0])
            top.setFlags(top.flags() | Qt.ItemFlag.ItemIsAutoTristate)
            top.addChildren(rows)
            made.addTopLevelItem(top)
        made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        made.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        made.header().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        made.setProperty("look", "table")
        return made

    def item(self, target: str) -> QTreeWidgetItem:
        """The row of a setting; raises StopIteration when there is none."""
        return next(row for row in self.list.leaves() if row.data(0, _TARGET) == target)

    def chosen(self) -> Chosen:
        """The ticked settings with their names."""
        return [
            (str(row.data(0, _TARGET)), row.text(2).strip() or row.text(0))
            for row in self.list.leaves()
            if row.checkState(0) == Qt.CheckState.Checked
        ]

    def _accept(self) -> None:
        why = self._done(self.name.text().strip(), self.chosen())
        self.trouble.setText(why)
        self.trouble.setVisible(bool(why))
        if not why:
            self.accept()


def _single(offer: Offer) -> QTreeWidgetItem:
    node = offer.target.partition(".")[0]
    item = _row(f"{node}: {offer.label.lower()}", offer)
    item.setData(0, _TARGET, offer.target)
    return item


def _row(text: str, offer: Offer) -> QTreeWidgetItem:
    item = QTreeWidgetItem([text, offer.value, offer.label])
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable)
    item.setCheckState(0, Qt.CheckState.Unchecked)
    item.setSizeHint(0, QSize(0, 3 * SPACE))
    item.setToolTip(2, "Double-click, or press F2, to call it otherwise")
    return item
