"""What every augmentation declares, and the table of all of them.

A transform draws nothing itself. The engine hands it uniform numbers, one row a sample, and the
transform answers in the way of its kind:

* :class:`Geometric` and :class:`Displacing` say where pixels are read from; the engine composes
  all of them over all cards and resamples once;
* :class:`Colour` gives a gain and an offset; neighbouring colour cards are applied in one pass;
* :class:`Pixels` changes the pixels of a batch in any other way;
* :class:`Policy` deals its numbers out to other transforms;
* :class:`Blending` mixes several changed copies of an image;
* :class:`Mixing` mixes an image, and its label, with another training image.

That keeps a transform free of torch at import, equal on every device, and testable with three
numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from engine.registry import Registry
from engine.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor

    from engine.transforms.maps import Numbers, PlaneMap

__all__ = [
    "TRANSFORMS",
    "Blending",
    "Colour",
    "Deal",
    "Displacing",
    "Geometric",
    "ImageFacts",
    "Misfit",
    "Mixing",
    "Pixels",
    "Policy",
    "Transform",
]

Family = Literal["geometric", "colour", "noise", "regularising", "policy"]


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the images of a data set are, as they reach the augmentation."""

    channels: int
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a transform's settings cannot work on these images.

    Attributes:
        field: the setting to change, ``""`` for the transform as a whole.
        message, fix: what is wrong and what to do, a sentence each.
    """

    field: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True, eq=False)
class Deal:
    """A transform with its numbers: ``draws`` float64 ``[B, transform.draws]`` in [0, 1].

    ``chosen`` (bool ``[B]``) are the samples that it acts on, None means all of them.
    """

    transform: Transform
    chosen: Tensor | None
    draws: Tensor


class Transform(Spec):
    """One kind of random change to training images.

    Attributes:
        kind, title: the name in files and the name on screen.
        family: ``"geometric"`` (moves pixels), ``"colour"`` (changes values), ``"noise"`` (noise
            and blur), ``"regularising"`` (hides or mixes parts) or ``"policy"`` (chooses among
            other transforms).
        summary: one line on what it is good for.
        danger: one line on when it hurts.
        icon: the name of a Lucide icon.
        usual_probability: the fraction of images that a new card of this kind changes; below 1 for
            what would otherwise make all training images unlike those that are classified later.
        draws: how many uniform numbers it needs for a sample.
        rgb_only: whether it needs images with red, green and blue; others work on any number of
            channels.
    """

    family: ClassVar[Family]
    summary: ClassVar[str] = ""
    danger: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    usual_probability: ClassVar[float] = 1.0
    draws: ClassVar[int] = 1
    rgb_only: ClassVar[bool] = False

    def questions(self) -> tuple[str, ...]:
        """The names of the questions (``engine.augment.safety``) that decide whether these settings
        can change an image's class. Default: none."""
        return ()

    def misfits(self, images: ImageFacts) -> Iterator[Misfit]:
        """Why these settings cannot work on such images; overriding methods ``yield from`` this."""
        if self.rgb_only and images.channels != 3:
            shown = "grey" if images.channels == 1 else f"of {images.channels} channels"
            yield Misfit(
                "",
                f"{self.title} needs colour images (red, green, blue); these are {shown}.",
                "Remove the card, or switch it off.",
            )


class Geometric(Transform):
    """A transform that moves pixels: a projective map of the plane, one a sample.

    Attributes:
        mirrors: whether the maps only reverse or swap axes of square images, so that pixels are
            reordered, never blended.
    """

    family = "geometric"
    mirrors: ClassVar[bool] = False

    def source_map(self, draws: Numbers, height: int, width: int) -> PlaneMap:
        """The maps from each output pixel to the place in the image that it is read from.

        ``draws`` is float64 ``[B, self.draws]`` in [0, 1), a numpy array or a torch tensor: compute
        with operators and with what ``engine.transforms.maps`` offers. The map is in pixels with
        the origin in the image's centre, x to the right and y down; so rotations keep the shape of
        things in images that are not square.
        """
        raise NotImplementedError


class Displacing(Transform):
    """A transform that moves every pixel by its own distance, after all :class:`Geometric` ones."""

    family = "geometric"

    def displacement(self, draws: Tensor, height: int, width: int) -> Tensor:
        """Float32 ``[B, 2, H, W]``: how far right (first plane) and down (second plane) of each
        output pixel, in pixels, its value is read."""
        raise NotImplementedError


class Colour(Transform):
    """A transform of pixel values that is a gain and an offset for each sample (and channel)."""

    family = "colour"

    def tone(self, draws: Numbers, grey: Numbers) -> tuple[Numbers, Numbers]:
        """Gain and offset: the new value is ``gain * value + offset``, values in 0..1.

        ``draws`` is float64 ``[B, self.draws]`` in [0, 1) and ``grey`` float64 ``[B, 1]``, the mean
        grey of each image as it reaches this card, both numpy arrays or torch tensors as in
        :class:`Geometric`. Both answers are float64 ``[B, 1]``, or ``[B, C]`` where channels
        differ.
        """
        raise NotImplementedError


class Pixels(Transform):
    """A transform that computes new pixels from old ones; it comes after all geometric ones."""

    def apply(self, pixels: Tensor, draws: Tensor, keys: Tensor) -> Tensor:
        """The changed images, float32 ``[B, C, H, W]`` in 0..1, as ``pixels`` are.

        ``draws`` is float64 ``[B, self.draws]`` in [0, 1); ``keys`` (int64 ``[B]``) are for
        ``engine.randomness.pixel_bits``, where every pixel needs a number of its own. May write
        into ``pixels``. A sample's bits must not depend on which others are in the batch: no sums
        over whole images by the library, no matrix products, no library sines or powers.
        """
        raise NotImplementedError


class Policy(Transform):
    """A transform that deals its numbers out to others, a few of many for each sample."""

    family = "policy"

    def deals(self, draws: Tensor, images: ImageFacts) -> tuple[Deal, ...]:
        """What acts on which sample, in order; geometric and colour ones are fused as cards are.

        ``draws`` is float64 ``[B, self.draws]`` in [0, 1); ``images`` says what the batch's images
        are, so that transforms that need colour are not dealt to grey images.
        """
        raise NotImplementedError


class Blending(Transform):
    """A transform that makes several changed copies of an image and blends them."""

    family = "policy"

    def branches(
        self, draws: Tensor, images: ImageFacts
    ) -> tuple[Tensor, tuple[tuple[Deal, ...], ...]]:
        """Weights float64 ``[B, 1 + copies]`` (the image's own first) and each copy's changes."""
        raise NotImplementedError


class Mixing(Transform):
    """A transform that mixes an image with another training image, and so their labels."""

    family = "regularising"

    def mix(self, images: Tensor, partners: Tensor, draws: Tensor) -> tuple[Tensor, Tensor]:
        """The mixed images ``[B, C, H, W]`` and the share of each that is its own, float64 ``[B]``.

        ``images`` and ``partners`` are float32, with all their other changes made. May write into
        ``images``.
        """
        raise NotImplementedError


TRANSFORMS: Registry[Transform] = Registry("transform", "engine.transforms")
