"""Pixels beyond an image's border, for filters that look around each pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["mirrored", "repeated"]


def mirrored(pixels: Tensor, dim: int, margin: int) -> Tensor:
    """``margin`` more pixels at both ends of a dimension, mirrored without the border pixel
    (``dcb|abcd|cba``) as often as it takes: torchvision's and numpy's "reflect"."""
    size = pixels.shape[dim]
    period = max(1, 2 * (size - 1))
    beyond = _beyond(size, margin, margin) % period
    return _framed(pixels, dim, np.minimum(beyond, period - beyond) % size, margin)


def repeated(pixels: Tensor, dim: int, before: int, after: int) -> Tensor:
    """The border pixels of a dimension repeated (``aaa|abcd|ddd``)."""
    size = pixels.shape[dim]
    return _framed(pixels, dim, _beyond(size, before, after).clip(0, size - 1), before)


def _beyond(size: int, before: int, after: int) -> np.ndarray:
    return np.concatenate((np.arange(-before, 0), np.arange(size, size + after)))


def _framed(pixels: Tensor, dim: int, places: np.ndarray, before: int) -> Tensor:
    """The pixels at the first ``before`` places, all pixels, then those at the other places."""
    import torch

    if len(places) == 0:
        return pixels
    device = pixels.device
    first, last = (
        pixels.index_select(dim, torch.from_numpy(part).to(device, non_blocking=True))
        for part in (places[:before], places[before:])
    )
    return torch.cat((first, pixels, last), dim)
