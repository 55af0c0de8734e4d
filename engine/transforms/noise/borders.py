"""Pixels beyond an image's border, for filters that look around each pixel."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["mirrored", "repeated"]


def mirrored(pixels: Tensor, dim: int, margin: int) -> Tensor:
    """``margin`` more pixels at both ends of a dimension, mirrored without the border pixel
    (``dcb|abcd|cba``) as often as it takes: torchvision's and numpy's "reflect"."""
    return _framed(pixels, dim, margin, margin, mirrors=True)


def repeated(pixels: Tensor, dim: int, before: int, after: int) -> Tensor:
    """The border pixels of a dimension repeated (``aaa|abcd|ddd``)."""
    return _framed(pixels, dim, before, after, mirrors=False)


def _framed(pixels: Tensor, dim: int, before: int, after: int, *, mirrors: bool) -> Tensor:
    """The pixels for the places before, all pixels, then those for the places after."""
    import torch

    if before + after == 0:
        return pixels
    places = _places(pixels.shape[dim], before, after, pixels.device, mirrors=mirrors)
    first, last = (pixels.index_select(dim, part) for part in places)
    return torch.cat((first, pixels, last), dim)


@lru_cache(maxsize=64)
def _places(
    size: int, before: int, after: int, device: torch.device, *, mirrors: bool
) -> tuple[Tensor, Tensor]:
    """Which pixels stand before the first and after the last one; kept."""
    import torch

    beyond = np.concatenate((np.arange(-before, 0), np.arange(size, size + after)))
    if mirrors:
        period = max(1, 2 * (size - 1))
        beyond %= period
        found = np.minimum(beyond, period - beyond) % size
    else:
        found = beyond.clip(0, size - 1)
    first, last = torch.from_numpy(found).to(device).split((before, after))
    return first, last
