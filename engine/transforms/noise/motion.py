"""Motion blur: the mean over a straight line about each pixel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.maps import sine_cosine
from engine.transforms.noise.borders import mirrored
from engine.transforms.ranges import between, check_order

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MotionBlur"]


@TRANSFORMS.register
class MotionBlur(Pixels):
    """Blurs images along a straight line, as when stage or object move during the exposure.

    Each pixel becomes the mean over a line of the drawn length about it, with linear interpolation
    between pixels. Length and angle are drawn evenly from their ranges. Borders are mirrored. Works
    for any number of channels and any depth.
    """

    kind = "motion_blur"
    title = "Motion blur"
    family = "noise"
    summary = "Imitates movement of the stage, the camera or the object during the exposure."
    danger = "Hurts where fine texture or thin lines are the class, or streaks mean something."
    icon = "wind"
    usual_probability = 0.5
    draws = 2

    length_range: tuple[float, float] = param(
        (3.0, 9.0),
        ge=1,
        le=64,
        label="Length",
        unit="px",
        help="Smallest and largest length of the movement, in pixels; 1 changes nothing. Drawn "
        "evenly.",
    )
    angle_range: tuple[float, float] = param(
        (0.0, 180.0),
        ge=-180,
        le=180,
        label="Angle",
        unit="°",
        help="Smallest and largest angle of the movement: 0 is sideways, 90 up and down, angles "
        "between turn counter-clockwise. 0 to 180 is every direction.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where a range goes downwards."""
        check_order(f"{self.title} length", "length_range", self.length_range)
        check_order(f"{self.title} angle", "angle_range", self.angle_range)

    def questions(self) -> tuple[str, ...]:
        """Whether fine detail is the class, where anything changes."""
        return ("detail",) if self.length_range[1] > 1 else ()

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """A sum over steps of one pixel along the line's longer axis.

        A step of each image is a window of its mirrored rows, at an offset of its own: all images
        are copied in one call.
        """
        import torch

        reach = math.ceil(self.length_range[1] / 2 + 0.5) - 1
        if reach == 0:
            return pixels
        path = _Path(draws, self.length_range, self.angle_range)
        windows = _Windows(pixels, reach + 1)
        total, weights = torch.zeros_like(pixels), torch.zeros_like(path.half)
        for step in range(-reach, reach + 1):
            weight = path.weight(step)
            for offset, share in path.neighbours(step, windows):
                total.add_(windows.at(offset).mul_(per_image(weight * share)))
            weights = weights + weight
        return total.div_(per_image(weights)).clamp_(0.0, 1.0)


class _Path:
    """The lines of a batch: numbers ``[B]`` for each step along their longer axes."""

    def __init__(
        self, draws: Tensor, lengths: tuple[float, float], angles: tuple[float, float]
    ) -> None:
        import torch

        sine, cosine = sine_cosine(between(draws[:, 1], angles))
        right, down = cosine, -sine
        self.flat = right.abs() >= down.abs()
        longer = torch.where(self.flat, right, down)
        self.slope = torch.where(self.flat, down, right) / longer
        self.half = between(draws[:, 0], lengths) * longer.abs() * 0.5

    def weight(self, step: int) -> Tensor:
        """How much of the pixel at this step the line covers."""
        return (self.half + (0.5 - abs(step))).clamp_(0.0, 1.0)

    def neighbours(self, step: int, windows: _Windows) -> list[tuple[Tensor, Tensor]]:
        """The windows of the two pixels beside the line at this step, and the share of each."""
        import torch

        place = self.slope * step
        below = place.floor()
        part = place - below
        along = torch.where(self.flat, 1, windows.row)
        beside = torch.where(self.flat, windows.row, 1)
        offset = below.long() * beside + along * step + windows.middle
        return [(offset, 1.0 - part), (offset + beside, part)]


class _Windows:
    """Copies of a batch moved by whole pixels, each image by its own.

    Attributes:
        row: how far apart in memory two rows are.
        middle: the offset of the window that is not moved.
    """

    def __init__(self, pixels: Tensor, margin: int) -> None:
        import torch

        wide = mirrored(mirrored(pixels, 3, margin), 2, margin).contiguous()
        batch, channels, row = wide.stride()[:3]
        self.row, self.middle = row, margin * (row + 1)
        self._first = torch.arange(len(pixels), device=pixels.device) * batch
        last = (len(pixels) - 1) * batch + 2 * self.middle
        self._all = wide.as_strided((last + 1, *pixels.shape[1:]), (1, channels, row, 1))
        self._copy = torch.empty_like(pixels)

    def at(self, offset: Tensor) -> Tensor:
        """The images as seen through windows at int64 ``offset`` ``[B]``, in memory that the next
        call writes into again."""
        import torch

        return torch.index_select(self._all, 0, self._first + offset, out=self._copy)
