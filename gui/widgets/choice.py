"""Choosing among a few: a segmented control and a switch."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from gui.theme import set_icon, theme

__all__ = ["Segmented", "Switch"]


class Segmented(QFrame):
    """Two to five choices side by side, one of them on; emits ``chosen(key)`` on a click.

    ``options`` are pairs of key and label; ``icons`` may name an icon per key. Arrow keys move.
    """

    chosen = Signal(str)

    def __init__(
        self,
        options: Sequence[tuple[str, str]],
        *,
        name: str = "",
        icons: dict[str, str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("look", "segments")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        box = QHBoxLayout(self)
        box.setContentsMargins(2, 2, 2, 2)
        box.setSpacing(2)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        for key, text in options:
            part = QToolButton(self)
            part.setText(text)
            part.setCheckable(True)
            part.setAccessibleName(f"{name}: {text}" if name else text)
            part.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            if icons and key in icons:
                set_icon(part, icons[key], "muted", 16)
                part.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            part.clicked.connect(lambda _on=False, key=key: self.chosen.emit(key))
            self._group.addButton(part)
            self._buttons[key] = part
            box.addWidget(part)
        if options:
            self.set_current(options[0][0])

    @property
    def current(self) -> str:
        """The key of the choice that is on."""
        return next((key for key, part in self._buttons.items() if part.isChecked()), "")

    def set_current(self, key: str) -> None:
        """Turns a choice on without emitting; an unknown key changes nothing."""
        if key in self._buttons:
            self._buttons[key].setChecked(True)

    def button(self, key: str) -> QToolButton:
        """The button of a choice."""
        return self._buttons[key]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right choose the neighbour."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        keys = list(self._buttons)
        place = keys.index(self.current) + step if step else -1
        if 0 <= place < len(keys):
            self._buttons[keys[place]].setFocus()
            self._buttons[keys[place]].click()
        else:
            super().keyPressEvent(event)


class Switch(QAbstractButton):
    """On or off, at once; what it switches stands beside it and is its accessible name."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Room for the track and its focus ring."""
        return QSize(38, 24)

    def minimumSizeHint(self) -> QSize:
        """Never smaller than its size hint."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A track and a knob; the knob's place, not only the colour, says on or off."""
        colours = theme()
        on, usable = self.isChecked(), self.isEnabled()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(3, (self.height() - 18) / 2, 32, 18)
        if self.hasFocus():
            painter.setPen(QPen(colours.colour("link"), 1.5))
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), 11, 11)
        fill = "accent" if on and usable else "border" if not usable else "outline"
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.colour(fill))
        painter.drawRoundedRect(track, 9, 9)
        painter.setBrush(colours.colour("on_accent" if usable else "surface"))
        left = track.right() - 16 if on else track.left() + 2
        painter.drawEllipse(QRectF(left, track.top() + 2, 14, 14))
