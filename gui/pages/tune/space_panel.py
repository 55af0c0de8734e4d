"""What the tuner may choose, row by row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from gui.pages.tune.row_facts import RowFacts
from gui.pages.tune.space_row import SpaceRow
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Card, EmptyState, Stack, column, scroll

__all__ = ["SpacePanel"]

_HEAD = 32  # pixels: headings with and without buttons are in line


class SpacePanel(Card):
    """The rows of the search space, with presets to start from.

    Signals:
        changed(entry), removed(address), place_wished(address): what a row emits.
        preset_wished(name): the space of a preset is to replace this one; ``""`` empties it.
    """

    changed = Signal(object)
    removed = Signal(str)
    place_wished = Signal(str)
    preset_wished = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Search space", parent=parent)
        self.rows: dict[str, SpaceRow] = {}
        self._wanted = ""
        self.presets = QToolButton()
        self.presets.setText(" Presets")
        self.presets.setAccessibleName("Presets of the search space")
        self.presets.setToolTip("Search spaces made for this project")
        self.presets.setToolButtonStyle(self.presets.toolButtonStyle().ToolButtonTextBesideIcon)
        self.presets.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_icon(self.presets, "list", "muted", 16)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self.fill_menu)
        self.presets.setMenu(self.menu)
        self.head.addStrut(_HEAD)
        self.head.addWidget(self.presets)
        self._box = QVBoxLayout()
        self._box.setSpacing(SPACE + 2)
        inside = column(self._box, STRETCH)
        self._area = scroll(inside)
        self.empty = EmptyState(
            "sliders-vertical",
            "Nothing is searched yet",
            "Open the context menu of any setting and choose “Let the tuner choose…”, or begin "
            "with learning rate, batch size and optimizer: where most of the accuracy lies.",
            "Start with “Basic”",
            lambda: self.preset_wished.emit("basic"),
        )
        self._stack = Stack(self.empty, self._area)
        self.body.addWidget(self._stack, 1)

    def fill_menu(self) -> None:
        """Writes the menu of presets anew."""
        from engine.project.search_presets import PRESETS

        self.menu.clear()
        for name, preset in PRESETS.items():
            action = self.menu.addAction(preset.title)
            action.setToolTip(preset.summary)
            action.triggered.connect(lambda _on=False, name=name: self.preset_wished.emit(name))
        self.menu.addSeparator()
        clear = self.menu.addAction("Search nothing", lambda: self.preset_wished.emit(""))
        clear.setEnabled(bool(self.rows))

    def show_rows(self, rows: Sequence[RowFacts]) -> None:
        """Brings the rows to a search space; those that stay keep their widgets and their focus."""
        names = {facts.entry.address for facts in rows}
        for address in [address for address in self.rows if address not in names]:
            self._discard(address)
        for place, facts in enumerate(rows):
            address = facts.entry.address
            if address in self.rows and not self.rows[address].fits(facts):
                self._discard(address)
            if address not in self.rows:
                self.rows[address] = self._make(facts)
            else:
                self.rows[address].show_facts(facts)
            if self._box.indexOf(self.rows[address]) != place:
                self._box.insertWidget(place, self.rows[address])
        self.heading.setText(f"Search space ({len(rows)})" if rows else "Search space")
        self._stack.show_only(self._area if rows else self.empty)
        if self._wanted in self.rows:
            self.reveal(self._wanted)

    def reveal(self, address: str) -> None:
        """Scrolls to a row and gives it the keys, at once or when it is there."""
        self._wanted = address
        if address in self.rows:
            self._wanted = ""
            row = self.rows[address]
            row.setFocus(Qt.FocusReason.OtherFocusReason)
            QTimer.singleShot(0, row, lambda: self._area.ensureWidgetVisible(row, 0, 2 * SPACE))

    def _make(self, facts: RowFacts) -> SpaceRow:
        made = SpaceRow(facts)
        made.changed.connect(self.changed)
        made.removed.connect(self.removed)
        made.place_wished.connect(self.place_wished)
        return made

    def _discard(self, address: str) -> None:
        row = self.rows.pop(address)
        self._box.removeWidget(row)
        row.hide()
        row.deleteLater()
