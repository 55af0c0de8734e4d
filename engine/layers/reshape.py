"""Layers that only rearrange: nothing is learned."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import ClassVar, Literal

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import (
    GLOBAL,
    LAYERS,
    POINTWISE,
    Category,
    Layer,
    Misfit,
    Reach,
    Shape,
    show,
)
from engine.layers.code import UNCHANGED, Code, Make, make
from engine.layers.windows import need_image, repeated
from engine.spec import param

__all__ = ["Flatten", "Identity", "Permute", "Reshape", "Upsample", "ZeroPad"]


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
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.Flatten")

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return Code(call="torch.flatten({0}, 1)")


@LAYERS.register
class Identity(Layer):
    """What arrives, unchanged."""

    kind = "identity"
    title = "Identity"
    category: ClassVar[Category] = "Reshape"
    summary = "Passes everything on unchanged: a named joint for wires, or a placeholder."

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.Identity")

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return Code(call=UNCHANGED)


@LAYERS.register
class Reshape(Layer):
    """The same values in another shape, in the same order."""

    kind = "reshape"
    title = "Reshape"
    category: ClassVar[Category] = "Reshape"
    summary = "Reads the same values as another shape: a list as an image, or the reverse."

    sizes: str = param(
        "-1",
        help="One to three sizes, such as “64, 7, 7” for an image, “49, 64” for a sequence or "
        "“128” for a list. One may be -1: whatever is left.",
    )

    @override
    def validate_together(self) -> None:
        """Refuses texts that are not one to three sizes."""
        sizes = self._sizes()
        wrong = not 1 <= len(sizes) <= 3 or sizes.count(-1) > 1
        if wrong or any(size != -1 and not 1 <= size < 2**31 for size in sizes):
            raise FoveaError(
                "FV-H002",
                f"“{self.sizes:.40}” is no shape.",
                where="sizes",
                why="Expected one to three whole numbers above 0, of which one may be -1.",
                fix="Write for instance “64, 7, 7”.",
            )

    def _sizes(self) -> Shape:
        """The numbers as they are written; empty when they are none."""
        try:
            return tuple(int(part) for part in self.sizes.replace("×", ",").split(","))
        except ValueError:
            return ()

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        sizes, values = self._sizes(), prod(inputs[0])
        known = prod(size for size in sizes if size != -1)
        if values % known or (-1 not in sizes and values != known):
            raise Misfit(
                f"{{0}} gives {show(inputs[0])}, which are {values:,} values; they do not fit the "
                f"sizes “{self.sizes}”.",
                "sizes",
            )
        return tuple(values // known if size == -1 else size for size in sizes)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("Reshape", *self.shape(inputs))

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return Code(call=f"{{0}}.reshape(-1, {', '.join(map(str, self.shape(inputs)))})")


@LAYERS.register
class Permute(Layer):
    """The axes of an image in another order."""

    kind = "permute"
    title = "Permute"
    category: ClassVar[Category] = "Reshape"
    summary = "Swaps the axes of an image, for instance to treat columns as channels."

    order: Literal["CWH", "HCW", "HWC", "WCH", "WHC"] = param(
        "HWC",
        help="Which axis becomes channels, height and width: C, H and W stand for the channels, "
        "height and width that arrive.",
    )

    def _axes(self) -> tuple[int, ...]:
        return tuple("CHW".index(letter) for letter in self.order)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        need_image(inputs, self.title)
        return tuple(inputs[0][axis] for axis in self._axes())

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("Permute", *[axis + 1 for axis in self._axes()])

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        axes = ", ".join(str(axis + 1) for axis in self._axes())
        return Code(call=f"{{0}}.permute(0, {axes})")


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
        if self.mode == "nearest":
            return repeated(f)
        # Output i lies at (i + 1/2) / f - 1/2, between two inputs less than one pixel away.
        centre = Fraction(1 - f, 2 * f)
        away = Fraction(f - 1, f) if f % 2 else Fraction(2 * f - 1, 2 * f)
        return Reach(centre - away, centre + away, Fraction(1, f))

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "nn.Upsample", scale_factor=(float(self.factor), None), mode=(self.mode, "nearest")
        )


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
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.ZeroPad2d", self.amount)
