"""The batches of a run, in order: each a pure function of seed, epoch and place."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.augment.mixing import Batch, Room, epoch_order, make_batch
from engine.augment.sampling import sample_numbers
from engine.compute.images import scaled
from engine.compute.walk import Walk
from engine.train.pieces import Pieces

__all__ = ["Feed"]


class Feed:
    """Gives the batch of any update: the images and labels, augmented and mixed."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        on_cpu = pieces.arithmetic.device.type == "cpu"
        self._room = Room() if on_cpu else None  # a card's memory is kept by torch itself
        self._labels = pieces.train_labels
        self._epoch: _Epoch | None = None
        self._plain = not pieces.pipeline.active
        self._walk = Walk(pieces.images)

    def batch(self, epoch: int, step: int) -> Batch:
        """The batch of update ``step`` (0-based, of the run), which lies in ``epoch`` (0-based).

        Of several processes each gets its share. Not yet normalised. On the processor the images
        lie in memory that the next call writes into.
        """
        pieces = self._pieces
        seed, size = pieces.recipe.seed, pieces.recipe.batch_size
        now = self._epoch
        if now is None or now.number != epoch:
            now = self._epoch = self._begun(epoch)
        index = step - epoch * pieces.steps_per_epoch
        whole = slice(index * size, (index + 1) * size)
        places = pieces.ranks.part(whole, len(now.order))
        if now.walk is not None and now.labels is not None:
            return self._unchanged(now.walk(places), now.labels[places])
        return make_batch(
            pieces.pipeline,
            now.order,
            places,
            pixels=pieces.images.batch,
            labels=pieces.images.labels,
            seed=seed,
            epoch=epoch,
            scale=pieces.scale,
            samples=now.samples,
            room=self._room,
        )

    def rows(self, epoch: int, step: int) -> list[int]:
        """The images of a batch, by their rows in the data set; after :meth:`batch` gave it."""
        assert self._epoch is not None
        size = self._pieces.recipe.batch_size
        index = step - epoch * self._pieces.steps_per_epoch
        return self._epoch.order[index * size : (index + 1) * size].tolist()

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
        """What ``make_batch`` gives without a card that acts, at a third of its cost.

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
