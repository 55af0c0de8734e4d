"""How strong each operation of a policy is: from level 0 to level 1, as published.

The numbers are those of the papers as torchvision's ``transforms.v2`` has them, which differ in
places from the first implementations; a test compares every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["AUGMIX", "STANDARD", "WIDE", "Space", "Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """The strength of an operation at level 0 and at level 1, evenly in between.

    Attributes:
        start, end: the strengths, in the unit of the operation (``operations.OPERATIONS``).
        signed: whether it acts to either side, as a turn does.
        pixels: whether a shift is in pixels rather than a fraction of the image's size.
    """

    start: float = 0.0
    end: float = 0.0
    signed: bool = False
    pixels: bool = False


Space = Mapping[str, Span]
"""The operations that a policy chooses among, by name, each with its strengths."""

_PLAIN = {"autocontrast": Span(), "equalize": Span()}


def _space(
    shear: float,
    shift: float,
    degrees: float,
    factor: float,
    bits: tuple[float, float],
    pixels: bool = False,
) -> dict[str, Span]:
    """A space of 13 operations: all but the identity and the negative."""
    moved = {name: Span(0.0, shear, True) for name in ("shear_x", "shear_y")}
    moved |= {name: Span(0.0, shift, True, pixels) for name in ("shift_x", "shift_y")}
    moved["rotate"] = Span(0.0, degrees, True)
    names = ("brightness", "contrast", "saturation", "sharpness")
    toned = {name: Span(0.0, factor, True) for name in names}
    stepped = {"posterize": Span(*bits), "solarize": Span(1.0, 0.0)}
    return moved | toned | stepped | _PLAIN


STANDARD: Space = MappingProxyType(_space(0.3, 150.0 / 331.0, 30.0, 0.9, (8.0, 4.0)))
"""AutoAugment's and RandAugment's strengths."""

WIDE: Space = MappingProxyType(_space(0.99, 32.0, 135.0, 0.99, (8.0, 2.0), pixels=True))
"""TrivialAugment's wide strengths."""

AUGMIX: Space = MappingProxyType(_space(0.3, 1.0 / 3.0, 30.0, 0.9, (4.0, 0.0)))
"""AugMix's strengths. Posterize keeps at least 1 bit, where torchvision's falls to 0: black."""
