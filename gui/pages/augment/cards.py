"""The pipeline as a column of cards and groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.augment.pipeline import Card as Step
from engine.augment.pipeline import Pipeline, PipelineSettings
from engine.augment.safety import Doubt
from engine.transforms.base import ImageFacts
from gui.forms import SpecForm
from gui.pages.augment.commands import commands
from gui.pages.augment.dropping import DropColumn, Lying
from gui.pages.augment.group_frame import GroupFrame
from gui.pages.augment.places import runs
from gui.pages.augment.step_card import StepCard
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Card, column, label, scroll

if TYPE_CHECKING:
    from engine.meter.records import Reading

__all__ = ["CardList"]

_HEAD = 40  # pixels: the headings of the three panes are in line
_FEW = 3  # cards that are shown unfolded; more are easier to survey as lines


class CardList(Card):
    """All steps in their order, and how gaps at the edges are filled.

    Signals:
        switched, edited, asked: what a card emits; ``asked`` also comes from groups and the keys of
            the list ("copy", "paste", with no id).
        group_edited(id, settings, name), settings_edited(settings, name): the forms of groups and
            of what all cards share.
        dropped(load, index, group): something was let go at a place among all cards.
    """

    switched = Signal(str, bool)
    edited = Signal(str, object, str)
    asked = Signal(str, str)
    group_edited = Signal(str, object, str)
    settings_edited = Signal(object, str)
    dropped = Signal(object, int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Pipeline", margin=SPACE + 4, parent=parent)
        self.cards: dict[str, StepCard] = {}
        self.groups: dict[str, GroupFrame] = {}
        self.selected: tuple[str, ...] = ()
        self._tops: list[StepCard | GroupFrame] = []
        self._order: list[str] = []
        self._unfolded: dict[str, bool] = {}  # of cards that are gone
        self._pipeline = Pipeline()
        self.head.addStrut(_HEAD)
        self._box = QVBoxLayout()
        self._box.setSpacing(SPACE)
        self._empty = label(
            "No cards: training sees every image as it is. Drag a transform here, press its plus, "
            "or start from a preset.",
            "muted",
            wrap=True,
        )
        self.settings = SpecForm(PipelineSettings)
        self.settings.set_address("augment")
        self.settings.edited.connect(self.settings_edited)
        self._tabs = QTimer(self, singleShot=True, interval=0)
        self._tabs.timeout.connect(self._order_tabs)
        self.column = DropColumn(self._lie)
        edges = column(label("Edges of moved images", "section"), self.settings, gap=SPACE)
        self.column.setLayout(column(self._empty, self._box, edges, STRETCH, gap=2 * SPACE))
        self.column.dropped.connect(self.dropped)
        self.column.installEventFilter(self)
        self.area = scroll(self.column)
        self.column.area = self.area
        self.body.addWidget(self.area, 1)

    # What it shows

    def forget(self) -> None:
        """Takes all cards away, and how they were folded: another project comes."""
        self.show_pipeline(Pipeline())
        self._unfolded.clear()

    def show_pipeline(self, pipeline: Pipeline) -> None:
        """Brings the cards to a pipeline; cards that stay keep their widgets, and their folding."""
        before, self._pipeline = self._pipeline, pipeline
        self._order = [step.id for step in pipeline.cards]
        steps = {step.id: step for step in pipeline.cards}
        self._drop(steps, {step.group for step in pipeline.cards})
        self._show_steps(pipeline.cards, fresh=not before.cards)
        self._tops = [self._top(name, run) for name, run in runs(pipeline)]
        for place, top in enumerate(self._tops):
            if self._box.indexOf(top) != place:
                self._box.insertWidget(place, top)
        self._select([name for name in self.selected if name in self.cards])
        for name, card in self.cards.items():
            card.commands = commands(pipeline, name, len(self.selected))
        self._empty.setVisible(not self._order)
        tabbed, clicked = Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.ClickFocus
        self.column.setFocusPolicy(clicked if self._order else tabbed)
        if _places(before) != _places(pipeline):
            self._tabs.start()
        self.settings.set_value(pipeline.settings)
        self.settings.field("fill_value").setEnabled(pipeline.fill == "constant")

    def _show_steps(self, steps: Sequence[Step], *, fresh: bool) -> None:
        missing = [step.id for step in steps if step.id not in self.cards]
        opened = len(steps) <= _FEW if fresh else len(missing) == 1  # the one that was just added
        for step in steps:
            if step.id in self.cards:
                self.cards[step.id].show_step(step)
            else:
                self.cards[step.id] = self._make(step)
                self.cards[step.id].set_open(self._unfolded.get(step.id, opened))

    def _drop(self, steps: Mapping[str, Step], groups: set[str]) -> None:
        """Takes away the cards and groups that are gone; a card's transform is of one class."""
        for name in list(self.cards):
            step = steps.get(name)
            if step is None or type(step.transform) is not self.cards[name].value_class:
                self._unfolded[name] = self.cards[name].opened  # for undo
                _discard(self.cards.pop(name))
        for name in [name for name in self.groups if name not in groups]:
            frame = self.groups.pop(name)
            for card in [card for card in self.cards.values() if frame.isAncestorOf(card)]:
                card.setParent(self.column)
            _discard(frame)

    def _top(self, group: str, run: Sequence[Step]) -> StepCard | GroupFrame:
        if not group:
            return self.cards[run[0].id]
        value = self._pipeline.group(group)
        if group not in self.groups:
            frame = self.groups[group] = GroupFrame(value)
            frame.edited.connect(self.group_edited)
            frame.asked.connect(self.asked)
        frame = self.groups[group]
        frame.show_group(value, len(run))
        for place, step in enumerate(run):
            if frame.box.indexOf(self.cards[step.id]) != place:
                frame.box.insertWidget(place, self.cards[step.id])
        return frame

    def _make(self, step: Step) -> StepCard:
        card = StepCard(step)
        for name in ("switched", "edited", "asked"):
            getattr(card, name).connect(getattr(self, name))
        card.clicked.connect(self._on_clicked)
        card.folded.connect(self._on_folded)
        return card

    def show_facts(self, images: ImageFacts | None, doubts: Sequence[Doubt]) -> None:
        """Says at each card what cannot work on such images, and what can spoil labels."""
        for step in self._pipeline.cards:
            card = self.cards[step.id]
            faults = step.transform.misfits(images) if images is not None and step.on else ()
            card.show_problems(tuple(faults))
            card.show_doubts([doubt for doubt in doubts if doubt.card == step.id])

    def show_readings(
        self, readings: Mapping[str, Reading], stale: Mapping[str, Reading] | None = None
    ) -> None:
        """Shows what the meter says, by card; cards that it does not name show nothing.

        Those in ``stale`` only say that they were measured with other settings.
        """
        old = stale or {}
        for name, card in self.cards.items():
            card.set_reading(readings.get(name) or old.get(name), stale=name not in readings)

    def fold_all(self, opened: bool) -> None:
        """Closes, or opens, all cards."""
        for card in self.cards.values():
            card.set_open(opened)
        self._tabs.start()

    # Places, selection and focus

    def _lie(self) -> Iterator[Lying]:
        for top in self._tops:
            inside = top.id if isinstance(top, GroupFrame) else ""
            members = self._pipeline.members(inside) if inside else ()
            yield inside, self._rect(top), [self._rect(self.cards[step.id]) for step in members]

    def _rect(self, part: QWidget) -> QRect:
        return QRect(part.mapTo(self.column, QPoint(0, 0)), part.size())

    def place(self, name: str) -> int:
        """The place of a card, 0 first."""
        return self._order.index(name)

    def _on_clicked(self, name: str, modifiers: object) -> None:
        if modifiers == Qt.KeyboardModifier.ControlModifier:
            others = [other for other in self.selected if other != name]
            self._select(others if name in self.selected else [*others, name])
        elif modifiers == Qt.KeyboardModifier.ShiftModifier and self.selected:
            ends = sorted((self.place(self.selected[0]), self.place(name)))
            self._select(self._order[ends[0] : ends[1] + 1])
        else:
            self._select([name])

    def _select(self, names: Sequence[str]) -> None:
        self.selected = tuple(names)
        for name, card in self.cards.items():
            card.set_selected(len(names) > 1 and name in names)
            card.commands = commands(self._pipeline, name, len(names) if name in names else 0)

    def begin(self) -> None:
        """Gives the first card the focus, or the empty column."""
        self.reveal(self._order[0] if self._order else "")

    def reveal(self, name: str) -> None:
        """Scrolls to a card or group and gives it the focus; an empty name means the column."""
        part = self.cards.get(name) or self.groups.get(name)
        if part is None:
            self.column.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            part.show()
            QTimer.singleShot(0, part, lambda: self._bring(part))  # it has its place by then

    def _bring(self, part: QWidget) -> None:
        self.area.ensureWidgetVisible(part, 0, SPACE)
        part.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_folded(self, _name: str) -> None:
        self._tabs.start()  # its settings may have been made just now

    def _shown(self) -> list[StepCard | GroupFrame]:
        """All cards and groups from top to bottom."""
        shown: list[StepCard | GroupFrame] = []
        for name, run in runs(self._pipeline):
            shown += [self.groups[name]] if name else []
            shown += [self.cards[card.id] for card in run]
        return shown

    def _order_tabs(self) -> None:
        """Tab goes from top to bottom, also through cards that were made or moved later."""
        chain: list[QWidget] = [self.column]
        for part in self._shown():
            chain += [part, *_stops(part.head, *part.below)]
        for before, after in pairwise([*chain, *_stops(self.settings)]):
            QWidget.setTabOrder(before, after)

    def _walk(self, step: int) -> bool:
        """Gives the focus to the card or group above or below."""
        shown = self._shown()
        at = next((i for i, part in enumerate(shown) if part.hasFocus()), -1)
        if (at < 0 and not self.column.hasFocus()) or not 0 <= at + step < len(shown):
            return False
        self._bring(shown[at + step])
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that cards leave to the column: copy, paste, and walking from card to card."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.asked.emit("", "copy")
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.asked.emit("", "paste")
        else:
            return bool(step) and self._walk(step)
        return True


def _places(pipeline: Pipeline) -> list[tuple[str, str]]:
    """The cards in order, each with its group: what the order of Tab depends on."""
    return [(card.id, card.group) for card in pipeline.cards]


def _stops(*parts: QWidget) -> list[QWidget]:
    """What Tab stops at inside some parts, in the order in which it was made."""
    return [
        child
        for part in parts
        for child in part.findChildren(QWidget)
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus
        and child.focusProxy() is None
        and child.window() is part.window()  # not the list that a choice opens
    ]


def _discard(part: QWidget) -> None:
    part.hide()
    part.setParent(None)
    part.deleteLater()
