"""The Augment page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QWidget

from engine.augment.edits import add_card, move_card, remove_card, set_card
from engine.augment.pipeline import CardSettings, Pipeline, PipelineSettings
from engine.augment.presets import PRESETS
from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS, Transform
from gui.pages.augment.cards import CardList
from gui.pages.augment.feed import Feed, Picture, Wish
from gui.pages.augment.grid import VariantGrid
from gui.pages.augment.palette import Palette
from gui.pages.base import Action, Page, PageState, Session
from gui.theme.tokens import SPACE
from gui.widgets import (
    Card,
    IconButton,
    ProblemBox,
    button,
    label,
    row,
)

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["AugmentPage"]

VARIANTS = 15


class AugmentPage(Page):
    """Palette, pipeline and a preview that runs the very code that training runs."""

    name = "augment"
    title = "Augment"
    icon = "sparkles"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.row = 0
        self.first_epoch = 1
        self.picture: Picture | None = None
        self.palette_card = Palette()
        self.cards = CardList()
        self.grid = VariantGrid()
        self.problem = ProblemBox()
        self.feed = Feed(self.runner, self)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for part, least, most in ((self.palette_card, 27, 33), (self.cards, 36, 52)):
            part.setMinimumWidth(least * SPACE)
            part.setMaximumWidth(most * SPACE)
        preview = Card("What training sees")
        preview.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.classes = QComboBox()
        self.classes.setAccessibleName("Class")
        self.classes.setMaximumWidth(22 * SPACE)
        self.back = IconButton("chevron-left", "Previous image", lambda: self.step(-1))
        self.forth = IconButton("chevron-right", "Next image", lambda: self.step(1))
        self.roll = button("Re-roll", self.reroll, icon="refresh-cw", tip="The next epochs.")
        preview.head.addWidget(self.classes)
        preview.head.addWidget(self.back)
        preview.head.addWidget(self.forth)
        self.about = label("", "caption", wrap=True)
        self.about.setMinimumHeight(2 * self.about.fontMetrics().lineSpacing())
        preview.body.addWidget(self.problem)
        preview.body.addWidget(self.grid, 1)
        foot = row(self.about, self.roll)
        foot.setStretch(0, 1)
        preview.body.addLayout(foot)
        box = QHBoxLayout(self)
        box.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        box.setSpacing(SPACE)
        for part, share in ((self.palette_card, 36), (self.cards, 52), (preview, 58)):
            box.addWidget(part, share)

    def _connect(self) -> None:
        self.palette_card.added.connect(self._add)
        self.palette_card.preset.connect(self._preset)
        self.cards.switched.connect(self._switch)
        self.cards.edited.connect(self._edit)
        self.cards.moved.connect(self._move)
        self.cards.removed.connect(self._remove)
        self.cards.settings_edited.connect(self._settings)
        self.classes.activated.connect(self._on_class)
        self.feed.ready.connect(self._on_picture)
        self.feed.failed.connect(self._on_failed)
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

    # Preview

    def step(self, by: int) -> None:
        """Goes to the next (or, with -1, the previous) image of the class."""
        rows = self._rows()
        if len(rows):
            place = int(np.searchsorted(rows, self.row))
            self.row = int(rows[(place + by) % len(rows)])
            self._ask()

    def reroll(self) -> None:
        """Shows the epochs after those shown."""
        self.first_epoch += VARIANTS
        self._ask()

    def _rows(self) -> np.ndarray:
        """Training images of the chosen class; of all classes when it has none."""
        images = self.session.images.current
        if images is None:
            return np.empty(0, int)
        labels = np.array([item.label for item in images.manifest.items])
        train = images.splits == 0
        wanted = np.flatnonzero(train & (labels == self.classes.currentIndex()))
        return wanted if len(wanted) else np.flatnonzero(train)

    def _on_class(self, _index: int) -> None:
        rows = self._rows()
        self.row = int(rows[0]) if len(rows) else 0
        self._ask()

    def _on_images(self) -> None:
        images = self.session.images.current
        names = list(images.manifest.classes) if images is not None else []
        if names != [self.classes.itemText(i) for i in range(self.classes.count())]:
            self.classes.clear()
            self.classes.addItems(names)
            self._on_class(0)
        for part in (self.classes, self.back, self.forth, self.roll):
            part.setEnabled(images is not None)
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        images, project = self.session.images.current, self.document.project
        error = self.session.images.error
        self.problem.show_error(error)
        if images is None or project is None or self.row >= len(images.manifest.items):
            waiting = self.session.images.loading
            self.grid.show_text("Reading the list of images…" if waiting else "No images yet.")
            return
        if self.picture is None:
            self.grid.show_text("Preparing the preview…")
        self.feed.ask(
            Wish(
                images,
                self.row,
                project.augment,
                project.training.seed,
                self.first_epoch,
                VARIANTS,
            )
        )

    def _on_picture(self, picture: Picture) -> None:
        self.picture = picture
        self.problem.show_error(None)
        wish = picture.wish
        last = wish.first + wish.count - 1
        names = ["Original", *(f"Epoch {n}" for n in range(wish.first, last + 1))]
        self.grid.show_images(picture.images, names)
        name = wish.images.manifest.items[wish.row].name
        self.about.setText(
            f"{name}: exactly what training sees in epochs {wish.first} to {last} "
            f"(seed {wish.seed}). Hold Space to compare with the original."
        )

    def _on_failed(self, error: FoveaError) -> None:
        self.picture = None
        self.grid.show_text("")
        self.problem.show_error(error)
