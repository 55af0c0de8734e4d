"""Runs a pipeline over batches: the one code for training, preview and the meter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.augment.pipeline import Card, Pipeline, PipelineSettings
from engine.augment.resample import Warp
from engine.augment.tones import apply_tone, channel_means, combined_tone
from engine.randomness import stream_of, uniform_columns
from engine.transforms.base import Colour, Geometric
from engine.transforms.maps import PlaneMap

__all__ = ["CHUNK_BYTES", "augment"]

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
    epoch: int,
    scale: float,
    out: Tensor | None = None,
    chunk_bytes: int = CHUNK_BYTES,
) -> Tensor:
    """The batch as training sees it: float32 ``[B, C, H, W]``, contiguous, on the images' device.

    ``images`` are ``[B, C, H, W]`` of any number type (uint8, uint16 as int32, float); times
    ``scale`` they lie in 0..1, and so does the result (up to rounding where no colour card acts).
    ``samples`` (int64 ``[B]``) are the images' numbers in the data set. ``out`` is an optional
    float32 result to write into, which saves the system making new memory for every batch.

    First all geometric cards are composed, in order, into one map a sample, and the image is
    resampled once; then the colour cards act in order as one gain and offset, clamped to 0..1 once.
    A sample that no card chose keeps its exact pixels; one that is only flipped has them reordered.

    Draws are keyed by (seed, epoch, sample, card id): on one machine the same sample gives the same
    bits alone, in any batch, with any chunk size and number of threads.
    """
    drawn = _draw(pipeline.active, samples.to(images.device), seed, epoch)
    plan = _plan(pipeline.settings, drawn, images, scale)
    if out is None:
        out = torch.empty(images.shape, dtype=torch.float32, device=images.device)
    for part in _chunks(images, chunk_bytes):
        plan.run(images, part, scale, out[part])
    return out


@dataclass(frozen=True)
class _Drawn:
    """A card with its numbers: who it acts on (``[B, 1]``, None for everyone) and its draws."""

    card: Card
    chosen: Tensor | None
    draws: Tensor


@dataclass(frozen=True)
class _Plan:
    """What will happen to each sample of a batch, decided before any pixel is touched."""

    warp: Warp | None
    colour: tuple[_Drawn, ...]

    def run(self, images: Tensor, part: slice, scale: float, out: Tensor) -> None:
        pixels = images[part].to(torch.float32)
        if self.warp is not None:
            pixels = self.warp.apply(pixels, part)
        if not self.colour:
            torch.mul(pixels, scale, out=out)
            return
        rows = [(card.card, _rows(card.chosen, part), card.draws[part]) for card in self.colour]
        gain, offset = combined_tone(rows, channel_means(pixels) * scale)
        apply_tone(pixels, gain * scale, offset, out)


def _rows(chosen: Tensor | None, part: slice) -> Tensor | None:
    return None if chosen is None else chosen[part]


def _chunks(images: Tensor, chunk_bytes: int) -> Iterator[slice]:
    """The whole batch at once on a GPU, else even parts of at most ``chunk_bytes`` as float32."""
    most = max(1, chunk_bytes // (4 * max(1, images.shape[1:].numel())))
    parts = 1 if images.is_cuda else -(-len(images) // most)
    size = -(-len(images) // max(1, parts))
    return (slice(start, start + size) for start in range(0, len(images), max(1, size)))


def _draw(cards: Sequence[Card], samples: Tensor, seed: int, epoch: int) -> list[_Drawn]:
    """Every card's numbers: column 0 decides whether it acts, the rest are its transform's."""
    if not cards:
        return []
    widths = [card.transform.draws + 1 for card in cards]
    streams = [(stream_of(card.id), width) for card, width in zip(cards, widths, strict=True)]
    table = uniform_columns(seed, epoch, samples, streams).double()
    return [
        _Drawn(
            card,
            None if card.probability == 1 else own[:, :1] < card.probability,
            own[:, 1:],
        )
        for card, own in zip(cards, table.split(widths, dim=1), strict=True)
    ]


def _plan(
    settings: PipelineSettings, drawn: Sequence[_Drawn], images: Tensor, scale: float
) -> _Plan:
    moved, mirrors, like = PlaneMap(), True, None
    for item in drawn:
        transform = item.card.transform
        if isinstance(transform, Geometric):
            own = transform.source_map(item.draws, images.shape[2], images.shape[3])
            own = own if item.chosen is None else own.where(item.chosen[:, 0])
            moved, mirrors, like = moved.after(own), mirrors and transform.mirrors, item.draws[:, 0]
    colour = tuple(item for item in drawn if isinstance(item.card.transform, Colour))
    if like is None:
        return _Plan(None, colour)
    return _Plan(Warp.of(moved.stacked(like), settings, mirrors, scale), colour)
