"""The batches of a run, in order: each a pure function of seed, epoch and place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from engine.augment.mixing import Batch, Raw, Room, change, epoch_order, gather
from engine.augment.sampling import sample_numbers
from engine.compute.images import scaled
from engine.compute.walk import Walk
from engine.train.pieces import Pieces

if TYPE_CHECKING:
    from engine.train.recording.batches import RecordedBatches

__all__ = ["Feed"]


class Feed:
    """Gives the batch of any update: the images and labels, augmented and mixed.

    Attributes:
        recorded: what makes the batches that it fits on a card; None where there is none.
    """

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self.recorded: RecordedBatches | None = None
        on_cpu = pieces.arithmetic.device.type == "cpu"
        self._room = Room() if on_cpu else None  # a card's memory is kept by torch itself
        self._labels = pieces.train_labels
        self._epoch: _Epoch | None = None
        self._plain = not pieces.pipeline.active
        self._walk = Walk(pieces.images)

    def batch(self, epoch: int, step: int) -> Batch:
        """The batch of update ``step`` (0-based, of the run), which lies in ``epoch`` (0-based).

        Of several processes each gets its share. Not yet normalised. The images lie in memory that
        the next call may write into.
        """
        now, places = self._at(epoch, step)
        if now.walk is not None and now.labels is not None:
            return self._unchanged(now.walk(places), now.labels[places])
        raw, recorded = self._gathered(now, places), self.recorded
        if recorded is not None and recorded.fits(raw):
            return recorded(raw, epoch)
        return self.changed(raw, epoch)

    def gathered(self, epoch: int, step: int) -> Raw:
        """The images of a batch before anything is done to them."""
        return self._gathered(*self._at(epoch, step))

    def changed(self, raw: Raw, epoch: int) -> Batch:
        """What training sees of gathered images in an epoch, made without a recording."""
        pieces, room = self._pieces, self._room
        seed, scale = pieces.recipe.seed, pieces.scale
        return change(pieces.pipeline, raw, seed=seed, epoch=epoch, scale=scale, room=room)

    def rows(self, epoch: int, step: int) -> list[int]:
        """The images of a batch, by their rows in the data set; after :meth:`batch` gave it."""
        assert self._epoch is not None
        size = self._pieces.recipe.batch_size
        index = step - epoch * self._pieces.steps_per_epoch
        return self._epoch.order[index * size : (index + 1) * size].tolist()

    def _at(self, epoch: int, step: int) -> tuple[_Epoch, slice]:
        """The epoch, and the places in its order that update ``step`` learns from here."""
        pieces, now = self._pieces, self._epoch
        if now is None or now.number != epoch:
            now = self._epoch = self._begun(epoch)
        size, index = pieces.recipe.batch_size, step - epoch * pieces.steps_per_epoch
        whole = slice(index * size, (index + 1) * size)
        return now, pieces.ranks.part(whole, len(now.order))

    def _gathered(self, now: _Epoch, places: slice) -> Raw:
        images = self._pieces.images
        return gather(
            self._pieces.pipeline,
            now.order,
            places,
            pixels=images.batch,
            labels=images.labels,
            samples=now.samples,
        )

    def _begun(self, epoch: int) -> _Epoch:
        pieces, labels = self._pieces, self._pieces.images.labels
        seed, sampling = pieces.recipe.seed, pieces.recipe.sampling
        rows = epoch_order(seed, epoch, pieces.train_rows, self._labels, sampling)
        order = pieces.images.order(rows)
        if self._plain:
            own = labels[order.to(labels.device)]
            return _Epoch(epoch, order, labels=own, walk=self._walk.along(rows))
        numbers = None if sampling == "natural" else pieces.images.order(sample_numbers(rows))
        return _Epoch(epoch, order, samples=numbers)

    def _unchanged(self, raw: torch.Tensor, labels: torch.Tensor) -> Batch:
        """What ``change`` gives without a card that acts, at a third of its cost.

        Planning for nobody takes as long as a tenth of a small network's step.
        """
        room = self._room
        out = None if room is None else room.of("images", raw.shape, raw.device)
        return Batch(scaled(raw, self._pieces.scale, out), labels)


@dataclass(frozen=True, slots=True)
class _Epoch:
    """What the batches of one epoch are cut from.

    Attributes:
        number: which epoch (0-based).
        order: its rows.
        samples: what augmentation draws from, where that is not the row.
        labels, walk: labels in its order, and its images, where no card acts: a batch then needs no
            look-up of its own.
    """

    number: int
    order: torch.Tensor
    samples: torch.Tensor | None = None
    labels: torch.Tensor | None = None
    walk: Walk | None = None
