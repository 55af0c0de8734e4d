"""What the inspector shows of a block beyond its settings: name, parameters, ways in and out."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from engine.blocks.base import Block
from engine.blocks.custom import Custom
from engine.blocks.editing import relabel, set_later, unexpose
from engine.blocks.knobs import Knob
from engine.errors import FoveaError
from engine.layers.base import Layer
from engine.spec import Spec
from gui.forms import SpecForm
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, IconButton, Switch, button, clear, column, label, row, rule

__all__ = ["BlockPanel"]


class BlockPanel(QWidget):
    """Shown for blocks only.

    ``wish_block(block, what, key)`` asks for another value of it, ``what`` being the words of the
    undo step; ``wish_open()`` and ``wish_ungroup()`` are the buttons.
    """

    wish_block = Signal(object, str, str)
    wish_open = Signal()
    wish_ungroup = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._block: Layer | None = None
        self._shape: object = None
        self._switches: dict[str, Switch] = {}
        self._removals: dict[str, IconButton] = {}
        self._names: dict[str, QLineEdit] = {}
        self._address = ""
        self.form: SpecForm | None = None
        self.open = button(
            "Open", self.wish_open.emit, icon="scan", tip="Look and edit inside (Enter)"
        )
        self.ungroup = button(
            "Ungroup",
            self.wish_ungroup.emit,
            tip="Put what is inside in the block's place (Ctrl+Shift+G)",
        )
        self.title = QLineEdit()
        self.title.setAccessibleName("What the block is called")
        self.title.setMaxLength(60)
        self.title.editingFinished.connect(self._on_title)
        self.trouble = label("", "error", wrap=True)
        self.trouble.hide()
        self._titles = QWidget()
        self._titles.setLayout(column(label("Title", "muted"), self.title, gap=SPACE // 2))
        self.heading = label("Parameters", "section")
        self.hint = label("", "caption", wrap=True)
        self._slot = QVBoxLayout()
        self._slot.setContentsMargins(0, 0, 0, 0)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE)
        self.names = label("Names of the parameters", "muted")
        self._own = QWidget()
        self._own.setLayout(
            column(
                self._titles,
                rule(),
                self.heading,
                self.hint,
                self._slot,
                self.trouble,
                self.names,
                self._list,
                gap=SPACE,
            )
        )
        self.setLayout(
            column(row(self.open, self.ungroup, STRETCH), self._own, rule(), gap=SPACE + 4)
        )
        self.hide()

    def show_layer(self, layer: Layer, trouble: str = "", at: str = "") -> None:
        """Shows a node's layer; a sentence about its parameter ``at``."""
        self.setVisible(isinstance(layer, Block))
        self._own.setVisible(isinstance(layer, Custom))
        own = isinstance(layer, Custom)
        self.open.setText("Open" if own else "Edit inside")
        first = "" if own else "; the first change makes it a block of your own"
        self.open.setToolTip(f"Look and edit inside{first} (Enter)")
        before, self._block = self._block, layer
        if not isinstance(layer, Custom):
            return
        if before is None or before is not layer:
            self._show_trouble("")
        if not self.title.hasFocus() or self.title.text() == getattr(before, "label", None):
            self.title.setText(layer.label)
        self.hint.setText(
            ""
            if layer.knobs
            else "None yet. Open the block, select a node and choose what to expose."
        )
        self.hint.setVisible(not layer.knobs)
        self.names.setVisible(bool(layer.knobs))
        self._show_knobs(layer)
        if self.form is not None:
            for knob in layer.knobs:
                self.form.show_trouble(knob.id, trouble if knob.id == at else "")

    def set_address(self, address: str) -> None:
        """Says where in the project the block is."""
        self._address = address
        if self.form is not None:
            self.form.set_address(address)

    def _show_knobs(self, block: Custom) -> None:
        settings = block.settings
        kind = type(settings) if settings is not None else None
        shape = (
            kind,
            block.repeats > 1,
            tuple((k.id, k.label, k.later is None) for k in block.knobs),
        )
        if shape != self._shape:
            self._shape = shape
            clear(self._slot)
            clear(self._list)
            self._switches, self._removals, self._names = {}, {}, {}
            self.form = None
            if kind is not None:
                self.form = SpecForm(kind)
                self.form.edited.connect(self._on_edited)
                self.form.set_address(self._address)
                self._slot.addWidget(self.form)
            for knob in block.knobs:
                self._list.addWidget(self._line(block, knob))
        if self.form is not None and settings is not None:
            self.form.set_value(settings)

    def _line(self, block: Custom, knob: Knob) -> QWidget:
        """What a parameter drives, whether it is for the first repetition only, and its removal."""
        line = QWidget()
        name = QLineEdit(knob.label)
        name.setMaxLength(80)
        name.setAccessibleName(f"Name of the parameter {knob.label}")
        name.editingFinished.connect(lambda: self._rename(knob.id, name.text().strip()))
        remove = IconButton(
            "x", f"Take the parameter {knob.label} away", partial(self._remove, knob.id)
        )
        self._names[knob.id], self._removals[knob.id] = name, remove
        top = row(name, remove, gap=SPACE // 2)
        drives = label(f"sets {', '.join(knob.targets)}", "caption", wrap=True)
        box = column(top, drives, gap=SPACE // 2)
        if block.repeats > 1 and _has_usual(block, knob):
            only = Switch(f"{knob.label} in the first repetition only")
            self._switches[knob.id] = only
            only.setChecked(knob.later is not None)
            only.clicked.connect(lambda on, name=knob.id: self._first_only(name, bool(on)))
            usual = _usual(block, knob)
            box.addLayout(
                row(only, label(f"First repetition only, then {usual}", "caption"), STRETCH)
            )
        line.setLayout(box)
        return line

    def first_only(self, knob: str) -> Switch:
        """The switch "first repetition only" of a parameter; KeyError where there is none."""
        return self._switches[knob]

    def name_field(self, knob: str) -> QLineEdit:
        """The field in which a parameter is named."""
        return self._names[knob]

    def removal(self, knob: str) -> IconButton:
        """The button that takes a parameter away."""
        return self._removals[knob]

    def _on_title(self) -> None:
        block, text = self._block, self.title.text().strip()
        if isinstance(block, Custom) and text != block.label:
            self._try(lambda: block.with_(label=text), f"Call {block.label} {text}", "")

    def _on_edited(self, settings: Spec, name: str) -> None:
        block = self._block
        if isinstance(block, Custom):
            words = settings.param(name).label.lower()
            self._try(
                lambda: block.with_settings(settings), f"Change {words} of {block.label}", name
            )

    def _remove(self, knob: str) -> None:
        block = self._block
        if isinstance(block, Custom):
            words = block.knobs.by_id[knob].label.lower()
            self._try(
                lambda: unexpose(block, knob), f"Take parameter {words} from {block.label}", ""
            )

    def _first_only(self, knob: str, on: bool) -> None:
        block = self._block
        if isinstance(block, Custom):
            known = block.knobs.by_id[knob]
            later = _usual(block, known) if on else None
            words = f"Set {known.label.lower()} of {block.label} for {'the first' if on else 'all'}"
            self._try(
                lambda: set_later(block, knob, later), f"{words} repetition{'' if on else 's'}", ""
            )

    def _rename(self, knob: str, text: str) -> None:
        block = self._block
        if isinstance(block, Custom) and knob in block.knobs:
            old = block.knobs.by_id[knob].label
            if text != old:
                self._try(lambda: relabel(block, knob, text), f"Call parameter {old} {text}", "")

    def _try(self, make: object, what: str, key: str) -> None:
        assert callable(make)
        try:
            block = make()
        except FoveaError as error:
            self._show_trouble(" ".join(part for part in (error.what, error.why) if part))
            return
        self._show_trouble("")
        self.wish_block.emit(block, what, key)

    def _show_trouble(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))


def _usual(block: Custom, knob: Knob) -> object:
    """What a parameter is after the first repetition: 1 for steps, else the lowest that does."""
    return 1 if knob.later is None else knob.later


def _has_usual(block: Custom, knob: Knob) -> bool:
    """Whether "then 1" makes sense: whole numbers that can be 1, such as a stride."""
    item = block.settings.param(knob.id) if block.settings is not None else None
    names = {target.rpartition(".")[2] for target in knob.targets}
    return item is not None and item.type == "int" and bool(names & {"stride"} or knob.later)
