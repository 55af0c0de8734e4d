"""The edits of the page: each takes a wish and makes it one named undo step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from engine.augment import edits
from engine.augment.pipeline import CardSettings, GroupSettings, Pipeline, PipelineSettings
from engine.augment.presets import PRESETS
from engine.augment.safety import QUESTIONS
from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS, ImageFacts, Transform
from gui.pages.augment.carrying import Load
from gui.pages.augment.places import copied, dropped, nudged
from gui.pages.base import Session

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["Editing", "facts_of"]


def facts_of(project: Project) -> ImageFacts | None:
    """What a project's images are, None before there are any."""
    if not project.data.manifest:
        return None
    side = project.data.size
    return ImageFacts(project.data.channel_count, side, side)


def faulty(project: Project) -> bool:
    """Whether a card that takes part cannot work on the project's images."""
    images = facts_of(project)
    return images is not None and any(
        list(card.transform.misfits(images)) for card in project.augment.active
    )


class Editing(QObject):
    """Edits the open project's augmentation.

    Signals: ``revealed(id)``: look here, this is new or was moved; ``raised()``: an edit was made
    that may raise questions about labels.
    """

    revealed = Signal(str)
    raised = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._document = session.document

    @property
    def pipeline(self) -> Pipeline:
        """The open project's; empty without one."""
        project = self._document.project
        return project.augment if project is not None else Pipeline()

    def _apply(self, pipeline: Pipeline, text: str, key: str | None = None) -> None:
        project = self._document.project
        if project is not None:
            self._document.apply(project.with_(augment=pipeline), text, key)

    def _title(self, name: str) -> str:
        return self.pipeline.card(name).transform.title.lower()

    # Cards

    def add(self, kind: str, index: int | None = None, group: str = "") -> None:
        """Adds a card of a kind, last or at a place among all cards."""
        transform = TRANSFORMS.get(kind)
        try:
            pipeline, name = edits.add_card(self.pipeline, transform(), index=index, group=group)
        except FoveaError as error:
            self._session.error(error)
            return
        self._apply(pipeline, f"Add {transform.title.lower()}")
        self.revealed.emit(name)
        self.raised.emit()

    def drop(self, load: object, index: int, group: str) -> None:
        """Puts what was dragged at a place among all cards."""
        assert isinstance(load, Load)
        if load.what == "transform":
            self.add(load.name, index, group)
            return
        title = "group" if load.what == "group" else self._title(load.name)
        self._apply(dropped(self.pipeline, load, (index, group)), f"Move {title}")
        self.revealed.emit(load.name)

    def switch(self, name: str, on: bool) -> None:
        """Switches a card on or off."""
        pipeline = edits.set_card(self.pipeline, name, on=on)
        self._apply(pipeline, f"Switch {self._title(name)} {'on' if on else 'off'}")
        if on:
            self.raised.emit()

    def edit(self, name: str, spec: object, field: str) -> None:
        """Takes a card's new settings or probability."""
        if isinstance(spec, CardSettings):
            pipeline = edits.set_card(self.pipeline, name, probability=spec.probability)
        elif isinstance(spec, Transform):
            pipeline = edits.set_card(self.pipeline, name, transform=spec)
        else:
            return
        what = field.replace("_", " ")
        self._apply(pipeline, f"Change {what} of {self._title(name)}", f"{name}.{field}")
        self.raised.emit()

    def nudge(self, name: str, step: int) -> None:
        """Moves a card or a group one place."""
        group = name in {group.id for group in self.pipeline.groups}
        title = "group" if group else self._title(name)
        self._apply(nudged(self.pipeline, name, step), f"Move {title}")
        self.revealed.emit(name)

    def duplicate(self, name: str) -> None:
        """Makes a second card like one."""
        try:
            pipeline, made = copied(self.pipeline, name)
        except FoveaError as error:
            self._session.error(error)
            return
        self._apply(pipeline, f"Duplicate {self._title(name)}")
        self.revealed.emit(made)

    def remove(self, name: str) -> None:
        """Removes a card; the next one is looked at."""
        order = [card.id for card in self.pipeline.cards]
        at = order.index(name)
        self._apply(edits.remove_card(self.pipeline, name), f"Remove {self._title(name)}")
        left = [card.id for card in self.pipeline.cards]
        self.revealed.emit(left[min(at, len(left) - 1)] if left else "")

    # Groups

    def group(self, names: tuple[str, ...]) -> None:
        """Makes cards one group; of a single card with the next one, where there is one."""
        cards = self.pipeline.cards
        if len(names) == 1:
            at = cards.index(self.pipeline.card(names[0]))
            names = (*names, *[card.id for card in cards[at + 1 : at + 2]])
        pipeline, made = edits.add_group(self.pipeline, names)
        self._apply(pipeline, f"Group {len(names)} cards" if len(names) > 1 else "Make a group")
        self.revealed.emit(made)

    def leave(self, name: str) -> None:
        """Takes a card out of its group, to the place behind it."""
        card = self.pipeline.card(name)
        last = self.pipeline.cards.index(self.pipeline.members(card.group)[-1])
        pipeline = edits.move_card(self.pipeline, name, last, "")
        self._apply(pipeline, f"Take {self._title(name)} out of its group")
        self.revealed.emit(name)

    def edit_group(self, name: str, settings: object, field: str) -> None:
        """Takes a group's new settings."""
        if isinstance(settings, GroupSettings):
            pipeline = edits.set_group(self.pipeline, name, **settings.values())
            text = f"Change {field.replace('_', ' ')} of group"
            if field == "on":
                text = f"Switch group {'on' if settings.on else 'off'}"
            self._apply(pipeline, text, f"{name}.{field}" if field != "on" else None)
            self.raised.emit()

    def dissolve(self, name: str) -> None:
        """Takes the frame of a group away and leaves its cards."""
        first = self.pipeline.members(name)[0].id
        self._apply(edits.dissolve_group(self.pipeline, name), "Dissolve group")
        self.revealed.emit(first)

    def remove_group(self, name: str) -> None:
        """Removes a group with its cards."""
        self._apply(edits.remove_group(self.pipeline, name), "Remove group and its cards")
        self.revealed.emit("")

    # The whole

    def settings(self, settings: object, field: str) -> None:
        """Takes new settings of what all cards share."""
        if isinstance(settings, PipelineSettings):
            pipeline = replace(self.pipeline, **settings.values())
            self._apply(pipeline, f"Change {field.replace('_', ' ')}", f"augment.{field}")

    def preset(self, name: str) -> None:
        """Replaces all cards by those of a preset, as they fit the images and the answers."""
        preset, project = PRESETS[name], self._document.project
        if project is None:
            return
        images = facts_of(project)
        fitting = preset.pipeline_for(images, project.answers) if images else preset.pipeline
        self._apply(fitting, f"Use preset “{preset.title}”")
        self.raised.emit()

    def copy(self) -> None:
        """Puts the pipeline as text on the clipboard."""
        from engine.augment.text import to_text

        QGuiApplication.clipboard().setText(to_text(self.pipeline))
        count = len(self.pipeline.cards)
        self._session.toast(f"Copied {count} card{'' if count == 1 else 's'} as text.")

    def paste(self) -> None:
        """Replaces all cards by those that the clipboard's text describes."""
        from engine.augment.text import paste

        try:
            pipeline, notes = paste(QGuiApplication.clipboard().text())
        except FoveaError as error:
            self._session.error(error)
            return
        self._apply(pipeline, "Paste pipeline")
        if notes:
            self._session.toast(" ".join(notes), "warning")
        self.raised.emit()

    def answer(self, name: str, answer: object) -> None:
        """Takes the answer to a question about the classes; None takes an answer back."""
        project = self._document.project
        if project is None:
            return
        given = answer if isinstance(answer, bool) else None
        said = "not answered" if given is None else "yes" if given else "no"
        answers = project.answers.with_(name, given)
        text = f"Answer “{QUESTIONS[name].title}”: {said}"
        self._document.apply(project.with_(answers=answers), text)
