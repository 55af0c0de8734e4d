"""JPEG artefacts: what lossy saving does to an image."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.noise import dct
from engine.transforms.noise.borders import repeated
from engine.transforms.ranges import between, check_order

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = ["JpegArtefacts"]

_LUMA = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    *((99,) * 8,) * 4,
)
"""The quantisation tables of ITU-T T.81, annex K, which nearly all programs scale by quality."""


_TIE = 2.0**-10
"""Whole levels often lie half way between two steps: they go away from 0, as in libjpeg, and the
last bit of an image's depth does not decide."""


@TRANSFORMS.register
class JpegArtefacts(Pixels):
    """Loses what saving as JPEG loses, at a quality drawn evenly from its range.

    Blocks of 8x8 pixels are transformed to cosines and rounded to multiples of the standard tables,
    scaled by quality as the Independent JPEG Group does; red, green and blue are coded as
    brightness and two colour differences at half the resolution (4:2:0). Grey images, and images of
    any other number of channels, are coded channel by channel with the table for brightness. It
    differs from Pillow's files by the rounding to 8 bits, which is left out here: images of 16 bits
    keep their levels.
    """

    kind = "jpeg_artefacts"
    title = "JPEG artefacts"
    family = "noise"
    summary = "Imitates lossy files: makes a network indifferent to how images were saved."
    danger = "Low quality wipes out fine texture and faint colour differences."
    icon = "file-image"
    usual_probability = 0.5

    quality_range: tuple[float, float] = param(
        (50.0, 95.0),
        ge=1,
        le=100,
        label="Quality",
        help="Lowest and highest quality, as in programs that save JPEG: 95 is nearly invisible, "
        "75 usual, below 50 blocks show. Drawn evenly.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the lowest quality is above the highest."""
        check_order(self.title, "quality_range", self.quality_range)

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class."""
        return ("detail",)

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """Coded and decoded; values are levels of 8 bits on the way, as the tables expect."""
        height, width = pixels.shape[2:]
        quality = between(draws[:, 0], self.quality_range)
        colour = pixels.shape[1] == 3
        levels = _filled(pixels, 16 if colour else 8).mul(255.0)
        luma_steps = _steps(_LUMA, quality)
        if colour:
            luma, chroma = _to_luma(levels)
            chroma = _doubled(_coded(_halved(chroma), _steps(_CHROMA, quality)))
            levels = _to_colour(_coded(luma.sub_(128.0), luma_steps).add_(128.0), chroma)
        else:
            levels = _coded(levels.sub_(128.0), luma_steps).add_(128.0)
        return levels[:, :, :height, :width].mul(1.0 / 255.0).clamp_(0.0, 1.0)


def _filled(pixels: Tensor, multiple: int) -> Tensor:
    """Right and lower border repeated up to whole blocks, as encoders do."""
    height, width = pixels.shape[2:]
    return repeated(repeated(pixels, 2, 0, -height % multiple), 3, 0, -width % multiple)


def _steps(table: tuple[tuple[int, ...], ...], quality: Tensor) -> Tensor:
    """Float32 ``[8, 8, B]``: the tables for each quality, as libjpeg's ``jpeg_set_quality``."""
    import torch

    percent = torch.where(quality < 50, 5000.0 / quality, 200.0 - 2.0 * quality).floor()
    scaled = _constant(table, quality.device)[:, :, None] * percent
    return ((scaled + 50.0) / 100.0).floor_().clamp_(1.0, 255.0).float()


def _coded(planes: Tensor, steps: Tensor) -> Tensor:
    """Planes ``[B, P, H, W]`` with each block's coefficients rounded to multiples of the steps."""
    batch, count, height, width = planes.shape
    blocks = planes.reshape(batch, count, height // 8, 8, width // 8, 8)
    blocks = blocks.permute(3, 5, 0, 1, 2, 4).contiguous()
    step = steps[:, :, :, None, None, None]
    scale = _constant(_SCALES, planes.device).float()[:, :, None, None, None, None]
    coefficients = dct.forward(blocks).div_(scale * step * 8.0)
    coefficients.add_(coefficients.sign().mul_(_TIE)).round_()
    blocks = dct.inverse(coefficients.mul_(scale * step * 0.125))
    return blocks.permute(2, 3, 4, 0, 5, 1).reshape(batch, count, height, width)


def _to_luma(levels: Tensor) -> tuple[Tensor, Tensor]:
    """Brightness ``[B, 1, H, W]`` and two colour differences ``[B, 2, H, W]`` about 0 (JFIF)."""
    import torch

    red, green, blue = levels.split(1, dim=1)
    luma = (red * 0.299).add_(green * 0.587).add_(blue * 0.114)
    return luma, torch.cat(((blue - luma) * (0.5 / 0.886), (red - luma) * (0.5 / 0.701)), dim=1)


def _to_colour(luma: Tensor, chroma: Tensor) -> Tensor:
    import torch

    blueness, redness = chroma.split(1, dim=1)
    green = luma - blueness * (0.114 * 1.772 / 0.587)
    green -= redness * (0.299 * 1.402 / 0.587)
    return torch.cat((luma + redness * 1.402, green, luma + blueness * 1.772), dim=1)


def _halved(planes: Tensor) -> Tensor:
    """The mean of each 2x2 pixels."""
    rows = planes[:, :, 0::2] + planes[:, :, 1::2]
    return (rows[..., 0::2] + rows[..., 1::2]).mul_(0.25)


def _doubled(planes: Tensor) -> Tensor:
    """Twice the size: three quarters of the nearest and one of the next, as libjpeg's decoder."""
    for dim in (2, 3):
        size = planes.shape[dim]
        wide = repeated(planes, dim, 1, 1)
        near = planes * 0.75
        before, after = wide.narrow(dim, 0, size) * 0.25, wide.narrow(dim, 2, size) * 0.25
        shape = list(planes.shape)
        shape[dim] *= 2
        planes = _interleaved(before.add_(near), after.add_(near), dim).reshape(shape)
    return planes


def _interleaved(first: Tensor, second: Tensor, dim: int) -> Tensor:
    import torch

    return torch.stack((first, second), dim=dim + 1)


_SCALES = tuple(tuple(a * b for b in dct.SCALES) for a in dct.SCALES)


@lru_cache(maxsize=16)
def _constant(table: tuple[tuple[float, ...], ...], device: torch.device) -> Tensor:
    import torch

    return torch.tensor(table, dtype=torch.float64, device=device)
