"""Flip: the cards that reorder pixels and blend none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Geometric
from engine.transforms.maps import PlaneMap, affine_map, signs

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Flip"]


@TRANSFORMS.register
class Flip(Geometric):
    """Mirror images: each direction that is on mirrors every second image, independently."""

    kind = "flip"
    title = "Flip"
    summary = "Doubles the views where left and right, or up and down, mean nothing."
    danger = "Changes the class where handedness or reading direction matters: text, digits, limbs."
    icon = "flip-horizontal-2"
    draws = 2
    mirrors = True

    horizontal: bool = param(True, help="Mirror every second image left to right.")
    vertical: bool = param(False, help="Mirror every second image top to bottom.")

    def source_map(self, draws: Tensor, height: int, width: int) -> PlaneMap:
        """Axes reversed for draws below one half; exact, pixels are reordered and not blended."""
        return affine_map(
            signs(draws[:, 0], self.horizontal),
            0.0,
            0.0,
            0.0,
            signs(draws[:, 1], self.vertical),
            0.0,
        )
