"""Numbers as people read them, in the texts of the engine and in the window."""

from __future__ import annotations

import math

__all__ = ["THIN", "percent"]

THIN = "\u202f"
"""What stands between a number and its unit: narrow, and no line ends there."""


def percent(value: float, places: int = 1) -> str:
    """A fraction as a percentage: ``0.9213`` is ``92.1 %``."""
    return f"{value * 100:.{places}f}{THIN}%" if math.isfinite(value) else "not finite"
