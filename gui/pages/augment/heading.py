"""The heading of a card or group: a click folds it, a drag carries it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget

from gui.forms import TunedMark
from gui.pages.augment.carrying import Load, carry
from gui.pages.augment.shortened import ShortenedLabel
from gui.theme import pixmap, set_icon, theme
from gui.theme.tokens import SPACE
from gui.tuning import tuning_around
from gui.widgets import ElidedLabel, IconButton, Switch, column, row

__all__ = ["Heading"]

_BUTTON = QSize(3 * SPACE, 3 * SPACE)  # small, so that the words have room


class Heading(QWidget):
    """Grip, chevron, switch, icon, a title over a few words, and a menu; ``carried`` is what drags.

    A mark shows while the tuner decides whether the card is on.

    Signals: ``clicked(modifiers)`` on release without a drag, ``folded()`` from the chevron.
    """

    clicked = Signal(object)
    folded = Signal()

    def __init__(self, load: Load, icon: str, title: str, carried: QWidget) -> None:
        super().__init__()
        self._load, self._carried, self._icon = load, carried, icon
        self._from: QPoint | None = None
        self._on = True
        self.grip = QLabel()
        self.grip.setFixedSize(QSize(16, 24))
        self.grip.setToolTip("Drag to another place, or press Alt and an arrow key.")
        self.chevron = IconButton("chevron-right", f"Show settings of {title.lower()}", side=16)
        self.chevron.clicked.connect(self.folded)
        self.switch = Switch(f"{title} on")
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(18, 18))
        self.name = ElidedLabel(title, "section")
        self.words = ShortenedLabel("caption")
        self.ask = IconButton("circle-help", "", side=16, colour="warning")
        self.ask.hide()
        self.tuned = TunedMark()
        self._switch_address = f"augment.{load.name}.on"
        self.more = IconButton("ellipsis", f"More for {title.lower()}", side=16)
        self.remove = IconButton("x", f"Remove {title.lower()}", side=16)
        told = column(self.name, self.words, gap=0)
        told.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        parts = (self.grip, self.chevron, self.switch, self._picture, told)
        box = row(*parts, self.tuned, self.ask, self.more, self.remove, gap=2)
        box.insertSpacing(4, SPACE // 2)
        box.setStretchFactor(told, 1)
        for part in (self.chevron, self.ask, self.more, self.remove):
            part.setFixedSize(_BUTTON)
        self.setLayout(box)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        for part in (self.chevron, self.switch, self.ask, self.more, self.remove):
            part.setCursor(Qt.CursorShape.PointingHandCursor)
        theme().follow(self._draw)
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Joins the tuner of the page."""
        super().showEvent(event)
        self.tuned.show_at(self._switch_address, self)

    def add_to_menu(self, menu: QMenu) -> None:
        """Adds whether the tuner decides if the card is on."""
        if (tuning := tuning_around(self)) is not None:
            menu.addSeparator()
            text = "Let the tuner decide whether it is on"
            tuning.add_switch(menu, self._switch_address, text)

    def show_words(self, forms: Sequence[str]) -> None:
        """The few words below the title: the first of the forms that fits, the fullest first."""
        self.words.show_forms(forms)

    def show_on(self, on: bool) -> None:
        """Tints the icon."""
        self._on = on
        self.switch.setChecked(on)
        self._draw()

    def show_open(self, opened: bool) -> None:
        """Turns the chevron."""
        set_icon(self.chevron, "chevron-down" if opened else "chevron-right", "muted", 16)
        title = self.name.text().lower()
        tip = f"{'Hide' if opened else 'Show'} settings of {title}"
        self.chevron.setToolTip(tip)
        self.chevron.setAccessibleName(tip)

    def _draw(self) -> None:
        lines = (self.name.sizeHint().height(), self.words.sizeHint().height())
        self.setMinimumHeight(sum(lines))  # with and without words: folding moves nothing
        self.grip.setPixmap(pixmap("grip-vertical", 16, "disabled"))
        self._picture.setPixmap(pixmap(self._icon, 18, "link" if self._on else "disabled"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press may begin a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = event.position().toPoint()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Far enough from the press, the card is carried."""
        at, start = event.position().toPoint(), self._from
        if start is None or (at - start).manhattanLength() < QApplication.startDragDistance():
            return
        self._from = None
        carry(self._load, self._carried, self.mapTo(self._carried, start))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press and release in place is a click."""
        if self._from is not None and event.button() == Qt.MouseButton.LeftButton:
            self._from = None
            self.clicked.emit(event.modifiers())
