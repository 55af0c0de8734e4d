"""The range of a number: its two ends, and the values between them that may come."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QToolButton, QWidget

from engine.errors import FoveaError
from engine.parameter import Param
from engine.search import Searched
from engine.spec import read_number
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, NumberField, label, row

__all__ = ["RangeFields"]

_WIDTH = 8 * SPACE


class RangeFields(QWidget):
    """Lowest and highest value, equal factors instead of equal steps, and else a step.

    Emits ``changed(entry)`` also for ranges that cannot be searched, which the row explains, and
    ``refused(sentence)`` for what is no number.
    """

    changed = Signal(object)
    refused = Signal(str)

    def __init__(self, entry: Searched, item: Param | None) -> None:
        super().__init__()
        self._entry = entry
        self._whole = item is not None and item.type == "int"
        name = item.label if item is not None else entry.address
        self.low = self._field("low", f"Lowest {name.lower()}")
        self.high = self._field("high", f"Highest {name.lower()}")
        self.step = self._field("step", f"Step of {name.lower()}")
        self.step.setPlaceholderText("any step")
        self.step.setToolTip(
            f"Only values so far apart from the lowest; empty: any {name.lower()}."
        )
        self.log = QToolButton()
        self.log.setProperty("look", "toggle")
        self.log.setText("Log")
        self.log.setCheckable(True)
        self.log.setAccessibleName(f"Logarithmic scale of {name.lower()}")
        self.log.setToolTip("Equal factors are equally likely, rather than equal steps.")
        self.log.clicked.connect(lambda on: self._change("log", bool(on)))
        ends = (self.low, label("to", "muted"), self.high)
        self.setLayout(row(*ends, self.log, self.step, STRETCH, gap=6))
        self.setFocusProxy(self.low)
        self.show_entry(entry)

    def _field(self, part: str, name: str) -> NumberField:
        made = NumberField(self._parse, step=1.0 if self._whole else 0.01)
        made.setFixedWidth(_WIDTH)
        made.setPlaceholderText("")
        made.setAccessibleName(name)
        made.setToolTip(name)
        made.entered.connect(lambda value: self._change(part, value))
        made.refused.connect(lambda error: self.refused.emit(error.what))
        return made

    def show_entry(self, entry: Searched) -> None:
        """Shows a range without emitting."""
        self._entry = entry
        self.low.set_value(entry.low)
        self.high.set_value(entry.high)
        self.step.set_value(entry.step)
        self.log.setChecked(entry.log)
        self.step.setVisible(not entry.log or entry.step is not None)

    def _parse(self, text: str) -> float | None:
        if not text.strip():
            return None
        try:
            number = read_number(text)
        except ValueError:
            what = f"“{text[:40]}” is not a number."
            raise FoveaError("FV-H006", what, fix="Enter a number such as 0.01.") from None
        return int(number) if self._whole and number.is_integer() else number

    def _change(self, part: str, value: object) -> None:
        changes = {part: value}
        self._entry = replace(self._entry, **changes)
        self.changed.emit(self._entry)
