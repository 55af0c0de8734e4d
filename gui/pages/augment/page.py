"""The Augment page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.augment.edits import add_card, move_card, remove_card, set_card
from engine.augment.pipeline import CardSettings, Pipeline, PipelineSettings
from engine.augment.presets import PRESETS
from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS, Transform
from gui.pages.augment.cards import CardList
from gui.pages.augment.palette import Palette
from gui.pages.augment.preview import PreviewPane
from gui.pages.base import Action, Page, PageState, Session
from gui.theme.tokens import SPACE

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["AugmentPage"]


class AugmentPage(Page):
    """Palette, pipeline and a preview that runs the very code that training runs."""

    name = "augment"
    title = "Augment"
    icon = "sparkles"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.palette_card = Palette()
        self.cards = CardList()
        self.preview = PreviewPane(self.runner)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for part, least, most in ((self.palette_card, 27, 33), (self.cards, 36, 52)):
            part.setMinimumWidth(least * SPACE)
            part.setMaximumWidth(most * SPACE)
        box = QHBoxLayout(self)
        box.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        box.setSpacing(SPACE)
        for part, share in ((self.palette_card, 36), (self.cards, 52), (self.preview, 58)):
            box.addWidget(part, share)

    def _connect(self) -> None:
        self.palette_card.added.connect(self._add)
        self.palette_card.preset.connect(self._preset)
        self.cards.switched.connect(self._switch)
        self.cards.edited.connect(self._edit)
        self.cards.moved.connect(self._move)
        self.cards.removed.connect(self._remove)
        self.cards.settings_edited.connect(self._settings)
        self.session.images.changed.connect(self._on_images)

    # The page as the window sees it

    def show_project(self, before: Project | None, after: Project | None) -> None:
        if after is None:
            return
        if before is None or before.augment is not after.augment:
            self.cards.show_pipeline(after.augment)
        self._on_images()

    def state(self) -> PageState:
        project = self.document.project
        if project is None or not project.augment.active:
            return "nothing"
        return "ready"

    def primary_action(self) -> Action | None:
        return None

    # Edits

    def _apply(self, pipeline: Pipeline, text: str, merge_key: str | None = None) -> None:
        project = self.document.project
        if project is not None:
            self.document.apply(project.with_(augment=pipeline), text, merge_key)

    @property
    def _pipeline(self) -> Pipeline:
        project = self.document.project
        return project.augment if project is not None else Pipeline()

    def _add(self, kind: str) -> None:
        transform = TRANSFORMS.get(kind)
        try:
            pipeline, name = add_card(self._pipeline, transform())
        except FoveaError as error:
            self.session.error(error)
            return
        self._apply(pipeline, f"Add {transform.title.lower()}")
        if name in self.cards.cards:
            self.cards.reveal(name)

    def _preset(self, name: str) -> None:
        preset = PRESETS[name]
        self._apply(preset.pipeline, f"Use preset “{preset.title}”")
        self.session.toast(preset.reason)

    def _switch(self, name: str, on: bool) -> None:
        title = self._title(name)
        pipeline = set_card(self._pipeline, name, on=on)
        self._apply(pipeline, f"Switch {title} {'on' if on else 'off'}")

    def _edit(self, name: str, spec: object, field: str) -> None:
        title = self._title(name)
        if isinstance(spec, CardSettings):
            pipeline = set_card(self._pipeline, name, probability=spec.probability)
        elif isinstance(spec, Transform):
            pipeline = set_card(self._pipeline, name, transform=spec)
        else:
            return
        self._apply(pipeline, f"Change {field.replace('_', ' ')} of {title}", f"{name}.{field}")

    def _move(self, name: str, step: int) -> None:
        pipeline = move_card(self._pipeline, name, self.cards.place(name) + step)
        self._apply(pipeline, f"Move {self._title(name)}")

    def _remove(self, name: str) -> None:
        self._apply(remove_card(self._pipeline, name), f"Remove {self._title(name)}")

    def _settings(self, settings: object, field: str) -> None:
        if isinstance(settings, PipelineSettings):
            pipeline = replace(self._pipeline, **settings.values())
            self._apply(pipeline, f"Change {field.replace('_', ' ')}", f"augment.{field}")

    def _title(self, name: str) -> str:
        return self._pipeline.card(name).transform.title.lower()

    def _on_images(self) -> None:
        self.preview.show_preview(self.session.images, self.document.project)
