"""What several geometric cards share: ordered ranges, and when a label is at risk."""

from __future__ import annotations

from engine.errors import FoveaError

__all__ = ["CUT_OFF", "RESIZED", "TURNED", "check_order"]

CUT_OFF = 0.125
"""The part of an image beyond which cutting it off can lose a small object. An eighth: the usual
crop (four of 32 pixels) stays within it."""

RESIZED = (0.8, 1.25)
"""The factors of size beyond which one object can be taken for another that differs by size."""

TURNED = 20.0
"""The angle in degrees beyond which one direction can be taken for another: hours on a clock face
are 30 degrees apart, and a tilted camera or slide stays below."""


def check_order(title: str, field: str, pair: tuple[float, float], noun: str) -> None:
    """Raises FoveaError FV-H002 where the smallest of a range is above the largest."""
    low, high = pair
    if low > high:
        raise FoveaError(
            "FV-H002",
            f"{title} cannot range from {low:g} down to {high:g}.",
            where=field,
            why=f"The smallest {noun} is above the largest.",
            fix=f"Enter {high:g} first and {low:g} second.",
        )
