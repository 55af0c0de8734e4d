"""The preview pane: the original of one image and what training will see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from engine.errors import FoveaError
from gui.images import Images, ImageSet
from gui.pages.augment.feed import Feed, Picture, Wish
from gui.pages.augment.grid import VariantGrid
from gui.runner import Runner
from gui.theme.tokens import SPACE
from gui.widgets import Card, IconButton, ProblemBox, button, label, row

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["PreviewPane"]

VARIANTS = 15


class PreviewPane(Card):
    """A live grid of one training image, with controls to choose image, class and epochs.

    The page says with :meth:`show_preview` what there is to see; everything else the pane does by
    itself, behind the window. ``picture`` is what it shows; ``pictured()`` says that it changed.
    """

    pictured = Signal()

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__("What training sees", parent=parent)
        self.row = 0
        self.first_epoch = 1
        self.picture: Picture | None = None
        self._images: Images | None = None
        self._project: Project | None = None
        self.grid = VariantGrid()
        self.problem = ProblemBox()
        self.feed = Feed(runner, self)
        self._lay_out()
        self.classes.activated.connect(self._on_class)
        self.feed.ready.connect(self._on_picture)
        self.feed.failed.connect(self._on_failed)

    def _lay_out(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.classes = QComboBox()
        self.classes.setAccessibleName("Class")
        self.classes.setMaximumWidth(22 * SPACE)
        self.back = IconButton("chevron-left", "Previous image", lambda: self.step(-1))
        self.forth = IconButton("chevron-right", "Next image", lambda: self.step(1))
        self.roll = button("Re-roll", self.reroll, icon="refresh-cw", tip="The next epochs.")
        for part in (self.classes, self.back, self.forth):
            self.head.addWidget(part)
        self.about = label("", "caption", wrap=True)
        self.about.setMinimumHeight(2 * self.about.fontMetrics().lineSpacing())
        self.body.addWidget(self.problem)
        self.body.addWidget(self.grid, 1)
        foot = row(self.about, self.roll)
        foot.setStretch(0, 1)
        self.body.addLayout(foot)

    def show_preview(self, images: Images, project: Project | None) -> None:
        """Shows what this project's augmentation makes of these images; cheap to call again."""
        self._images, self._project = images, project
        found = images.current
        names = list(found.manifest.classes) if found is not None else []
        if names != [self.classes.itemText(i) for i in range(self.classes.count())]:
            self.classes.clear()
            self.classes.addItems(names)
            self._on_class(0)
        for part in (self.classes, self.back, self.forth, self.roll):
            part.setEnabled(found is not None)
        if self.isVisible():
            self._ask()

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

    @property
    def _set(self) -> ImageSet | None:
        return self._images.current if self._images is not None else None

    def _rows(self) -> np.ndarray:
        """Training images of the chosen class; of all classes when it has none."""
        images = self._set
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

    def _ask(self) -> None:
        if self._images is None:
            return
        images, project = self._images.current, self._project
        self.problem.show_error(self._images.error)
        if images is None or project is None or self.row >= len(images.manifest.items):
            waiting = self._images.loading
            self.grid.show_text("Reading the list of images…" if waiting else "No images yet.")
            return
        if self.picture is None:
            self.grid.show_text("Preparing the preview…")
        seed, first = project.training.seed, self.first_epoch
        self.feed.ask(Wish(images, self.row, project.augment, seed, first, VARIANTS))

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
        self.pictured.emit()

    def _on_failed(self, error: FoveaError) -> None:
        self.picture = None
        self.grid.show_text("")
        self.problem.show_error(error)
        self.pictured.emit()
