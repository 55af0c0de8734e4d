"""Brightness and contrast, inversion, gamma: cards that change how light an image is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import exp2, per_image, power
from engine.transforms.base import TRANSFORMS, Colour, Pixels
from engine.transforms.maps import ones_like, spread
from engine.transforms.ranges import between, check_order

if TYPE_CHECKING:
    from torch import Tensor

    from engine.transforms.maps import Numbers

__all__ = ["BrightnessContrast", "Gamma", "Invert"]


@TRANSFORMS.register
class BrightnessContrast(Colour):
    """Lighter or darker, flatter or harder images; works for any number of channels.

    Brightness multiplies values by a factor drawn evenly from 1 - brightness to 1 + brightness.
    Contrast then moves every value away from, or towards, the image's mean grey by a factor drawn
    evenly from 1 - contrast to 1 + contrast. Both are torchvision's ``adjust_brightness`` and
    ``adjust_contrast``, except that values are clamped to 0..1 once, after the last colour card.
    """

    kind = "brightness_contrast"
    title = "Brightness and contrast"
    summary = "Imitates other lamps, exposures, stain strengths and cameras."
    danger = "Hurts where absolute brightness is the class, as in calibrated measurements."
    icon = "contrast"
    draws = 2

    brightness: float = param(
        0.2, ge=0, le=1, search=(0, 0.5), help="The largest change of brightness; 0.2 is ±20 %."
    )
    contrast: float = param(
        0.2, ge=0, le=1, search=(0, 0.5), help="The largest change of contrast; 0.2 is ±20 %."
    )

    def questions(self) -> tuple[str, ...]:
        """Whether absolute brightness is the class, where anything changes."""
        return ("brightness",) if self.brightness > 0 or self.contrast > 0 else ()

    def tone(self, draws: Numbers, grey: Numbers) -> tuple[Numbers, Numbers]:
        """``contrast * (brightness * value) + (1 - contrast) * (brightness * grey)``."""
        brightness = spread(draws[:, :1], self.brightness) + 1.0
        contrast = spread(draws[:, 1:], self.contrast) + 1.0
        return contrast * brightness, (1.0 - contrast) * (brightness * grey)


@TRANSFORMS.register
class Invert(Colour):
    """Negatives: every value v becomes 1 - v, in every channel; torchvision's ``invert``."""

    kind = "invert"
    title = "Invert"
    summary = "Imitates negatives, and bright-field against dark-field: shape counts, not sign."
    danger = "Hurts where light and dark tell the classes apart, and at probability 1."
    icon = "eclipse"
    usual_probability = 0.2
    draws = 0

    def questions(self) -> tuple[str, ...]:
        """Whether absolute brightness or colour, whose channels change apart, is the class."""
        return ("colour", "brightness")

    def tone(self, draws: Numbers, grey: Numbers) -> tuple[Numbers, Numbers]:
        """``1 - value``."""
        one = ones_like(grey)
        return -one, one


@TRANSFORMS.register
class Gamma(Pixels):
    """Lighter or darker middle tones: every value v becomes v to the power of gamma.

    Black and white stay as they are. Gamma is drawn so that its logarithm is spread evenly over the
    range: doubling is as likely as halving. Works for any number of channels and any depth; it is
    torchvision's ``adjust_gamma`` with gain 1.
    """

    kind = "gamma"
    title = "Gamma"
    family = "colour"
    summary = "Imitates other exposures and camera curves; black and white stay where they are."
    danger = "Hurts where absolute brightness is the class; far from 1 it hides detail."
    icon = "gamma"

    gamma_range: tuple[float, float] = param(
        (0.7, 1.4),
        ge=0.1,
        le=10,
        label="Gamma",
        help="Smallest and largest gamma: below 1 lightens the middle tones, above 1 darkens "
        "them, 1 changes nothing. Drawn evenly on a logarithmic scale.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest gamma is above the largest."""
        check_order(self.title, "gamma_range", self.gamma_range)

    def questions(self) -> tuple[str, ...]:
        """Whether absolute brightness is the class, where anything changes."""
        return () if self.gamma_range == (1.0, 1.0) else ("brightness",)

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``value ** gamma``."""
        low, high = self.gamma_range
        exponent = between(draws[:, 0], (math.log2(low), math.log2(high)))
        return power(pixels, exp2(per_image(exponent))).clamp_(0.0, 1.0)
