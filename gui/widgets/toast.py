"""Words in passing, at the lower edge of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets.layout import row
from gui.widgets.text import label

__all__ = ["Toast"]

_ICONS = {
    "plain": ("info", "link"),
    "success": ("circle-check", "success"),
    "warning": ("triangle-alert", "warning"),
    "danger": ("circle-alert", "danger"),
}


class Toast(QFrame):
    """One short sentence over ``over``, gone by itself after some seconds or on a click."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setProperty("look", "toast")
        self._picture = QLabel()
        self._words = label("")
        self._tone = "plain"
        box = row(self._picture, self._words, gap=SPACE)
        box.setStretch(1, 1)
        box.setContentsMargins(2 * SPACE, SPACE + 4, 2 * SPACE, SPACE + 4)
        self.setLayout(box)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        theme().follow(self._draw)
        over.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that it shows or showed last."""
        return self._words.text()

    def say(self, text: str, tone: str = "plain", *, seconds: float = 4.0) -> None:
        """Shows a sentence; ``tone`` is plain, success, warning or danger."""
        self._words.setText(text)
        self._tone = tone
        self.setAccessibleName(text)
        self._draw()
        self._place()
        self.show()
        self.raise_()
        self._timer.start(round(seconds * 1000))

    def _draw(self) -> None:
        name, colour = _ICONS.get(self._tone, _ICONS["plain"])
        self._picture.setPixmap(pixmap(name, 18, colour))

    def _place(self) -> None:
        """In one line where the window has room for it; else in as many as it takes."""
        area = self._over.rect()
        self._words.setWordWrap(False)
        room = area.width() - 4 * SPACE
        too_wide = self.sizeHint().width() > room
        self._words.setWordWrap(too_wide)
        self.setMaximumWidth(room)
        if too_wide:
            self.resize(room, self.heightForWidth(room))
        else:
            self.adjustSize()
        self.move((area.width() - self.width()) // 2, area.height() - self.height() - 9 * SPACE)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays at the lower edge when the window changes its size."""
        if watched is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def mousePressEvent(self, event: QEvent) -> None:
        """A click sends it away."""
        self.hide()
