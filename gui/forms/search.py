"""Finding a setting among many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.theme import set_icon

__all__ = ["SearchField", "found"]


def found(words: Sequence[str], *texts: str) -> bool:
    """Whether every word (in lower case) is somewhere in the texts; true without words."""
    everything = " ".join(texts).replace("_", " ").lower()
    return all(word in everything for word in words)


class SearchField(QLineEdit):
    """Where words are typed that a form is filtered by; Escape empties it."""

    def __init__(self, name: str = "Search settings", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self.setClearButtonEnabled(True)
        glass = self.addAction(QIcon(), QLineEdit.ActionPosition.LeadingPosition)
        set_icon(glass, "search", "muted")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties the field."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
