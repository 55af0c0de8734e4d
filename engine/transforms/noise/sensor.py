"""Gaussian, Poisson, and salt and pepper: noise of every pixel by itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.randomness import pixel_bits
from engine.spec import param
from engine.transforms.arithmetic import exp2, per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.noise.numbers import normals, places, poisson
from engine.transforms.ranges import between, check_order

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GaussianNoise", "PoissonNoise", "SaltAndPepper"]

_STRONG = 0.1
"""Noise of a tenth of the full range, or a tenth of all pixels: about the contrast of fine texture,
so from here on it can hide what tells classes apart."""


@TRANSFORMS.register
class GaussianNoise(Pixels):
    """Adds a normally distributed number to every pixel, as a camera's electronics do.

    The standard deviation is drawn evenly from its range for each image; values are clamped to the
    full range afterwards. Works for any number of channels and any depth.
    """

    kind = "gaussian_noise"
    title = "Gaussian noise"
    family = "noise"
    summary = "Imitates the noise of a camera's electronics; teaches not to rely on single pixels."
    danger = "Strong noise hides faint structures and fine texture."
    icon = "noise"
    usual_probability = 0.5

    deviation_range: tuple[float, float] = param(
        (0.01, 0.05),
        ge=0,
        le=1,
        label="Standard deviation",
        help="Smallest and largest standard deviation, as a fraction of the full range from black "
        "to white; 0.05 is 13 of 255 levels. Drawn evenly for each image.",
    )
    per_channel: bool = param(
        True,
        label="Each channel its own",
        help="On: every channel gets noise of its own, as in a colour camera. Off: all channels "
        "get the same, so that grey images stored in colour stay grey.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest deviation is above the largest."""
        check_order(self.title, "deviation_range", self.deviation_range)

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class, where the noise can be strong."""
        return ("detail",) if self.deviation_range[1] >= _STRONG else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``value + deviation * normal``."""
        noise = normals(_pixel_places(pixels, keys, self.per_channel))
        deviation = per_image(between(draws[:, 0], self.deviation_range))
        return pixels.add_(noise.mul_(deviation)).clamp_(0.0, 1.0)


@TRANSFORMS.register
class PoissonNoise(Pixels):
    """Counts photons: every pixel becomes a Poisson count with the mean that its value stands for.

    The number of photons that make a pixel white is drawn for each image, evenly on a logarithmic
    scale. The noise of a pixel is the root of its count: with 100 photons 10 % at white, 20 % of
    the value at a quarter of it, and black stays black. Works for any number of channels.
    """

    kind = "poisson_noise"
    title = "Poisson noise"
    family = "noise"
    summary = "Imitates few photons: fluorescence, low light, short exposures, low X-ray dose."
    danger = "Few photons hide faint structures; pointless on images that show this noise already."
    icon = "sun-dim"
    usual_probability = 0.5

    photons_range: tuple[float, float] = param(
        (100.0, 1000.0),
        ge=1,
        le=1e6,
        label="Photons at white",
        scale="log",
        help="Smallest and largest number of photons that make a pixel white; fewer photons are "
        "more noise. Drawn evenly on a logarithmic scale.",
    )
    per_channel: bool = param(
        True,
        label="Each channel its own",
        help="On: every channel counts photons of its own, as in a colour camera. Off: all "
        "channels have the same luck, so that grey images stored in colour stay grey.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest number is above the largest."""
        check_order(self.title, "photons_range", self.photons_range)

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class, where the noise can be strong."""
        return ("detail",) if self.photons_range[0] * _STRONG**2 <= 1 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``Poisson(photons * value) / photons``."""
        low, high = self.photons_range
        photons = exp2(per_image(between(draws[:, 0], (math.log2(low), math.log2(high)))))
        at = _pixel_places(pixels, keys, self.per_channel).expand(pixels.shape)
        return poisson(pixels.mul_(photons), at).div_(photons).clamp_(0.0, 1.0)


@TRANSFORMS.register
class SaltAndPepper(Pixels):
    """Turns single pixels white or black.

    The fraction of changed pixels is drawn evenly from its range for each image; each pixel is
    changed by itself with that probability. Works for any number of channels and any depth.
    """

    kind = "salt_and_pepper"
    title = "Salt and pepper"
    family = "noise"
    summary = "Imitates dead and hot pixels, dust and errors of transmission."
    danger = "Hurts where single bright or dark pixels are the finding: spots, beads, calcium."
    icon = "salt-and-pepper"
    usual_probability = 0.5

    fraction_range: tuple[float, float] = param(
        (0.0, 0.02),
        ge=0,
        le=1,
        label="Fraction of pixels",
        help="Smallest and largest fraction of the pixels that are changed; 0.02 is 2 %. Drawn "
        "evenly for each image.",
    )
    salt: float = param(
        0.5,
        ge=0,
        le=1,
        label="Share of white",
        search=(0, 1),
        help="How many of the changed pixels become white; the others become black.",
    )
    per_channel: bool = param(
        False,
        label="Each channel its own",
        help="Off: a changed pixel is white or black in all channels. On: each channel is changed "
        "by itself, which makes coloured dots.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest fraction is above the largest."""
        check_order(self.title, "fraction_range", self.fraction_range)

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class, where many pixels are changed."""
        return ("detail",) if self.fraction_range[1] >= _STRONG else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """White where the pixel's number is among the highest, black among the lowest."""
        planes = pixels.shape[1] if self.per_channel else 1
        shape = (len(pixels), planes, *pixels.shape[2:])
        numbers = pixel_bits(keys, math.prod(shape[1:])).view(shape)
        words = between(draws[:, 0], self.fraction_range) * 2.0**32
        white = _whole((2.0**31 - 1.0) - words * self.salt)
        black = _whole(words * (1.0 - self.salt) - 2.0**31)
        return pixels.masked_fill_(numbers > white, 1.0).masked_fill_(numbers < black, 0.0)


def _pixel_places(pixels: Tensor, keys: Tensor, per_channel: bool) -> Tensor:
    """A place for each value, or one for all channels of a pixel: ``[B, C or 1, H, W]``."""
    shape = (len(pixels), pixels.shape[1] if per_channel else 1, *pixels.shape[2:])
    return places(keys, math.prod(shape[1:])).view(shape)


def _whole(bounds: Tensor) -> Tensor:
    """Float64 ``[B]`` as int32 ``[B, 1, 1, 1]``."""
    import torch

    return bounds.floor().clamp_(-(2.0**31), 2.0**31 - 1.0).to(torch.int32)[:, None, None, None]
