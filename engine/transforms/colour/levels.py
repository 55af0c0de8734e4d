"""Solarize, posterize, equalize, autocontrast: cards that map each level to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import at_least, per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.ranges import between, check_order

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Autocontrast", "Equalize", "Posterize", "Solarize"]

_STEPS = 4
"""Histogram bins for one level of 8 bits: deeper images keep their fine levels apart, and images of
8 bits fill every fourth bin, which changes nothing for them."""


_FLAT = 0.5 / 65535.0
"""Half a level of 16 bits: a channel that spans less holds one value, and the rounding errors of
the cards before, which must not be stretched to black and white."""


@TRANSFORMS.register
class Solarize(Pixels):
    """Inverts what is bright: values v from a threshold up become 1 - v.

    The threshold is drawn evenly from its range. It is torchvision's ``solarize``, for any number
    of channels and any depth.
    """

    kind = "solarize"
    title = "Solarize"
    family = "colour"
    summary = "Breaks the habit of reading brightness alone; a part of RandAugment and BYOL."
    danger = "Makes colours that no camera takes; hurts where bright spots are the class."
    icon = "sun-moon"
    usual_probability = 0.2

    threshold_range: tuple[float, float] = param(
        (0.5, 1.0),
        ge=0,
        le=1,
        label="Threshold",
        help="Smallest and largest threshold, from 0 (black) to 1 (white), drawn evenly; values "
        "from the threshold up are inverted, so lower ones change more.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest threshold is above the largest."""
        check_order(self.title, "threshold_range", self.threshold_range)

    def questions(self) -> tuple[str, ...]:
        """Whether absolute brightness or colour, whose channels change apart, is the class."""
        return ("colour", "brightness")

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``1 - value`` from the threshold up, below it the value."""
        bright = at_least(pixels, per_image(between(draws[:, 0], self.threshold_range)))
        return pixels.add_((1.0 - 2.0 * pixels).mul_(bright))


@TRANSFORMS.register
class Posterize(Pixels):
    """Fewer levels: only the highest bits of each value are kept.

    How many bits are kept is a whole number drawn evenly from ``bits`` to 8. Levels are those of
    torchvision's ``posterize`` on images of 8 bits, whatever the images' own depth.
    """

    kind = "posterize"
    title = "Posterize"
    family = "colour"
    summary = "Teaches that fine gradations do not matter; imitates coarse displays and scans."
    danger = "Removes faint structures and smooth shading that may tell the classes apart."
    icon = "posterize"
    usual_probability = 0.5

    bits: int = param(
        4,
        ge=1,
        le=8,
        label="Fewest bits",
        unit="bit",
        search=(2, 7),
        help="The fewest bits that are kept; each image keeps a whole number drawn evenly from "
        "this to 8. 8 bits are 256 levels, 4 bits are 16, 1 bit is 2.",
    )

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class, where an image of 8 bits changes."""
        return ("detail",) if self.bits < 8 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``floor(value * levels)`` as the level of 8 bits that it stands for."""
        import torch

        kept = (draws[:, 0] * (9 - self.bits)).floor_().clamp_(max=8 - self.bits) + self.bits
        removed = (8 - kept).to(torch.int64)
        width = torch.ones_like(removed).bitwise_left_shift_(removed)
        levels = per_image((256 // width).double())
        pixels = pixels.mul_(levels).floor_()
        pixels = torch.minimum(pixels, levels - 1.0).clamp_(min=0.0)
        return pixels.mul_(per_image(width.double() / 255.0))


@TRANSFORMS.register
class Equalize(Pixels):
    """Spreads the levels of each channel so that all are about equally frequent.

    The method is Pillow's and torchvision's ``equalize``: a level becomes the share of pixels that
    are darker. It is computed with four bins for each of the 256 levels and interpolated between
    bins, so that images of 16 bits stay smooth; images of 8 bits come out as torchvision's up to
    half a level. A channel of a single level, or images under 256 pixels, are left as they are.
    """

    kind = "equalize"
    title = "Equalize"
    family = "colour"
    summary = "Shows hidden contrast; teaches that exposure and the shape of the histogram vary."
    danger = "Amplifies noise in flat images; hurts where absolute brightness is the class."
    icon = "histogram"
    usual_probability = 0.5
    draws = 0

    def questions(self) -> tuple[str, ...]:
        """Whether absolute brightness or colour, whose channels change apart, is the class."""
        return ("colour", "brightness")

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """Each value looked up in its channel's cumulative histogram."""
        place = pixels.flatten(2).clamp(0.0, 1.0).mul_(255.0 * _STEPS)
        table = _equalizing(place)
        floor = place.floor().clamp_(max=255.0 * _STEPS - 1.0)
        part, floor = place.sub_(floor), floor.long()
        low, high = table.gather(2, floor), table.gather(2, floor.add_(1))
        return high.sub_(low).mul_(part).add_(low).view(pixels.shape)


def _equalizing(place: Tensor) -> Tensor:
    """Float32 ``[B, C, bins + 1]``: the new value at each bin, for places ``[B, C, H * W]``.

    Counts are whole numbers, exact in any order of summing.
    """
    import torch

    level = place.round().long()
    counts = torch.zeros(
        (*place.shape[:2], 255 * _STEPS + 1), dtype=torch.int32, device=place.device
    )
    counts.scatter_add_(2, level, torch.ones_like(level, dtype=torch.int32))
    brightest = counts.gather(2, level.amax(dim=2, keepdim=True))
    step = (place.shape[2] - brightest).div_(255, rounding_mode="floor")
    darker = counts.cumsum(2, dtype=torch.int32).sub_(counts)
    table = darker.float().div_(step).clamp_(max=255.0).mul_(1.0 / 255.0)
    same = torch.arange(255 * _STEPS + 1, device=place.device) / (255.0 * _STEPS)
    return torch.where(step > 0, table, same)


@TRANSFORMS.register
class Autocontrast(Pixels):
    """Stretches each channel so that its darkest value becomes 0 and its lightest 1.

    It is torchvision's ``autocontrast``, for any number of channels and any depth; a channel of a
    single value, within half a level of 16 bits, is left as it is.
    """

    kind = "autocontrast"
    title = "Autocontrast"
    family = "colour"
    summary = "Teaches that the overall exposure and range vary: the full range is always used."
    danger = "Hurts where absolute brightness, or the balance of channels, is the class."
    icon = "unfold-horizontal"
    usual_probability = 0.5
    draws = 0

    def questions(self) -> tuple[str, ...]:
        """Whether absolute brightness or colour, whose channels change apart, is the class."""
        return ("colour", "brightness")

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """``(value - darkest) / (lightest - darkest)``."""
        low = pixels.amin(dim=(2, 3), keepdim=True)
        span = pixels.amax(dim=(2, 3), keepdim=True).sub_(low)
        flat = span < _FLAT
        low, span = low.masked_fill_(flat, 0.0), span.masked_fill_(flat, 1.0)
        return pixels.sub_(low).div_(span).clamp_(0.0, 1.0)
