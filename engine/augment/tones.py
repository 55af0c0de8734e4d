"""Colour cards as one gain and offset a sample, applied once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.transforms.base import Colour
from engine.transforms.colour.saturation import LUMA

__all__ = ["apply_tone", "combined_tone"]


def combined_tone(
    rows: Sequence[tuple[Colour, Tensor | None, Tensor]], means: Tensor
) -> tuple[Tensor, Tensor]:
    """Gain and offset (float64, ``[B, 1]`` or ``[B, C]``) of colour cards one after another.

    Each row is a transform, the samples it acts on (bool ``[B, 1]``, None for all) and its draws;
    ``means`` (``[B, C]``) are the images' channel means, which each card's tone carries along.
    """
    gain, offset = torch.ones_like(means[:, :1]), torch.zeros_like(means[:, :1])
    for transform, chosen, draws in rows:
        own_gain, own_offset = transform.tone(draws, _grey(means))
        if chosen is not None:
            own_gain = torch.where(chosen, own_gain, 1.0)
            own_offset = torch.where(chosen, own_offset, 0.0)
        gain, offset = own_gain * gain, own_gain * offset + own_offset
        means = own_gain * means + own_offset
    return gain, offset


def apply_tone(images: Tensor, gain: Tensor, offset: Tensor, out: Tensor) -> None:
    """Writes ``gain * images + offset``, clamped to 0..1, to ``out``."""
    torch.mul(images, gain.float()[:, :, None, None], out=out)
    out.add_(offset.float()[:, :, None, None]).clamp_(0.0, 1.0)


def _grey(means: Tensor) -> Tensor:
    channels = means.shape[1]
    weights = LUMA if channels == 3 else (1.0 / channels,) * channels
    grey = means[:, 0:1] * weights[0]
    for channel in range(1, channels):
        grey = grey + means[:, channel : channel + 1] * weights[channel]
    return grey
