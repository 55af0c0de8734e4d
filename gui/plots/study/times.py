"""Units of time for an axis."""

from __future__ import annotations

__all__ = ["unit"]

_UNITS = ((2 * 86400, 86400, "days"), (2 * 3600, 3600, "h"), (120, 60, "min"))


def unit(longest: float) -> tuple[float, str]:
    """The seconds and the name of the unit that suits times of up to ``longest`` seconds."""
    return next(((size, name) for least, size, name in _UNITS if longest >= least), (1.0, "s"))
