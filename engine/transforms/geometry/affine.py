"""Rotate, shift and zoom: the cards that are affine maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import FoveaError
from engine.spec import param
from engine.transforms.base import TRANSFORMS, Geometric
from engine.transforms.maps import PlaneMap, affine_map, sine_cosine, spread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Rotate", "Shift", "Zoom"]


@TRANSFORMS.register
class Rotate(Geometric):
    """Turn images about their centre by an angle drawn evenly from -degrees to +degrees."""

    kind = "rotate"
    title = "Rotate"
    summary = "Teaches that orientation does not matter; small angles imitate a tilted camera."
    danger = "Large angles change classes that differ by orientation: 6 and 9, arrows, text."
    icon = "rotate-cw"

    degrees: float = param(
        15.0, ge=0, le=180, unit="°", search=(0, 45), help="The largest turn to either side."
    )

    def source_map(self, draws: Tensor, height: int, width: int) -> PlaneMap:
        """The turn back: a positive angle turns the picture counter-clockwise, as torchvision."""
        sine, cosine = sine_cosine(spread(draws[:, 0], self.degrees))
        return affine_map(cosine, -sine, 0.0, sine, cosine, 0.0)


@TRANSFORMS.register
class Shift(Geometric):
    """Move images by a distance drawn evenly from -fraction to +fraction of their size."""

    kind = "shift"
    title = "Shift"
    summary = "Teaches that position does not matter: objects need not be centred."
    danger = "Large shifts push small or off-centre objects out of the picture."
    icon = "move"
    draws = 2

    width: float = param(
        0.1,
        ge=0,
        le=1,
        search=(0, 0.3),
        help="The largest move sideways, as a fraction of the width.",
    )
    height: float = param(
        0.1,
        ge=0,
        le=1,
        search=(0, 0.3),
        help="The largest move up or down, as a fraction of the height.",
    )

    def source_map(self, draws: Tensor, height: int, width: int) -> PlaneMap:
        """The move back; positive draws move the picture right and down."""
        right = spread(draws[:, 0], self.width * width)
        down = spread(draws[:, 1], self.height * height)
        return affine_map(1.0, 0.0, -right, 0.0, 1.0, -down)


@TRANSFORMS.register
class Zoom(Geometric):
    """Enlarge or shrink images about their centre by a factor drawn evenly from the range."""

    kind = "zoom"
    title = "Zoom"
    summary = "Teaches that size and distance do not matter."
    danger = "Hurts where size is the class; strong enlarging cuts off what lies at the edge."
    icon = "zoom-in"

    factor_range: tuple[float, float] = param(
        (0.9, 1.1),
        ge=0.1,
        le=10,
        label="Factor",
        unit="x",
        help="Smallest and largest factor: below 1 shrinks the picture, above 1 enlarges it.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest factor is above the largest."""
        low, high = self.factor_range
        if low > high:
            raise FoveaError(
                "FV-H002",
                f"Zoom cannot range from {low:g} down to {high:g}.",
                where="factor_range",
                why="The smallest factor is above the largest.",
                fix=f"Enter {high:g} first and {low:g} second.",
            )

    def source_map(self, draws: Tensor, height: int, width: int) -> PlaneMap:
        """The shrinking back: ``1 / factor`` along both axes."""
        low, high = self.factor_range
        inverse = (draws[:, 0] * (high - low) + low).reciprocal()
        return affine_map(inverse, 0.0, 0.0, 0.0, inverse, 0.0)
