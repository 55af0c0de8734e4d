"""Flip and quarter turns: the cards that reorder pixels and blend none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.spec import param
from engine.transforms.base import TRANSFORMS, Geometric, ImageFacts, Misfit
from engine.transforms.maps import PlaneMap, affine_map, choose, floor, ones_like, signs

if TYPE_CHECKING:
    from engine.transforms.maps import Numbers

__all__ = ["Flip", "QuarterTurn"]


@TRANSFORMS.register
class Flip(Geometric):
    """Mirror images: each direction that is on mirrors every second image, independently.

    Keras' ``horizontal_flip`` and ``vertical_flip``, torchvision's ``RandomHorizontalFlip`` and
    ``RandomVerticalFlip``.
    """

    kind = "flip"
    title = "Flip"
    summary = "Doubles the views where left and right, or up and down, mean nothing."
    danger = "Changes the class where handedness or reading direction matters: text, digits, limbs."
    icon = "flip-horizontal-2"
    draws = 2
    mirrors = True

    horizontal: bool = param(True, help="Mirror every second image left to right.")
    vertical: bool = param(False, help="Mirror every second image top to bottom.")

    def questions(self) -> tuple[str, ...]:
        """Either direction shows what only a mirror shows; the vertical one also stands things on
        their heads."""
        mirror = ("mirror",) if self.horizontal or self.vertical else ()
        return mirror + (("upside_down",) if self.vertical else ())

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """Axes reversed for draws below one half; exact, pixels are reordered and not blended."""
        across, down = signs(draws[:, 0], self.horizontal), signs(draws[:, 1], self.vertical)
        return affine_map(across, 0.0, 0.0, 0.0, down, 0.0)


@TRANSFORMS.register
class QuarterTurn(Geometric):
    """Turn images by a whole number of quarter turns, all equally likely; no pixel is blended.

    The turns of numpy's ``rot90``. Images that are not square cannot turn by 90° and keep their
    shape: on those only half turns make sense, and the card says so.
    """

    kind = "quarter_turn"
    title = "Quarter turns"
    summary = "Four views of each image where no direction is up: cells, tiles, views from above."
    danger = "Changes the class where direction or standing upright matters: 6 and 9, arrows, text."
    icon = "rotate-cw-square"
    mirrors = True

    half_only: bool = param(
        False,
        help="Turn every second image upside down, and none by 90°: for images that are not square "
        "and things that lie along one axis.",
    )

    def questions(self) -> tuple[str, ...]:
        """A half turn keeps the axis along which a thing lies, but not which end is where."""
        return ("turn", "upside_down")

    def misfits(self, images: ImageFacts) -> Iterator[Misfit]:
        """Quarter turns need square images."""
        yield from super().misfits(images)
        if not self.half_only and images.height != images.width:
            yield Misfit(
                "half_only",
                f"Quarter turns need square images; these are {images.width} x {images.height} "
                "pixels.",
                "Switch “Half only” on, or remove the card.",
            )

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """The turn back by 0, 90, 180 or 270 degrees counter-clockwise, one for each quarter of
        [0, 1)."""
        if self.half_only:
            sign = signs(draws[:, 0], True)
            return affine_map(sign, 0.0, 0.0, 0.0, sign, 0.0)
        turns, one = floor(draws[:, 0] * 4.0), ones_like(draws[:, 0])
        sine = choose(turns == 1, one, 0.0) - choose(turns == 3, one, 0.0)
        cosine = choose(turns == 0, one, 0.0) - choose(turns == 2, one, 0.0)
        return affine_map(cosine, -sine, 0.0, sine, cosine, 0.0)
