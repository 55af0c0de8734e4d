"""One row of the search space."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from engine.search import Searched
from gui.pages.tune.choice_fields import ChoiceFields
from gui.pages.tune.range_fields import RangeFields
from gui.pages.tune.row_facts import RowFacts, row_place, row_title
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, IconButton, button, column, label, row, rule

__all__ = ["SpaceRow"]

_BUTTON = 3 * SPACE


class SpaceRow(QWidget):
    """The setting's name, where it is, its range or choices, and what is wrong with them.

    Signals:
        changed(entry): another range.
        removed(address): the row is not wanted any more.
        place_wished(address): the setting itself is to be shown.
    """

    changed = Signal(object)
    removed = Signal(str)
    place_wished = Signal(str)

    def __init__(self, facts: RowFacts) -> None:
        super().__init__()
        self.facts = facts
        self.address = facts.entry.address
        title = row_title(self.address, facts.item)
        self.name = label(title)
        self.place = button(row_place(self.address), self._go, look="link")
        self.place.setToolTip(f"Go to {self.address}")
        self.more = IconButton("ellipsis", f"More for {title.lower()}", self._open_menu, side=16)
        self.remove = IconButton("x", f"Do not search {title.lower()}", self._remove, side=16)
        for part in (self.more, self.remove):
            part.setFixedSize(_BUTTON, _BUTTON)
        kind = ChoiceFields if self.is_choice(facts) else RangeFields
        self.fields: ChoiceFields | RangeFields = kind(facts.entry, facts.item)
        self.trouble = label("", "error", wrap=True)
        head = row(self.name, self.place, STRETCH, self.more, self.remove, gap=SPACE // 2)
        inside = column(head, self.fields, self.trouble, gap=SPACE // 2)
        self.setLayout(column(inside, rule(), gap=SPACE + 2))
        self.setAccessibleName(title)
        self.setFocusProxy(self.fields)
        self.fields.changed.connect(self.changed)
        self.fields.refused.connect(self._say)
        self.show_facts(facts)

    @staticmethod
    def is_choice(facts: RowFacts) -> bool:
        """Whether the row has choices rather than two ends."""
        number = facts.item is None or facts.item.type in ("int", "float")
        return bool(facts.entry.choices) or not number

    def fits(self, facts: RowFacts) -> bool:
        """Whether the row can show these facts, or a new one is needed."""
        return (
            facts.entry.address == self.address
            and facts.item == self.facts.item
            and self.is_choice(facts) == isinstance(self.fields, ChoiceFields)
        )

    def show_facts(self, facts: RowFacts) -> None:
        """Brings the row to another range, or to what is wrong with it now."""
        if facts.entry != self.facts.entry:
            self.fields.show_entry(facts.entry)
        self.facts = facts
        self._say(" ".join(facts.faults))

    def _say(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))
        self.setAccessibleDescription(sentence)

    def _go(self) -> None:
        self.place_wished.emit(self.address)

    def _remove(self) -> None:
        self.removed.emit(self.address)

    # Menu

    def menu(self) -> QMenu:
        """What else can be done with the row."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Go to the setting", self._go)
        item, entry = self.facts.item, self.facts.entry
        if item is not None and item.type in ("int", "float"):
            if entry.choices:
                menu.addAction("A range instead of choices", self._as_range)
            else:
                menu.addAction("Choices instead of a range", self._as_choices)
        menu.addSeparator()
        menu.addAction("Do not search", self._remove)
        return menu

    def _open_menu(self) -> None:
        self.menu().popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _as_range(self) -> None:
        numbers = [one for one in self.facts.entry.choices if isinstance(one, (int, float))]
        low, high = (min(numbers), max(numbers)) if numbers else (None, None)
        self.changed.emit(Searched(self.address, low, high))

    def _as_choices(self) -> None:
        entry, item = self.facts.entry, self.facts.item
        assert item is not None
        low, high = entry.low or 0, entry.high or 0
        middle = (low * high) ** 0.5 if entry.log and low > 0 < high else (low + high) / 2
        values = [low, float(f"{middle:.3g}"), high]
        if item.type == "int":
            values = [round(value) for value in values]
        chosen = tuple(dict.fromkeys(values))
        cleared = replace(entry, low=None, high=None, log=False, step=None)
        self.changed.emit(replace(cleared, choices=chosen))
