"""One resampling of a batch through one map a sample, with four ways to fill what lies outside.

Coordinates are computed by additions and multiplications of whole tensors, and torch's
``grid_sample`` reads each sample by itself: a sample's bits do not depend on its batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.augment.pipeline import PipelineSettings

__all__ = ["Warp"]

_PADDING = {"constant": "zeros", "nearest": "border", "reflect": "reflection", "wrap": "border"}


@dataclass(frozen=True, eq=False)
class Warp:
    """Where every sample of a batch reads its pixels.

    Attributes:
        maps: float32 ``[B, 2, 3]`` from output to source pixels, the origin in the image's centre.
        settings: fill and interpolation.
        offset: the value of the constant fill, in the images' own units.
        mirrors: whether no map does more than mirror axes.
        plain: bool ``[B]``: the samples whose map is the identity or only mirrors axes.

    Fill ``reflect`` mirrors about the outer edge of the border pixels (``dcba|abcd|dcba``): Keras'
    and scipy's "reflect", numpy's "symmetric". ``nearest`` repeats the border pixels, ``wrap``
    repeats the image and blends across the seam, ``constant`` blends into the value within one
    pixel of the image's border.
    """

    maps: Tensor
    settings: PipelineSettings
    offset: float
    mirrors: bool
    plain: Tensor

    @classmethod
    def of(cls, maps: Tensor, settings: PipelineSettings, mirrors: bool, scale: float) -> Warp:
        """The warp of float64 matrices ``[B, 3, 3]`` whose last rows are (0, 0, 1).

        ``scale`` is what brings the images' values to 0..1 afterwards.
        """
        maps = maps[:, :2].float()
        straight = (maps[:, 0, 1] == 0) & (maps[:, 1, 0] == 0) & (maps[:, :, 2] == 0).all(1)
        plain = straight & (maps[:, 0, 0].abs() == 1) & (maps[:, 1, 1].abs() == 1)
        offset = settings.fill_value / scale if settings.fill == "constant" else 0.0
        return cls(maps, settings, offset, mirrors, plain)

    def apply(self, images: Tensor, part: slice) -> Tensor:
        """The samples ``part`` of the batch: ``images`` are theirs, float32 ``[b, C, H, W]``.

        Plain samples have their pixels reordered, exactly; the others are interpolated.
        """
        maps, plain = self.maps[part], self.plain[part]
        if self.mirrors:
            return _mirror(images, maps)
        if images.is_cuda:  # makes both and chooses there: the host need not wait for an answer
            chosen = plain[:, None, None, None]
            return torch.where(chosen, _mirror(images, maps), self._interpolate(images, maps))
        if not plain.any():
            return self._interpolate(images, maps)
        result = _mirror(images, maps)
        moved = (~plain).nonzero()[:, 0]
        if len(moved):
            result[moved] = self._interpolate(images[moved], maps[moved])
        return result

    def _interpolate(self, images: Tensor, maps: Tensor) -> Tensor:
        fill, offset = self.settings.fill, self.offset
        grid = _grid(maps, images.shape[2], images.shape[3])
        if fill == "wrap":
            images, grid = _wrapped(images, grid)
        result = functional.grid_sample(
            images - offset if offset else images,
            grid.permute(0, 2, 3, 1),
            mode=self.settings.interpolation,
            padding_mode=_PADDING[fill],
            align_corners=False,
        )
        return result.add_(offset) if offset else result


def _mirror(images: Tensor, maps: Tensor) -> Tensor:
    across = (maps[:, 0, 0] < 0)[:, None, None, None]
    down = (maps[:, 1, 1] < 0)[:, None, None, None]
    images = torch.where(across, images.flip(3), images)
    return torch.where(down, images.flip(2), images)


def _grid(maps: Tensor, height: int, width: int) -> Tensor:
    """Source places ``[b, 2, H, W]``, x then y; -1 and 1 are the outer edges of the image."""
    columns = torch.arange(width, dtype=maps.dtype, device=maps.device) - (width - 1) / 2
    rows = torch.arange(height, dtype=maps.dtype, device=maps.device) - (height - 1) / 2
    x, y = maps[:, 0] * (2.0 / width), maps[:, 1] * (2.0 / height)
    entries = torch.stack((x, y), dim=1)[:, :, :, None, None]
    return (entries[:, :, 0] * columns + entries[:, :, 2]) + entries[:, :, 1] * rows[:, None]


def _wrapped(images: Tensor, grid: Tensor) -> tuple[Tensor, Tensor]:
    """Places brought back into the image, which gets its other side's pixels around it."""
    height, width = images.shape[2:]
    images = functional.pad(images, (1, 1, 1, 1), mode="circular")
    grid = grid - torch.floor((grid + 1.0) * 0.5) * 2.0
    shrink = grid.new_tensor((width / (width + 2), height / (height + 2)))
    return images, grid * shrink[:, None, None]
