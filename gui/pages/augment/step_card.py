"""One card of the pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QMenu, QVBoxLayout, QWidget

from engine.augment.pipeline import Card as Step
from engine.augment.pipeline import CardSettings
from engine.augment.safety import QUESTIONS, Doubt
from engine.transforms.base import Misfit
from gui.forms import SpecForm
from gui.pages.augment.carrying import Load
from gui.pages.augment.heading import Heading
from gui.pages.augment.lines import Line, detail_of, tone_of
from gui.pages.augment.summary import card_forms
from gui.theme.tokens import SPACE
from gui.widgets import column, restyle

if TYPE_CHECKING:
    from engine.meter.records import Reading

__all__ = ["StepCard"]

Commands = Sequence[tuple[str, str, str]]


class StepCard(QFrame):
    """One step of the pipeline: folded a line, unfolded its settings and probability.

    Signals:
        switched(id, on), edited(id, spec, name): what the controls did.
        asked(id, command): a wish from menu, key or button; the commands are those of ``commands``
            and "remove", "duplicate", "up", "down", "answer", "reading".
        folded(id): the card was opened or closed. clicked(id, modifiers): its heading was clicked.
    """

    switched = Signal(str, bool)
    edited = Signal(str, object, str)
    asked = Signal(str, str)
    folded = Signal(str)
    clicked = Signal(str, object)

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.id = step.id
        self._step = step
        self._shown = False
        self._form: SpecForm | None = None
        self._chance: SpecForm | None = None
        self._selected = False
        self.commands: Commands = ()
        self.setProperty("look", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        transform = step.transform
        self.setAccessibleName(transform.title)
        self.head = Heading(Load("card", step.id), transform.icon, transform.title, self)
        self.problem, self.doubt, self.reading = Line(), Line(), Line()
        self.doubt.offer("Switch off", self._switch_off)
        self.doubt.offer("Remove", self._remove)
        self.reading.offer("Details", self._on_details)
        self.reading.offer("Switch off", self._switch_off)
        self._settings = QWidget()
        self._inside = QVBoxLayout(self._settings)
        self._inside.setContentsMargins(SPACE, 0, SPACE, SPACE)
        self._inside.setSpacing(SPACE)
        self._settings.hide()
        self.below = (self.problem, self.doubt, self.reading, self._settings)
        self.setLayout(column(self.head, *self.below, gap=SPACE // 2, margin=SPACE // 2))
        self._connect()
        self.show_step(step)

    def _connect(self) -> None:
        self.head.switch.clicked.connect(self._on_switch)
        self.head.folded.connect(self.toggle)
        self.head.clicked.connect(self._on_click)
        self.head.remove.clicked.connect(self._remove)
        self.head.more.clicked.connect(self._on_more)
        self.head.ask.clicked.connect(self._on_ask)

    # What it shows

    @property
    def form(self) -> SpecForm:
        """The transform's settings; made when they are first wanted."""
        return self._forms()[0]

    @property
    def chance(self) -> SpecForm:
        """The card's probability; made when it is first wanted."""
        return self._forms()[1]

    @property
    def value_class(self) -> type:
        """The transform's class, which a card keeps for life."""
        return type(self._step.transform)

    def _forms(self) -> tuple[SpecForm, SpecForm]:
        if self._form is None or self._chance is None:
            self._form = SpecForm(type(self._step.transform))
            self._chance = SpecForm(CardSettings, hide=("on",))
            for form in (self._form, self._chance):
                self._inside.addWidget(form)
                form.set_address(f"augment.{self.id}")
                form.edited.connect(self._on_edited)
            self._fill_forms(self._form, self._chance)
        return self._form, self._chance

    def _fill_forms(self, form: SpecForm, chance: SpecForm) -> None:
        form.set_value(self._step.transform)
        if chance.value != self._step.settings:
            chance.set_value(self._step.settings)
        for part in (form, chance):
            part.setEnabled(self._step.on)

    def show_step(self, step: Step) -> None:
        """Brings the card to a new value of its step; edits keep the other cards' steps as is."""
        if step is self._step and self._shown:
            return
        self._step, self._shown = step, True
        self.head.show_on(step.on)
        if self._form is not None and self._chance is not None:
            self._fill_forms(self._form, self._chance)
        restyle(self.head.name, "look", "section" if step.on else "muted")
        self._tell()

    def show_problems(self, faults: Sequence[Misfit]) -> None:
        """Says what cannot work on these images."""
        self.problem.say(" ".join(f"{fault.message} {fault.fix}" for fault in faults), "danger")

    def show_doubts(self, doubts: Sequence[Doubt]) -> None:
        """Warns of changes that spoil labels, and offers to answer what nobody was asked."""
        harm = [QUESTIONS[doubt.question] for doubt in doubts if doubt.answer is True]
        open_ = [QUESTIONS[doubt.question] for doubt in doubts if doubt.answer is None]
        sentence = f"May change the class: it can {_listed(q.change for q in harm)}."
        self.doubt.say(sentence if harm else "", "warning", tip="\n".join(q.text for q in harm))
        self.head.ask.setVisible(bool(open_))
        tip = f"This can {_listed(q.change for q in open_)}. Say whether that changes a class."
        if open_ and tip != self.head.ask.toolTip():
            self.head.ask.setToolTip(tip)
            self.head.ask.setAccessibleName(tip)

    def set_reading(self, reading: Reading | None, *, stale: bool = False) -> None:
        """Shows what the meter says of this card; None takes it away, ``stale``: that it is old."""
        harms = reading is not None and reading.verdict in ("destroys", "hurts")
        self.reading.offers["Details"].setVisible(harms and not stale)
        self.reading.offers["Switch off"].setVisible(harms and not stale and self._step.on)
        if reading is None:
            self.reading.say("")
        elif stale:
            tip = f"Then: {reading.sentence}"
            self.reading.say("Measured with other settings.", icon="history", tip=tip)
        else:
            self.reading.say(reading.sentence, tone_of(reading), tip=detail_of(reading))

    @property
    def opened(self) -> bool:
        """Whether its settings are shown."""
        return not self._settings.isHidden()

    def set_open(self, opened: bool) -> None:
        """Shows or hides its settings."""
        if opened:
            self._forms()
        self._settings.setVisible(opened)
        self.head.show_open(opened)
        self._tell()

    def toggle(self) -> None:
        """Opens or closes the card, as the person does."""
        self.set_open(not self.opened)
        self.folded.emit(self.id)

    def set_selected(self, selected: bool) -> None:
        """Marks the card as one of those that a command is about."""
        self._selected = selected
        self._frame()

    def _tell(self) -> None:
        forms = card_forms(self._step)
        self.setAccessibleDescription(f"{'' if self._step.on else 'Off. '}{forms[0]}")
        self.head.show_words(() if self.opened else forms)

    def _frame(self) -> None:
        restyle(self, "selected", "true" if self._selected or self.hasFocus() else "false")

    # What it asks for

    def _on_edited(self, spec: object, name: str) -> None:
        self.edited.emit(self.id, spec, name)

    def _on_switch(self, on: bool) -> None:
        self.switched.emit(self.id, bool(on))

    def _switch_off(self) -> None:
        self.switched.emit(self.id, False)

    def _remove(self) -> None:
        self.asked.emit(self.id, "remove")

    def _on_details(self) -> None:
        self.asked.emit(self.id, "reading")

    def _on_ask(self) -> None:
        self.asked.emit(self.id, "answer")

    def _on_click(self, modifiers: object) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if modifiers == Qt.KeyboardModifier.NoModifier:
            self.toggle()
        self.clicked.emit(self.id, modifiers)

    def _on_more(self) -> None:
        self._pop(self.head.more.mapToGlobal(QPoint(0, self.head.more.height())))

    def _pop(self, at: QPoint) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def menu(self) -> QMenu:
        """What can be done with the card."""
        menu = QMenu(self)
        for command, text, keys in self.commands:
            if not command:
                menu.addSeparator()
                continue
            action = menu.addAction(f"{text}\t{keys}" if keys else text)
            action.setObjectName(command)
            action.triggered.connect(
                lambda _on=False, command=command: self.asked.emit(self.id, command)
            )
        self.head.add_to_menu(menu)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu, at the pointer."""
        self._pop(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that act on the focused card."""
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        key, mine = Qt.Key(event.key()), self.hasFocus()
        if alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.asked.emit(self.id, "up" if key == Qt.Key.Key_Up else "down")
        elif control and key == Qt.Key.Key_D:
            self.asked.emit(self.id, "duplicate")
        elif control and key == Qt.Key.Key_G:
            self.asked.emit(self.id, "group")
        elif mine and plain and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._remove()
        elif mine and plain and key == Qt.Key.Key_Space:
            self.head.switch.click()
        elif mine and plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.toggle()
        elif mine and plain and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            if self.opened != (key == Qt.Key.Key_Right):
                self.toggle()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._frame()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._frame()


def _listed(parts: Iterable[str]) -> str:
    texts = list(parts)
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if texts[1:] else texts)
