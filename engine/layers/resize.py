"""Borders, and pixels in exchange for channels."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from engine.layers.base import LAYERS, Category, Layer, Misfit, Reach, Shape
from engine.layers.code import Make, make
from engine.layers.windows import BORDER, need_border, need_image, repeated
from engine.spec import param

__all__ = ["Pad", "PixelShuffle", "PixelUnshuffle", "need_multiple"]


@LAYERS.register
class Pad(Layer):
    """The image with a border whose width and contents are free on each side."""

    kind = "pad"
    title = "Padding"
    category: ClassVar[Category] = "Reshape"
    summary = "Adds a border of chosen width on each side: constant, mirrored, repeated or wrapped."

    left: int = param(1, ge=0, le=255, unit="px", help="Width of the border at the left.")
    right: int = param(1, ge=0, le=255, unit="px", help="Width of the border at the right.")
    top: int = param(1, ge=0, le=255, unit="px", help="Height of the border at the top.")
    bottom: int = param(1, ge=0, le=255, unit="px", help="Height of the border at the bottom.")
    padding_mode: Literal["constant", "reflect", "replicate", "circular"] = param(
        "constant", help=BORDER.replace("“zeros”", "one value (“constant”)")
    )
    value: float = param(
        0.0, ge=-1e6, le=1e6, advanced=True, help="The value of a constant border."
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = need_image(inputs, self.title)
        most = (max(self.top, self.bottom), max(self.left, self.right))
        need_border(inputs, self.padding_mode, most)
        return (channels, height + self.top + self.bottom, width + self.left + self.right)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return Reach.of(Reach(-self.top, -self.top), Reach(-self.left, -self.left))

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        sides = (self.left, self.right, self.top, self.bottom)
        width = sides[0] if len(set(sides)) == 1 else sides
        if self.padding_mode == "constant":
            return make("nn.ConstantPad2d", width, self.value)
        return make(f"nn.{_PADS[self.padding_mode]}", width)


_PADS = {
    "reflect": "ReflectionPad2d",
    "replicate": "ReplicationPad2d",
    "circular": "CircularPad2d",
}


def need_multiple(number: int, factor: int, what: str, param_name: str) -> None:
    """Refuses what ``factor`` does not divide; raises Misfit that names the parameter."""
    if number % factor:
        raise Misfit(
            f"{{0}} gives {number} {what}, which {factor} does not divide. Change one of the two.",
            param_name,
        )


@LAYERS.register
class PixelShuffle(Layer):
    """Channels become pixels, ``factor ** 2`` of them for each (Shi et al., 2016)."""

    kind = "pixel_shuffle"
    title = "Pixel shuffle"
    category: ClassVar[Category] = "Reshape"
    summary = "Enlarges the image by laying out channels as pixels, behind a convolution."

    factor: int = param(2, ge=1, le=16, search=(2, 4), help="How many times larger each side gets.")

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = need_image(inputs, self.title)
        need_multiple(channels, self.factor**2, "channels", "factor")
        return (channels // self.factor**2, height * self.factor, width * self.factor)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return repeated(self.factor)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.PixelShuffle", self.factor)


@LAYERS.register
class PixelUnshuffle(Layer):
    """Pixels become channels: each square of ``factor`` × ``factor`` (Shi et al., 2016)."""

    kind = "pixel_unshuffle"
    title = "Pixel unshuffle"
    category: ClassVar[Category] = "Reshape"
    summary = "Shrinks the image without losing anything: pixels become channels."

    factor: int = param(
        2, ge=1, le=16, search=(2, 4), help="How many times smaller each side gets."
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = need_image(inputs, self.title)
        for number, what in ((height, "rows"), (width, "columns")):
            need_multiple(number, self.factor, what, "factor")
        return (channels * self.factor**2, height // self.factor, width // self.factor)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        """All channels of a pixel together; each of them sees one pixel of these."""
        return Reach.window(self.factor, self.factor)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.PixelUnshuffle", self.factor)
