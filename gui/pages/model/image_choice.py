"""Choosing one of the project's images."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from gui.gallery import Gallery, Tile, TileList
from gui.gallery.gallery import to_image
from gui.images import SPLIT_NAMES, ImageSet
from gui.runner import Runner, Task
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, ElidedLabel, IconButton, button, column, row

__all__ = ["ImageChoice"]

_SIDE = 6 * SPACE


class ImageChoice(QWidget):
    """The chosen image, its neighbours, and a gallery of all; emits ``chosen(row)``.

    It begins with the first image of the validation split, which the network does not learn from.
    """

    chosen = Signal(int)

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self.row = 0
        self._runner = runner
        self._images: ImageSet | None = None
        self._reading: Task | None = None
        self.picture = QLabel()
        self.picture.setFixedSize(_SIDE, _SIDE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.name = ElidedLabel("", "", Qt.TextElideMode.ElideMiddle)
        self.split = ElidedLabel("", "caption")
        self.back = IconButton("chevron-left", "Previous image", lambda: self._step(-1))
        self.forth = IconButton("chevron-right", "Next image", lambda: self._step(1))
        self.all = button("Choose…", self.open)
        self.gallery: Gallery | None = None
        self._popup: QFrame | None = None
        tools = row(self.back, self.forth, self.all, STRETCH, gap=SPACE // 2)
        words = column(self.name, self.split, tools, gap=SPACE // 4)
        box = row(self.picture, words)
        box.setStretch(1, 1)
        self.setLayout(box)

    @property
    def ready(self) -> bool:
        """Whether there is an image to choose."""
        return self._images is not None and len(self._images.manifest.items) > 0

    def show_images(self, images: ImageSet | None) -> None:
        """Takes another set of images; the chosen one stays while it exists."""
        before, self._images = self._images, images
        count = len(images.manifest.items) if images is not None else 0
        other = before is None or images is None or before.folder != images.folder
        if images is not None and (other or self.row >= count):
            held_out = np.flatnonzero(images.splits == 1)
            self.row = int(held_out[0]) if len(held_out) else 0
        if self._popup is not None:
            self._popup.hide()
            self._popup.deleteLater()
            self._popup = self.gallery = None
        self._show()

    def choose(self, number: int) -> None:
        """Chooses an image by its row and says so."""
        if number != self.row:
            self.row = number
            self._show()
            self.chosen.emit(number)

    def open(self) -> None:
        """Opens the gallery of all images below the button.

        Arrow keys choose at once and leave it open; a click and Enter choose and close it.
        """
        images = self._images
        if images is None:
            return
        if self._popup is None:
            self._popup = QFrame(self, Qt.WindowType.Popup)
            self._popup.setProperty("look", "card")
            self.gallery = Gallery(self._runner, side=9 * SPACE)
            self._popup.setLayout(column(self.gallery, margin=SPACE))
            self._popup.resize(60 * SPACE, 45 * SPACE)
            side, reader = self.gallery.picture_side, images.reader
            rows = np.arange(len(images.manifest.items))
            tiles = TileList(rows, lambda number: _tile(images, number))
            self.gallery.show_tiles(tiles, lambda key: reader.thumbnail(key, side))
            self.gallery.chosen.connect(lambda tile: self.choose(tile.key))
            self.gallery.clicked.connect(self._popup.hide)
            self.gallery.activated.connect(self._popup.hide)
        corner = self.all.mapToGlobal(QPoint(self.all.width(), self.all.height()))
        self._popup.move(corner - QPoint(self._popup.width(), 0))
        self._popup.show()
        assert self.gallery is not None
        self.gallery.setCurrentIndex(self.gallery.tiles.index(self.row, 0))
        self.gallery.setFocus()

    def _step(self, by: int) -> None:
        if self._images is not None:
            self.choose((self.row + by) % len(self._images.manifest.items))

    def _show(self) -> None:
        images = self._images
        for part in (self.back, self.forth, self.all):
            part.setEnabled(self.ready)
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        if images is None or not self.ready:
            self.name.setText("No images yet")
            self.split.setText("")
            self.picture.clear()
            return
        tile = _tile(images, self.row)
        self.name.setText(tile.caption)
        self.split.setText(tile.tip)
        self.picture.setAccessibleName(f"Chosen image: {tile.caption}")
        number, side = self.row, round(_SIDE * self.devicePixelRatioF())
        self._reading = self._runner.task(
            lambda _progress: to_image(images.reader.thumbnail(number, side)),
            lambda image: self._on_picture(QPixmap.fromImage(image)),
            lambda _error: self.picture.clear(),
            owner=self,
        )

    def _on_picture(self, picture: QPixmap) -> None:
        self._reading = None
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        self.picture.setPixmap(picture)


def _tile(images: ImageSet, number: int) -> Tile:
    item = images.manifest.items[number]
    split = SPLIT_NAMES[int(images.splits[number])] if images.splits[number] >= 0 else "Left out"
    return Tile(
        int(number), item.name.rpartition("/")[2], f"{split}, {item.name}", item.every_label
    )
