"""Colour cards as one gain and offset a sample, applied once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.transforms.arithmetic import per_image
from engine.transforms.base import Colour
from engine.transforms.colour.saturation import LUMA
from engine.transforms.maps import choose, ones_like, tensor

if TYPE_CHECKING:
    from engine.transforms.maps import Numbers

__all__ = ["apply_tone", "combined_tone"]


def combined_tone(
    rows: Sequence[tuple[Colour, Numbers | None, Numbers]], means: Numbers
) -> tuple[Numbers, Numbers]:
    """Gain and offset (float64, ``[B, 1]`` or ``[B, C]``) of colour cards one after another.

    Each row is a transform, the samples it acts on (bool ``[B, 1]``, None for all) and its draws;
    ``means`` (``[B, C]``) are the images' channel means, which each card's tone carries along.
    """
    one = ones_like(means[:, :1])
    gain, offset = one, one * 0.0
    for transform, chosen, draws in rows:
        own_gain, own_offset = transform.tone(draws, _grey(means))
        if chosen is not None:
            own_gain = choose(chosen, own_gain, 1.0)
            own_offset = choose(chosen, own_offset, 0.0)
        gain, offset = own_gain * gain, own_gain * offset + own_offset
        means = own_gain * means + own_offset
    return gain, offset


def apply_tone(images: Tensor, gain: Numbers, offset: Numbers, out: Tensor) -> None:
    """Writes ``gain * images + offset``, clamped to 0..1, to ``out``."""
    torch.mul(images, per_image(tensor(gain)), out=out)
    out.add_(per_image(tensor(offset))).clamp_(0.0, 1.0)


def _grey(means: Numbers) -> Numbers:
    channels = means.shape[1]
    weights = LUMA if channels == 3 else (1.0 / channels,) * channels
    grey = means[:, 0:1] * weights[0]
    for channel in range(1, channels):
        grey = grey + means[:, channel : channel + 1] * weights[channel]
    return grey
