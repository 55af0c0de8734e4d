"""A group of cards, of which each image gets a few."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QMenu, QVBoxLayout, QWidget

from engine.augment.pipeline import Group, GroupSettings
from engine.numbers import THIN
from gui.forms import SpecForm
from gui.pages.augment.carrying import Load
from gui.pages.augment.heading import Heading
from gui.theme.tokens import SPACE
from gui.widgets import column, restyle
from gui.widgets.number import format_number

__all__ = ["GroupFrame", "group_title", "group_words"]


def group_title(group: Group, count: int) -> str:
    """ "One of 3 cards", "2 of 3 cards", "All 3 cards", or "Group of one card"."""
    if count == 1:
        return "Group of one card"
    if group.pick >= count:
        return f"All {count} cards"
    return f"{'One' if group.pick == 1 else group.pick} of {count} cards"


def group_words(group: Group, count: int) -> tuple[str, ...]:
    """How often its cards act, and how they are chosen, from full to short."""
    rare = group.probability < 1
    often = f"on {format_number(round(100 * group.probability, 1))}{THIN}% of images"
    if count == 1:
        return (often,) if rare else ()
    if group.pick >= count:
        return (f"together, {often}", often) if rare else ("together, on every image",)
    drawn = "drawn anew for each image"
    return (f"{often}, {drawn}", often) if rare else (drawn, "at random")


class GroupFrame(QFrame):
    """The frame around the cards of a group: how many act on an image, and how often.

    Signals: ``edited(id, settings, name)``, ``asked(id, command)`` with "switch_group", "dissolve",
    "up" or "down". The cards themselves lie in ``box``.
    """

    edited = Signal(str, object, str)
    asked = Signal(str, str)

    def __init__(self, group: Group) -> None:
        super().__init__()
        self.id = group.id
        self._group, self._count = group, 1
        self.setProperty("look", "group")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.head = Heading(Load("group", group.id), "shuffle", "Group", self)
        self.head.remove.hide()
        self.head.switch.clicked.connect(self._on_switch)
        self.head.folded.connect(self.toggle)
        self.head.clicked.connect(self._on_click)
        self.head.more.clicked.connect(self._on_more)
        self.form = SpecForm(GroupSettings, hide=("on",))
        self.form.set_address(f"augment.{group.id}")
        self.form.edited.connect(self._on_edited)
        self._settings = QWidget()
        inside = column(self.form)
        inside.setContentsMargins(SPACE, 0, SPACE, SPACE // 2)
        self._settings.setLayout(inside)
        self._settings.hide()
        self.below = (self._settings,)
        self.box = QVBoxLayout()
        self.box.setSpacing(SPACE // 2)
        self.setLayout(column(self.head, self._settings, self.box, gap=SPACE // 2, margin=4))
        self.show_group(group, 1)

    def show_group(self, group: Group, count: int) -> None:
        """Brings the frame to a new value of its group, of ``count`` cards."""
        self._group, self._count = group, count
        self.head.show_on(group.on)
        self.head.name.setText(group_title(group, count))
        self.form.set_value(group.settings)
        self.form.setEnabled(group.on)
        restyle(self.head.name, "look", "section" if group.on else "muted")
        self.setAccessibleName(f"Group: {group_title(group, count)}")
        self._tell()

    @property
    def opened(self) -> bool:
        """Whether its settings are shown."""
        return not self._settings.isHidden()

    def toggle(self) -> None:
        """Shows or hides its settings."""
        self._settings.setVisible(not self.opened)
        self.head.show_open(self.opened)
        self._tell()

    def _tell(self) -> None:
        forms = group_words(self._group, self._count)
        self.setAccessibleDescription(forms[0] if forms else "")
        self.head.show_words(() if self.opened else forms)

    def _on_edited(self, spec: object, name: str) -> None:
        self.edited.emit(self.id, spec, name)

    def _on_switch(self, on: bool) -> None:
        self.edited.emit(self.id, self._group.settings.with_(on=bool(on)), "on")

    def _on_click(self, _modifiers: object) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.toggle()

    def menu(self) -> QMenu:
        """What can be done with the group."""
        menu = QMenu(self)
        commands = (
            ("up", "Move up", "Alt+Up"),
            ("down", "Move down", "Alt+Down"),
            ("", "", ""),
            ("dissolve", "Dissolve group", ""),
            ("remove_group", "Remove group and its cards", "Del"),
        )
        for command, text, keys in commands:
            if not command:
                menu.addSeparator()
                continue
            action = menu.addAction(f"{text}\t{keys}" if keys else text)
            action.setObjectName(command)
            action.triggered.connect(
                lambda _on=False, command=command: self.asked.emit(self.id, command)
            )
        self.head.add_to_menu(menu)
        return menu

    def _on_more(self) -> None:
        self._pop(self.head.more.mapToGlobal(QPoint(0, self.head.more.height())))

    def _pop(self, at: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu, at the pointer."""
        self._pop(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that act on the focused group."""
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        key = Qt.Key(event.key())
        if not self.hasFocus():
            super().keyPressEvent(event)
        elif alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.asked.emit(self.id, "up" if key == Qt.Key.Key_Up else "down")
        elif key == Qt.Key.Key_Delete:
            self.asked.emit(self.id, "remove_group")
        elif key == Qt.Key.Key_Space:
            self.head.switch.click()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggle()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        restyle(self, "selected", "true")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        restyle(self, "selected", "false")
