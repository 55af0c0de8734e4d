"""Layers that only rearrange: nothing is learned."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from engine.layers.base import GLOBAL, LAYERS, POINTWISE, Category, Layer, Reach, Shape
from engine.layers.windows import need_image
from engine.spec import param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Flatten", "Identity", "Upsample", "ZeroPad"]


@LAYERS.register
class Flatten(Layer):
    """All values of an image in one row."""

    kind = "flatten"
    title = "Flatten"
    category: ClassVar[Category] = "Reshape"
    summary = "Turns an image into a list of features, place by place; many, so shrink it first."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return (prod(inputs[0]),)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Flatten()


@LAYERS.register
class Identity(Layer):
    """What arrives, unchanged."""

    kind = "identity"
    title = "Identity"
    category: ClassVar[Category] = "Reshape"
    summary = "Passes everything on unchanged: a named joint for wires, or a placeholder."

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Identity()


@LAYERS.register
class Upsample(Layer):
    """A larger image, by a whole factor."""

    kind = "upsample"
    title = "Upsample"
    category: ClassVar[Category] = "Reshape"
    summary = "Enlarges the image, for instance to join it with an earlier, larger one."

    factor: int = param(2, ge=2, le=16, search=(2, 4), help="How many times larger each side gets.")
    mode: Literal["nearest", "bilinear"] = param(
        "nearest",
        search=("nearest", "bilinear"),
        help="“nearest” repeats pixels, “bilinear” blends between them.",
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = need_image(inputs, self.title)
        return (channels, height * self.factor, width * self.factor)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        """The widest over all places: they differ in how they lie between the input's pixels."""
        f = self.factor
        if self.mode == "nearest":  # output i repeats input floor(i / f)
            return Reach(Fraction(1 - f, f), 0, Fraction(1, f))
        # Output i lies at (i + 1/2) / f - 1/2, between two inputs less than one pixel away.
        centre = Fraction(1 - f, 2 * f)
        away = Fraction(f - 1, f) if f % 2 else Fraction(2 * f - 1, 2 * f)
        return Reach(centre - away, centre + away, Fraction(1, f))

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Upsample(scale_factor=float(self.factor), mode=self.mode)


@LAYERS.register
class ZeroPad(Layer):
    """The image with a black border."""

    kind = "zero_pad"
    title = "Zero padding"
    category: ClassVar[Category] = "Reshape"
    summary = "Adds a border of zeros, so that windows reach the edges."

    amount: int = param(1, ge=0, le=255, unit="px", help="Width of the border at each side.")

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = need_image(inputs, self.title)
        return (channels, height + 2 * self.amount, width + 2 * self.amount)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return Reach.window(1, padding=self.amount) if self.amount else POINTWISE

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.ZeroPad2d(self.amount)
