"""Hue: turning all colours along the colour circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import at_least, per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.maps import spread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Hue"]


@TRANSFORMS.register
class Hue(Pixels):
    """Other colours, equally light and strong: hues turn by an angle of the colour circle.

    The angle is drawn evenly from -degrees to +degrees: 60° turns red into yellow, 120° into green.
    Lightest and darkest channel of each pixel (V and chroma of the HSV model) stay. It is
    torchvision's ``adjust_hue`` with ``degrees / 360``. Needs red, green and blue.
    """

    kind = "hue"
    title = "Hue"
    family = "colour"
    summary = "Imitates other lamps, white balances and dyes of objects that come in many colours."
    danger = "Hurts where hue is the class: stains, indicator dyes, species told by colour."
    icon = "palette"
    rgb_only = True

    degrees: float = param(
        15.0,
        ge=0,
        le=180,
        unit="°",
        search=(0, 60),
        help="The largest turn along the colour circle to either side, drawn evenly; 60° turns "
        "red into yellow, 180° allows every colour.",
    )

    def questions(self) -> tuple[str, ...]:
        """Whether colour is the class, where anything changes."""
        return ("colour",) if self.degrees > 0 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """Each channel anew from the turned hue, the lightest channel and the chroma."""
        import torch

        red, green, blue = pixels.unbind(1)
        value = torch.maximum(torch.maximum(red, green), blue)
        chroma = value - torch.minimum(torch.minimum(red, green), blue)
        hue = _sixths(red, green, blue, value, chroma)
        hue += per_image(spread(draws[:, 0], self.degrees / 60.0))[:, 0]
        for channel, start in enumerate((5.0, 3.0, 1.0)):
            pixels[:, channel] = value - _shortfall(hue + start).mul_(chroma)
        return pixels.clamp_(0.0, 1.0)


def _sixths(red: Tensor, green: Tensor, blue: Tensor, value: Tensor, chroma: Tensor) -> Tensor:
    """The hue in sixths of the circle, -1..5: red 0, green 2, blue 4; near red for grey pixels."""
    size = chroma.clamp(min=1e-9)  # chroma 0 would divide zero by zero
    near_red = (green - blue).div_(size)
    near_green = (blue - red).div_(size).add_(2.0)
    hue = (red - green).div_(size).add_(4.0)
    hue += near_green.sub_(hue).mul_(at_least(green, value))
    hue += near_red.sub_(hue).mul_(at_least(red, value))
    return hue


def _shortfall(turned: Tensor) -> Tensor:
    """How far a channel lies below the lightest one, in parts of the chroma (Smith 1978, as one
    formula: ``max(0, min(k, 4 - k, 1))`` with k the place on the circle of six)."""
    import torch

    turned -= (turned / 6.0).floor_().mul_(6.0)
    return torch.minimum(turned, 4.0 - turned).clamp_(0.0, 1.0)
