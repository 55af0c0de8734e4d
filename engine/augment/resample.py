"""One resampling of a batch through one map a sample, with four ways to fill what lies outside.

Coordinates are in pixels with the origin in the image's centre, pixel centres at half-integers from
it where a side is even. They are computed by additions and multiplications of whole tensors, and
torch's ``grid_sample`` reads each sample by itself: a sample's bits do not depend on its batch.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.augment.pipeline import PipelineSettings

__all__ = ["resample"]

_PADDING = {"constant": "zeros", "nearest": "border", "reflect": "reflection", "wrap": "border"}


def resample(
    images: Tensor, maps: Tensor, settings: PipelineSettings, *, mirrors: bool = False
) -> Tensor:
    """``images`` (float32 ``[B, C, H, W]``) read through ``maps`` (float32 ``[B, 3, 3]``).

    Maps go from output to source coordinates; their last row is (0, 0, 1). Samples whose map is the
    identity or only mirrors axes have their pixels reordered, exactly; the others are interpolated.

    Fill ``reflect`` mirrors about the outer edge of the border pixels (``dcba|abcd|dcba``): Keras'
    and scipy's "reflect", numpy's "symmetric". ``wrap`` repeats the image and blends across the
    seam. ``constant`` blends into the value over the pixel around the image's border. ``mirrors``
    promises that no map does more than mirror.
    """
    if mirrors:
        return _mirror(images, maps)
    plain = _only_mirrors(maps)
    if images.is_cuda:  # both, then choose on the device: no wait for the answer of a question
        chosen = plain[:, None, None, None]
        return torch.where(chosen, _mirror(images, maps), _interpolate(images, maps, settings))
    moved = (~plain).nonzero()[:, 0]
    if len(moved) == len(images):
        return _interpolate(images, maps, settings)
    result = _mirror(images, maps)
    if len(moved):
        result[moved] = _interpolate(images[moved], maps[moved], settings)
    return result


def _only_mirrors(maps: Tensor) -> Tensor:
    straight = (maps[:, 0, 1] == 0) & (maps[:, 1, 0] == 0)
    centred = (maps[:, 0, 2] == 0) & (maps[:, 1, 2] == 0)
    return straight & centred & (maps[:, 0, 0].abs() == 1) & (maps[:, 1, 1].abs() == 1)


def _mirror(images: Tensor, maps: Tensor) -> Tensor:
    across = (maps[:, 0, 0] < 0)[:, None, None, None]
    down = (maps[:, 1, 1] < 0)[:, None, None, None]
    images = torch.where(across, images.flip(3), images)
    return torch.where(down, images.flip(2), images)


def _interpolate(images: Tensor, maps: Tensor, settings: PipelineSettings) -> Tensor:
    x, y = _coordinates(maps, images.shape[2], images.shape[3])
    offset = settings.fill_value if settings.fill == "constant" else 0.0
    if settings.fill == "wrap":
        height, width = images.shape[2:]
        x, y = _wrapped(x, width), _wrapped(y, height)
        images = functional.pad(images, (1, 1, 1, 1), mode="circular")
    height, width = images.shape[2:]
    grid = torch.stack((x * (2.0 / width), y * (2.0 / height)), dim=1).permute(0, 2, 3, 1)
    result = functional.grid_sample(
        images - offset if offset else images,
        grid,
        mode=settings.interpolation,
        padding_mode=_PADDING[settings.fill],
        align_corners=False,
    )
    return result + offset if offset else result


def _coordinates(maps: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    columns = torch.arange(width, dtype=maps.dtype, device=maps.device) - (width - 1) / 2
    rows = torch.arange(height, dtype=maps.dtype, device=maps.device) - (height - 1) / 2
    entries = maps[:, :2, :, None, None]
    along = entries[:, :, 0] * columns + entries[:, :, 2]  # [B, 2, 1, W]
    return tuple((along + entries[:, :, 1] * rows[:, None]).unbind(1))


def _wrapped(place: Tensor, size: int) -> Tensor:
    return place - torch.floor((place + size / 2) * (1.0 / size)) * size
