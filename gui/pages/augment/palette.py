"""The transforms and presets to choose from."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QVBoxLayout, QWidget

from engine.augment.presets import PRESETS
from engine.transforms.base import TRANSFORMS, Transform
from gui.theme import pixmap, set_icon, theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Card, ElidedLabel, IconButton, button, column, label, row, scroll

__all__ = ["Palette"]


class Palette(Card):
    """Every transform with what it is good for and when it hurts, and the presets.

    Emits ``added(kind)`` and ``preset(name)``.
    """

    added = Signal(str)
    preset = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Add", parent=parent)
        self.presets = button("Start from…", look="link", tip="Replaces all cards by a preset.")
        set_icon(self.presets, "wand-sparkles", "link", 16)
        self.presets.setMenu(self._menu())
        self.head.addWidget(self.presets)
        self.entries = {kind.kind: _Entry(kind) for kind in TRANSFORMS}
        for name, entry in self.entries.items():
            entry.add.clicked.connect(lambda _on=False, name=name: self.added.emit(name))
        self.body.addWidget(scroll(column(*self.entries.values(), STRETCH, gap=SPACE)))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for name, item in PRESETS.items():
            action = menu.addAction(item.title)
            action.setToolTip(item.reason)
            action.triggered.connect(lambda _on=False, name=name: self.preset.emit(name))
        return menu


class _Entry(QFrame):
    """One transform: icon, name, its use and its danger in a line each, and Add."""

    def __init__(self, kind: type[Transform]) -> None:
        super().__init__()
        self._icon = kind.icon
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(20, 20))
        self.add = IconButton("plus", f"Add {kind.title.lower()}", colour="link")
        head = row(self._picture, ElidedLabel(kind.title, "section"), self.add)
        head.setStretch(1, 1)
        danger = label(kind.danger, "caption", wrap=True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, SPACE)
        box.setSpacing(SPACE // 2)
        box.addLayout(head)
        box.addWidget(label(kind.summary, "", wrap=True))
        box.addWidget(danger)
        theme().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, 18, "link"))
