"""One number that matters, with its name."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from gui.theme.tokens import SPACE
from gui.widgets.layout import column, row
from gui.widgets.text import ElidedLabel, label

__all__ = ["Figure"]


class Figure(QFrame):
    """A caption, a large value and a remark beside it; a dash until there is a value."""

    def __init__(self, caption: str, help: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self._caption = caption
        self._value = label("–", "figure", select=True)
        self._remark = ElidedLabel("", "caption")
        self.setToolTip(help)
        values = row(self._value, self._remark, gap=SPACE)
        values.setStretch(1, 1)
        self.setLayout(column(ElidedLabel(caption, "caption"), values, gap=2, margin=SPACE + 2))
        self.show_value("–")

    @property
    def value(self) -> str:
        """The value as shown."""
        return self._value.text()

    def show_value(self, value: str, remark: str = "") -> None:
        """Changes the number and the words beside it."""
        self._value.setText(value)
        self._remark.setText(remark)
        self.setAccessibleName(f"{self._caption}: {value} {remark}".strip())
