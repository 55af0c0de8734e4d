"""Entering numbers: a field that understands what people type, and a slider with such a field."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QSlider, QWidget

from engine.errors import FoveaError
from gui.theme import theme
from gui.theme.tokens import SPACE
from gui.widgets.text import restyle

__all__ = ["NumberField", "NumberRange", "NumberSlider", "format_number"]

Parse = Callable[[str], object]
_FRAME_MS = 16


def format_number(value: object) -> str:
    """The shortest text that reads back as exactly ``value``; empty for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return str(value)


@dataclass(frozen=True)
class NumberRange:
    """What a slider runs over: ``low`` to ``high``, in even steps or (``log``) even ratios.

    Whole numbers in even ratios, such as channels, keep to eight between powers of two.
    """

    low: float
    high: float
    whole: bool = False
    log: bool = False
    step: float | None = None

    @property
    def ticks(self) -> int:
        """How many steps the slider has."""
        if self.whole and not self.log and self.high - self.low <= 1000:
            return max(1, round(self.high - self.low))
        if self.step and not self.log:
            return max(1, min(2000, round((self.high - self.low) / self.step)))
        return 400

    def at(self, tick: int) -> float:
        """The value at a tick, rounded to what a person would write."""
        if tick <= 0 or tick >= self.ticks:
            end = self.low if tick <= 0 else self.high
            return round(end) if self.whole else end
        part = tick / self.ticks
        if self.log:
            value = self.low * (self.high / self.low) ** part
            if self.whole and self.low < value < self.high:
                return min(max(_even(value), round(self.low)), round(self.high))
            digits = 1 - math.floor(math.log10(value))
        else:
            value = self.low + (self.high - self.low) * part
            digits = 2 - math.floor(math.log10((self.high - self.low) or 1.0))
        rounded = min(max(round(value, digits), self.low), self.high)
        return round(rounded) if self.whole else rounded

    def tick(self, value: float) -> int:
        """The tick nearest to a value."""
        value = min(max(value, self.low), self.high)
        if self.log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return round(part * self.ticks)


def _even(value: float) -> int:
    """The nearest of eight numbers to each power of two, so that 64 can be met with the mouse."""
    step = max(1, 2 ** (math.floor(math.log2(max(value, 1.0))) - 3))
    return round(value / step) * step


class NumberField(QLineEdit):
    """A number (or "not set") as text, with its unit; checked when it is left or Enter is pressed.

    Emits ``entered(value)`` for a new value that ``parse`` accepts, and ``refused(error)`` for text
    that it does not; the text stays, so that it can be mended. Up and Down change by ``step``
    (Page Up and Down by ten); with ``log`` they multiply.
    """

    entered = Signal(object)
    refused = Signal(object)

    def __init__(
        self,
        parse: Parse,
        *,
        unit: str = "",
        step: float = 1.0,
        log: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._parse = parse
        self._unit = unit
        self._step = step
        self._log = log
        self._value: object = None
        self.setPlaceholderText("None")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.editingFinished.connect(self._commit)
        self.setTextMargins(0, 0, self._unit_width(), 0)

    @property
    def value(self) -> object:
        """The last good value."""
        return self._value

    def set_value(self, value: object) -> None:
        """Shows a value without emitting."""
        self._value = value
        self.setText(format_number(value))
        self.setCursorPosition(0)
        self.set_wrong(False)

    def set_wrong(self, wrong: bool) -> None:
        """Marks what stands there as not accepted."""
        restyle(self, "wrong", "true" if wrong else "false")

    def _commit(self) -> None:
        if self.text() == format_number(self._value):
            self.set_wrong(False)
            return
        try:
            value = self._parse(self.text())
        except FoveaError as error:
            self.set_wrong(True)
            self.refused.emit(error)
            return
        self._take(value)

    def _take(self, value: object) -> None:
        before = self._value
        self.set_value(value)
        if value != before:
            self.entered.emit(value)

    def event(self, event: QEvent) -> bool:
        """Leaves undo and redo to the project, unless something is typed that they could mean."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = QKeySequence.StandardKey
            typed = self.text() != format_number(self._value)
            if not typed and (event.matches(keys.Undo) or event.matches(keys.Redo)):
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down step; Escape takes back what was typed. With Alt, keys are the parent's."""
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            event.ignore()
            return
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }
        count = steps.get(Qt.Key(event.key()), 0)
        if count and isinstance(self._value, (int, float)):
            self._nudge(count, float(self._value))
        elif event.key() == Qt.Key.Key_Escape and self.text() != format_number(self._value):
            self.set_value(self._value)
        else:
            super().keyPressEvent(event)

    def _nudge(self, count: int, value: float) -> None:
        moved = value * 1.1**count if self._log else value + count * self._step
        if self._log:
            moved = float(f"{moved:.3g}")
        text = format_number(round(moved) if isinstance(self._value, int) else round(moved, 10))
        try:
            self._take(self._parse(text))
        except FoveaError as error:
            self.refused.emit(error)

    def _unit_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._unit) + 6 if self._unit else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, and the unit behind it."""
        super().paintEvent(event)
        if self._unit:
            painter = QPainter(self)
            painter.setPen(theme().colour("muted"))
            width = self._unit_width()
            area = QRect(self.width() - width - SPACE + 2, 0, width, self.height())
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), self._unit)

    def sizeHint(self) -> QSize:
        """Room for a number such as 0.000123 and its unit."""
        letters = self.fontMetrics().horizontalAdvance("0.00012") + 3 * SPACE
        width = max(letters + self._unit_width(), 12 * SPACE)
        return QSize(width, super().sizeHint().height())


class NumberSlider(QWidget):
    """A slider and a :class:`NumberField` that show the same value; emits ``entered(value)``.

    The slider emits while it is dragged, as often as a screen can show it: a mouse reports its
    moves more often. Values outside its range can be typed.
    """

    entered = Signal(object)

    def __init__(
        self, scale: NumberRange, field: NumberField, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._scale = scale
        self.field = field
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, scale.ticks)
        self.slider.setPageStep(max(1, scale.ticks // 10))
        self.slider.setMinimumWidth(6 * SPACE)
        self.slider.installEventFilter(self)
        self.slider.valueChanged.connect(self._on_slide)
        self.slider.sliderReleased.connect(self._tell)
        self._pause = QTimer(self, interval=_FRAME_MS, singleShot=True)
        self._pause.timeout.connect(self._tell)
        self._told: object = None
        field.entered.connect(self._on_typed)
        field.setFixedWidth(field.sizeHint().width())
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE)
        box.addWidget(self.slider, 1)
        box.addWidget(field)
        self.setFocusProxy(field)

    def set_value(self, value: object) -> None:
        """Shows a value without emitting; None leaves the slider at its start."""
        if self.slider.isSliderDown() and self._pause.isActive():
            return  # the hand is further already
        self._told = value
        self.field.set_value(value)
        self._place(value)

    def _place(self, value: object) -> None:
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(self._scale.tick(value) if isinstance(value, (int, float)) else 0)
        self.slider.blockSignals(blocked)

    def _on_slide(self, tick: int) -> None:
        value = self._scale.at(tick)
        value = value if self._scale.whole else float(value)
        if value == self.field.value:
            return
        self.field.set_value(value)
        if not self.slider.isSliderDown() or not self._pause.isActive():
            self._tell()

    def _tell(self) -> None:
        """Emits the value that the slider shows, if it is news; then rests for a frame."""
        value = self.field.value
        if value != self._told:
            self._told = value
            self.entered.emit(value)
            if self.slider.isSliderDown():
                self._pause.start()

    def _on_typed(self, value: object) -> None:
        self._told = value
        self._place(value)
        self.entered.emit(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel scrolls the form, it does not change a slider that happens to be there."""
        if watched is self.slider and isinstance(event, QWheelEvent):
            event.ignore()
            return True
        return False
