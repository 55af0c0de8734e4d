"""Brightness and contrast: the colour card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Colour
from engine.transforms.maps import spread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["BrightnessContrast"]


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

    def tone(self, draws: Tensor, grey: Tensor) -> tuple[Tensor, Tensor]:
        """``contrast * (brightness * value) + (1 - contrast) * (brightness * grey)``."""
        brightness = spread(draws[:, :1], self.brightness) + 1.0
        contrast = spread(draws[:, 1:], self.contrast) + 1.0
        return contrast * brightness, (1.0 - contrast) * (brightness * grey)
