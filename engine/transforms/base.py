"""What every augmentation declares, and the table of all of them.

A transform draws nothing itself. The engine hands it uniform numbers, one row a sample, and the
transform answers with small per-sample records (a matrix, a gain and an offset) that
``engine.augment.engine`` composes over all cards and applies once. That keeps a transform free of
torch at import, equal on every device, and testable with three numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from engine.registry import Registry
from engine.spec import Spec

if TYPE_CHECKING:
    from torch import Tensor

    from engine.transforms.maps import PlaneMap

__all__ = ["TRANSFORMS", "Colour", "Geometric", "Transform"]


class Transform(Spec):
    """One kind of random change to training images.

    Attributes:
        kind, title: the name in files and the name on screen.
        family: ``"geometric"`` (moves pixels) or ``"colour"`` (changes values).
        summary: one line on what it is good for.
        danger: one line on when it hurts.
        icon: the name of a Lucide icon.
        draws: how many uniform numbers it needs for a sample.
    """

    family: ClassVar[Literal["geometric", "colour"]]
    summary: ClassVar[str] = ""
    danger: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    draws: ClassVar[int] = 1


class Geometric(Transform):
    """A transform that moves pixels: an affine map of the plane, one a sample.

    Attributes:
        mirrors: whether the maps only reverse axes, so that pixels are reordered, never blended.
    """

    family = "geometric"
    mirrors: ClassVar[bool] = False

    def source_map(self, draws: Tensor, height: int, width: int) -> PlaneMap:
        """The maps from each output pixel to the place in the image that it is read from.

        ``draws`` is float64 ``[B, self.draws]`` in [0, 1). The map is in pixels with the origin in
        the image's centre, x to the right and y down; so rotations keep the shape of things in
        images that are not square.
        """
        raise NotImplementedError


class Colour(Transform):
    """A transform of pixel values that is a gain and an offset for each sample (and channel)."""

    family = "colour"

    def tone(self, draws: Tensor, grey: Tensor) -> tuple[Tensor, Tensor]:
        """Gain and offset: the new value is ``gain * value + offset``, values in 0..1.

        ``draws`` is float64 ``[B, self.draws]`` in [0, 1) and ``grey`` float64 ``[B, 1]``, the mean
        grey of each image as it reaches this card. Both answers are float64 ``[B, 1]``, or
        ``[B, C]`` where channels differ.
        """
        raise NotImplementedError


TRANSFORMS: Registry[Transform] = Registry("transform", "engine.transforms")
