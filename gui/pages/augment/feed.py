"""Makes the preview's pictures behind the window, the latest wish first."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from engine.augment.pipeline import Pipeline
from engine.errors import FoveaError
from engine.recipe.sampling import SamplingKind
from gui.pages.augment.pictures import to_images
from gui.pages.augment.source import ViewSource
from gui.runner import Progress, Runner

if TYPE_CHECKING:
    from engine.augment.mixing import Room
    from engine.augment.preview import Preview

__all__ = ["Feed", "Picture", "Wish"]

_AT_ONCE = 2
_MOST_KEPT = 1 << 26
"""Bytes of a picture whose memory goes round; a larger one is dearer to hold than to make."""


@dataclass(frozen=True, eq=False)
class Wish:
    """What to preview with a seed: one image in several epochs, or one batch of training.

    Attributes:
        row: the image to show; not used for a batch.
        first: the first epoch (or the batch's), from 1.
        count: how many epochs, or how many images of the batch at most.
        batch_size: the batch size of training; 0 for one image.
        index: which batch of the epoch, from 0.
        sampling: how the training draws its classes.
    """

    source: ViewSource
    pipeline: Pipeline
    seed: int
    first: int
    count: int
    row: int = 0
    batch_size: int = 0
    index: int = 0
    sampling: SamplingKind = "natural"


@dataclass(frozen=True, eq=False)
class Picture:
    """The answer: what training sees, and the same images without any change.

    It lies in memory that is used again after a later picture was shown: keep no part of it.

    Attributes:
        images: one for the screen per image of ``seen``; originals: the same, unchanged; for one
            image in several epochs there is a single original.
        pixels: float32 ``[n, C, H, W]``, bit for bit what training is fed before normalisation.
        room: where all of it lies.
        rows, own, other, share: the image, its class, the class mixed in (-1: none) and the share
            of its own; as in ``engine.augment.preview.Preview``.
    """

    wish: Wish
    images: tuple[QImage, ...]
    originals: tuple[QImage, ...]
    pixels: NDArray[np.float32]
    room: Room
    rows: NDArray[np.int64]
    own: NDArray[np.int64]
    other: NDArray[np.int64]
    share: NDArray[np.float64]


class Feed(QObject):
    """Keeps the preview in step with a hand on a slider.

    Two previews are made at a time, for one alone would leave a core idle while its predecessor is
    painted; wishes that come meanwhile replace each other, and an answer that a later one has
    overtaken is dropped. Three pictures' memory goes round, two in work and one shown: new memory
    of that size (20 MB at 224 px) would cost a page fault for every 4 KB of each picture.
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
        self._shown: Picture | None = None
        self._rooms: deque[Room] = deque()

    def ask(self, wish: Wish) -> None:
        """Asks for a preview; ``ready`` or ``failed`` answers, for this wish or a later one."""
        if self._busy == _AT_ONCE:
            self._next = wish
            return
        self._busy += 1
        self._asked += 1
        answer = _Answer(self, self._asked)
        work = partial(_work, wish, self._rooms)
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

    def _show(self, picture: Picture, newest: bool) -> None:
        """Hands a picture on; the memory of the one that is no longer shown is free."""
        gone: Picture | None = picture
        if newest:
            gone, self._shown = self._shown, picture
            self.ready.emit(picture)
        if gone is not None and gone.room.nbytes <= _MOST_KEPT:
            self._rooms.append(gone.room)


@dataclass(frozen=True, eq=False)
class _Answer:
    """Where the result of one wish goes."""

    feed: Feed
    number: int

    def done(self, picture: Picture) -> None:
        self.feed._show(picture, self.feed._arrived(self.number))

    def failed(self, error: FoveaError) -> None:
        if self.feed._arrived(self.number):
            self.feed.failed.emit(error)


def _work(wish: Wish, rooms: deque[Room], _progress: Progress) -> Picture:
    from engine.augment.mixing import Room
    from engine.compute.device import use_threads

    use_threads(None)  # two at a time with a thread for each core hold each other up
    try:
        room = rooms.popleft()
    except IndexError:
        room = Room()
    seen = _seen(wish, room)
    rows = seen.rows[: wish.count] if wish.batch_size else np.array([wish.row])
    raw = wish.source.pixels(rows).astype(np.float32) * np.float32(wish.source.scale)
    count = min(wish.count, len(seen.rows))
    pixels = seen.images[:count]
    labels = (part[:count] for part in (seen.rows, seen.own, seen.other, seen.share))
    images, originals = to_images(pixels, room, "screen"), to_images(raw, room, "originals")
    return Picture(wish, images, originals, pixels, room, *labels)


def _seen(wish: Wish, room: Room) -> Preview:
    from engine.augment.preview import preview_batch, preview_image

    start = wish.first - 1  # training counts epochs from 0
    if wish.batch_size:
        return preview_batch(
            wish.pipeline,
            wish.source,
            seed=wish.seed,
            epoch=start,
            index=wish.index,
            batch_size=wish.batch_size,
            sampling=wish.sampling,
            room=room,
        )
    epochs = range(start, start + wish.count)
    return preview_image(
        wish.pipeline,
        wish.source,
        wish.row,
        seed=wish.seed,
        epochs=epochs,
        sampling=wish.sampling,
        room=room,
    )
