"""Random crop and random resized crop: whole-pixel windows of an image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.errors import FoveaError
from engine.spec import param
from engine.transforms.base import TRANSFORMS, Geometric, ImageFacts, Misfit
from engine.transforms.geometry.ranges import CUT_OFF, RESIZED, check_order
from engine.transforms.maps import (
    PlaneMap,
    affine_map,
    choose,
    exponential,
    floor,
    ones_like,
    root,
    within,
)

if TYPE_CHECKING:
    from engine.transforms.maps import Entry, Numbers

__all__ = ["RandomCrop", "RandomResizedCrop"]

_TRIES = 10


@TRANSFORMS.register
class RandomCrop(Geometric):
    """Cut a window of fixed size out of the padded image, at a random place in whole pixels.

    torchvision's ``RandomCrop(size, padding)`` in fractions: what lies in the padding is the
    augmentation's fill. At the images' own size pixels are moved, not blended, as in the recipe of
    He et al. 2016, "Deep residual learning" (4 pixels around 32, the default here); another size
    is resized to the images' own afterwards.
    """

    kind = "random_crop"
    title = "Random crop"
    summary = "Teaches that position does not matter, without blurring a single pixel."
    danger = "Wide padding or small crops cut off small and off-centre objects."
    icon = "crop"
    draws = 2

    padding: float = param(
        0.125,
        ge=0,
        le=1,
        search=(0, 0.25),
        help="What is added at every side before cutting, as a fraction of the image's width or "
        "height; rounded to whole pixels.",
    )
    size: float = param(
        1.0,
        ge=0.1,
        le=3,
        search=(0.7, 1),
        help="The side of the crop, as a fraction of the image's; anything but 1 is enlarged or "
        "shrunk back to the image's size.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the crop is larger than the padded image."""
        padded = 1 + 2 * self.padding
        if self.size > padded:
            raise FoveaError(
                "FV-H002",
                f"A crop of {self.size:g} times the image does not fit into the image with its "
                f"padding, which is {padded:g} times the image.",
                where="size",
                why="The crop is larger than what it is cut from.",
                fix=f"Enter a size up to {padded:g}, or more padding.",
            )

    def questions(self) -> tuple[str, ...]:
        """What is outside the crop is lost; another size than 1 resizes what is inside."""
        small = ("small",) if 1 + self.padding - self.size > CUT_OFF else ()
        return small + (("size",) if not RESIZED[0] <= 1 / self.size <= RESIZED[1] else ())

    def misfits(self, images: ImageFacts) -> Iterator[Misfit]:
        """A crop of one pixel, and one larger than the padded image in whole pixels."""
        yield from super().misfits(images)
        sizes = (images.width, images.height)
        crop, pad = (
            [_whole(self.size * n) for n in sizes],
            [_whole(self.padding * n) for n in sizes],
        )
        shown, what = _by(*sizes), "A crop of {} pixels from images of {} pixels "
        if min(crop) < 2:
            smallest = math.ceil(200 / min(sizes)) / 100
            yield Misfit(
                "size",
                what.format(_by(*crop), shown) + "has nothing left in it.",
                f"Enter a size of {smallest:g} or more.",
            )
        if any(c > n + 2 * p for c, n, p in zip(crop, sizes, pad, strict=True)):
            padded = _by(*(n + 2 * p for n, p in zip(sizes, pad, strict=True)))
            yield Misfit(
                "size",
                what.format(_by(*crop), shown) + f"does not fit: with padding they are {padded}.",
                "Enter a smaller size or more padding.",
            )

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """The window's places; its left and upper edges are whole pixels, all equally likely."""
        scales: list[float] = []
        moves: list[Entry] = []
        for column, length in enumerate((width, height)):
            pad = _whole(self.padding * length)
            crop = min(max(_whole(self.size * length), 1), length + 2 * pad)
            first = floor(draws[:, column] * (length + 2 * pad - crop + 1)) - pad
            scales.append(crop / length)
            moves.append(first + (crop - length) / 2)
        return affine_map(scales[0], 0.0, moves[0], 0.0, scales[1], moves[1])


@TRANSFORMS.register
class RandomResizedCrop(Geometric):
    """Cut a window of random area and proportions out of the image and enlarge it to the image.

    torchvision's ``RandomResizedCrop``, as Szegedy et al. 2015, "Going deeper with convolutions",
    trained Inception: the area is drawn evenly from its range, the ratio of width to height evenly
    on a log scale, both are rounded to whole pixels; a window that does not fit is drawn anew up to
    ten times, and after that is the largest central one of an allowed ratio. Along the window's
    edge the pixels just outside it take part in the interpolation, where torchvision repeats the
    edge.
    """

    kind = "random_resized_crop"
    title = "Random resized crop"
    summary = "Strong variety of position, size and proportions; the standard for photographs."
    danger = "Hurts where objects are small or off-centre, or where size is the class."
    icon = "scaling"
    draws = 2 * _TRIES + 2

    area_range: tuple[float, float] = param(
        (0.5, 1.0),
        ge=0.01,
        le=1,
        label="Area",
        help="Smallest and largest part of the image's area that is kept. For a million "
        "photographs 0.08 is usual; half keeps the object in view where images are few.",
    )
    ratio_range: tuple[float, float] = param(
        (0.75, 1.333),
        ge=0.1,
        le=10,
        label="Width to height",
        help="Smallest and largest ratio of the window's width to its height; 1 and 1 keep "
        "squares.",
    )

    def validate_together(self) -> None:
        """Raises FoveaError FV-H002 where the smallest area or ratio is above the largest."""
        check_order(self.title, "area_range", self.area_range, "area")
        check_order(self.title, "ratio_range", self.ratio_range, "ratio")

    def questions(self) -> tuple[str, ...]:
        """A window of a part of the area enlarges by its root, and may lie at one side."""
        side = math.sqrt(self.area_range[0])
        small = ("small",) if 1 - side > CUT_OFF else ()
        return small + (("size",) if 1 / side > RESIZED[1] else ())

    def misfits(self, images: ImageFacts) -> Iterator[Misfit]:
        """A smallest window that rounds to nothing."""
        yield from super().misfits(images)
        pixels = self.area_range[0] * images.width * images.height
        if pixels < 4:
            yield Misfit(
                "area_range",
                f"A window of {self.area_range[0]:g} of the area of images of "
                f"{_by(images.width, images.height)} pixels holds fewer than 2 x 2 pixels.",
                "Enter a larger smallest area.",
            )

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """The window's places. Draws: an area and a ratio for each try, then left and top."""
        wide, high = self._sides(draws, height, width)
        left = floor(draws[:, -2] * (width - wide + 1))
        top = floor(draws[:, -1] * (height - high + 1))
        x, y = left + (wide - width) * 0.5, top + (high - height) * 0.5
        return affine_map(wide / width, 0.0, x, 0.0, high / height, y)

    def _sides(self, draws: Numbers, height: int, width: int) -> tuple[Numbers, Numbers]:
        """Width and height of the first window that fits, whole float64 ``[B]``."""
        low, high = (math.log(ratio) for ratio in self.ratio_range)
        areas = within(draws[:, : 2 * _TRIES : 2], self.area_range) * (height * width)
        ratios = exponential(within(draws[:, 1 : 2 * _TRIES : 2], (low, high)))
        across = floor(root(areas * ratios) + 0.5)
        down = floor(root(areas / ratios) + 0.5)
        fits = (across >= 1) & (across <= width) & (down >= 1) & (down <= height)
        last = self._central(height, width)
        wide, tall = (ones_like(draws[:, 0]) * side for side in last)
        for place in reversed(range(_TRIES)):
            wide = choose(fits[:, place], across[:, place], wide)
            tall = choose(fits[:, place], down[:, place], tall)
        return wide, tall

    def _central(self, height: int, width: int) -> tuple[float, float]:
        """The largest window of an allowed ratio."""
        ratio = min(max(width / height, self.ratio_range[0]), self.ratio_range[1])
        return max(1, min(width, _whole(height * ratio))), max(
            1, min(height, _whole(width / ratio))
        )


def _whole(number: float) -> int:
    return math.floor(number + 0.5)


def _by(width: int, height: int) -> str:
    return f"{width} x {height}"
