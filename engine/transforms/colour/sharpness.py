"""Sharpness: blurring a little, or the opposite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.maps import spread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Sharpness"]


@TRANSFORMS.register
class Sharpness(Pixels):
    """Softer or crisper edges: each pixel moves towards, or away from, the mean around it.

    The mean is over 3x3 pixels, the middle one five times; the factor is drawn evenly from
    1 - amount to 1 + amount: 0 is that mean, 1 the image as it is, 2 twice as far from the mean. It
    is torchvision's ``adjust_sharpness``; the outermost pixels stay as they are, and so do images
    under 3 pixels high or wide. Works for any number of channels.
    """

    kind = "sharpness"
    title = "Sharpness"
    family = "colour"
    summary = "Imitates slightly different focus and the sharpening of cameras."
    danger = "Hurts where fine texture or focus itself is the class; amplifies noise."
    icon = "focus"

    amount: float = param(
        0.5,
        ge=0,
        le=1,
        search=(0, 1),
        help="The largest change of sharpness, drawn evenly to either side; 0.5 is ±50 %, 1 "
        "ranges from softened to twice as crisp.",
    )

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class, where anything changes."""
        return ("detail",) if self.amount > 0 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``value + (factor - 1) * (value - mean)`` inside the outermost pixels."""
        if min(pixels.shape[2:]) < 3:
            return pixels
        inner = pixels[:, :, 1:-1, 1:-1]
        rows = (pixels[:, :, :-2] + pixels[:, :, 1:-1]).add_(pixels[:, :, 2:])
        mean = (rows[..., :-2] + rows[..., 1:-1]).add_(rows[..., 2:])
        mean.add_(inner * 4.0).mul_(1.0 / 13.0)
        change = inner.sub(mean).mul_(per_image(spread(draws[:, 0], self.amount)))
        inner.add_(change).clamp_(0.0, 1.0)
        return pixels
