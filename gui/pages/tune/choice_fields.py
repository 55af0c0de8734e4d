"""The choices of a setting, as chips that are on or off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QToolButton, QWidget

from engine.errors import FoveaError
from engine.parameter import Param
from engine.registry import Registry
from engine.search import Searched
from engine.search.reading import read_range
from gui.forms import choice_words
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets import NumberField, clear
from gui.widgets.flow import Flow

__all__ = ["ChoiceFields"]

_FEW = 8
"""So many values a setting may have to show them all; of others only those that are chosen."""
_ADD = "Add…"


class ChoiceFields(QWidget):
    """The values that may come; a click on one takes it out or in.

    Emits ``changed(entry)``, also when too few are left, which the row explains, and
    ``refused(sentence)`` for what is no value.
    """

    changed = Signal(object)
    refused = Signal(str)

    def __init__(self, entry: Searched, item: Param | None) -> None:
        super().__init__()
        self._item = item
        self._all = _allowed(item)
        self._entry = entry
        self.chips: list[QToolButton] = []
        self._flow = Flow()
        self.setLayout(self._flow)
        self.adding: QWidget | None = self._make_adding()
        self.show_entry(entry)

    def _make_adding(self) -> QWidget | None:
        item = self._item
        if item is not None and item.type in ("int", "float", "pair", "numbers"):
            field = NumberField(lambda text: text, step=0)
            field.setPlaceholderText("Add a value")
            field.setFixedWidth(12 * SPACE)
            field.setAccessibleName(f"Another value of {item.label.lower()}")
            field.setToolTip("A value, or several with commas between them; Enter adds.")
            field.entered.connect(lambda text: self._add_typed(field, str(text)))
            return field
        if len(self._all) > _FEW:
            combo = QComboBox()
            combo.setAccessibleName("Another choice")
            combo.activated.connect(lambda _index: self._add(combo.currentData()))
            return combo
        return None

    def show_entry(self, entry: Searched) -> None:
        """Shows choices without emitting; a chip that has the keyboard keeps it."""
        self._entry = entry
        focus = next((at for at, chip in enumerate(self.chips) if chip.hasFocus()), -1)
        if self.adding is not None:
            self._flow.removeWidget(self.adding)
        clear(self._flow)
        self.chips = [self._chip(value) for value in self._offered()]
        for chip in self.chips:
            self._flow.addWidget(chip)
        if self.adding is not None:
            self._flow.addWidget(self.adding)
            self.adding.show()
        if isinstance(self.adding, QComboBox):
            self._fill(self.adding)
        if self.chips:
            self.setFocusProxy(self.chips[0])
        if focus >= 0 and self.chips:
            self.chips[min(focus, len(self.chips) - 1)].setFocus()
        self.updateGeometry()

    def _offered(self) -> list[object]:
        shown = list(self._all) if len(self._all) <= _FEW else []
        return shown + [value for value in self._entry.choices if not _among(value, shown)]

    def _fill(self, combo: QComboBox) -> None:
        combo.clear()
        combo.addItem(_ADD, _ADD)
        for value in self._all:
            if not _among(value, self._entry.choices):
                combo.addItem(choice_words(value, self._item), value)

    def _chip(self, value: object) -> QToolButton:
        on = _among(value, self._entry.choices)
        chip = QToolButton()
        chip.setProperty("look", "toggle")
        chip.setText(choice_words(value, self._item))
        chip.setCheckable(True)
        chip.setChecked(on)
        chip.setToolButtonStyle(chip.toolButtonStyle().ToolButtonTextBesideIcon)
        set_icon(chip, "check" if on else "plus", "link" if on else "muted", 14)
        chip.setToolTip("May be chosen; click to leave it out" if on else "Click to allow it")
        chip.clicked.connect(lambda _on=False: self._toggle(value))
        return chip

    def _toggle(self, value: object) -> None:
        kept = [one for one in self._entry.choices if not _same(one, value)]
        if len(kept) == len(self._entry.choices):
            kept = [one for one in self._offered() if _among(one, [*kept, value])]
        self._emit(kept)

    def _add(self, value: object) -> None:
        if value != _ADD:
            self._emit([*self._entry.choices, value])

    def _add_typed(self, field: NumberField, text: str) -> None:
        assert self._item is not None
        field.set_value(None)
        if not text.strip():
            return
        try:
            read = read_range(self._entry.address, self._item, text)
        except FoveaError as error:
            self.refused.emit(f"{error.what} {error.fix}")
            return
        fresh = [one for one in read.choices if not _among(one, self._entry.choices)]
        numbers = [*self._entry.choices, *fresh]
        plain = all(isinstance(one, (int, float)) for one in numbers)
        self._emit(sorted(numbers) if plain else numbers)  # type: ignore[type-var]

    def _emit(self, choices: Sequence[object]) -> None:
        self._entry = replace(self._entry, choices=tuple(choices))
        self.changed.emit(self._entry)


def _allowed(item: Param | None) -> tuple[object, ...]:
    """Every value that a setting can have, where they can be counted."""
    if item is None:
        return ()
    if item.type == "bool":
        return (False, True)
    empty = (None,) if item.optional else ()
    if item.type == "choice":
        return (*empty, *item.choices)
    if isinstance(item.family, Registry):
        return (*empty, *(kind.kind for kind in item.family))
    return ()


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _among(value: object, values: Sequence[object]) -> bool:
    return any(_same(value, one) for one in values)
