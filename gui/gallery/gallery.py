"""A wall of pictures that are read behind the window, the visible ones first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from gui.gallery.painter import TilePainter
from gui.gallery.tiles import Tile, TileModel
from gui.runner import Runner, Task
from gui.theme import theme

__all__ = ["Gallery", "to_image"]

Reader = Callable[[int], NDArray[np.uint8]]
"""Reads the picture of a key, height x width x 3 of any proportion; called on a worker."""

_BATCH = 32


class Gallery(QListView):
    """Tiles in rows; only those in view (and a screen around them) are ever read.

    Emits ``chosen(tile)`` when a tile becomes the current one by mouse or keyboard.
    """

    chosen = Signal(object)

    def __init__(self, runner: Runner, *, side: int = 96, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._reader: Reader | None = None
        self._reading: Task | None = None
        self._failed: set[int] = set()
        self.tiles = TileModel()
        self.painter = TilePainter(side)
        self.setModel(self.tiles)
        self.setItemDelegate(self.painter)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setLayoutMode(QListView.LayoutMode.SinglePass)
        self.setGridSize(self.painter.tile_size())
        self._soon = QTimer(self, singleShot=True, interval=30)
        self._soon.timeout.connect(self._read_visible)
        self.verticalScrollBar().valueChanged.connect(self._on_scroll)
        self.selectionModel().currentChanged.connect(self._on_current)
        theme().follow(self._restyle)

    @property
    def picture_side(self) -> int:
        """The longer side that pictures should have, in the screen's own pixels."""
        return round(self.painter.side * self.devicePixelRatioF())

    def show_tiles(self, tiles: Sequence[Tile], reader: Reader | None = None) -> None:
        """Replaces the tiles; a new ``reader`` means that keys name other pictures now."""
        if reader is not None:
            self._reader = reader
            self._failed.clear()
            self.tiles.forget_pictures()
            if self._reading is not None:
                self._reading.cancel()
                self._reading = None
        self.tiles.show_tiles(tiles)
        self._soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._soon.start()

    def _on_scroll(self, _to: int) -> None:
        self._soon.start()

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.tiles.tiles[index.row()])

    def _restyle(self) -> None:
        self.setGridSize(self.painter.tile_size())

    def _wanted(self) -> list[int]:
        """Keys in view that have no picture yet, from the top."""
        size = self.painter.tile_size()
        across = max(1, self.viewport().width() // size.width())
        top = self.verticalScrollBar().value() // size.height() * across
        count = (self.viewport().height() // size.height() + 3) * across
        seen = self.tiles.tiles[max(0, top) : top + count]
        keys = dict.fromkeys(tile.key for tile in seen)
        return [k for k in keys if k not in self._failed and self.tiles.picture(k) is None]

    def _read_visible(self) -> None:
        reader, wanted = self._reader, self._wanted()[:_BATCH]
        if reader is None or not wanted or self._reading is not None:
            return

        def read(progress: object) -> dict[int, QImage | None]:
            return {key: _read(reader, key) for key in wanted}

        self._reading = self._runner.task(read, self._on_read, owner=self, prompt=True)

    def _on_read(self, images: dict[int, QImage | None]) -> None:
        self._reading = None
        self._failed.update(key for key, image in images.items() if image is None)
        found = {key: QPixmap.fromImage(image) for key, image in images.items() if image}
        self.tiles.add_pictures(found)
        self.viewport().update()
        self._read_visible()


def _read(reader: Reader, key: int) -> QImage | None:
    """A picture, None when its file cannot be read: the tile stays an empty well."""
    from engine.errors import FoveaError

    try:
        return to_image(reader(key))
    except (FoveaError, OSError):
        return None


def to_image(pixels: NDArray[np.uint8]) -> QImage:
    """An image of pixels, height x width x 3 in 0..255; the pixels are copied."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    made = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return made.copy()
