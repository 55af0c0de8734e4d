"""A parameter that is itself a set of parameters: a chooser of its kind above a form of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.registry import Registry
from engine.spec import Param, Spec
from gui.forms.fields import QuietCombo, words
from gui.theme.tokens import SPACE

if TYPE_CHECKING:
    from gui.forms.form import SpecForm

__all__ = ["KindChooser"]


class KindChooser(QWidget):
    """The chooser and the nested form; emits ``edited(spec, name)`` like a form.

    ``name`` is empty when the kind itself was chosen.
    """

    edited = Signal(object, str)

    def __init__(
        self,
        item: Param,
        stacked: bool | None,
        *,
        marked: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._item = item
        self._stacked = stacked
        self._marked = marked
        self._spec: Spec | None = None
        self._form: SpecForm | None = None
        self._address = ""
        self.sought = ""
        self.combo = QuietCombo()
        self.combo.setAccessibleName(item.label)
        self.combo.setAccessibleDescription(item.help)
        self._kinds = _kinds(item)
        for kind in self._kinds:
            self.combo.addItem(kind.title or words(kind.kind) if kind else "Not set")
        self.combo.activated.connect(self._on_kind)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(SPACE)
        self._box.addWidget(self.combo)
        self.combo.setVisible(len(self._kinds) > 1)
        self.setFocusProxy(self.combo)

    @property
    def form(self) -> SpecForm | None:
        """The form of the present kind."""
        return self._form

    def set_address(self, address: str) -> None:
        """Says where in the project the set of parameters is; see ``SpecForm.set_address``."""
        self._address = address
        if self._form is not None:
            self._form.set_address(address)

    def show_value(self, spec: Spec | None) -> None:
        """Shows ``spec`` without emitting; the form is built anew when the kind is another."""
        from gui.forms.form import SpecForm

        before, self._spec = self._spec, spec
        self.combo.setCurrentIndex(self._kinds.index(type(spec) if spec is not None else None))
        if type(before) is not type(spec) or self._form is None:
            if self._form is not None:
                self._form.hide()
                self._form.deleteLater()
                self._form = None
            if spec is not None and spec.params():
                self._form = SpecForm(type(spec), stacked=self._stacked, marked=self._marked)
                self._form.edited.connect(self._on_edited)
                self._form.set_address(self._address)
                self._box.addWidget(self._form)
                self._order_tabs(self._form)
                self._form.filter(self.sought)
        if self._form is not None and spec is not None:
            self._form.set_value(spec)

    def _order_tabs(self, form: SpecForm) -> None:
        """The form comes after the chooser; Qt would put it behind everything in the window."""
        before: QWidget = self.combo
        for widget in form.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.focusProxy() is None:
                QWidget.setTabOrder(before, widget)
                before = widget

    def _on_kind(self, index: int) -> None:
        kind = self._kinds[index]
        if kind is (type(self._spec) if self._spec is not None else None):
            return
        made = kind.taking_over(self._spec) if kind is not None else None
        self.show_value(made)
        self.edited.emit(made, "")

    def _on_edited(self, spec: Spec, name: str) -> None:
        self._spec = spec
        self.edited.emit(spec, name)


def _kinds(item: Param) -> list[type[Spec] | None]:
    kinds: list[type[Spec] | None] = [None] if item.optional else []
    if isinstance(item.family, Registry):
        kinds.extend(item.family)
    else:
        kinds.append(item.family)
    return kinds
