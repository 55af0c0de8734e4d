"""Random erasing and cutout: hiding rectangles."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import exp2, per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.ranges import between, check_order
from engine.transforms.regularising.hiding import FILL_HELP, Filling, hide

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Cutout", "RandomErasing"]

_MOST_HOLES = 8
_FILL_VALUE_HELP = "The grey of a constant fill, from 0 (black) to 1 (white)."


@TRANSFORMS.register
class RandomErasing(Pixels):
    """Hides one rectangle that lies within the image (Zhong et al. 2020, "Random erasing data
    augmentation").

    The area is drawn evenly from its range, the ratio of height to width evenly on a logarithmic
    scale, the place evenly over where the rectangle fits. Where a rectangle would be higher or
    wider than the image it takes the whole side and keeps its area; the paper draws again. Works
    for any number of channels and any depth.
    """

    kind = "random_erasing"
    title = "Random erasing"
    family = "regularising"
    summary = "Teaches to use the whole object instead of one part: parts are hidden at random."
    danger = "Can cover small objects entirely, and the image keeps a label that it cannot show."
    icon = "eraser"
    usual_probability = 0.5  # the paper's and torchvision's
    draws = 4

    area_range: tuple[float, float] = param(
        (0.02, 0.33),
        ge=0,
        le=1,
        label="Area",
        help="Smallest and largest area of the rectangle, as a fraction of the image. The paper "
        "uses 0.02 to 0.4, its program and torchvision 0.02 to 0.33.",
    )
    aspect_range: tuple[float, float] = param(
        (0.3, 3.3),
        ge=0.05,
        le=20,
        label="Height to width",
        scale="log",
        help="Smallest and largest ratio of the rectangle's height to its width, in pixels.",
    )
    fill: Filling = param(
        "noise", help=FILL_HELP + " Noise was best in the paper's comparison of four fills."
    )
    fill_value: float = param(0.0, ge=0, le=1, help=_FILL_VALUE_HELP)

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where a range goes downwards."""
        check_order(f"{self.title} area", "area_range", self.area_range)
        check_order(f"{self.title} ratio", "aspect_range", self.aspect_range)

    def questions(self) -> tuple[str, ...]:
        """Whether what decides is small, where anything is hidden."""
        return ("small",) if self.area_range[1] > 0 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """One rectangle for each image."""
        height, width = pixels.shape[2:]
        high, wide = self._sides(draws, height, width)
        top = _start(draws[:, 2], height, high)
        left = _start(draws[:, 3], width, wide)
        hidden = _inside(pixels, top, high, left, wide)
        return hide(pixels, hidden, self.fill, self.fill_value, keys)

    def _sides(self, draws: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
        """Height and width of the rectangles in whole pixels, float64 ``[B]``."""
        import torch

        low, high = self.aspect_range
        area = between(draws[:, 0], self.area_range) * (height * width)
        exponent = between(draws[:, 1], (math.log2(low), math.log2(high)))
        aspect = exp2(exponent.float()).double()
        tall, wide = (area * aspect).sqrt(), (area / aspect).sqrt()
        fitted_tall = torch.where(wide > width, area / width, tall).clamp_(max=height)
        fitted_wide = torch.where(tall > height, area / height, wide).clamp_(max=width)
        return fitted_tall.round_(), fitted_wide.round_()


@TRANSFORMS.register
class Cutout(Pixels):
    """Hides squares of one size (DeVries & Taylor 2017, "Improved regularization of convolutional
    neural networks with cutout").

    The middle of each square is drawn evenly over the whole image, so that squares near the border
    are cut off by it: the paper found it important that parts are often left to see. Works for any
    number of channels and any depth.
    """

    kind = "cutout"
    title = "Cutout"
    family = "regularising"
    summary = "Hides squares of fixed size, so that the network uses context, not one sure sign."
    danger = "A square larger than the object hides all that tells its class."
    icon = "square-dashed"
    draws = 2 * _MOST_HOLES

    size: float = param(
        0.25,
        gt=0,
        le=1,
        search=(0.1, 0.6),
        help="The side of a square, as a fraction of the image's shorter side. The paper uses 0.5 "
        "for 10 classes of 32 px images and 0.25 for 100 classes.",
    )
    holes: int = param(
        1, ge=1, le=_MOST_HOLES, search=(1, 4), label="Squares", help="How many squares are hidden."
    )
    fill: Filling = param(
        "mean", help=FILL_HELP + " The paper fills with the data set's mean, which adds nothing."
    )
    fill_value: float = param(0.0, ge=0, le=1, help=_FILL_VALUE_HELP)

    def questions(self) -> tuple[str, ...]:
        """Whether what decides is small."""
        return ("small",)

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """All squares of an image, then one filling."""
        height, width = pixels.shape[2:]
        side = max(1, round(self.size * min(height, width)))
        hidden = None
        for hole in range(self.holes):
            top = _start(draws[:, 2 * hole], height, 1.0) - side // 2
            left = _start(draws[:, 2 * hole + 1], width, 1.0) - side // 2
            square = _inside(pixels, top, side, left, side)
            hidden = square if hidden is None else hidden.logical_or_(square)
        assert hidden is not None
        return hide(pixels, hidden, self.fill, self.fill_value, keys)


def _start(draws: Tensor, size: int, length: Tensor | float) -> Tensor:
    """The first pixel of a length, each place within the size equally likely."""
    import torch

    most = size - length  # a number is filled in on the device: copying it there would wait
    last = most.to(draws.dtype) if isinstance(most, torch.Tensor) else draws.new_full((), most)
    return torch.minimum((draws * (last + 1.0)).floor_(), last)


def _inside(
    pixels: Tensor, top: Tensor, high: Tensor | float, left: Tensor, wide: Tensor | float
) -> Tensor:
    """Bool ``[B, 1, H, W]``: the pixels of rectangles with these first rows and columns."""
    import torch

    height, width = pixels.shape[2:]
    rows = torch.arange(height, device=pixels.device)[:, None]
    columns = torch.arange(width, device=pixels.device)
    below, right = per_image(top + high), per_image(left + wide)
    return (
        (rows >= per_image(top)) & (rows < below) & (columns >= per_image(left)) & (columns < right)
    )
