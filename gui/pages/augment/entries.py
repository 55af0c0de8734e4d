"""The list of transforms in the palette: families that fold, entries that say use and danger."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTreeWidget, QTreeWidgetItem

from engine.transforms.base import TRANSFORMS, ImageFacts, Transform
from gui.pages.augment.carrying import Load, load_mime
from gui.pages.augment.entry_look import KIND, REASON, EntryLook

__all__ = ["FAMILIES", "TransformList"]

FAMILIES = {
    "geometric": "Geometric",
    "colour": "Colour",
    "noise": "Noise and blur",
    "regularising": "Regularising",
    "policy": "Policies",
}


class TransformList(QTreeWidget):
    """Every transform under its family; ``chosen(kind)`` by Enter, double-click or its plus.

    A drag carries the kind. What cannot work on the images is greyed and says why.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._facts: ImageFacts | None = None
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setMouseTracking(True)
        self.setAccessibleName("Transforms")
        self.look = EntryLook(self)
        self.setItemDelegate(self.look)
        self._families: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        self._fill()
        self.itemDoubleClicked.connect(self._on_double_click)

    def _fill(self) -> None:
        members: dict[str, list[type[Transform]]] = {name: [] for name in FAMILIES}
        for kind in TRANSFORMS:
            members[kind.family].append(kind)
        for family, kinds in members.items():
            if not kinds:
                continue
            head = QTreeWidgetItem([FAMILIES[family]])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.addTopLevelItem(head)
            items = [_entry(kind) for kind in sorted(kinds, key=lambda kind: kind.title)]
            head.addChildren(items)
            head.setExpanded(True)
            self._families.append((head, items))

    def search(self, text: str) -> None:
        """Shows the transforms whose title, kind or purpose holds every word; best is current."""
        words = text.lower().split()
        best: tuple[int, QTreeWidgetItem] | None = None
        for head, items in self._families:
            for item in items:
                rank = _rank(TRANSFORMS.get(item.data(0, KIND)), words)
                item.setHidden(rank is None)
                if rank is None or not words or item.data(0, REASON):
                    continue
                if best is None or rank < best[0]:
                    best = (rank, item)
            head.setHidden(all(item.isHidden() for item in items))
            if words:
                head.setExpanded(True)
        self.setCurrentItem(best[1]) if best else self.setCurrentIndex(QModelIndex())

    def show_facts(self, images: ImageFacts | None) -> None:
        """Greys what cannot work on such images whatever its settings; None greys nothing."""
        if images == self._facts:
            return
        self._facts = images
        for item in self.entry_items():
            reason = _unfit(TRANSFORMS.get(item.data(0, KIND)), images)
            if reason != item.data(0, REASON):
                item.setData(0, REASON, reason)
                item.setFlags(_FLAGS if not reason else Qt.ItemFlag.ItemNeverHasChildren)
        self.scheduleDelayedItemsLayout()

    def entry_items(self) -> list[QTreeWidgetItem]:
        """The rows that are transforms, hidden ones too."""
        return [item for _, items in self._families for item in items]

    def head_items(self) -> list[QTreeWidgetItem]:
        """The rows that are families."""
        return [head for head, _ in self._families]

    def item(self, kind: str) -> QTreeWidgetItem:
        """The row of a kind; raises StopIteration when there is none."""
        return next(item for item in self.entry_items() if item.data(0, KIND) == kind)

    def current_kind(self) -> str:
        """The kind of the current row, empty when none is or it is greyed."""
        item = self.currentItem()
        if item is None or item.isHidden() or item.data(0, REASON):
            return ""
        return str(item.data(0, KIND) or "")

    def begin(self) -> None:
        """Takes the focus, with a current row."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        shown = [item for item in self.entry_items() if not item.isHidden()]
        if self.currentItem() is None and shown:
            self.setCurrentItem(shown[0])

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and item.data(0, KIND) and not item.data(0, REASON):
            self.chosen.emit(item.data(0, KIND))

    def _on_double_click(self, item: QTreeWidgetItem, _column: int) -> None:
        self._choose(item)

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        return load_mime(Load("transform", items[0].data(0, KIND) or "" if items else ""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or item is None:
            super().keyPressEvent(event)
        elif item.data(0, KIND):
            self._choose(item)
        else:
            item.setExpanded(not item.isExpanded())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a family folds it; one on a plus adds its transform."""
        super().mouseReleaseEvent(event)
        item = self.itemAt(event.position().toPoint())
        if item is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if not item.data(0, KIND):
            item.setExpanded(not item.isExpanded())
        elif self.look.plus(self.visualItemRect(item)).contains(event.position().toPoint()):
            self._choose(item)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two quick clicks on a plus are two clicks."""
        item = self.itemAt(event.position().toPoint())
        on_plus = item is not None and self.look.plus(self.visualItemRect(item)).contains(
            event.position().toPoint()
        )
        if not on_plus:
            super().mouseDoubleClickEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.viewport().update()
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The words wrap anew."""
        super().resizeEvent(event)
        if event.size().width() == event.oldSize().width():
            return
        if self.isVisible():
            self.scheduleDelayedItemsLayout()
        else:
            self.doItemsLayout()  # or it waits until it is shown


_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)


def _entry(kind: type[Transform]) -> QTreeWidgetItem:
    item = QTreeWidgetItem([kind.title])
    item.setData(0, KIND, kind.kind)
    item.setData(0, REASON, "")
    item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, f"{kind.summary} {kind.danger}")
    item.setFlags(_FLAGS)
    return item


def _unfit(kind: type[Transform], images: ImageFacts | None) -> str:
    """Why no settings of a kind work on such images; empty where some do."""
    if images is None:
        return ""
    return next((fault.message for fault in kind().misfits(images) if not fault.field), "")


def _rank(kind: type[Transform], words: Sequence[str]) -> int | None:
    """How well a transform fits: 0 where its title begins so, None where a word is nowhere."""
    title = kind.title.lower()
    family = FAMILIES[kind.family].lower()
    everything = f"{title} {kind.kind.replace('_', ' ')} {family} {kind.summary.lower()}"
    if not all(word in everything for word in words):
        return None
    if words and title.startswith(words[0]):
        return 0
    return 1 if all(word in title for word in words) else 2
