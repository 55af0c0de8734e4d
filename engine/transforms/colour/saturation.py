"""Saturation and grayscale: cards that move colours away from, or to, their grey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.maps import spread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LUMA", "Grayscale", "Saturation", "luma"]

LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601 weights of red, green and blue, as torchvision and Pillow use them."""


def luma(pixels: Tensor) -> Tensor:
    """The grey ``[B, 1, H, W]`` of colour images ``[B, 3, H, W]``: as light as they look."""
    red, green, blue = (pixels[:, channel : channel + 1] for channel in range(3))
    return (red * LUMA[0]).add_(green * LUMA[1]).add_(blue * LUMA[2])


@TRANSFORMS.register
class Saturation(Pixels):
    """Paler or stronger colours: each pixel moves towards, or away from, its own grey.

    The factor is drawn evenly from 1 - amount to 1 + amount: 0 is grey, 1 the image as it is, 2
    twice as colourful. It is torchvision's ``adjust_saturation``. Needs red, green and blue.
    """

    kind = "saturation"
    title = "Saturation"
    family = "colour"
    summary = "Imitates other cameras, white balances and faded or fresh stains."
    danger = "Hurts where how strong a colour is tells the classes apart, such as ripeness."
    icon = "swatch-book"
    rgb_only = True

    amount: float = param(
        0.3,
        ge=0,
        le=1,
        search=(0, 0.8),
        help="The largest change of saturation, drawn evenly to either side; 0.3 is ±30 %, 1 "
        "ranges from grey to twice as colourful.",
    )

    def questions(self) -> tuple[str, ...]:
        """Whether colour is the class, where anything changes."""
        return ("colour",) if self.amount > 0 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``factor * value + (1 - factor) * grey``."""
        more = per_image(spread(draws[:, 0], self.amount))
        grey = luma(pixels).mul_(-more)
        return pixels.mul_(more + 1.0).add_(grey).clamp_(0.0, 1.0)


@TRANSFORMS.register
class Grayscale(Pixels):
    """Colour images without their colour, still with three channels, all equal.

    The grey is 0.299 red + 0.587 green + 0.114 blue: torchvision's ``rgb_to_grayscale``.
    """

    kind = "grayscale"
    title = "Grayscale"
    family = "colour"
    summary = "Makes the network look at shape and texture as well, not at colour alone."
    danger = "Removes the class where colour tells it; at probability 1 no colour is ever seen."
    icon = "droplet-off"
    usual_probability = 0.2
    draws = 0
    rgb_only = True

    def questions(self) -> tuple[str, ...]:
        """Whether colour is the class."""
        return ("colour",)

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """Each pixel's grey in all three channels."""
        return luma(pixels).clamp_(0.0, 1.0).expand_as(pixels).contiguous()
