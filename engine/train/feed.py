"""The batches of a run, in order: each a pure function of seed, epoch and place."""

from __future__ import annotations

import torch

from engine.augment.mixing import Batch, Room, epoch_order, make_batch
from engine.augment.sampling import sample_numbers
from engine.compute.images import scaled
from engine.train.pieces import Pieces

__all__ = ["Feed"]


class Feed:
    """Gives the batch of any update: the images and labels, augmented and mixed."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        on_cpu = pieces.arithmetic.device.type == "cpu"
        self._room = Room() if on_cpu else None  # a card's memory is kept by torch itself
        self._labels = pieces.train_labels
        self._order: tuple[int, torch.Tensor, torch.Tensor | None] | None = None
        self._plain = not pieces.pipeline.active

    def batch(self, epoch: int, step: int) -> Batch:
        """The batch of update ``step`` (0-based, of the run), which lies in ``epoch`` (0-based).

        Of several processes each gets its share. Not yet normalised. On the processor the images
        lie in memory that the next call writes into.
        """
        pieces = self._pieces
        seed, size = pieces.recipe.seed, pieces.recipe.batch_size
        if self._order is None or self._order[0] != epoch:
            self._order = (epoch, *self._rows(epoch))
        index = step - epoch * pieces.steps_per_epoch
        order = self._order[1]
        places = pieces.ranks.part(slice(index * size, (index + 1) * size), len(order))
        if self._plain:
            return self._unchanged(order[places])
        return make_batch(
            pieces.pipeline,
            order,
            places,
            pixels=pieces.images.batch,
            labels=pieces.images.labels,
            seed=seed,
            epoch=epoch,
            scale=pieces.scale,
            samples=self._order[2],
            room=self._room,
        )

    def rows(self, epoch: int, step: int) -> list[int]:
        """The images of a batch, by their rows in the data set; after :meth:`batch` gave it."""
        assert self._order is not None
        size = self._pieces.recipe.batch_size
        index = step - epoch * self._pieces.steps_per_epoch
        return self._order[1][index * size : (index + 1) * size].tolist()

    def _rows(self, epoch: int) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The order of an epoch, and what augmentation draws from where that is not the row."""
        pieces = self._pieces
        seed, sampling = pieces.recipe.seed, pieces.recipe.sampling
        rows = epoch_order(seed, epoch, pieces.train_rows, self._labels, sampling)
        order = pieces.images.order(rows)
        if sampling == "natural":
            return order, None
        return order, pieces.images.order(sample_numbers(rows))

    def _unchanged(self, rows: torch.Tensor) -> Batch:
        """What ``make_batch`` gives without a card that acts, at a third of its cost.

        Planning for nobody takes as long as a tenth of a small network's step.
        """
        images = self._pieces.images
        raw = images.batch(rows)
        rows = rows.to(raw.device, non_blocking=True)
        room = self._room
        out = None if room is None else room.of("images", raw.shape, raw.device)
        return Batch(scaled(raw, self._pieces.scale, out), images.labels[rows])
