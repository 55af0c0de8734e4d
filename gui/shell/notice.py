"""The bar that tells what a person should know from the start on, until it is dismissed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QLabel, QWidget

from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import button, label, row

__all__ = ["Notice"]


class Notice(QFrame):
    """Hidden until :meth:`say`; it has its own room in the window, so that it covers nothing.

    ``picture`` is an icon's name and its colour.
    """

    def __init__(
        self,
        picture: tuple[str, str] = ("triangle-alert", "warning"),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "notice")
        self._icon, self._colour = picture
        self._act: Callable[[], object] | None = None
        self._picture = QLabel()
        self.words = label("", wrap=True, select=True)
        self.action = button("", self._do)
        self.dismiss = button("Dismiss", self.hide)
        box = row(self._picture, self.words, self.action, self.dismiss, gap=SPACE)
        box.setStretch(1, 1)
        box.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        self.setLayout(box)
        self.hide()
        theme().follow(self._draw)
        self._draw()

    def say(self, text: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        """Shows a sentence or two, which can be copied; a button ``action`` hides it and acts."""
        self.words.setText(text)
        self.setAccessibleName(text)
        self._act = act
        self.action.setText(action)
        self.action.setVisible(act is not None)
        self.show()

    def _do(self) -> None:
        self.hide()
        if self._act is not None:
            self._act()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, 18, self._colour))
