"""What transforms with a smallest and a largest value share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import FoveaError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["between", "check_order"]


def between(draws: Tensor, bounds: tuple[float, float]) -> Tensor:
    """Draws in [0, 1) spread evenly over the range."""
    low, high = bounds
    return draws * (high - low) + low


def check_order(title: str, field: str, bounds: tuple[float, float]) -> None:
    """Raises FoveaError FV-H002, naming ``field``, where the smallest is above the largest."""
    low, high = bounds
    if low > high:
        raise FoveaError(
            "FV-H002",
            f"{title} cannot range from {low:g} down to {high:g}.",
            where=field,
            why="The smallest value is above the largest.",
            fix=f"Enter {high:g} first and {low:g} second.",
        )
