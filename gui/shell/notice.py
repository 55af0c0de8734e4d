"""Bars that tell what a person should know, in a place of their own, until they are dismissed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import button, label, row

__all__ = ["Bar", "Notice"]

Picture = tuple[str, str]
"""An icon's name and its colour."""


class Bar(QFrame):
    """Hidden until :meth:`tell`; it has its own room in the window, so that it covers nothing."""

    def __init__(
        self, picture: Picture = ("triangle-alert", "warning"), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "notice")
        self._icon, self._colour = picture
        self._picture = QLabel()
        self.words = label("", wrap=True, select=True)
        self.dismiss = button("Dismiss", self.hide)
        self._line = row(self._picture, self.words, self.dismiss, gap=SPACE)
        self._line.setStretch(1, 1)
        self._line.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        self.setLayout(self._line)
        self.hide()
        theme().follow(self._draw)
        self._draw()

    def add(self, made: QPushButton) -> QPushButton:
        """Puts a button before "Dismiss"; gives it back."""
        self._line.insertWidget(self._line.count() - 1, made)
        return made

    def tell(self, text: str) -> None:
        """Shows a sentence or two, which can be copied."""
        self.words.setText(text)
        self.setAccessibleName(text)
        self.show()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, 18, self._colour))


class Notice(Bar):
    """A bar whose one button, if it has any, comes with the words."""

    def __init__(
        self, picture: Picture = ("triangle-alert", "warning"), parent: QWidget | None = None
    ) -> None:
        super().__init__(picture, parent)
        self._act: Callable[[], object] | None = None
        self.action = self.add(button("", self._do))

    def say(self, text: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Shows the words; a button ``action`` hides them and acts."""
        self._act = act
        self.action.setText(action)
        self.action.setVisible(act is not None)
        self.tell(text)

    def _do(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()
