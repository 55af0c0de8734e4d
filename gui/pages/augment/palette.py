"""The transforms to choose from."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from engine.transforms.base import ImageFacts
from gui.pages.augment.entries import TransformList
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import Card, label

__all__ = ["Palette"]


class Palette(Card):
    """Search field and list of every transform; ``added(kind)`` is the wish to add one."""

    added = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Transforms", margin=SPACE + 4, parent=parent)
        self.head.addStrut(40)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search transforms")
        self.search.setAccessibleName("Search transforms")
        self.search.setClearButtonEnabled(True)
        glass = self.search.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        set_icon(glass, "search", "muted")
        self.list = TransformList()
        self.none = label("No transform is found by these words.", "muted", wrap=True)
        self.none.hide()
        self.body.addWidget(self.search)
        self.body.addWidget(self.none)
        self.body.addWidget(self.list, 1)
        self.search.textChanged.connect(self._on_text)
        self.search.returnPressed.connect(self._add_found)
        self.search.installEventFilter(self)
        self.list.chosen.connect(self.added)

    def show_facts(self, images: ImageFacts | None) -> None:
        """Greys what cannot work on such images."""
        self.list.show_facts(images)

    def _on_text(self, text: str) -> None:
        self.list.search(text)
        self.none.setVisible(all(head.isHidden() for head in self.list.head_items()))

    def _add_found(self) -> None:
        kind = self.list.current_kind()
        if kind:
            self.added.emit(kind)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down in the search field goes to the list; Escape empties the field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self.list.begin()
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
        return False
