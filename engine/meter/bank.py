"""Changed copies of all images of a pool, small enough to train on from memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import adaptive_avg_pool2d

from engine.augment.engine import augment
from engine.augment.mixing import Batch, mix, mixes
from engine.augment.pipeline import Pipeline
from engine.compute.images import Images, Normaliser, measure
from engine.meter.subset import Pool

__all__ = ["Bank", "Tell", "Views", "images_at_once"]

LARGEST_SIDE = 32
"""The meter's network reads images of at most this side: a training takes seconds."""
MOST_BYTES = 1 << 28
FEWEST_VARIANTS = 6
_BATCH = 128
_AT_ONCE = 1 << 24
"""Values of the images that are changed together: 64 MB, as often as steps need it."""

Tell = Callable[[int], None]
"""Told how many training steps were done since the last call; may raise Cancelled."""


def images_at_once(values: int, most: int) -> int:
    """How many images of so many values each are worked on together, at most ``most``."""
    return max(1, min(most, _AT_ONCE // values))


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Float16 ``[variants, n, C, side, side]``, normalised: what a pipeline makes of every image.

    Training goes through the variants epoch after epoch; images are judged by the first few.
    ``mixing`` is the pipeline, where it has cards that mix images: they act batch by batch.
    """

    pixels: torch.Tensor
    mixing: Pipeline | None = None

    def of(self, variant: int, rows: torch.Tensor) -> torch.Tensor:
        """The float32 images of ``rows`` in one of the variants, counted round."""
        return self.pixels[variant % len(self.pixels)][rows].float()

    def batch(
        self, epoch: int, rows: torch.Tensor, labels: torch.Tensor, classes: int, seed: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Images of an epoch with what the loss compares: labels, or shares where images mix.

        Each image is mixed with the next one of the batch, the last with the first.
        """
        images, own = self.of(epoch, rows), labels[rows]
        if self.mixing is None:
            return images, own
        mixed, share = mix(self.mixing, images, images.roll(-1, 0), rows, seed=seed, epoch=epoch)
        return mixed, Batch(mixed, own, own.roll(-1), share).targets(classes)


class Bank:
    """Makes views of a pool's images.

    An image is changed at the project's own size, by the engine that training uses, and then
    averaged down to at most 32 px: so noise, blur and fine patterns act as they will, and what
    they do to details below the network's pixels is not measured.
    """

    def __init__(self, pool: Pool, device: torch.device, seed: int) -> None:
        self._pool, self._device, self._seed = pool, device, seed
        self._images = Images(pool.pixels, pool.labels, device)
        self._rows = torch.from_numpy(pool.rows).to(device)
        self.channels = int(pool.pixels.shape[1])
        self._size = int(pool.pixels.shape[2])
        self.side = min(self._size, LARGEST_SIDE)
        self._normaliser = Normaliser(measure(pool.pixels, pool.rows, pool.scale), device)
        self.labels = torch.from_numpy(pool.labels).to(device)

    def variants(self, epochs: int) -> int:
        """How many copies of an image are made for a training of so many epochs.

        One an epoch for images up to 64 px; fewer of larger ones, which take longer to change, and
        where memory (256 MB) would not do.
        """
        one = 2 * len(self._rows) * self.channels * self.side**2
        most = min(MOST_BYTES // one, round(epochs * min(1.0, (64 / self._size) ** 2)))
        return max(FEWEST_VARIANTS, most)

    def views(self, pipeline: Pipeline, variants: int, tell: Tell) -> Views:
        """``variants`` copies of every image, changed by a pipeline's cards that do not mix."""
        shape = (variants, len(self._rows), self.channels, self.side, self.side)
        pixels = torch.empty(shape, dtype=torch.float16, device=self._device)
        size = images_at_once(self.channels * self._size**2, _BATCH)
        for start in range(0, len(self._rows), size):
            rows = self._rows[start : start + size]
            loaded = self._images.batch(rows)
            for variant in range(variants):
                tell(0)
                moved = augment(
                    pipeline, loaded, rows, seed=self._seed, epoch=variant, scale=self._pool.scale
                )
                if self._size > self.side:
                    moved = adaptive_avg_pool2d(moved, self.side)
                pixels[variant, start : start + size] = self._normaliser(moved)
        return Views(pixels, pipeline if mixes(pipeline) else None)

    def plain(self, tell: Tell) -> Views:
        """Every image as it is."""
        return self.views(Pipeline(), 1, tell)

    def order(self, rows: np.ndarray) -> torch.Tensor:
        """Numbers of images in the pool, on the device."""
        return torch.from_numpy(np.ascontiguousarray(rows)).to(self._device)
