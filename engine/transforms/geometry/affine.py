"""Rotate, shift, shear and zoom: the cards that are affine maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Geometric
from engine.transforms.geometry.ranges import CUT_OFF, RESIZED, TURNED, check_order
from engine.transforms.maps import PlaneMap, affine_map, sine_cosine, spread, within

if TYPE_CHECKING:
    from engine.transforms.maps import Numbers

__all__ = ["Rotate", "Shear", "Shift", "Zoom"]


@TRANSFORMS.register
class Rotate(Geometric):
    """Turn images about their centre by an angle drawn evenly from -degrees to +degrees.

    Keras' ``rotation_range`` and torchvision's ``RandomRotation``.
    """

    kind = "rotate"
    title = "Rotate"
    summary = "Teaches that orientation does not matter; small angles imitate a tilted camera."
    danger = "Large angles change classes that differ by orientation: 6 and 9, arrows, text."
    icon = "rotate-cw"

    degrees: float = param(
        15.0, ge=0, le=180, unit="°", search=(0, 45), help="The largest turn to either side."
    )

    def questions(self) -> tuple[str, ...]:
        """Beyond a tilt direction changes, beyond 90° things stand on their heads."""
        turn = ("turn",) if self.degrees > TURNED else ()
        return turn + (("upside_down",) if self.degrees > 90 else ())

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """The turn back: a positive angle turns the picture counter-clockwise, as torchvision."""
        sine, cosine = sine_cosine(spread(draws[:, 0], self.degrees))
        return affine_map(cosine, -sine, 0.0, sine, cosine, 0.0)


@TRANSFORMS.register
class Shift(Geometric):
    """Move images by a distance drawn evenly from -fraction to +fraction of their size.

    Keras' ``width_shift_range`` and ``height_shift_range`` below 1, and the ``translate`` of
    torchvision's ``RandomAffine``, without rounding to whole pixels.
    """

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

    def questions(self) -> tuple[str, ...]:
        """What lies in the part that moves out is cut off."""
        return ("small",) if max(self.width, self.height) > CUT_OFF else ()

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """The move back; positive draws move the picture right and down."""
        right = spread(draws[:, 0], self.width * width)
        down = spread(draws[:, 1], self.height * height)
        return affine_map(1.0, 0.0, -right, 0.0, 1.0, -down)


@TRANSFORMS.register
class Shear(Geometric):
    """Slant images about their centre by angles drawn evenly from -x to +x and from -y to +y.

    The ``shear`` of torchvision's ``RandomAffine``: a slant of ``s`` degrees moves what is one
    pixel off the centre line by ``tan(s)`` pixels, sideways first, then up or down. Keras'
    ``shear_range`` is ``y`` with ``x`` 0, except that Keras also stretches the width by
    ``1 / cos(s)``: 0.4 % at 5 degrees, 6 % at 20 degrees.
    """

    kind = "shear"
    title = "Shear"
    summary = "Imitates slanted writing and things seen or lying at a slant."
    danger = "Large slants change classes that differ by angles and proportions."
    icon = "parallelogram"
    draws = 2

    x: float = param(
        10.0,
        ge=0,
        le=60,
        unit="°",
        search=(0, 25),
        label="Sideways",
        help="The largest slant of upright lines to either side; 10° is clearly visible, and "
        "strong policies stop at 17°.",
    )
    y: float = param(
        0.0,
        ge=0,
        le=60,
        unit="°",
        search=(0, 25),
        label="Up and down",
        help="The largest slant of level lines; 0, for together with the sideways slant it is "
        "mostly a rotation, which has a card of its own.",
    )

    def questions(self) -> tuple[str, ...]:
        """A slant turns the lines along one axis."""
        return ("turn",) if max(self.x, self.y) > TURNED else ()

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """The slants back; a positive x moves the upper half right, a positive y the left half
        down, as torchvision's ``affine``."""
        return _slant(draws[:, 0], self.x, True).after(_slant(draws[:, 1], self.y, False))


def _slant(draws: Numbers, degrees: float, sideways: bool) -> PlaneMap:
    if degrees == 0:
        return PlaneMap()
    sine, cosine = sine_cosine(spread(draws, degrees))
    slope = sine / cosine
    return affine_map(1.0, slope if sideways else 0.0, 0.0, 0.0 if sideways else slope, 1.0, 0.0)


@TRANSFORMS.register
class Zoom(Geometric):
    """Enlarge or shrink images about their centre by a factor drawn evenly from the range.

    The ``scale`` of torchvision's ``RandomAffine``. Keras' ``zoom_range`` draws a factor for each
    axis (``per_axis``) and multiplies source places by it: its 0.8 enlarges by 1 / 0.8.
    """

    kind = "zoom"
    title = "Zoom"
    summary = "Teaches that size and distance do not matter."
    danger = "Hurts where size is the class; strong enlarging cuts off what lies at the edge."
    icon = "zoom-in"
    draws = 2

    factor_range: tuple[float, float] = param(
        (0.9, 1.1),
        ge=0.1,
        le=10,
        label="Factor",
        unit="×",
        help="Smallest and largest factor: below 1 shrinks the picture, above 1 enlarges it.",
    )
    per_axis: bool = param(
        False,
        label="Each axis by itself",
        help="Draw one factor for the width and another for the height, so that proportions "
        "change as well.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest factor is above the largest."""
        check_order(self.title, "factor_range", self.factor_range, "factor")

    def questions(self) -> tuple[str, ...]:
        """Sizes change, and enlarging cuts off half of what it adds at either side."""
        low, high = self.factor_range
        size = ("size",) if low < RESIZED[0] or high > RESIZED[1] else ()
        return size + (("small",) if (1 - 1 / high) / 2 > CUT_OFF else ())

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """The shrinking back: ``1 / factor``, along both axes or each its own."""
        x = 1.0 / within(draws[:, 0], self.factor_range)
        y = 1.0 / within(draws[:, 1], self.factor_range) if self.per_axis else x
        return affine_map(x, 0.0, 0.0, 0.0, y, 0.0)
