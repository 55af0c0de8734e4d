"""What training will see: one image epoch by epoch, or a whole batch, bit for bit.

The window and the command line show these; nothing here is a second implementation. Images come
from a :class:`Source`, which may decode files one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from engine.augment.engine import augment
from engine.augment.mixing import (
    Batch,
    Room,
    batches_in_epoch,
    epoch_order,
    make_batch,
    mix,
    mixes,
)
from engine.augment.pipeline import Pipeline
from engine.augment.sampling import drawn_places, numbered, sample_numbers
from engine.errors import FoveaError
from engine.randomness import next_in_permutation
from engine.recipe.sampling import SamplingKind

__all__ = ["Preview", "Source", "preview_batch", "preview_image", "variants"]

Pixels = np.ndarray[Any, Any]
_CHUNK_BYTES = 1 << 22
"""Larger than in training: each chunk's small steps wait for the window's thread in turn, and
under a dragged slider that costs more than the cache gains (31 against 27 grids a second)."""


class Source(Protocol):
    """Where a preview's images come from, an open data set or the window's reader of files."""

    @property
    def labels(self) -> np.ndarray:
        """Int64, the class of every image by row; the row itself where an image can have several
        classes, so that a preview says which images it shows and mixes in.
        """
        ...

    @property
    def train_rows(self) -> np.ndarray:
        """Int64, the rows that the model trains on, in the order of the data set: the same as in
        training, or mixed images and batches would be others."""
        ...

    @property
    def scale(self) -> float:
        """What brings pixels to 0..1."""
        ...

    def pixels(self, rows: np.ndarray) -> Pixels:
        """``[n, C, H, W]`` uint8 or uint16 of these rows; may raise FoveaError FV-D010."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """Images as training sees them, before they are normalised, with what they are made of.

    Attributes:
        images: float32 ``[n, C, H, W]`` in 0..1.
        rows: int64 ``[n]``, the images' numbers in the data set.
        own: int64 ``[n]``, their labels as the source has them.
        other: int64 ``[n]``, the label of the image mixed in, -1 where none is.
        share: float64 ``[n]``, how much of each is its own: 1 where nothing is mixed in.
    """

    images: np.ndarray
    rows: np.ndarray
    own: np.ndarray
    other: np.ndarray
    share: np.ndarray


def preview_image(
    pipeline: Pipeline,
    source: Source,
    row: int,
    *,
    seed: int,
    epochs: Sequence[int],
    sampling: SamplingKind = "natural",
    room: Room | None = None,
) -> Preview:
    """One image in each of ``epochs`` (which count from 0); ``seed`` is the training's.

    The partners of the epochs are fetched from ``source`` where the pipeline mixes images. A row
    that is not trained on, or not in an epoch by ``sampling`` (the training's), has no partner in
    training: its other changes are shown. Of one that an epoch shows several times it is the first.
    With ``room`` the images lie in its memory until it is used again: 23 images of 224 px take
    14 MB, and new memory of that size costs a page fault for every 4 KB.
    """
    rows, drawn_in = np.full(len(epochs), row), torch.tensor(list(epochs), dtype=torch.int64)
    raw = _tensor(source.pixels(np.array([row]))).expand(len(epochs), -1, -1, -1)
    words: dict[str, Any] = {"seed": seed, "epoch": drawn_in, "chunk_bytes": _CHUNK_BYTES}
    kept = _Memory(room, raw.shape)
    images = augment(
        pipeline, raw, torch.from_numpy(rows), scale=source.scale, out=kept("images"), **words
    )
    labels = torch.from_numpy(np.asarray(source.labels)[rows])
    place = _place(source.train_rows, row) if mixes(pipeline) else -1
    if place < 0:
        return _preview(rows, Batch(images, labels))
    train_rows = np.asarray(source.train_rows)
    known = np.asarray(source.labels)[train_rows]
    after, times = _followers(seed, epochs, known, sampling, place)
    next_rows = train_rows[np.where(after < 0, place, after)]
    followers = torch.from_numpy(numbered(next_rows, times))
    raw = _tensor(_fetch(source, next_rows))
    partners = augment(pipeline, raw, followers, scale=source.scale, out=kept("partners"), **words)
    mixed, share = mix(
        pipeline, images, partners, torch.from_numpy(rows), out=kept("mixed"), **words
    )
    alone = torch.from_numpy(after < 0)
    mixed[alone], share[alone] = images[alone], 1.0
    others = torch.from_numpy(np.asarray(source.labels)[next_rows])
    return _preview(rows, Batch(mixed, labels, others, share))


def preview_batch(
    pipeline: Pipeline,
    source: Source,
    *,
    seed: int,
    epoch: int,
    index: int,
    batch_size: int,
    sampling: SamplingKind = "natural",
    room: Room | None = None,
) -> Preview:
    """The ``index``-th batch (from 0) of an epoch (from 0), exactly as training makes it.

    ``room`` is as in :func:`preview_image`. Raises FoveaError FV-H003 where the epoch has no such
    batch.
    """
    rows = np.asarray(source.train_rows)
    count = batches_in_epoch(len(rows), batch_size)
    if not 0 <= index < count:
        raise FoveaError(
            "FV-H003",
            f"There is no batch {index + 1}.",
            why=f"An epoch has {count:,} batch{'es' if count != 1 else ''} of up to "
            f"{batch_size:,} images.",
            fix="Choose a batch of the epoch.",
        )
    order = epoch_order(seed, epoch, rows, np.asarray(source.labels)[rows], sampling)
    places = slice(index * batch_size, (index + 1) * batch_size)
    batch = make_batch(
        pipeline,
        torch.from_numpy(order),
        places,
        pixels=lambda wanted: _tensor(source.pixels(wanted.numpy())),
        labels=torch.from_numpy(np.asarray(source.labels)),
        seed=seed,
        epoch=epoch,
        scale=source.scale,
        samples=torch.from_numpy(sample_numbers(order)),
        room=room,
    )
    return _preview(order[places], batch)


def variants(
    pipeline: Pipeline, image: np.ndarray, sample: int, *, seed: int, epochs: range, scale: float
) -> np.ndarray:
    """Float32 ``[len(epochs), C, H, W]``: the image in each epoch, without any mixed in.

    ``image`` is ``[C, H, W]`` uint8 or uint16 and times ``scale`` in 0..1; ``sample`` is its number
    in the data set; ``seed`` is the training's. Runs the training's own code.
    """
    count = len(epochs)
    images = _tensor(image[None]).expand(count, -1, -1, -1)
    numbers, drawn_in = torch.full((count,), sample), torch.tensor(list(epochs))
    return augment(pipeline, images, numbers, seed=seed, epoch=drawn_in, scale=scale).numpy()


@dataclass(frozen=True, slots=True)
class _Memory:
    """Where results of a shape go: into a room, or into new memory."""

    room: Room | None
    shape: torch.Size

    def __call__(self, name: str) -> Tensor | None:
        return None if self.room is None else self.room.of(name, self.shape, torch.device("cpu"))


def _preview(rows: np.ndarray, batch: Batch) -> Preview:
    count = len(rows)
    share = np.ones(count) if batch.share is None else batch.share.numpy()
    others = np.full(count, -1) if batch.others is None else batch.others.numpy()
    own = batch.labels.numpy()
    return Preview(batch.images.numpy(), rows, own, np.where(share < 1, others, -1), share)


def _tensor(pixels: Pixels) -> Tensor:
    """As ``augment`` takes them: 16 bits become int32, for torch hardly computes with uint16."""
    wide = pixels.astype(np.int32) if pixels.dtype == np.uint16 else np.ascontiguousarray(pixels)
    return torch.from_numpy(wide)


def _fetch(source: Source, rows: np.ndarray) -> Pixels:
    """The pixels of rows that may repeat, each read once."""
    single, places = np.unique(rows, return_inverse=True)
    return source.pixels(single)[places]


def _place(train_rows: np.ndarray, row: int) -> int:
    """Where a row stands among the training images, -1 where it is not trained on."""
    found = np.flatnonzero(np.asarray(train_rows) == row)
    return int(found[0]) if len(found) else -1


def _followers(
    seed: int, epochs: Sequence[int], labels: np.ndarray, sampling: SamplingKind, place: int
) -> tuple[np.ndarray, np.ndarray]:
    """Which training image follows one in each epoch, and how often that was shown before.

    -1 and 0 where the one is not shown at all.
    """
    every = tuple(int(epoch) for epoch in epochs)
    if sampling != "natural":
        found = _drawn_followers(seed, every, labels.tobytes(), sampling, place)
    else:
        found = tuple((_follower(seed, epoch, len(labels), place), 0) for epoch in every)
    after, times = np.array(found, dtype=np.int64).T
    return after, times


@lru_cache(maxsize=8)
def _drawn_followers(
    seed: int, epochs: tuple[int, ...], labels: bytes, sampling: SamplingKind, place: int
) -> tuple[tuple[int, int], ...]:
    """The same where classes are drawn: found in the whole orders, so answers are kept."""
    known, found = np.frombuffer(labels, np.int64), []
    for epoch in epochs:
        order = drawn_places(seed, epoch, known, sampling)
        shown = np.flatnonzero(order == place)
        if not len(shown):
            found.append((-1, 0))
            continue
        at = (int(shown[0]) + 1) % len(order)
        found.append((int(order[at]), int((order[:at] == order[at]).sum())))
    return tuple(found)


@lru_cache(maxsize=4096)
def _follower(seed: int, epoch: int, count: int, place: int) -> int:
    """Which training image follows one in an epoch; kept, for a slider asks again and again."""
    return next_in_permutation(seed, epoch, count, place)
