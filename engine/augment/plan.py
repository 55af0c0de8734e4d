"""What will happen to each image of a batch, in steps that run over one chunk after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from engine.augment.draws import Drawn, hand_out, nobody
from engine.augment.pipeline import PipelineSettings
from engine.augment.resample import Warp
from engine.augment.tones import apply_tone, combined_tone
from engine.transforms.arithmetic import channel_means
from engine.transforms.base import (
    Blending,
    Colour,
    Displacing,
    Geometric,
    ImageFacts,
    Mixing,
    Pixels,
)
from engine.transforms.maps import PlaneMap, numbers

if TYPE_CHECKING:
    from engine.transforms.maps import Numbers

__all__ = ["Plan"]


class _Step(Protocol):
    """One pass over the pixels of a chunk."""

    def run(self, pixels: Tensor, part: slice, scale: float) -> Tensor:
        """New pixels in 0..1; the old ones times ``scale`` are in 0..1."""
        ...


@dataclass(frozen=True)
class Plan:
    """One resampling, if anything moves, then the other steps in order.

    Attributes:
        warp: where pixels are read from, None where nothing moves.
        steps: what changes values; neighbouring colour cards are one step.
    """

    warp: Warp | None
    steps: tuple[_Step, ...]

    @classmethod
    def of(
        cls, settings: PipelineSettings, drawn: Sequence[Drawn], images: Tensor, scale: float
    ) -> Plan:
        """The plan for a batch ``[B, C, H, W]`` whose values times ``scale`` are in 0..1.

        Policies are dealt out here. Mixing cards are left out: they need a second image (see
        ``engine.augment.mixing``).
        """
        drawn = tuple(hand_out(drawn, _facts(images)))
        moving = [d for d in drawn if isinstance(d.transform, (Geometric, Displacing))]
        others = [d for d in drawn if not isinstance(d.transform, (Geometric, Displacing, Mixing))]
        return cls(_warp(settings, moving, images, scale), _steps(settings, others, images))

    def run(self, pixels: Tensor, part: slice, scale: float, out: Tensor) -> None:
        """Writes the changed images to ``out``, float32 in 0..1.

        ``pixels`` (float32) are those of the samples ``part`` of the batch; may write into them.
        """
        if self.warp is not None:
            pixels = self.warp.apply(pixels, part)
        *first, last = self.steps or (None,)
        for step in first:
            assert step is not None
            pixels, scale = step.run(pixels, part, scale), 1.0
        if last is None:
            torch.mul(pixels, scale, out=out).clamp_(0.0, 1.0)
        elif isinstance(last, _Tones):
            last.run(pixels, part, scale, out)
        else:
            out.copy_(last.run(pixels, part, scale))


@dataclass(frozen=True)
class _Tones:
    """Neighbouring colour cards as one gain and offset, clamped once.

    Where nobody in the chunk was dealt one, values are only scaled and clamped: the same bits.
    """

    cards: tuple[Drawn, ...]

    def run(self, pixels: Tensor, part: slice, scale: float, out: Tensor | None = None) -> Tensor:
        rows = [
            (card.transform, _rows(card.chosen, part), numbers(card.draws[part]))
            for card in self.cards
            if isinstance(card.transform, Colour)
            and not (card.chosen is not None and nobody(card.chosen[part]))
        ]
        if not rows:
            pixels = _in_range(pixels, scale)
            return pixels if out is None else out.copy_(pixels)
        gain, offset = combined_tone(rows, numbers(channel_means(pixels)) * scale)
        out = torch.empty_like(pixels) if out is None else out
        apply_tone(pixels, gain * scale, offset, out)
        return out


@dataclass(frozen=True)
class _Change:
    """One card that computes new pixels, for those images that it acts on."""

    card: Drawn

    def run(self, pixels: Tensor, part: slice, scale: float) -> Tensor:
        transform = self.card.transform
        assert isinstance(transform, Pixels)
        pixels = _in_range(pixels, scale)
        chosen = None if self.card.chosen is None else self.card.chosen[part]
        draws, keys = self.card.draws[part], self.card.keys[part]
        if chosen is None:
            return transform.apply(pixels, draws, keys)
        if chosen.is_cuda:  # all are changed and the right ones kept: the host need not wait
            changed = transform.apply(pixels.clone(), draws, keys)
            return torch.where(chosen[:, None, None, None], changed, pixels)
        places = chosen.nonzero()[:, 0]
        if len(places):
            pixels[places] = transform.apply(pixels[places], draws[places], keys[places])
        return pixels


@dataclass(frozen=True)
class _Blend:
    """Several changed copies of each image, blended by weight."""

    card: Drawn
    weights: Tensor
    branches: tuple[Plan, ...]

    def run(self, pixels: Tensor, part: slice, scale: float) -> Tensor:
        pixels, chosen = _in_range(pixels, scale), self.card.chosen
        if chosen is not None and nobody(chosen[part]):
            return pixels
        weights = self.weights[part].float()[:, :, None, None, None]
        blended = pixels * weights[:, 0]
        copy = torch.empty_like(pixels)
        for place, branch in enumerate(self.branches):
            branch.run(pixels.clone(), part, 1.0, copy)
            blended += copy * weights[:, place + 1]
        blended.clamp_(0.0, 1.0)
        if chosen is None:
            return blended
        return torch.where(chosen[part][:, None, None, None], blended, pixels)


def _warp(
    settings: PipelineSettings, drawn: Sequence[Drawn], images: Tensor, scale: float
) -> Warp | None:
    """All maps composed, and all displacements, which move the pixels of the mapped image."""
    plane, mirrors, displaced = PlaneMap(), True, list[Drawn]()
    for item in drawn:
        transform = item.transform
        if isinstance(transform, Geometric):
            own = transform.source_map(numbers(item.draws), images.shape[2], images.shape[3])
            plane = plane.after(own if item.chosen is None else own.where(numbers(item.chosen)))
            mirrors = mirrors and transform.mirrors
        else:
            displaced.append(item)
    if not drawn:
        return None
    return Warp.of(
        settings, plane, displaced, mirrors, images, numbers(drawn[0].draws)[:, 0], scale
    )


def _steps(settings: PipelineSettings, drawn: Sequence[Drawn], images: Tensor) -> tuple[_Step, ...]:
    steps: list[_Step] = []
    for tones, group in groupby(drawn, key=lambda item: isinstance(item.transform, Colour)):
        items = tuple(group)
        if tones:
            steps.append(_Tones(items))
        else:
            steps += (_step(settings, item, images) for item in items)
    return tuple(steps)


def _step(settings: PipelineSettings, item: Drawn, images: Tensor) -> _Step:
    if not isinstance(item.transform, Blending):
        return _Change(item)
    weights, copies = item.transform.branches(item.draws, _facts(images))
    branches = (Plan.of(settings, tuple(item.dealt(deals)), images, 1.0) for deals in copies)
    return _Blend(item, weights, tuple(branches))


def _facts(images: Tensor) -> ImageFacts:
    return ImageFacts(*images.shape[1:])


def _in_range(pixels: Tensor, scale: float) -> Tensor:
    """Scaled to 0..1 in place, and what a bicubic resampling put beyond it brought back."""
    return (pixels.mul_(scale) if scale != 1.0 else pixels).clamp_(0.0, 1.0)


def _rows(chosen: Tensor | None, part: slice) -> Numbers | None:
    return None if chosen is None else numbers(chosen[part])[:, None]
