"""The pipeline as a column of cards."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from engine.augment.pipeline import Card as Step
from engine.augment.pipeline import CardSettings, Pipeline, PipelineSettings
from gui.forms import SpecForm
from gui.theme import pixmap, theme
from gui.theme.tokens import SPACE
from gui.widgets import (
    STRETCH,
    Card,
    ElidedLabel,
    IconButton,
    Switch,
    column,
    label,
    restyle,
    row,
    scroll,
)

__all__ = ["CardList", "StepCard"]


class StepCard(QFrame):
    """One step of the pipeline: on or off, its probability and its transform's settings."""

    switched = Signal(str, bool)
    edited = Signal(str, object, str)
    moved = Signal(str, int)
    removed = Signal(str)

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.id = step.id
        self._step = step
        self.setProperty("look", "card")
        self._picture = QLabel()
        self._picture.setFixedSize(QSize(20, 20))
        title = step.transform.title
        self.setAccessibleName(title)
        self._name = ElidedLabel(title, "section")
        self.switch = Switch(f"{title} on")
        self.up = IconButton("chevron-up", f"Move {title.lower()} up")
        self.down = IconButton("chevron-down", f"Move {title.lower()} down")
        self.remove = IconButton("x", f"Remove {title.lower()}")
        self.chance = SpecForm(CardSettings, hide=("on",))
        self.form = SpecForm(type(step.transform))
        head = row(self.switch, self._picture, self._name, self.up, self.down, self.remove, gap=4)
        head.setStretch(2, 1)
        self.setLayout(column(head, self.form, self.chance, gap=SPACE, margin=SPACE + 4))
        self._connect()
        theme().changed.connect(self._draw)
        self.show_step(step)

    def _connect(self) -> None:
        self.switch.clicked.connect(lambda on: self.switched.emit(self.id, bool(on)))
        self.up.clicked.connect(lambda: self.moved.emit(self.id, -1))
        self.down.clicked.connect(lambda: self.moved.emit(self.id, 1))
        self.remove.clicked.connect(lambda: self.removed.emit(self.id))
        self.form.edited.connect(lambda spec, name: self.edited.emit(self.id, spec, name))
        self.chance.edited.connect(lambda spec, name: self.edited.emit(self.id, spec, name))

    def show_step(self, step: Step) -> None:
        """Brings the card to a new value of its step."""
        self._step = step
        self.switch.setChecked(step.on)
        self.form.set_value(step.transform)
        self.chance.set_value(step.settings)
        for form in (self.form, self.chance):
            form.setEnabled(step.on)
        restyle(self._name, "look", "section" if step.on else "muted")
        self._draw()

    def set_place(self, first: bool, last: bool) -> None:
        """Greys the arrows that lead nowhere."""
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)

    def _draw(self) -> None:
        colour = "link" if self._step.on else "disabled"
        self._picture.setPixmap(pixmap(self._step.transform.icon, 18, colour))


class CardList(Card):
    """All steps in their order, and how gaps at the edges are filled.

    Emits what the cards emit, and ``settings_edited(settings, name)`` for what all cards share.
    """

    switched = Signal(str, bool)
    edited = Signal(str, object, str)
    moved = Signal(str, int)
    removed = Signal(str)
    settings_edited = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Pipeline", parent=parent)
        self.cards: dict[str, StepCard] = {}
        self._order: list[str] = []
        self._box = QVBoxLayout()
        self._box.setSpacing(SPACE)
        self._empty = label(
            "No cards: training sees every image as it is. Add a transform, or use a preset.",
            "muted",
            wrap=True,
        )
        self._edges = label("Edges of moved images", "section")
        self.settings = SpecForm(PipelineSettings)
        self.settings.edited.connect(self.settings_edited)
        inside = column(self._empty, self._box, self._edges, self.settings, STRETCH, gap=SPACE)
        self.area = scroll(inside)
        self.body.addWidget(self.area)

    def show_pipeline(self, pipeline: Pipeline) -> None:
        """Brings the cards to a pipeline; cards that stay keep their widgets."""
        order = [step.id for step in pipeline.cards]
        steps = {step.id: step for step in pipeline.cards}
        for name in [name for name, card in self.cards.items() if not _fits(card, steps)]:
            card = self.cards.pop(name)
            self._box.removeWidget(card)
            card.hide()
            card.deleteLater()
        for step in pipeline.cards:
            if step.id in self.cards:
                self.cards[step.id].show_step(step)
            else:
                self.cards[step.id] = self._make(step)
        for place, name in enumerate(order):
            self._box.insertWidget(place, self.cards[name])
            self.cards[name].set_place(place == 0, place == len(order) - 1)
        self._order = order
        self._empty.setVisible(not order)
        self.settings.set_value(pipeline.settings)

    def _make(self, step: Step) -> StepCard:
        card = StepCard(step)
        for name in ("switched", "edited", "moved", "removed"):
            getattr(card, name).connect(getattr(self, name))
        return card

    def place(self, name: str) -> int:
        """The place of a card, 0 first."""
        return self._order.index(name)

    def reveal(self, name: str) -> None:
        """Scrolls to a card and gives it the focus."""
        card = self.cards[name]
        card.show()
        QTimer.singleShot(0, card, lambda: self._bring(card))  # a new card has its place by then

    def _bring(self, card: StepCard) -> None:
        self.area.ensureWidgetVisible(card)
        card.switch.setFocus(Qt.FocusReason.OtherFocusReason)


def _fits(card: StepCard, steps: dict[str, Step]) -> bool:
    step = steps.get(card.id)
    return step is not None and type(step.transform) is type(card.form.value)
