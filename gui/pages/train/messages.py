"""What a run says in words."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

from gui.theme import icon, theme

__all__ = ["Messages"]

_ICONS = {
    "note": ("info", "link"),
    "warning": ("triangle-alert", "warning"),
    "error": ("circle-alert", "danger"),
}
_MOST = 500


class Messages(QListWidget):
    """Sentences in the order they came, each with the icon of its severity; text can be copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Messages of the run")
        self.setWordWrap(True)
        self.setIconSize(QSize(16, 16))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSpacing(1)
        theme().changed.connect(self._retint)

    def say(self, text: str, severity: str = "note") -> None:
        """Adds a sentence; ``severity`` is note, warning or error."""
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, severity)
        item.setIcon(icon(*_ICONS.get(severity, _ICONS["note"])))
        self.addItem(item)
        if self.count() > _MOST:
            self.takeItem(0)
        self.scrollToBottom()

    def texts(self) -> list[str]:
        """All sentences, oldest first."""
        return [self.item(row).text() for row in range(self.count())]

    def _retint(self) -> None:
        for row in range(self.count()):
            item = self.item(row)
            item.setIcon(icon(*_ICONS[item.data(Qt.ItemDataRole.UserRole)]))
