"""Stain jitter: other strengths of the stains of histology."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from engine.spec import param
from engine.transforms.arithmetic import exp2, log2, per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.maps import spread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["STAINS", "StainJitter"]

STAINS = ((0.65, 0.70, 0.29), (0.07, 0.99, 0.11), (0.27, 0.57, 0.78))
"""How much red, green and blue light haematoxylin, eosin and DAB absorb (Ruifrok & Johnston 2001,
"Quantification of histochemical staining by color deconvolution")."""

_UNMIXING: list[list[float]] = np.linalg.inv(np.array(STAINS)).tolist()
_DARKEST = 1.0 / 255.0


@TRANSFORMS.register
class StainJitter(Pixels):
    """Weaker or stronger stains: haematoxylin, eosin and DAB each vary by themselves.

    Colours become optical densities, -log10 of the light that passes, and these the amounts of the
    three stains (Ruifrok & Johnston 2001). Each amount a becomes ``factor * a + offset``, the
    factor drawn evenly from 1 - strength to 1 + strength and the offset from -background to
    +background, and colours are made of them again (Tellez et al. 2018, "Whole-slide mitosis
    detection in H&E breast histology using PHH3 as a reference", there "HED augmentation").

    Amounts below zero, of colours that these stains do not make, are kept, so that nothing changes
    where nothing is drawn. Light below 1/255 counts as 1/255: its density cannot be measured.
    """

    kind = "stain_jitter"
    title = "Stain jitter (HED)"
    family = "colour"
    summary = "For histology: imitates the stains of other laboratories, batches and scanners."
    danger = "Means nothing for images that are not stained; hurts where stain strength is graded."
    icon = "pipette"
    draws = 6
    rgb_only = True

    strength: float = param(
        0.1,
        ge=0,
        le=1,
        search=(0, 0.4),
        help="The largest change of each stain's strength, drawn evenly to either side; 0.1 is "
        "±10 %.",
    )
    background: float = param(
        0.02,
        ge=0,
        le=0.5,
        search=(0, 0.1),
        help="The most of each stain that is added everywhere, or removed, as optical density, "
        "drawn evenly to either side; 0.02 absorbs about 5 % of the light, 0.3 half of it.",
    )

    def questions(self) -> tuple[str, ...]:
        """Whether colour or stain is the class, where anything changes."""
        return ("colour",) if self.strength > 0 or self.background > 0 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``value * 10 ** -change``, the change of density linear in the densities."""
        import torch

        factors = spread(draws[:, :3], self.strength)
        offsets = spread(draws[:, 3:], self.background)
        light = log2(pixels.clamp(min=_DARKEST))
        changes = []
        for out in range(3):
            added = _weighed(offsets, [-math.log2(10.0) * stain[out] for stain in STAINS])
            change = per_image(added)[:, 0].expand_as(light[:, 0]).contiguous()
            for channel in range(3):
                mix = [_UNMIXING[channel][stain] * STAINS[stain][out] for stain in range(3)]
                change += light[:, channel] * per_image(_weighed(factors, mix))[:, 0]
            changes.append(change)
        return pixels.mul_(exp2(torch.stack(changes, dim=1))).clamp_(0.0, 1.0)


def _weighed(columns: Tensor, weights: list[float]) -> Tensor:
    """``[B]``: the columns of ``[B, 3]`` times their weights, added up in this order."""
    return columns[:, 0] * weights[0] + columns[:, 1] * weights[1] + columns[:, 2] * weights[2]
