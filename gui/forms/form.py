"""The form of a Spec: every parameter as a field, checked in place."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QScrollArea, QVBoxLayout, QWidget

from engine.errors import FoveaError
from engine.spec import Param, Spec
from gui.forms.fields import Field, make_field
from gui.forms.lines import Line, Lines, default_text
from gui.forms.mark import can_be_tuned
from gui.forms.nested import KindChooser
from gui.forms.section import Section
from gui.theme import set_icon
from gui.theme.tokens import SPACE
from gui.tuning import Tuning, tuning_around
from gui.widgets.buttons import button
from gui.widgets.text import label

__all__ = ["SpecForm"]

_NARROW = 36 * SPACE
_LEAST = 26 * SPACE
_LONGEST_NAME = 14  # letters of a kind's name: a longer one would be cut in a narrow form


class SpecForm(QWidget):
    """Edits one :class:`~engine.spec.Spec`; built from its declaration alone.

    Show a value with :meth:`set_value`. Every accepted change emits ``edited(spec, name)`` with the
    whole new spec; ``name`` is the parameter's name, dotted inside nested ones (``optimizer.lr``;
    just ``optimizer`` when another kind was chosen), good as the merge key of an undo step. What
    is refused is explained in a sentence at its field, and the spec stays as it was.

    Parameters without a section come first, those declared ``advanced`` folded away; each named
    section is a group of its own, folded at first. With ``marked`` a button at a field shows that
    its value is not the default, and resets it.

    Labels stand beside their fields, in narrow panels above them; ``stacked`` decides it for good.
    ``menu_opening(menu, name)`` lets a page add to a field's context menu. ``hide`` names
    parameters that the page shows elsewhere.

    With :meth:`set_address` the tuner of the page around can be let choose the settings: their
    context menus offer it, and a mark beside a field shows that it does.
    """

    edited = Signal(object, str)
    menu_opening = Signal(object, str)

    def __init__(
        self,
        spec_class: type[Spec],
        *,
        stacked: bool | None = None,
        hide: tuple[str, ...] = (),
        marked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._class = spec_class
        self._fixed = stacked
        self._stacked = bool(stacked)
        self._marked = marked
        self._value: Spec | None = None
        self._address = ""
        self._tuning: Tuning | None = None
        self._rows: dict[str, Line] = {}
        self._groups: list[Lines] = []
        named = bool(spec_class.kind) and len(spec_class.title) <= _LONGEST_NAME
        self._what = f"{spec_class.title} settings" if named else "settings"
        items = [item for item in spec_class.params() if not item.hidden and item.name not in hide]
        self.more = button(f"More {self._what}", self._toggle, look="link")
        set_icon(self.more, "chevron-right", "link", 14, gap=4)
        self.sections: dict[str, Section] = {}
        self._nothing = label("No setting holds these words.", "muted", wrap=True)
        self._lay_out(items)

    def _lay_out(self, items: list[Param]) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE)
        own = [item for item in items if not item.section]
        box.addWidget(self._group([item for item in own if not item.advanced]))
        self._folded = self._group([item for item in own if item.advanced])
        self._folded.hide()
        self._unfolded = False
        box.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.more.setHidden(not self._folded.lines)
        box.addWidget(self._folded)
        for title in dict.fromkeys(item.section for item in items if item.section):
            inside = self._group([item for item in items if item.section == title])
            self.sections[title] = Section(title, inside)
            box.addWidget(self.sections[title])
        box.addWidget(self._nothing)
        self._nothing.hide()
        box.addStretch(1)

    def _group(self, items: list[Param]) -> Lines:
        group = Lines([self._make(item) for item in items], stacked=self._stacked)
        self._groups.append(group)
        return group

    def _make(self, item: Param) -> Line:
        if item.type == "spec":
            field: Field | KindChooser = KindChooser(item, self._fixed, marked=self._marked)
            field.edited.connect(lambda spec, inner: self._on_nested(item, spec, inner))
        else:
            field = make_field(item, lambda text: self._parse(item, text))
            field.entered.connect(lambda value: self._on_entered(item, value))
            field.refused.connect(lambda error: self._refuse(item.name, error))
        line = Line(item, field, marked=self._marked)
        if line.mark is not None:
            line.mark.clicked.connect(lambda _on=False: self._reset_from_mark(line))
        inside = (*field.findChildren(QLineEdit), *field.findChildren(QComboBox))
        for widget in (line.name, field, *inside):
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            widget.customContextMenuRequested.connect(
                lambda at, widget=widget: self._menu(item, widget, at)
            )
        self._rows[item.name] = line
        return line

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Moves the labels above the fields where there is little room, and back."""
        super().resizeEvent(event)
        stacked = event.size().width() < _NARROW if self._fixed is None else self._fixed
        if stacked != self._stacked:
            self._stacked = stacked
            for group in self._groups:
                group.arrange(stacked=stacked)

    def minimumSizeHint(self) -> QSize:
        """As wide as the narrow form needs."""
        hint = super().minimumSizeHint()
        return hint if self._fixed is False else QSize(min(hint.width(), _LEAST), hint.height())

    # What the tuner chooses

    def set_address(self, address: str) -> None:
        """Says where in the project the spec is (``training``, ``model.stem``); empty: nowhere."""
        self._address = address
        for name, line in self._rows.items():
            if isinstance(line.field, KindChooser):
                line.field.set_address(self._address_of(name))
        self._show_tuned()

    def _address_of(self, name: str) -> str:
        return f"{self._address}.{name}" if self._address else ""

    def showEvent(self, event: QShowEvent) -> None:
        """Joins the tuner of the page that it lies in."""
        super().showEvent(event)
        if self._tuning is None and (found := tuning_around(self)) is not None:
            self._tuning = found
            found.changed.connect(self._show_tuned)
            self._show_tuned()

    def _show_tuned(self) -> None:
        tuning = self._tuning
        for name, line in self._rows.items() if tuning is not None else ():
            address = self._address_of(name)
            if line.tuned is None and tuning is not None and tuning.entry(address) is not None:
                self._group_of(line).put_mark(line)
            if line.tuned is not None:
                line.tuned.show_at(address, self)

    # What it shows

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

    def put_below(self, name: str, widget: QWidget) -> None:
        """Puts a widget of the page below a field."""
        line = self._rows[name]
        self._group_of(line).put_below(line, widget)

    def _group_of(self, line: Line) -> Lines:
        return next(group for group in self._groups if line in group.lines)

    def set_value(self, spec: Spec) -> None:
        """Shows ``spec``, which must be of the form's class, without emitting."""
        before, self._value = self._value, spec
        if before is spec:
            return
        for name, line in self._rows.items():
            line.show_value(getattr(spec, name))
            line.show_trouble("")
        self._show_changes()

    def show_trouble(self, name: str, sentence: str) -> None:
        """Writes a sentence at the field ``name``; an empty one takes it away.

        The section with a troubled field is unfolded.
        """
        line = self._rows.get(name)
        if line is not None:
            line.show_trouble(sentence)
            if sentence:
                self._unfold(line)

    def trouble(self, name: str) -> str:
        """The sentence at a field."""
        return self._rows[name].trouble.text()

    def filter(self, text: str) -> int:
        """Shows only settings that hold every word of ``text``, wherever they are; says how many.

        An empty text brings everything back as it was folded.
        """
        words = text.lower().split()
        hits = {group: group.filter(words) for group in self._groups}
        self.more.setVisible(not words and bool(self._folded.lines))
        self._folded.setVisible(bool(words) or self._unfolded)
        for section in self.sections.values():
            section.show_for(words, hits[section.lines])
        self._nothing.setVisible(bool(words) and not any(hits.values()))
        self._show_changes()
        return sum(hits.values())

    def reveal(self, path: str) -> bool:
        """Unfolds, scrolls to and focuses the field at ``path`` (``optimizer.lr``); False if none.

        A search that hides it is for the page to empty before.
        """
        name, _, rest = path.partition(".")
        line = self._rows.get(name)
        if line is None:
            return False
        self._unfold(line)
        if rest and isinstance(line.field, KindChooser) and line.field.form is not None:
            return line.field.form.reveal(rest) or self._show_field(line)
        return self._show_field(line)

    def _show_field(self, line: Line) -> bool:
        line.field.setFocus(Qt.FocusReason.OtherFocusReason)
        QTimer.singleShot(0, line.field, lambda: _scroll_to(line.field))  # once it has its place
        return True

    def _unfold(self, line: Line) -> None:
        section = self.sections.get(line.item.section)
        if section is not None:
            section.set_unfolded(True)
        elif line.item.advanced and not self._unfolded:
            self._toggle()

    def _show_changes(self) -> None:
        value = self._value
        if value is None:
            return
        for name, line in self._rows.items():
            line.show_change(getattr(value, name))
        for section in self.sections.values():
            lines = section.lines.lines
            changed = [line for line in lines if line.is_changed(getattr(value, line.item.name))]
            section.show_changed(len(changed))

    # Edits

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
        if self._value is None:
            return
        try:
            changed = self._value.with_(**{item.name: spec})
        except FoveaError as error:
            self._refuse(item.name, error)
            self._rows[item.name].show_value(getattr(self._value, item.name))
            return
        self._accept(changed, f"{item.name}.{inner}" if inner else item.name)

    def _accept(self, changed: Spec, name: str) -> None:
        for other in self._rows:
            self.show_trouble(other, "")
        if changed != self._value:
            self._value = changed
            self._show_changes()
            self.edited.emit(changed, name)

    def _refuse(self, name: str, error: FoveaError) -> None:
        sentence = " ".join(part for part in (error.what, error.why) if part)
        self.show_trouble(name, sentence)

    def _menu(self, item: Param, widget: QWidget, at: QPoint) -> None:
        own = widget.createStandardContextMenu() if isinstance(widget, QLineEdit) else None
        menu = own or QMenu(self)
        if own is not None:
            menu.addSeparator()
        reset = menu.addAction(f"Reset to default ({default_text(item)})")
        reset.setEnabled(
            self._value is not None and getattr(self._value, item.name) != item.default
        )
        reset.triggered.connect(lambda: self.reset(item.name))
        if self._tuning is not None and self._address and can_be_tuned(item):
            self._tuning.fill_menu(menu, self._address_of(item.name))
        self.menu_opening.emit(menu, item.name)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(widget.mapToGlobal(at))

    def reset(self, name: str) -> None:
        """Gives one parameter its default, as an edit."""
        line = self._rows[name]
        if self._value is None or getattr(self._value, name) == line.item.default:
            return
        line.show_value(line.item.default)
        self._on_entered(line.item, line.item.default)

    def _reset_from_mark(self, line: Line) -> None:
        self.reset(line.item.name)
        line.field.setFocus(Qt.FocusReason.OtherFocusReason)  # the mark that was clicked is gone

    def _toggle(self) -> None:
        self._unfolded = not self._unfolded
        self._folded.setVisible(self._unfolded)
        self.more.setText(f"{'Fewer' if self._unfolded else 'More'} {self._what}")
        name = "chevron-down" if self._unfolded else "chevron-right"
        set_icon(self.more, name, "link", 14, gap=4)


def _scroll_to(field: QWidget) -> None:
    above = field.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(field, SPACE, 6 * SPACE)
            return
        above = above.parentWidget()
