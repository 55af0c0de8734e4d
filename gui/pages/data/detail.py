"""One image: as it is on disk, and as the network receives it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from engine.data.paths import shown
from engine.errors import FoveaError
from gui.gallery.gallery import to_image
from gui.images import SPLIT_NAMES, ImageSet
from gui.runner import Progress, Runner
from gui.theme import theme
from gui.theme.tokens import SPACE
from gui.widgets import STRETCH, column, label

__all__ = ["ImageDetail"]

_SIDE = 17 * SPACE


class _Picture(QWidget):
    """An image in a square well; small ones are enlarged with their pixels visible."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._image: QImage | None = None
        self.setFixedSize(QSize(_SIDE, _SIDE))
        self.setAccessibleName(name)

    def show_image(self, image: QImage | None) -> None:
        """Shows an image, or an empty well."""
        self._image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("sunken"))
        if self._image is not None:
            longer = max(self._image.width(), self._image.height())
            shrinks = longer >= self.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrinks)
            size = QSizeF(self._image.size()) * (self.width() / longer)
            place = QRectF(QPointF(0, 0), size)
            place.moveCenter(QRectF(self.rect()).center())
            painter.drawImage(place, self._image)


class ImageDetail(QFrame):
    """Both pictures, and what is known about the image."""

    def __init__(self, runner: Runner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._row = -1
        self.before = _Picture("The image on disk")
        self.after = _Picture("What the network receives")
        self.name = label("", "section", wrap=True, select=True)
        self.facts = label("", "muted", wrap=True, select=True)
        self.pixels = label("", "caption", wrap=True)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2 * SPACE)
        box.addLayout(column(self.before, label("On disk", "caption"), gap=2))
        box.addLayout(column(self.after, label("For the network", "caption"), gap=2))
        box.addLayout(column(self.name, self.facts, self.pixels, STRETCH, gap=SPACE // 2), 1)

    def show_row(self, images: ImageSet, row: int) -> None:
        """Shows one image of the set; the pictures follow when they are read."""
        self._row = row
        item, spec = images.manifest.items[row], images.spec
        self.name.setText(shown(item.name))
        self.facts.setText(
            f"{images.manifest.naming(item)} · {SPLIT_NAMES[images.splits[row]]} · "
            f"{item.width} × {item.height} px · {item.mode}"
        )
        self.pixels.setText(_sentence(images))

        def read(_progress: Progress) -> tuple[QImage, QImage]:
            small = images.reader.thumbnail(row, 2 * _SIDE)
            return to_image(small), to_image(_rgb(images.reader.pixels(row), spec.depth))

        self._runner.task(read, lambda pair: self._show(row, pair), self._failed, owner=self)

    def _show(self, row: int, pair: tuple[QImage, QImage]) -> None:
        if row == self._row:
            self.before.show_image(pair[0])
            self.after.show_image(pair[1])

    def _failed(self, error: FoveaError) -> None:
        self.before.show_image(None)
        self.after.show_image(None)
        self.pixels.setText(f"{error.what} {error.why}")


def _rgb(pixels: NDArray[np.generic], depth: int) -> NDArray[np.uint8]:
    levels = pixels.astype(np.uint16) >> 8 if depth == 16 else pixels
    image = levels.astype(np.uint8).transpose(1, 2, 0)
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


def _sentence(images: ImageSet) -> str:
    """How pixels become numbers, in words."""
    spec = images.spec
    fits = {
        "stretch": "stretched to",
        "letterbox": "fitted with black borders into",
        "crop": "cropped to",
    }
    colours = "one grey channel" if spec.channels == "grey" else "red, green and blue"
    text = f"Read as {colours}, {fits[spec.resize]} {spec.size} × {spec.size} px"
    if spec.depth == 16:
        low, high = (spec.window_low, spec.window_high) if spec.window == "auto" else (0.0, 65535.0)
        text += f", values {low:,.0f} to {high:,.0f} mapped to 0 to 1"
    return (
        text + "; then each channel is centred and scaled by the training images' mean and spread."
    )
