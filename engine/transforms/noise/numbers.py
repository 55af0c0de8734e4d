"""Random numbers for single pixels: Gaussian and Poisson, the same bits for a sample in any batch.

Both are looked up: 16 random bits are one of 65,536 equally likely places of the distribution. A
library's logarithms and cosines would round the last elements of a tensor differently.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from engine.randomness import pixel_bits
from engine.transforms.arithmetic import exp2

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["SMALL_RATE", "normals", "places", "poisson"]

_PLACES = 1 << 16
SMALL_RATE = 8.0
"""Poisson rates below it are drawn by counting, those from it on by an expansion: there the two
distributions differ by less than 0.001 in total variation (0.0024 at a rate of 4)."""
_LAST = 24
"""The largest count below SMALL_RATE: the last of 65,536 places is at 22."""


def places(keys: Tensor, count: int) -> Tensor:
    """Int32 ``[B, count]`` in 0..65535, each equally likely, from the keys of ``Pixels.apply``.

    Each random word of 32 bits makes two: the hash is what costs time here.
    """
    import torch

    halves = pixel_bits(keys, (count + 1) // 2).view(torch.int16)
    return halves[:, :count].to(torch.int32).add_(_PLACES // 2)


def normals(at: Tensor) -> Tensor:
    """Standard normal numbers, float32, at ``places``: mean 0, variance 1, within ±4.3."""
    return _quantiles(at.device).index_select(0, at.flatten()).view(at.shape)


def poisson(rates: Tensor, at: Tensor) -> Tensor:
    """Poisson counts (whole float32 numbers) of float32 ``rates`` from 0 up, at ``places``.

    From :data:`SMALL_RATE` on it is the Cornish-Fisher expansion of the quantile to 1/sqrt(rate)
    (Cornish & Fisher 1938), its variance less 1/12 for the rounding (Sheppard's correction), below
    it the exact quantile.
    """
    import torch

    counts = _expanded(rates.clamp(min=SMALL_RATE), at)
    few = rates < SMALL_RATE
    if few.is_cuda:  # all are counted and the right ones kept: the host need not wait
        return torch.where(few, _counted(rates.clamp(max=SMALL_RATE), at), counts)
    dark = few.flatten().nonzero()[:, 0]
    counts.view(-1)[dark] = _counted(rates.flatten()[dark], at.flatten()[dark])
    return counts


def _expanded(rates: Tensor, at: Tensor) -> Tensor:
    normal = normals(at)
    root = (rates - 1.0 / 12.0).sqrt_()
    bend = (normal * normal).sub_(1.0)
    slope = (bend / root).mul_(-1.0 / 72.0).add_(root)
    counts = slope.mul_(normal).add_(bend.mul_(1.0 / 6.0)).add_(rates)
    return counts.add_(0.5).floor_().clamp_(min=0.0)


def _counted(rates: Tensor, at: Tensor) -> Tensor:
    """The number of counts whose cumulative probability is below the place."""
    rest = (at.float() + 0.5).mul_(1.0 / _PLACES)
    chance = exp2(rates * -math.log2(math.e))
    counts = rest.new_zeros(rest.shape)
    for count in range(1, _LAST + 1):
        counts.add_(rest.sub_(chance) > 0)
        chance.mul_(rates).mul_(1.0 / count)
    return counts


@lru_cache(maxsize=8)
def _quantiles(device: torch.device) -> Tensor:
    import torch
    from scipy.special import ndtri

    middles = ndtri((np.arange(_PLACES) + 0.5) / _PLACES)
    return torch.from_numpy(middles / middles.std()).float().to(device)
