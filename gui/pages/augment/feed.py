"""Makes the preview's pictures behind the window, the latest wish first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from engine.augment.pipeline import Pipeline
from engine.errors import FoveaError
from gui.gallery.gallery import to_image
from gui.images import ImageSet
from gui.runner import Progress, Runner

__all__ = ["Feed", "Picture", "Wish"]


@dataclass(frozen=True, eq=False)
class Wish:
    """What to preview: ``row`` of ``images`` in ``count`` epochs from ``first`` (1 or more) on."""

    images: ImageSet
    row: int
    pipeline: Pipeline
    seed: int
    first: int
    count: int


@dataclass(frozen=True, eq=False)
class Picture:
    """The answer: the original as the network receives it, then one image an epoch."""

    wish: Wish
    images: tuple[QImage, ...]
    pixels: NDArray[np.float32]


class Feed(QObject):
    """One preview is made at a time; wishes that come meanwhile replace each other."""

    ready = Signal(object)
    failed = Signal(object)

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._busy = False
        self._next: Wish | None = None

    def ask(self, wish: Wish) -> None:
        """Asks for a preview; ``ready`` or ``failed`` answers, for this wish or a later one."""
        if self._busy:
            self._next = wish
            return
        self._busy = True
        self._runner.task(_work(wish), self._on_done, self._on_error, owner=self)

    def _on_done(self, picture: Picture) -> None:
        self._go_on()
        self.ready.emit(picture)

    def _on_error(self, error: FoveaError) -> None:
        self._go_on()
        self.failed.emit(error)

    def _go_on(self) -> None:
        self._busy = False
        wish, self._next = self._next, None
        if wish is not None:
            self.ask(wish)


def _work(wish: Wish) -> Callable[[Progress], Picture]:
    def work(_progress: Progress) -> Picture:
        from engine.augment.preview import variants

        pixels = wish.images.reader.pixels(wish.row)
        scale = 1.0 / np.iinfo(pixels.dtype).max
        epochs = range(wish.first - 1, wish.first - 1 + wish.count)  # training counts from 0
        seen = variants(wish.pipeline, pixels, wish.row, seed=wish.seed, epochs=epochs, scale=scale)
        whole = np.concatenate([pixels[None].astype(np.float32) * np.float32(scale), seen])
        return Picture(wish, tuple(_shown(image) for image in whole), whole)

    return work


def _shown(image: NDArray[np.float32]) -> QImage:
    """Channels first in 0..1 to an image for the screen; grey becomes three equal channels."""
    levels = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)
    return to_image(np.repeat(levels, 3, axis=2) if levels.shape[2] == 1 else levels)
