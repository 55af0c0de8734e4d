"""Makes the preview's pictures behind the window, the latest wish first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from engine.augment.pipeline import Pipeline
from engine.errors import FoveaError
from gui.images import ImageSet
from gui.pages.augment.pictures import to_images
from gui.runner import Progress, Runner

__all__ = ["Feed", "Picture", "Wish"]

_AT_ONCE = 2
_KEPT = 64


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
    """Keeps the preview in step with a hand on a slider.

    Two previews are made at a time, for one alone would leave a core idle while its predecessor is
    painted; wishes that come meanwhile replace each other, and an answer that a later one has
    overtaken is dropped.
    """

    ready = Signal(object)
    failed = Signal(object)

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._asked = 0
        self._answered = 0
        self._busy = 0
        self._next: Wish | None = None
        self._decoded = _Decoded()

    def ask(self, wish: Wish) -> None:
        """Asks for a preview; ``ready`` or ``failed`` answers, for this wish or a later one."""
        if self._busy == _AT_ONCE:
            self._next = wish
            return
        self._busy += 1
        self._asked += 1
        answer = _Answer(self, self._asked)
        work = partial(_work, wish, self._decoded)
        self._runner.task(work, answer.done, answer.failed, owner=self, prompt=True)

    def _arrived(self, number: int) -> bool:
        """Goes on with the wish that waits; says whether this answer is the newest so far."""
        self._busy -= 1
        wish, self._next = self._next, None
        if wish is not None:
            self.ask(wish)
        newest = number > self._answered
        self._answered = max(number, self._answered)
        return newest


@dataclass(frozen=True, eq=False)
class _Answer:
    """Where the result of one wish goes."""

    feed: Feed
    number: int

    def done(self, picture: Picture) -> None:
        if self.feed._arrived(self.number):
            self.feed.ready.emit(picture)

    def failed(self, error: FoveaError) -> None:
        if self.feed._arrived(self.number):
            self.feed.failed.emit(error)


class _Decoded:
    """The pixels of the images looked at last: a slider must not decode a file for each step."""

    def __init__(self) -> None:
        self._kept: tuple[ImageSet | None, dict[int, NDArray[Any]]] = (None, {})

    def pixels(self, images: ImageSet, row: int) -> NDArray[Any]:
        """The pixels of a row. Called by several workers: set and pixels are swapped as one."""
        of, kept = self._kept
        if of is not images or len(kept) > _KEPT:
            kept = {}
            self._kept = (images, kept)
        found = kept.get(row)
        if found is None:
            found = kept[row] = images.reader.pixels(row)
        return found


def _work(wish: Wish, decoded: _Decoded, _progress: Progress) -> Picture:
    from engine.augment.preview import variants

    pixels = decoded.pixels(wish.images, wish.row)
    scale = 1.0 / np.iinfo(pixels.dtype).max
    epochs = range(wish.first - 1, wish.first - 1 + wish.count)  # training counts from 0
    seen = variants(wish.pipeline, pixels, wish.row, seed=wish.seed, epochs=epochs, scale=scale)
    whole = np.concatenate([pixels[None].astype(np.float32) * np.float32(scale), seen])
    return Picture(wish, to_images(whole), whole)
