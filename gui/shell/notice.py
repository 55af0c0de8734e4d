"""The bar that tells what a person should know from the start on, until it is dismissed."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QWidget

from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import button, label, row

__all__ = ["Notice"]


class Notice(QFrame):
    """Hidden until :meth:`say`; it has its own room in the window, so that it covers nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "notice")
        self._picture = QLabel()
        self.words = label("", wrap=True, select=True)
        self.dismiss = button("Dismiss", self.hide)
        box = row(self._picture, self.words, self.dismiss, gap=SPACE)
        box.setStretch(1, 1)
        box.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        self.setLayout(box)
        self.hide()
        theme().follow(self._draw)
        self._draw()

    def say(self, text: str) -> None:
        """Shows a sentence or two, which can be copied."""
        self.words.setText(text)
        self.setAccessibleName(text)
        self.show()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap("triangle-alert", 18, "warning"))
