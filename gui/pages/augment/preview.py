"""The preview pane: one image epoch by epoch, or a whole batch, as training will see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget
from typing_extensions import override

from engine.errors import FoveaError
from engine.recipe.sampling import SamplingKind
from gui.images import Images, ImageSet
from gui.pages.augment.feed import Feed, Picture, Wish
from gui.pages.augment.grid import VariantGrid
from gui.pages.augment.source import ViewSource
from gui.pages.augment.tiles import caption, tiles
from gui.runner import Runner
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, Card, IconButton, ProblemBox, Segmented, button, label, row

if TYPE_CHECKING:
    from engine.project.document import Project

__all__ = ["PreviewPane"]

VARIANTS = 23
"""With the original a grid of 4 by 6."""
BATCH_SHOWN = 24


class PreviewPane(Card):
    """A live grid of what training is fed, with controls to choose image, epochs and seed.

    The page says with :meth:`show_preview` what there is to see; everything else the pane does by
    itself, behind the window. ``picture`` is what it shows; ``pictured()`` says that it changed.
    """

    pictured = Signal()

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__("What training sees", parent=parent)
        self.row = 0
        self.first_epoch = 1
        self.batch = 0
        self.seed_step = 0
        self.picture: Picture | None = None
        self._images: Images | None = None
        self._project: Project | None = None
        self._source: ViewSource | None = None
        self._stale = False
        self.grid = VariantGrid()
        self.problem = ProblemBox()
        self.feed = Feed(runner, self)
        self._lay_out()
        self.classes.activated.connect(self._on_class)
        self.mode.chosen.connect(self._on_mode)
        self.feed.ready.connect(self._on_picture)
        self.feed.failed.connect(self._on_failed)

    def _lay_out(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.mode = Segmented((("image", "Image"), ("batch", "Batch")), name="Preview")
        self.classes = QComboBox()
        self.classes.setAccessibleName("Class")
        self.classes.setMaximumWidth(22 * SPACE)
        self.classes.setMinimumContentsLength(6)
        adjust = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.classes.setSizeAdjustPolicy(adjust)
        self.back = IconButton("chevron-left", "Previous image", self._on_back)
        self.forth = IconButton("chevron-right", "Next image", self._on_forth)
        self.roll = button("Re-roll", self.reroll, icon="refresh-cw", tip="The next epochs.")
        self.seed = label("", "caption")
        self.seed.setToolTip("The training's seed is set in the recipe; others are only shown.")
        self.less = IconButton("minus", "Previous seed", self._on_less)
        self.more = IconButton("plus", "Next seed", self._on_more)
        self.head.addWidget(self.mode)
        self.about = label("", "caption", wrap=True)
        self.about.setMinimumHeight(2 * self.about.fontMetrics().lineSpacing())
        self.body.addLayout(row(self.classes, self.back, self.forth, STRETCH, self.roll))
        self.body.addWidget(self.problem)
        self.body.addWidget(self.grid, 1)
        foot = row(self.about, row(self.seed, self.less, self.more, gap=0))
        foot.setStretch(0, 1)
        self.body.addLayout(foot)

    # What there is to see

    def show_preview(self, images: Images, project: Project | None) -> None:
        """Shows what this project's augmentation makes of these images; cheap to call again."""
        self._images, self._project = images, project
        found = images.current
        if found is None:
            self._source = None
        elif self._source is None or self._source.images is not found:
            self._source = ViewSource(found)
            self._name_classes(found)
        self._enable()
        self._stale = True
        if self.isVisible():
            self._ask()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._ask()

    def _name_classes(self, found: ImageSet) -> None:
        names = list(found.manifest.classes)
        if names != [self.classes.itemText(i) for i in range(self.classes.count())]:
            self.classes.clear()
            self.classes.addItems(names)
            self.row = self._first_row()

    def _enable(self) -> None:
        there = self._source is not None
        batch = self.mode.current == "batch"
        self.classes.setEnabled(there and not batch)
        for part in (self.mode, self.back, self.forth, self.roll, self.more):
            part.setEnabled(there)
        self.less.setEnabled(there and self._seed > 0)
        self.seed.setText(f"Seed {self._seed}")
        noun = "batch" if batch else "image"
        for part, word in ((self.back, "Previous"), (self.forth, "Next")):
            part.setToolTip(f"{word} {noun}")
            part.setAccessibleName(f"{word} {noun}")
        self.roll.setToolTip("The next epoch." if batch else "The next epochs.")

    @property
    def _seed(self) -> int:
        own = self._project.training.seed if self._project is not None else 0
        return max(0, own + self.seed_step)

    # Steps

    def step(self, by: int) -> None:
        """Goes to the next (or, with -1, the previous) image of the class, or batch."""
        rows = self._rows()
        if self.mode.current == "batch":
            self.batch += by
        elif len(rows):
            place = int(np.searchsorted(rows, self.row))
            self.row = int(rows[(place + by) % len(rows)])
        self._ask()

    def reroll(self) -> None:
        """Shows the epochs after those shown."""
        self.first_epoch += 1 if self.mode.current == "batch" else VARIANTS
        self._ask()

    def step_seed(self, by: int) -> None:
        """Shows what another seed would draw; the project keeps its own."""
        self.seed_step += by
        self._enable()
        self._ask()

    def _on_back(self) -> None:
        self.step(-1)

    def _on_forth(self) -> None:
        self.step(1)

    def _on_less(self) -> None:
        self.step_seed(-1)

    def _on_more(self) -> None:
        self.step_seed(1)

    def _on_mode(self, _mode: str) -> None:
        self.first_epoch, self.batch = 1, 0
        self._enable()
        self._ask()

    def _on_class(self, _index: int) -> None:
        self.row = self._first_row()
        self._ask()

    def _first_row(self) -> int:
        rows = self._rows()
        return int(rows[0]) if len(rows) else 0

    def _rows(self) -> np.ndarray:
        """Training images of the chosen class; of all classes when it has none."""
        source = self._source
        if source is None:
            return np.empty(0, int)
        wanted = source.train_rows_of(self.classes.currentIndex())
        return wanted if len(wanted) else source.train_rows

    # Asking and showing

    def _ask(self) -> None:
        self._stale = False
        if self._images is None:
            return
        self.problem.show_error(self._images.error)
        source, project = self._source, self._project
        if source is None or project is None or self.row >= len(source.labels):
            waiting = self._images.loading
            self.grid.show_text("Reading the list of images…" if waiting else "No images yet.")
            return
        if self.picture is None:
            self.grid.show_text("Preparing the preview…")
        self.feed.ask(self._wish(source, project))

    def _wish(self, source: ViewSource, project: Project) -> Wish:
        if self.mode.current == "image":
            return Wish(
                source,
                project.augment,
                self._seed,
                self.first_epoch,
                VARIANTS,
                row=self.row,
                sampling=_sampling(project),
            )
        size = project.training.batch_size
        batches = max(1, len(source.train_rows) // size + (len(source.train_rows) % size > 1))
        return Wish(
            source,
            project.augment,
            self._seed,
            self.first_epoch,
            BATCH_SHOWN,
            batch_size=size,
            index=self.batch % batches,
            sampling=_sampling(project),
        )

    def _on_picture(self, picture: Picture) -> None:
        self.picture = picture
        self.problem.show_error(None)
        self.grid.show_tiles(tiles(picture))
        own = self._project.training.seed if self._project is not None else picture.wish.seed
        self.about.setText(caption(picture, own))
        self.pictured.emit()

    def _on_failed(self, error: FoveaError) -> None:
        self.picture = None
        self.grid.show_text("")
        self.about.setText("")
        self.problem.show_error(error)
        self.pictured.emit()


def _sampling(project: Project) -> SamplingKind:
    """How the training draws; only natural where an image can have several classes."""
    return "natural" if project.data.targets == "multi" else project.training.sampling
