"""The transposed convolution: learned enlarging."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import LAYERS, Category, Layer, Reach, Shape, TooSmall, show
from engine.layers.code import Make, make
from engine.layers.convolution import need_groups, split_groups
from engine.layers.windows import Pair, need_image, pair
from engine.spec import param

__all__ = ["ConvTranspose2d"]


@LAYERS.register
class ConvTranspose2d(Layer):
    """The backward pass of a convolution used forwards (Zeiler et al., "Deconvolutional", 2010).

    Every input pixel paints its window onto the output, ``stride`` pixels apart: the side becomes
    ``(size - 1) * stride - 2 * padding + kernel + output_padding``.
    """

    kind = "conv_transpose2d"
    title = "Transposed convolution"
    category: ClassVar[Category] = "Convolution"
    summary = "Enlarges the image with learned filters, for instance on the way back up."
    overwritable: ClassVar[bool] = True

    out_channels: int = param(
        32,
        ge=1,
        le=1_000_000,
        scale="log",
        search=(16, 256),
        help="How many channels it gives.",
    )
    kernel_size: int = param(
        2,
        ge=1,
        le=63,
        unit="px",
        search=(2, 4),
        help="Side of the window that each pixel paints. A multiple of the stride avoids a "
        "chequered pattern (Odena et al., 2016).",
    )
    stride: int = param(
        2, ge=1, le=32, unit="px", search=(1, 2), help="How many times larger each side gets."
    )
    padding: int = param(
        0,
        ge=0,
        le=255,
        unit="px",
        advanced=True,
        help="Pixels cut off at each side of the output; 1 with a window of 4 and a stride of 2.",
    )
    output_padding: int = param(
        0,
        ge=0,
        le=31,
        unit="px",
        advanced=True,
        help="Pixels added at the bottom and right, to choose among the sizes that a convolution "
        "with this stride would shrink to the same; 1 with a window of 3 and a stride of 2.",
    )
    groups: int = param(
        1,
        ge=1,
        le=1_000_000,
        advanced=True,
        help="Split the channels into this many separate convolutions, to save multiply-adds.",
    )
    bias: bool = param(
        True,
        advanced=True,
        help="Add a learned constant per channel. Switch it off before a normalisation.",
    )
    kernel_width: int | None = param(
        None,
        ge=1,
        le=63,
        unit="px",
        advanced=True,
        help="Width of the window where it is not square. Empty: as wide as high.",
    )
    stride_width: int | None = param(
        None,
        ge=1,
        le=32,
        unit="px",
        advanced=True,
        help="How many times wider the image gets, where it differs. Empty: the same.",
    )

    @override
    def validate_together(self) -> None:
        """Refuses groups that do not divide the outputs, and an output padding of a whole step."""
        need_groups(self.out_channels, self.groups)
        least = min(self._strides())
        if self.output_padding >= least:
            raise FoveaError(
                "FV-H002",
                f"An output padding of {self.output_padding} px is too wide for a stride of "
                f"{least} px.",
                where="output_padding",
                why="It only chooses among sizes that are less than one step apart.",
                fix=f"Use an output padding of at most {least - 1}.",
            )

    def _kernels(self) -> Pair:
        return pair(self.kernel_size, self.kernel_width)

    def _strides(self) -> Pair:
        return pair(self.stride, self.stride_width)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _, *sides = need_image(inputs, self.title)
        split_groups(inputs, self.groups)
        larger = [
            (side - 1) * stride - 2 * self.padding + kernel + self.output_padding
            for side, kernel, stride in zip(sides, self._kernels(), self._strides(), strict=True)
        ]
        if min(larger) < 1:
            raise TooSmall(
                f"{{0}} gives {show(inputs[0])}: “{self.title}” would cut off all of its output "
                f"with a padding of {self.padding} px.",
                "padding",
            )
        return (self.out_channels, *larger)

    def _weights(self, inputs: tuple[Shape, ...]) -> int:
        kernel = self._kernels()
        return inputs[0][0] * (self.out_channels // self.groups) * kernel[0] * kernel[1]

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return self._weights(inputs) + (self.out_channels if self.bias else 0)

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        """Each input pixel paints its whole window, what is cut off later included."""
        return self._weights(inputs) * inputs[0][1] * inputs[0][2]

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        """The widest over all places: they differ in how many windows lie over them."""
        rows, columns = (
            Reach(Fraction(self.padding - k + 1, s), Fraction(self.padding, s), Fraction(1, s))
            for k, s in zip(self._kernels(), self._strides(), strict=True)
        )
        return Reach.of(rows, columns)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "nn.ConvTranspose2d",
            inputs[0][0],
            self.out_channels,
            self._kernels(),
            stride=(self._strides(), 1),
            padding=(self.padding, 0),
            output_padding=(self.output_padding, 0),
            groups=(self.groups, 1),
            bias=(self.bias, True),
        )
