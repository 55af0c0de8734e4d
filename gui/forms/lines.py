"""The lines of a form: a parameter's name, its field, and what there is to say below it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from engine.spec import Param, Spec
from gui.forms.fields import Field
from gui.forms.mark import TunedMark
from gui.forms.nested import KindChooser
from gui.forms.search import found
from gui.theme.tokens import SPACE
from gui.widgets.buttons import IconButton
from gui.widgets.layout import STRETCH, row
from gui.widgets.number import format_number
from gui.widgets.text import label

__all__ = ["Line", "Lines", "default_text"]

_LABELS = 11 * SPACE  # so that the fields of small forms below each other are in line
_MARK = 20  # side of the button that resets


class Line:
    """One parameter: ``name``, ``field`` and ``trouble``, and a widget of the page's ``below``.

    With ``marked`` a button beside the name shows that the value is not the default, and resets it.
    ``tuned`` beside the field shows that the tuner chooses the value.
    """

    def __init__(self, item: Param, field: Field | KindChooser, *, marked: bool) -> None:
        self.item = item
        self.field = field
        self.name = label(item.label)
        self.name.setBuddy(field)
        self.name.setToolTip(_tip(item))
        self.trouble = label("", "error", wrap=True)
        self.trouble.hide()
        self.below: QWidget | None = None
        self.tuned: TunedMark | None = None
        self.mark: IconButton | None = None
        self.head: QWidget = self.name
        if marked:
            self._add_mark()
        if isinstance(field, Field):
            field.name_controls(item.label, item.help)
            field.setToolTip(_tip(item))

    def _add_mark(self) -> None:
        default = default_text(self.item)
        words = f"{self.item.label} is changed: reset to default ({default})"
        self.mark = IconButton("rotate-ccw", words, side=14, colour="link")
        self.mark.setFixedSize(_MARK, _MARK)
        policy = self.mark.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.mark.setSizePolicy(policy)
        self.mark.hide()
        self.head = QWidget()
        self.head.setLayout(row(self.name, self.mark, STRETCH, gap=SPACE // 2))
        self.head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_value(self, value: Any) -> None:
        """Shows a value in the field."""
        self.field.show_value(value)

    def is_changed(self, value: object) -> bool:
        """Whether a value is not the default."""
        return value != self.item.default

    def show_change(self, value: object) -> None:
        """Shows or hides the mark; the fields inside a chooser have marks of their own."""
        if self.mark is None:
            return
        changed = self.is_changed(value)
        if isinstance(self.field, KindChooser):
            changed = type(value) is not type(self.item.default)
        self.mark.setVisible(changed and not self.name.isHidden())
        self.mark.setEnabled(changed)

    def show_trouble(self, sentence: str) -> None:
        """Writes a sentence below the field; an empty one takes it away."""
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence) and not self.field.isHidden())
        self.field.setAccessibleDescription(sentence or self.item.help)

    def filter(self, words: Sequence[str]) -> bool:
        """Shows the line if all words are found in it, or inside the chosen kind; says whether."""
        own = found(words, self.item.label, self.item.help, self.item.name, self.item.section)
        shown = own
        if isinstance(self.field, KindChooser):
            self.field.sought = "" if own else " ".join(words)
            if self.field.form is not None:
                shown = bool(self.field.form.filter(self.field.sought)) or own
        self.head.setVisible(shown)
        self.field.setVisible(shown)
        self.trouble.setVisible(shown and bool(self.trouble.text()))
        if self.below is not None:
            self.below.setVisible(shown)
        if self.tuned is not None:
            self.tuned.set_wanted(shown)
        return shown


class Lines(QWidget):
    """Lines below each other, the names beside their fields or, ``stacked``, above them."""

    def __init__(self, lines: Sequence[Line], *, stacked: bool) -> None:
        super().__init__()
        self.lines = tuple(lines)
        self._stacked = stacked
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setColumnStretch(1, 1)
        self.arrange(stacked=stacked)

    def arrange(self, *, stacked: bool) -> None:
        """Puts everything in its place."""
        self._stacked = stacked
        self._grid.setVerticalSpacing(SPACE // 2 if stacked else SPACE)
        self._grid.setColumnMinimumWidth(0, 0 if stacked else _LABELS)
        for number, line in enumerate(self.lines):
            for widget in (line.head, line.field, line.trouble, line.below, line.tuned):
                if widget is not None:
                    self._grid.removeWidget(widget)
            self._place(line, 4 * number)

    def put_below(self, line: Line, widget: QWidget) -> None:
        """Puts a widget of the page below a field."""
        line.below = widget
        self.arrange(stacked=self._stacked)

    def put_mark(self, line: Line) -> None:
        """Makes the mark of a line that the tuner chooses, after the field in the order of Tab."""
        line.tuned = TunedMark(self)
        line.tuned.set_wanted(not line.head.isHidden())
        self.arrange(stacked=self._stacked)
        stops = [
            one
            for one in (line.field, *line.field.findChildren(QWidget))
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus
            and one.focusProxy() is None
            and one.window() is line.tuned.window()  # not the list that a choice opens
        ]
        if stops:
            QWidget.setTabOrder(stops[-1], line.tuned)

    def filter(self, words: Sequence[str]) -> int:
        """Shows the lines in which all words are found; says how many."""
        return sum([line.filter(words) for line in self.lines])

    def _place(self, line: Line, at: int) -> None:
        grid, stacked = self._grid, self._stacked
        if stacked and line.item.type != "bool":
            grid.addWidget(line.head, at, 0, 1, 2)
            grid.addWidget(line.field, at + 1, 0, 1, 2)
            field_row = at + 1
        else:
            field_row = at
            align = Qt.AlignmentFlag.AlignTop if line.item.type == "spec" else None
            name_align = Qt.AlignmentFlag.AlignVCenter if align is None else align
            line.head.setMinimumHeight(28 if align is not None else 0)
            grid.addWidget(line.head, at, 0, name_align)
            grid.addWidget(line.field, at, 1)
        if line.tuned is not None:
            top = line.item.type == "spec"
            side = Qt.AlignmentFlag.AlignTop if top else Qt.AlignmentFlag.AlignVCenter
            if field_row == at:
                grid.addWidget(line.tuned, at, 2, side)
            else:  # in the row of the name, or the field would be narrower than the others
                side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                grid.addWidget(line.tuned, at, 0, 1, 2, side)
                line.tuned.raise_()
        first, width = (0, 2) if stacked else (1, 1)
        grid.addWidget(line.trouble, at + 2, first, 1, width)
        if line.below is not None:
            grid.addWidget(line.below, at + 3, first, 1, width)


def default_text(item: Param) -> str:
    """A parameter's default in words."""
    if isinstance(item.default, Spec):
        return item.default.title or item.default.kind
    if isinstance(item.default, tuple):
        return " to ".join(format_number(part) for part in item.default)
    if isinstance(item.default, bool):
        return "on" if item.default else "off"
    return format_number(item.default) or "not set"


def _tip(item: Param) -> str:
    parts = [item.help]
    if item.type in ("int", "float", "pair"):
        allowed = item.allowed()
        parts.append(f"{allowed[:1].upper()}{allowed[1:]}; default {default_text(item)}.")
    return "\n".join("\n".join(textwrap.wrap(part, 68)) for part in parts if part)
