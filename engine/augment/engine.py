"""Runs a pipeline over batches: the one code for training, preview and the meter."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from engine.augment.draws import draw
from engine.augment.pipeline import Pipeline
from engine.augment.plan import Plan
from engine.errors import FoveaError
from engine.transforms.base import ImageFacts

__all__ = ["CHUNK_BYTES", "augment", "chunks"]

CHUNK_BYTES = 1 << 21
"""Float32 pixels worked on at a time on the CPU, so that they stay in its cache. Measured: 28, 64
and 224 px run fastest from 1 to 4 MB; at 224 px the whole batch at once takes twice as long."""


@torch.no_grad()
def augment(
    pipeline: Pipeline,
    images: Tensor,
    samples: Tensor,
    *,
    seed: int,
    epoch: int | Tensor,
    scale: float,
    out: Tensor | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> Tensor:
    """The batch as training sees it: float32 ``[B, C, H, W]``, contiguous, on the images' device.

    ``images`` are ``[B, C, H, W]`` of any number type (uint8, uint16 as int32, float); times
    ``scale`` they lie in 0..1, and so does the result. They are never written into.
    ``samples`` (int64 ``[B]``) are the images' numbers in the data set. ``out`` is an optional
    float32 result to write into, which saves the system making new memory for every batch. Inside
    autocast everything is still computed in float32.

    First all geometric cards are composed, in order, into one map a sample, and the image is
    resampled once; then the other cards act in order, neighbouring colour cards as one gain and
    offset, clamped to 0..1 once. Cards that mix two images are left out: see
    ``engine.augment.mixing``. A sample that no card chose keeps its exact pixels; one that is only
    flipped has them reordered.

    Draws are keyed by (seed, epoch, sample, card id): on one machine the same sample gives the same
    bits alone, in any batch, with any chunk size and number of threads. ``epoch`` counts from 0,
    one number, or int64 ``[]`` or ``[B]`` there where the images are.

    Raises FoveaError FV-H002, with the card's address, for a card that such images do not allow.
    """
    _refuse_misfits(pipeline, ImageFacts(*images.shape[1:]))
    if out is None:
        out = torch.empty(images.shape, dtype=torch.float32, device=images.device)
    with torch.autocast(images.device.type, enabled=False):
        drawn = draw(pipeline, samples.to(images.device), seed, epoch)
        plan = Plan.of(pipeline.settings, drawn, images, scale)
        copied = None
        for part in chunks(images, chunk_bytes):
            raw = images[part]
            # A copy in rows, whatever the order in memory: sums over rows round by that order.
            if copied is None:
                copied = torch.empty(raw.shape, dtype=torch.float32, device=images.device)
            plan.run(copied[: len(raw)].copy_(raw), part, scale, out[part])
    return out


def _refuse_misfits(pipeline: Pipeline, images: ImageFacts) -> None:
    for card in pipeline.active:
        for misfit in card.transform.misfits(images):
            raise FoveaError(
                "FV-H002",
                misfit.message,
                where=f"augment.{card.id}.{misfit.field}".rstrip("."),
                why="The card's settings and the images do not go together.",
                kept="Nothing was changed.",
                fix=misfit.fix,
            )


def chunks(images: Tensor, chunk_bytes: int) -> Iterator[slice]:
    """The whole batch at once on a GPU, else even parts of at most ``chunk_bytes`` as float32."""
    most = max(1, chunk_bytes // (4 * max(1, images.shape[1:].numel())))
    parts = 1 if images.is_cuda else -(-len(images) // most)
    size = -(-len(images) // max(1, parts))
    return (slice(start, start + size) for start in range(0, len(images), max(1, size)))
