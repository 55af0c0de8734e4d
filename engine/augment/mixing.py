"""Mixing images with others, and batches as training sees them: images, and labels in shares.

The partner of an image is the one that follows it in the epoch's order, the first after the last.
So a mixed image is a pure function of seed, epoch, image and training set, whatever the batch size;
and within a batch each image is the partner of the one before it, so that mixing costs a single
image more to be augmented. A partner carries its own augmentation of the epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.augment.draws import Drawn, draw
from engine.augment.engine import CHUNK_BYTES, augment, chunks
from engine.augment.pipeline import Pipeline
from engine.augment.sampling import drawn_places
from engine.recipe.sampling import SamplingKind
from engine.transforms.base import Mixing

__all__ = [
    "Batch",
    "Raw",
    "Room",
    "batches_in_epoch",
    "change",
    "epoch_order",
    "gather",
    "make_batch",
    "mix",
    "mixes",
]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Augmented images with their labels.

    Attributes:
        images: float32 ``[B, C, H, W]`` in 0..1.
        labels: int64 ``[B]``; uint8 ``[B, classes]`` where images can have several classes.
        others: as ``labels``, those of the partners; None where no card mixes images.
        share: float64 ``[B]``, how much of each image is its own; None as ``others``.
    """

    images: Tensor
    labels: Tensor
    others: Tensor | None = None
    share: Tensor | None = None

    def targets(self, classes: int) -> Tensor:
        """What the loss compares with: the labels, or float32 ``[B, classes]`` where images mix.

        Of several classes an image always float32 ``[B, classes]``.
        """
        if self.others is None or self.share is None:
            return self.labels if self.labels.ndim == 1 else self.labels.float()
        own = self.share.float()[:, None]
        one, other = (_one_hot(labels, classes) for labels in (self.labels, self.others))
        return one.mul_(own).add_(other.mul_(1.0 - own))

    def part(self, begin: int, end: int) -> Batch:
        """The images from ``begin`` up to ``end`` as a batch of their own, not copied."""
        others = None if self.others is None else self.others[begin:end]
        share = None if self.share is None else self.share[begin:end]
        return Batch(self.images[begin:end], self.labels[begin:end], others, share)


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """The images of a batch before anything is done to them, and one more where cards mix.

    Attributes:
        pixels: as ``augment`` takes them.
        samples: int64 ``[B]``, what augmentation draws from.
        labels: as those of a :class:`Batch`.
    """

    pixels: Tensor
    samples: Tensor
    labels: Tensor


class Room:
    """Memory for batches that is used again and again.

    On the CPU new memory of many megabytes is given back to the system after each batch, and every
    page of it costs a fault. A batch made in a room is overwritten by the next one.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Tensor] = {}
        self._last: dict[str, Tensor] = {}

    def of(self, name: str, shape: torch.Size, device: torch.device) -> Tensor:
        """Float32 memory of a shape; the same for a name as long as it is large enough."""
        last = self._last.get(name)
        if last is not None and last.shape == shape and last.device == device:
            return last
        kept = self._kept.get(name)
        count = shape.numel()
        if kept is None or kept.numel() < count or kept.device != device:
            kept = self._kept[name] = torch.empty(count, dtype=torch.float32, device=device)
        self._last[name] = kept[:count].view(shape)
        return self._last[name]

    @property
    def nbytes(self) -> int:
        """How much memory it holds."""
        return sum(kept.nbytes for kept in self._kept.values())


def mixes(pipeline: Pipeline) -> bool:
    """Whether any card that can act mixes images."""
    return any(isinstance(card.transform, Mixing) for card in pipeline.active)


def epoch_order(
    seed: int,
    epoch: int,
    train_rows: np.ndarray,
    labels: np.ndarray | None = None,
    sampling: SamplingKind = "natural",
) -> np.ndarray:
    """The training images in the order of an epoch (which counts from 0).

    ``labels`` (int64) are those of ``train_rows``, needed for any ``sampling`` but natural; see
    :func:`engine.augment.sampling.drawn_places`.
    """
    known = np.zeros(len(train_rows), np.int64) if labels is None else labels
    return train_rows[drawn_places(seed, epoch, known, sampling)]


def batches_in_epoch(images: int, batch_size: int) -> int:
    """How many batches an epoch has: a last one of one image is dropped, batch norm needs two."""
    whole, rest = divmod(images, batch_size)
    return whole + (rest > 1)


def make_batch(
    pipeline: Pipeline,
    order: Tensor,
    places: slice,
    *,
    pixels: Callable[[Tensor], Tensor],
    labels: Tensor,
    seed: int,
    epoch: int,
    scale: float,
    samples: Tensor | None = None,
    room: Room | None = None,
) -> Batch:
    """The images at ``places`` of an epoch's order, as training sees them: augmented and mixed.

    What :func:`gather` and :func:`change` do, one after the other.
    """
    raw = gather(pipeline, order, places, pixels=pixels, labels=labels, samples=samples)
    return change(pipeline, raw, seed=seed, epoch=epoch, scale=scale, room=room)


@torch.no_grad()
def gather(
    pipeline: Pipeline,
    order: Tensor,
    places: slice,
    *,
    pixels: Callable[[Tensor], Tensor],
    labels: Tensor,
    samples: Tensor | None = None,
) -> Raw:
    """The images at ``places`` of an epoch's order, with a partner for the last where cards mix.

    ``order`` (int64) are the rows of the whole epoch; ``pixels`` gives those of some rows as
    ``augment`` takes them, and ``labels`` (int64) are those of all rows of the data set.
    ``samples`` (int64, as ``order``) are what augmentation draws from where that is not the row:
    see :func:`engine.augment.sampling.sample_numbers`.
    """
    mixing = mixes(pipeline)
    rows = _some(order, places, partner=mixing)
    drawn = rows if samples is None else _some(samples, places, partner=mixing)
    raw = pixels(rows)
    rows = rows.to(raw.device, non_blocking=True)  # gathered by the host, they come from there
    return Raw(raw, drawn, labels[rows])


@torch.no_grad()
def change(
    pipeline: Pipeline,
    raw: Raw,
    *,
    seed: int,
    epoch: int | Tensor,
    scale: float,
    room: Room | None = None,
) -> Batch:
    """Gathered images as training sees them in an epoch (0-based, or int64 ``[]``).

    A pure function of its arguments, which it leaves as they are. With ``room`` the images lie in
    its memory until the next batch is made there.
    """
    images, labels = raw.pixels, raw.labels
    augmented = augment(
        pipeline,
        images,
        raw.samples,
        seed=seed,
        epoch=epoch,
        scale=scale,
        out=None if room is None else room.of("images", images.shape, images.device),
    )
    if not mixes(pipeline):
        return Batch(augmented, labels)
    mine, others = augmented[:-1], augmented[1:]
    out = None if room is None else room.of("mixed", mine.shape, mine.device)
    drawn = raw.samples[:-1]
    mixed, share = mix(pipeline, mine, others, drawn, seed=seed, epoch=epoch, out=out)
    return Batch(mixed, labels[:-1], labels[1:], share)


@torch.no_grad()
def mix(
    pipeline: Pipeline,
    images: Tensor,
    partners: Tensor,
    samples: Tensor,
    *,
    seed: int,
    epoch: int | Tensor,
    out: Tensor | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> tuple[Tensor, Tensor]:
    """Mixes ``images`` with ``partners``, both augmented, by the pipeline's mixing cards in order.

    Gives new images float32 ``[B, C, H, W]`` (in ``out``, where given) and the share of each that
    is its own, float64 ``[B]``; neither input is written into, so they may overlap. Several cards
    mix in the same partner, so that their shares multiply. ``samples``, ``seed`` and ``epoch`` are
    those of ``augment``, and so is what they promise: a sample's bits do not depend on its batch.
    """
    out = torch.empty_like(images) if out is None else out
    share = torch.ones(len(images), dtype=torch.float64, device=images.device)
    with torch.autocast(images.device.type, enabled=False):
        drawn = draw(pipeline, samples.to(images.device), seed, epoch)
        cards = [item for item in drawn if isinstance(item.transform, Mixing)]
        for part in chunks(images, chunk_bytes):
            mixed = out[part].copy_(images[part])
            for card in cards:
                share[part] *= _mix_one(card, mixed, partners[part], part)
    return out, share


def _mix_one(card: Drawn, images: Tensor, partners: Tensor, part: slice) -> Tensor:
    """Mixes a chunk in place, where the card acts; gives the shares, 1 where it does not."""
    transform = card.transform
    assert isinstance(transform, Mixing)
    draws, chosen = card.draws[part], None if card.chosen is None else card.chosen[part]
    if chosen is None:
        mixed, share = transform.mix(images, partners, draws)
    elif chosen.is_cuda:  # all are mixed and the right ones kept: the host need not wait
        mixed, share = transform.mix(images.clone(), partners, draws)
        mixed = mixed.where(chosen[:, None, None, None], images)
        share = share.where(chosen, 1.0)
    else:
        places = chosen.nonzero()[:, 0]
        some, some_share = transform.mix(images[places], partners[places], draws[places])
        images[places] = some
        mixed, share = images, torch.ones(len(images), dtype=torch.float64)
        share[places] = some_share
    if mixed is not images:
        images.copy_(mixed)
    return share


def _some(order: Tensor, places: slice, *, partner: bool) -> Tensor:
    """The part of an epoch's order, and what follows it: beyond, or at the start of the order."""
    some = order[places]
    if not partner:
        return some
    end = (places.start + len(some)) % len(order)
    return torch.cat((some, order[end : end + 1]))


def _one_hot(labels: Tensor, classes: int) -> Tensor:
    """Float32 ``[B, classes]``, memory of its own."""
    if labels.ndim == 2:
        return labels.float()
    return torch.nn.functional.one_hot(labels, classes).float()
