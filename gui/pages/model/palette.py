"""The layers to choose from: searched as you type, dragged, or added with Enter."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from engine.blocks.editing import Definition
from engine.layers.base import CATEGORIES, LAYERS, Layer
from gui.canvas import layer_mime
from gui.canvas.node_item import category_colour
from gui.pages.model.wishes import OWN
from gui.theme import set_icon, theme
from gui.theme.tokens import SPACE
from gui.widgets import Card, column, label

__all__ = ["LayerList", "Palette"]

_KIND = Qt.ItemDataRole.UserRole
_ROW, _HEAD = 24, 30
_OWN_HEAD = "Your blocks"
_INSIDE = ("entry", "result")
_OUTSIDE = ("input", "output")


class LayerList(QTreeWidget):
    """Layers under their categories; a drag carries the kind."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setAccessibleName("Layers")
        self.itemDoubleClicked.connect(lambda item, _column: self._choose(item))
        self._groups: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        self._own: dict[str, str] = {}
        self._out_of_place: tuple[str, ...] = _INSIDE
        self._words: list[str] = []
        self._fill()
        self._filter()
        theme().follow(self._restyle)

    def _fill(self) -> None:
        groups: dict[str, list[type[Layer]]] = {name: [] for name in ("Ends", *CATEGORIES)}
        for layer in LAYERS:
            groups[layer.category].append(layer)
        for category, layers in groups.items():
            if not layers:
                continue
            head = QTreeWidgetItem([category])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setSizeHint(0, QSize(0, _HEAD))
            self.addTopLevelItem(head)
            items = []
            for layer in sorted(layers, key=lambda layer: layer.title):
                item = _row(layer.title, layer.kind, layer.summary)
                head.addChild(item)
                items.append(item)
            head.setExpanded(True)
            self._groups.append((head, items))
        self._restyle()

    def show_place(self, inside: bool, own: Sequence[Definition]) -> None:
        """Offers what can be used in the model or inside a block, and the project's own blocks."""
        out = _OUTSIDE if inside else _INSIDE
        known = {d.block.label: _used(d) for d in own}
        if (out, known) == (self._out_of_place, self._own):
            return
        if known != self._own:
            new = set(known) - set(self._own)
            self._own = known
            self._fill_own()
            if new:
                self.scrollToTop()
        self._out_of_place = out
        self._filter()

    def _fill_own(self) -> None:
        """The project's own blocks as the first group."""
        if self._groups and self._groups[0][0].text(0) == _OWN_HEAD:
            self.takeTopLevelItem(0)
            self._groups.pop(0)
        if not self._own:
            return
        head = QTreeWidgetItem([_OWN_HEAD])
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        head.setSizeHint(0, QSize(0, _HEAD))
        self.insertTopLevelItem(0, head)
        items = [_row(name, OWN + name, told) for name, told in sorted(self._own.items())]
        head.addChildren(items)
        head.setExpanded(True)
        self._groups.insert(0, (head, items))
        self._restyle()

    def _restyle(self) -> None:
        for head, items in self._groups:
            head.setForeground(0, theme().colour("muted"))
            head.setFont(0, theme().font("small", bold=True))
            mark = _mark("Block" if head.text(0) == _OWN_HEAD else head.text(0))
            for item in items:
                item.setIcon(0, mark)

    def search(self, text: str) -> None:
        """Shows the layers whose title, kind or purpose holds every word; the best is current."""
        self._words = text.lower().split()
        self._filter()

    def _filter(self) -> None:
        words = self._words
        best: tuple[int, QTreeWidgetItem] | None = None
        for head, items in self._groups:
            for item in items:
                kind = str(item.data(0, _KIND))
                rank = _rank(item.text(0), kind, item.toolTip(0), words)
                rank = None if kind in self._out_of_place else rank
                item.setHidden(rank is None)
                if words and rank is not None and (best is None or rank < best[0]):
                    best = (rank, item)
            head.setHidden(all(item.isHidden() for item in items))
        if best is not None:
            self.setCurrentItem(best[1])
        else:
            self.setCurrentIndex(QModelIndex())

    def layer_items(self) -> list[QTreeWidgetItem]:
        """The rows that are layers, hidden ones too."""
        return [item for _, items in self._groups for item in items]

    def kind(self, item: QTreeWidgetItem) -> str:
        """The kind of a row."""
        return str(item.data(0, _KIND))

    def hide_empty_heads(self) -> None:
        """Hides the categories of which no layer is shown."""
        for head, items in self._groups:
            head.setHidden(all(item.isHidden() for item in items))

    def item(self, kind: str) -> QTreeWidgetItem:
        """The row of a kind; raises StopIteration when there is none."""
        return next(item for item in self.layer_items() if item.data(0, _KIND) == kind)

    def current_kind(self) -> str:
        """The kind of the current row, empty when none is."""
        item = self.currentItem()
        kind = item.data(0, _KIND) if item is not None and not item.isHidden() else None
        return str(kind) if kind else ""

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        kind = item.data(0, _KIND) if item is not None else None
        if kind:
            self.chosen.emit(kind)

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        return layer_mime(items[0].data(0, _KIND) if items else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentItem())
        else:
            super().keyPressEvent(event)


class Palette(Card):
    """Search field, list, and what the current layer is good for.

    ``wish_add(kind)``: the layer is to be added behind the selection.
    """

    wish_add = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Layers", margin=SPACE + 4, parent=parent)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search layers")
        self.search.setAccessibleName("Search layers")
        self.search.setClearButtonEnabled(True)
        glass = self.search.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        set_icon(glass, "search", "muted")
        self.list = LayerList()
        self.about = label("", "caption", wrap=True)
        self.about.setMinimumHeight(self.about.fontMetrics().height() * 3)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        content = column(self.search, self.list, self.about)
        content.setStretch(1, 1)
        self.body.addLayout(content, 1)
        self.search.textChanged.connect(self.list.search)
        self.search.returnPressed.connect(self._add_found)
        self.search.installEventFilter(self)
        self.list.chosen.connect(self.wish_add)
        self.list.currentItemChanged.connect(lambda *_: self._tell())
        self._tell()

    def _add_found(self) -> None:
        kind = self.list.current_kind()
        if kind:
            self.wish_add.emit(kind)

    def _tell(self) -> None:
        kind = self.list.current_kind()
        hint = "Drag a layer onto the canvas or onto a wire, or double-click it."
        self.about.setText(self.list.item(kind).toolTip(0) if kind else hint)

    def show_place(self, inside: bool, own: Sequence[Definition]) -> None:
        """Offers what can be used in the model or inside a block, and the project's own blocks."""
        self.list.show_place(inside, own)

    def eventFilter(self, watched: object, event: object) -> bool:
        """Down in the search field goes to the list; Escape empties the field."""
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self.list.setFocus()
                if self.list.currentItem() is None:
                    shown = [item for item in self.list.layer_items() if not item.isHidden()]
                    if shown:
                        self.list.setCurrentItem(shown[0])
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return False


def _row(title: str, kind: str, summary: str) -> QTreeWidgetItem:
    item = QTreeWidgetItem([title])
    item.setData(0, _KIND, kind)
    item.setToolTip(0, summary)
    item.setSizeHint(0, QSize(0, _ROW))
    item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, summary)
    return item


def _used(definition: Definition) -> str:
    uses = definition.uses
    nodes = len(definition.block.inner.nodes) - 2
    return f"Your block of {nodes} nodes, used {'once' if uses == 1 else f'{uses} times'} here."


def _rank(title: str, kind: str, summary: str, words: Sequence[str]) -> int | None:
    """How well a layer fits: 0 where its title begins so, None where a word is nowhere."""
    title, everything = title.lower(), f"{title} {kind} {summary}".lower()
    if not all(word in everything for word in words):
        return None
    if words and title.startswith(words[0]):
        return 0
    return 1 if all(word in title for word in words) else 2


def _mark(category: str) -> QIcon:
    """A rounded square in the category's colour."""
    picture = QPixmap(32, 32)
    picture.setDevicePixelRatio(2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(category_colour(category))
    painter.drawRoundedRect(4, 2, 5, 12, 2, 2)
    painter.end()
    return QIcon(picture)
