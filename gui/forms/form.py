"""The form of a Spec: every parameter as a field, checked in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QVBoxLayout, QWidget

from engine.errors import FoveaError
from engine.spec import Param, Spec
from gui.forms.fields import Field, make_field
from gui.forms.nested import KindChooser
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.widgets.buttons import button
from gui.widgets.number import format_number
from gui.widgets.text import label

__all__ = ["SpecForm"]

_NARROW = 36 * SPACE
_LEAST = 26 * SPACE
_LABELS = 11 * SPACE  # so that the fields of small forms below each other are in line


@dataclass(frozen=True)
class _Row:
    item: Param
    name: QLabel
    field: Field | KindChooser
    trouble: QLabel


class SpecForm(QWidget):
    """Edits one :class:`~engine.spec.Spec`; built from its declaration alone.

    Show a value with :meth:`set_value`. Every accepted change emits ``edited(spec, name)`` with the
    whole new spec; ``name`` is the parameter's name, dotted inside nested ones (``optimizer.lr``;
    just ``optimizer`` when another kind was chosen), good as the merge key of an undo step. What
    is refused is explained in a sentence at its field, and the spec stays as it was.

    Labels stand beside their fields, in narrow panels above them; ``stacked`` decides it for good.
    ``menu_opening(menu, name)`` lets a page add to a field's context menu. ``hide`` names
    parameters that the page shows elsewhere. Parameters declared ``advanced`` are
    folded away at first.
    """

    edited = Signal(object, str)
    menu_opening = Signal(object, str)

    def __init__(
        self,
        spec_class: type[Spec],
        *,
        stacked: bool | None = None,
        hide: tuple[str, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._class = spec_class
        self._fixed = stacked
        self._stacked = bool(stacked)
        self._grids: list[tuple[QGridLayout, list[_Row]]] = []
        self._value: Spec | None = None
        self._rows: dict[str, _Row] = {}
        items = [item for item in spec_class.params() if not item.hidden and item.name not in hide]
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE)
        box.addLayout(self._grid([item for item in items if not item.advanced]))
        advanced = [item for item in items if item.advanced]
        self._what = f"{spec_class.title} settings" if spec_class.kind else "settings"
        self.more = button(f"More {self._what}", self._toggle, look="link")
        set_icon(self.more, "chevron-right", "link", 14, gap=4)
        self._folded = QWidget()
        self._folded.setLayout(self._grid(advanced))
        box.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self._folded)
        self._folded.hide()
        self.more.setHidden(not advanced)
        box.addStretch(1)

    def _grid(self, items: list[Param]) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setColumnStretch(1, 1)
        self._grids.append((grid, [self._make(item) for item in items]))
        self._arrange(*self._grids[-1])
        return grid

    def _make(self, item: Param) -> _Row:
        name = label(item.label)
        name.setToolTip(_tip(item))
        trouble = label("", "error", wrap=True)
        trouble.hide()
        if item.type == "spec":
            field: Field | KindChooser = KindChooser(item, self._fixed)
            field.edited.connect(lambda spec, inner: self._on_nested(item, spec, inner))
        else:
            field = make_field(item, lambda text: self._parse(item, text))
            field.entered.connect(lambda value: self._on_entered(item, value))
            field.refused.connect(lambda error: self._refuse(item.name, error))
            field.name_controls(item.label, item.help)
            field.setToolTip(_tip(item))
        name.setBuddy(field)
        for widget in (name, field):
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            widget.customContextMenuRequested.connect(
                lambda at, widget=widget: self._menu(item, widget, at)
            )
        self._rows[item.name] = _Row(item, name, field, trouble)
        return self._rows[item.name]

    def _arrange(self, grid: QGridLayout, lines: list[_Row]) -> None:
        grid.setVerticalSpacing(SPACE // 2 if self._stacked else SPACE)
        grid.setColumnMinimumWidth(0, 0 if self._stacked else _LABELS)
        for number, line in enumerate(lines):
            for widget in (line.name, line.field, line.trouble):
                grid.removeWidget(widget)
            self._place(grid, line, 3 * number)

    def _place(self, grid: QGridLayout, line: _Row, at: int) -> None:
        if self._stacked and line.item.type != "bool":
            grid.addWidget(line.name, at, 0, 1, 2)
            grid.addWidget(line.field, at + 1, 0, 1, 2)
        else:
            align = Qt.AlignmentFlag.AlignTop if line.item.type == "spec" else None
            name_align = Qt.AlignmentFlag.AlignVCenter if align is None else align
            line.name.setMinimumHeight(28 if align is not None else 0)
            grid.addWidget(line.name, at, 0, name_align)
            grid.addWidget(line.field, at, 1)
        grid.addWidget(
            line.trouble, at + 2, 0 if self._stacked else 1, 1, 2 if self._stacked else 1
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Moves the labels above the fields where there is little room, and back."""
        super().resizeEvent(event)
        stacked = event.size().width() < _NARROW if self._fixed is None else self._fixed
        if stacked != self._stacked:
            self._stacked = stacked
            for grid, lines in self._grids:
                self._arrange(grid, lines)

    def minimumSizeHint(self) -> QSize:
        """As wide as the narrow form needs."""
        hint = super().minimumSizeHint()
        return hint if self._fixed is False else QSize(min(hint.width(), _LEAST), hint.height())

    @property
    def value(self) -> Spec | None:
        """The spec as it is shown, None before the first :meth:`set_value`."""
        return self._value

    def field(self, name: str) -> Field | KindChooser:
        """The field of a parameter."""
        return self._rows[name].field

    def first_field(self) -> QWidget | None:
        """The first field, or the button that unfolds them; None where there is nothing to set."""
        shown = (row.field for row in self._rows.values() if row.field.isVisible())
        return next(shown, self.more if self.more.isVisible() else None)

    def set_value(self, spec: Spec) -> None:
        """Shows ``spec``, which must be of the form's class, without emitting."""
        before, self._value = self._value, spec
        if before is spec:
            return
        for name, line in self._rows.items():
            value = getattr(spec, name)
            line.field.show_value(value)
            self.show_trouble(name, "")

    def show_trouble(self, name: str, sentence: str) -> None:
        """Writes a sentence at the field ``name``; an empty one takes it away."""
        line = self._rows.get(name)
        if line is not None:
            line.trouble.setText(sentence)
            line.trouble.setVisible(bool(sentence))
            line.field.setAccessibleDescription(sentence or line.item.help)

    def trouble(self, name: str) -> str:
        """The sentence at a field."""
        return self._rows[name].trouble.text()

    def _parse(self, item: Param, text: str) -> Any:
        value = self._class.parse(item.name, text)
        if self._value is not None:
            self._value.with_(**{item.name: value})
        return value

    def _on_entered(self, item: Param, value: Any) -> None:
        if self._value is None:
            return
        try:
            changed = self._value.with_(**{item.name: value})
        except FoveaError as error:
            self._refuse(item.name, error)
            return
        self._accept(changed, item.name)

    def _on_nested(self, item: Param, spec: Spec, inner: str) -> None:
        if self._value is not None:
            changed = self._value.with_(**{item.name: spec})
            self._accept(changed, f"{item.name}.{inner}" if inner else item.name)

    def _accept(self, changed: Spec, name: str) -> None:
        for other in self._rows:
            self.show_trouble(other, "")
        if changed != self._value:
            self._value = changed
            self.edited.emit(changed, name)

    def _refuse(self, name: str, error: FoveaError) -> None:
        sentence = " ".join(part for part in (error.what, error.why) if part)
        self.show_trouble(name, sentence)

    def _menu(self, item: Param, widget: QWidget, at: QPoint) -> None:
        menu = QMenu(self)
        reset = menu.addAction(f"Reset to default ({_default_text(item)})")
        reset.setEnabled(
            self._value is not None and getattr(self._value, item.name) != item.default
        )
        reset.triggered.connect(lambda: self.reset(item.name))
        self.menu_opening.emit(menu, item.name)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(widget.mapToGlobal(at))

    def reset(self, name: str) -> None:
        """Gives one parameter its default, as an edit."""
        line = self._rows[name]
        if self._value is None or getattr(self._value, name) == line.item.default:
            return
        line.field.show_value(line.item.default)
        self._on_entered(line.item, line.item.default)

    def _toggle(self) -> None:
        opened = self._folded.isHidden()
        self._folded.setVisible(opened)
        self.more.setText(f"{'Fewer' if opened else 'More'} {self._what}")
        set_icon(self.more, "chevron-down" if opened else "chevron-right", "link", 14, gap=4)


def _tip(item: Param) -> str:
    parts = [item.help]
    if item.type in ("int", "float", "pair"):
        allowed = item.allowed()
        parts.append(f"{allowed[:1].upper()}{allowed[1:]}; default {_default_text(item)}.")
    return "\n".join(_wrapped(part) for part in parts if part)


def _wrapped(text: str, width: int = 68) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))


def _default_text(item: Param) -> str:
    if isinstance(item.default, Spec):
        return item.default.title or item.default.kind
    if isinstance(item.default, tuple):
        return " to ".join(format_number(part) for part in item.default)
    if isinstance(item.default, bool):
        return "on" if item.default else "off"
    return format_number(item.default) or "not set"
