"""Grid mask: hiding a regular grid of squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.arithmetic import per_image
from engine.transforms.base import TRANSFORMS, Pixels
from engine.transforms.maps import sine_cosine, spread
from engine.transforms.ranges import between, check_order
from engine.transforms.regularising.hiding import FILL_HELP, Filling, hide

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GridMask"]


@TRANSFORMS.register
class GridMask(Pixels):
    """Hides a grid of squares (Chen et al. 2020, "GridMask data augmentation").

    The distance from square to square is drawn evenly from its range, in whole pixels, and the
    grid is moved by whole pixels drawn evenly over one distance each way. Between squares, bars of
    the given share of the distance stay visible. Works for any number of channels and any depth.
    """

    kind = "grid_mask"
    title = "Grid mask"
    family = "regularising"
    summary = "Hides many small squares evenly: never all of an object, always some of it."
    danger = "Squares as large as a small object, or as its decisive part, can hide it."
    icon = "grid-mask"
    draws = 4

    distance_range: tuple[float, float] = param(
        (0.3, 0.6),
        ge=0.02,
        le=2,
        label="Distance",
        help="Smallest and largest distance from square to square, as a fraction of the image's "
        "shorter side, at least 2 pixels. The paper uses 0.43 to 1 for ImageNet; smaller ones hide "
        "smaller parts.",
    )
    ratio: float = param(
        0.6,
        gt=0,
        lt=1,
        search=(0.4, 0.8),
        label="Visible share of the distance",
        help="The width of the visible bars as a share of the distance: at 0.6, the paper's value, "
        "16 % of the image are hidden; at 0.4 it is 36 %.",
    )
    degrees: float = param(
        0.0,
        ge=0,
        le=45,
        unit="°",
        search=(0, 45),
        label="Turn",
        help="The largest turn of the grid to either side; 0 keeps it upright, 45 is any angle.",
    )
    fill: Filling = param(
        "mean", help=FILL_HELP + " The paper fills with the data set's mean, which adds nothing."
    )
    fill_value: float = param(
        0.0, ge=0, le=1, help="The grey of a constant fill, from 0 (black) to 1 (white)."
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest distance is above the largest."""
        check_order(self.title, "distance_range", self.distance_range)

    def questions(self) -> tuple[str, ...]:
        """Whether what decides is small."""
        return ("small",)

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """Pixels beyond the bars in both directions of the grid."""
        import torch

        shorter = min(pixels.shape[2:])
        distance = (between(draws[:, 0], self.distance_range) * shorter).round_().clamp_(min=2.0)
        bar = (distance * self.ratio).round_().clamp_(min=1.0)
        bar = torch.minimum(bar, distance - 1.0)
        across, down = _turned(pixels, spread(draws[:, 3], self.degrees))
        hidden = _beyond(across, draws[:, 1], distance, bar)
        hidden = hidden & _beyond(down, draws[:, 2], distance, bar)
        return hide(pixels, hidden, self.fill, self.fill_value, keys)


def _turned(pixels: Tensor, degrees: Tensor) -> tuple[Tensor, Tensor]:
    """Each pixel's place along the grid's two directions, turned about the image's middle."""
    import torch

    height, width = pixels.shape[2:]
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    x = torch.arange(width, device=pixels.device) - middle_x
    y = torch.arange(height, device=pixels.device)[:, None] - middle_y
    sine, cosine = (per_image(part) for part in sine_cosine(degrees))
    return x * cosine - y * sine + middle_x, y * cosine + x * sine + middle_y


def _beyond(place: Tensor, draws: Tensor, distance: Tensor, bar: Tensor) -> Tensor:
    """Bool: places that lie between two bars of the grid, moved by ``draws`` of a distance."""
    period = per_image(distance)
    moved = place + per_image((draws * distance).floor_())
    within = moved - (moved / period).floor_() * period
    return within >= per_image(bar)
