"""The operations that policies choose among, each a transform told exactly what to do.

A policy decides which operation, how strong and to which side; the transform of the catalogue that
does it turns numbers in [0, 1] into a strength, so here the number is found that gives it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import Deal, Geometric, ImageFacts, Transform
from engine.transforms.colour.levels import Autocontrast, Equalize, Posterize, Solarize
from engine.transforms.colour.saturation import Saturation
from engine.transforms.colour.sharpness import Sharpness
from engine.transforms.colour.tone import BrightnessContrast, Invert
from engine.transforms.geometry import Rotate, Shift
from engine.transforms.geometry.ranges import TURNED
from engine.transforms.maps import PlaneMap, affine_map, spread
from engine.transforms.policies.spaces import Space, Span

if TYPE_CHECKING:
    from torch import Tensor

    from engine.transforms.maps import Numbers

__all__ = [
    "OPERATIONS",
    "Operation",
    "choice_of",
    "deal",
    "options_for",
    "questions_about",
    "strength_of",
]

_MOST_BITS = 8


class Slant(Geometric):
    """Shear by a slope, as policies measure it; the card for shear is in degrees.

    The image is sheared about its centre. The papers' programs shear about the upper left corner,
    which moves the image as well.
    """

    title = "Shear"
    draws = 2

    x: float = param(0.0, ge=0, le=1, help="The largest slope sideways.")
    y: float = param(0.0, ge=0, le=1, help="The largest slope up or down.")

    def questions(self) -> tuple[str, ...]:
        """Those of the card for shear: a slant turns the lines along one axis."""
        return ("turn",) if math.degrees(math.atan(max(self.x, self.y))) > TURNED else ()

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """Read to the right by the slope for each pixel below the centre, or down for each to the
        right of it; a positive slope leans the picture to the left."""
        across, down = spread(draws[:, 0], self.x), spread(draws[:, 1], self.y)
        return affine_map(1.0, across if self.x else 0.0, 0.0, down if self.y else 0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Operation:
    """A transform whose number in ``column`` goes from strength ``low`` (0) to ``high`` (1).

    A transform without a strength has column None.
    """

    transform: Transform
    column: int | None = None
    low: float = 0.0
    high: float = 0.0

    def draws(self, strength: Tensor) -> Tensor:
        """Float64 ``[B, transform.draws]``: the numbers for strengths ``[B]``; others in the middle
        of [0, 1], where nothing changes."""
        draws = strength.new_full((len(strength), self.transform.draws), 0.5)
        if self.column is not None and self.high > self.low:
            place = (strength - self.low) / (self.high - self.low)
            draws[:, self.column] = place.clamp(0.0, 1.0)
        return draws


Maker = Callable[[float], Operation]


def _sided(make: Callable[[float], Transform], column: int = 0) -> Maker:
    return lambda limit: Operation(make(limit), column, -limit, limit)


def _plain(transform: Transform) -> Maker:
    return lambda _limit: Operation(transform)


def _solarize(limit: float) -> Operation:
    return Operation(Solarize(threshold_range=(limit, 1.0)), 0, limit, 1.0)


def _posterize(limit: float) -> Operation:
    """The card keeps the bits whose share of [0, 1] the number lies in; it is put in its middle."""
    fewest = max(1, round(limit))
    return Operation(Posterize(bits=fewest), 0, fewest - 0.5, _MOST_BITS + 0.5)


OPERATIONS: Mapping[str, Maker] = MappingProxyType(
    {
        "shear_x": _sided(lambda slope: Slant(x=slope)),
        "shear_y": _sided(lambda slope: Slant(y=slope), 1),
        "shift_x": _sided(lambda share: Shift(width=share, height=0.0)),
        "shift_y": _sided(lambda share: Shift(width=0.0, height=share), 1),
        "rotate": _sided(lambda degrees: Rotate(degrees=degrees)),
        "brightness": _sided(lambda share: BrightnessContrast(brightness=share, contrast=0.0)),
        "contrast": _sided(lambda share: BrightnessContrast(brightness=0.0, contrast=share), 1),
        "invert": _plain(Invert()),
        "saturation": _sided(lambda share: Saturation(amount=share)),
        "sharpness": _sided(lambda share: Sharpness(amount=share)),
        "posterize": _posterize,
        "solarize": _solarize,
        "autocontrast": _plain(Autocontrast()),
        "equalize": _plain(Equalize()),
    }
)
"""How each operation is made, given its strongest: what moves pixels first, then gains and offsets,
then the rest. Units: slope, fraction of the size, degrees, change of the factor, bits, threshold.
"""


def options_for(space: Space, images: ImageFacts) -> tuple[str, ...]:
    """The names of the space's operations that such images allow."""
    grey = images.channels != 3
    return tuple(
        name for name in OPERATIONS if name in space and not (grey and name == "saturation")
    )


def choice_of(draws: Tensor, count: int) -> Tensor:
    """Int64 ``[B]``: a whole number from 0 to ``count - 1``, each equally likely."""
    return (draws * count).long()


def strength_of(name: str, span: Span, levels: Tensor, images: ImageFacts) -> Tensor:
    """The strengths at ``levels`` (float64 ``[B]`` in 0..1), to the positive side.

    Shifts are whole pixels, as a fraction of the size; bits are whole and at least 1.
    """
    if name in ("shift_x", "shift_y"):
        size = images.width if name == "shift_x" else images.height
        most = span.end if span.pixels else span.end * size
        return ((levels * most + 1e-6).floor() / size).clamp(max=1.0)
    strength = levels * (span.end - span.start) + span.start
    return strength.round().clamp(min=1.0) if name == "posterize" else strength


def deal(
    space: Space,
    options: Sequence[str],
    chosen: Tensor,
    levels: Tensor,
    sides: Tensor,
    images: ImageFacts,
) -> Iterator[Deal]:
    """Each operation to the samples that chose it: one of ``options`` by number ``[B]``.

    ``levels`` (``[B]``) are 0..1; those of ``sides`` (``[B]``) below one half make operations with
    two sides act to the negative one. ``"identity"`` and numbers that are no option do nothing.
    """
    signs = 1.0 - 2.0 * (sides < 0.5).to(sides.dtype)
    for number, name in enumerate(options):
        if name != "identity":
            span = space[name]
            strength = strength_of(name, span, levels, images)
            operation = _operation(name, _limit(name, span, images))
            draws = operation.draws(strength * signs if span.signed else strength)
            yield Deal(operation.transform, chosen == number, draws)


def questions_about(space: Space, level: float) -> tuple[str, ...]:
    """The questions that the space's operations raise, each as strong as at ``level``."""
    found: dict[str, None] = {}
    for name, span in space.items():
        strength = min(1.0, level * span.end) if span.pixels else level * span.end
        if strength > 0 or not span.signed:
            limit = strength if span.signed else span.start + level * (span.end - span.start)
            found |= dict.fromkeys(_operation(name, limit).transform.questions())
    return tuple(found)


def _limit(name: str, span: Span, images: ImageFacts) -> float:
    """The strongest that the operation can be on such images."""
    if not span.pixels:
        return span.end
    return min(1.0, span.end / (images.width if name == "shift_x" else images.height))


@lru_cache(maxsize=256)
def _operation(name: str, limit: float) -> Operation:
    return OPERATIONS[name](limit)
