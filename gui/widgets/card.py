"""Surfaces that hold things: a card with an optional heading, and a chip for a fact."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets.text import SectionHeader, label, restyle

__all__ = ["Card", "Chip"]


class Card(QFrame):
    """A rounded surface; fill :attr:`body`, put small controls beside the heading in ``head``."""

    def __init__(
        self,
        title: str = "",
        *,
        margin: int = 2 * SPACE,
        gap: int = SPACE,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(margin, margin, margin, margin)
        outer.setSpacing(gap + SPACE // 2)
        self.head = QHBoxLayout()
        self.head.setSpacing(SPACE)
        self.heading = SectionHeader(title, self)
        self.heading.setVisible(bool(title))
        if title:
            self.head.addWidget(self.heading)
            self.head.addStretch(1)
            outer.addLayout(self.head)
            self.setAccessibleName(title)
        self.body = QVBoxLayout()
        self.body.setSpacing(gap)
        outer.addLayout(self.body, 1)

    def set_selected(self, selected: bool) -> None:
        """Draws the frame in the accent colour."""
        restyle(self, "selected", "true" if selected else "false")


class Chip(QFrame):
    """A small rounded fact: an icon, a word, a tone (plain, accent, success, warning, danger)."""

    def __init__(
        self, text: str = "", tone: str = "plain", icon: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "chip")
        self.setFixedHeight(3 * SPACE)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        box = QHBoxLayout(self)
        box.setContentsMargins(SPACE, 0, SPACE + 2, 0)
        box.setSpacing(SPACE // 2 + 1)
        self._picture = QLabel()
        self._words = label("")
        box.addWidget(self._picture)
        box.addWidget(self._words)
        self._icon = ""
        theme().follow(self._draw_icon)
        self.show_fact(text, tone, icon)

    def show_fact(self, text: str, tone: str = "plain", icon: str = "") -> None:
        """Changes all that it shows."""
        self._words.setText(text)
        self._icon = icon
        self.setAccessibleName(text)
        restyle(self, "tone", tone)
        self._draw_icon()

    @property
    def text(self) -> str:
        """The words on it."""
        return self._words.text()

    def _draw_icon(self) -> None:
        tone = str(self.property("tone"))
        colour = {"plain": "muted", "accent": "link"}.get(tone, tone)
        self._picture.setVisible(bool(self._icon))
        if self._icon:
            self._picture.setPixmap(pixmap(self._icon, 14, colour))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Lets the parent have clicks."""
        event.ignore()
        self.setCursor(Qt.CursorShape.ArrowCursor)
