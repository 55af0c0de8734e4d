"""One widget per type of parameter, all with the same three things to the outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from engine.errors import FoveaError
from engine.spec import Param, read_number
from gui.theme.tokens import SPACE
from gui.widgets.choice import Segmented, Switch
from gui.widgets.layout import STRETCH, row
from gui.widgets.number import NumberField, NumberRange, NumberSlider, format_number
from gui.widgets.text import label

__all__ = ["Field", "make_field", "words"]

_SPELLED = {
    "auc": "AUC",
    "bf16": "bf16",
    "csv": "CSV",
    "fp32": "fp32",
    "gp": "Gaussian process",
    "idx": "IDX",
    "macs": "Multiply-adds",
    "npz": "NPZ",
    "nsga2": "NSGA-II",
    "qmc": "QMC",
    "tpe": "TPE",
}


def words(value: object) -> str:
    """A choice's value as a person reads it: ``"one_cycle"`` is "One cycle"; None is "Not set"."""
    if value is None:
        return "Not set"
    text = str(value)
    spaced = text.replace("_", " ")
    return _SPELLED.get(text, spaced[:1].upper() + spaced[1:])


class Field(QWidget):
    """Base: shows a value with ``show_value``; emits ``entered(value)`` or ``refused(error)``."""

    entered = Signal(object)
    refused = Signal(object)

    def __init__(self, control: QWidget, *, stretch: bool = True) -> None:
        super().__init__()
        self.control = control
        self.setLayout(row(control) if stretch else row(control, STRETCH))
        self.setFocusProxy(control)

    def show_value(self, value: Any) -> None:
        """Shows ``value`` without emitting."""
        raise NotImplementedError

    def name_controls(self, name: str, description: str) -> None:
        """Says to screen readers what the controls set."""
        for widget in (self.control, *self.control.findChildren(QWidget)):
            if not widget.accessibleName():
                widget.setAccessibleName(name)
            widget.setAccessibleDescription(description)


class _BoolField(Field):
    def __init__(self, item: Param, parse: Callable[[str], Any]) -> None:
        self._switch = Switch(item.label)
        super().__init__(self._switch, stretch=False)
        self._switch.clicked.connect(lambda on: self.entered.emit(bool(on)))

    def show_value(self, value: Any) -> None:
        self._switch.setChecked(bool(value))


class _SegmentField(Field):
    def __init__(self, item: Param, parse: Callable[[str], Any]) -> None:
        self._values = {str(value): value for value in item.choices}
        options = [(key, words(value)) for key, value in self._values.items()]
        self._segments = Segmented(options, name=item.label)
        super().__init__(self._segments, stretch=False)
        self._segments.chosen.connect(lambda key: self.entered.emit(self._values[key]))

    def show_value(self, value: Any) -> None:
        self._segments.set_current(str(value))


class QuietCombo(QComboBox):
    """A combo box that the wheel does not change in passing."""

    def __init__(self) -> None:
        super().__init__()
        self.installEventFilter(self)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaves the wheel to whatever scrolls."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return False


class _ComboField(Field):
    def __init__(self, item: Param, parse: Callable[[str], Any]) -> None:
        self._values = [*([None] if item.optional else []), *item.choices]
        self._combo = QuietCombo()
        self._combo.addItems([words(value) for value in self._values])
        super().__init__(self._combo)
        self._combo.activated.connect(lambda index: self.entered.emit(self._values[index]))

    def show_value(self, value: Any) -> None:
        self._combo.setCurrentIndex(self._values.index(value) if value in self._values else -1)


class _NumberEntry(Field):
    def __init__(self, item: Param, parse: Callable[[str], Any]) -> None:
        self._field = _number(item, parse)
        scale = _scale(item)
        self._slider = NumberSlider(scale, self._field) if scale is not None else None
        self._field.setMaximumWidth(16 * SPACE)
        super().__init__(self._slider or self._field, stretch=self._slider is not None)
        (self._slider or self._field).entered.connect(self.entered)
        self._field.refused.connect(self.refused)

    def show_value(self, value: Any) -> None:
        (self._slider or self._field).set_value(value)


class _PairField(Field):
    def __init__(self, item: Param, parse: Callable[[str], Any]) -> None:
        self._value: tuple[float, float] = (0.0, 0.0)
        self._ends = (_number(item, _parse_float), _number(item, _parse_float))
        holder = QWidget()
        holder.setLayout(row(self._ends[0], label("to", "muted"), self._ends[1]))
        for end in self._ends:
            end.setFixedWidth(end.sizeHint().width())
        super().__init__(holder, stretch=False)
        self.setFocusProxy(self._ends[0])
        for place, end in enumerate(self._ends):
            end.entered.connect(lambda value, place=place: self._on_end(place, value))
            end.refused.connect(self.refused)

    def _on_end(self, place: int, value: float) -> None:
        pair = (value, self._value[1]) if place == 0 else (self._value[0], value)
        self.entered.emit(pair)

    def show_value(self, value: Any) -> None:
        self._value = tuple(value) if value is not None else (0.0, 0.0)
        for end, part in zip(self._ends, self._value, strict=True):
            end.set_value(part)


class _TextField(Field):
    def __init__(self, item: Param, parse: Callable[[str], Any]) -> None:
        self._line = QLineEdit()
        self._parse = parse
        self._shown = ""
        super().__init__(self._line)
        self._line.editingFinished.connect(self._commit)

    def _commit(self) -> None:
        if self._line.text() == self._shown:
            return
        try:
            value = self._parse(self._line.text())
        except FoveaError as error:
            self.refused.emit(error)
            return
        self.show_value(value)
        self.entered.emit(value)

    def show_value(self, value: Any) -> None:
        parts = value if isinstance(value, tuple) else (str(value or ""),)
        self._shown = ", ".join(p if isinstance(p, str) else format_number(p) for p in parts)
        self._line.setText(self._shown)


def _number(item: Param, parse: Callable[[str], Any]) -> NumberField:
    low, high = item.minimum, item.maximum
    step = item.step or (1.0 if item.type == "int" else 0.01)
    if item.step is None and item.type != "int" and low is not None and high is not None:
        step = (high - low) / 100
    return NumberField(parse, unit=item.unit, step=step, log=item.scale == "log")


def _parse_float(text: str) -> float:
    try:
        return read_number(text)
    except ValueError:
        raise FoveaError(
            "FV-H001", f"“{text[:40]}” is not a number.", fix="Enter a number such as 0.5."
        ) from None


def _scale(item: Param) -> NumberRange | None:
    """The slider's range: what the tuner would search where it is much narrower than the bounds.

    None (no slider) for an optional number, and where neither bounds nor search close the range.
    """
    log = item.scale == "log"
    low, high = item.minimum, item.maximum
    if item.search:
        first, last = float(min(item.search)), float(max(item.search))
        wide = low is None or high is None or high - low > 10 * (last - first)
        if log or wide:
            near = low is not None and item.type == "int" and first - low <= last - first
            low, high = low if near and not log else first, last
    if item.optional or low is None or high is None or low >= high or (log and low <= 0):
        return None
    return NumberRange(low, high, item.type == "int", log, item.step)


def make_field(item: Param, parse: Callable[[str], Any]) -> Field:
    """The field for a parameter; not for nested specs, which the form itself builds.

    ``parse`` turns what was typed into a value that is allowed, or raises FoveaError.
    """
    if item.type == "choice":
        short = len(item.choices) <= 3 and not item.optional
        short = short and sum(len(words(choice)) for choice in item.choices) <= 18
        return (_SegmentField if short else _ComboField)(item, parse)
    makers = {"bool": _BoolField, "int": _NumberEntry, "float": _NumberEntry, "pair": _PairField}
    return makers.get(item.type, _TextField)(item, parse)
