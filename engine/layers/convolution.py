"""Convolutions: filters that slide over the image."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import LAYERS, Category, Layer, Misfit, Reach, Shape
from engine.layers.code import Make, make
from engine.layers.windows import (
    BORDER,
    Pair,
    Window,
    need_border,
    need_image,
    pair,
    same_padding,
)
from engine.spec import param

__all__ = ["Conv2d", "DepthwiseConv2d", "PaddingMode", "SeparableConv2d"]

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]

_KERNEL = "Side of the square window in pixels. Odd sizes keep the image centred; 3 is usual."
_KERNEL_WIDTH = (
    "Width of the window where it is not square; 1 × 7 and 7 × 1 in turn see as far as 7 × 7 for "
    "less. Empty: as wide as high."
)
_STRIDE = "Step of the window in pixels: 2 halves the image, which saves time and widens the view."
_STRIDE_WIDTH = "Step across the image where it differs from the step down. Empty: the same."
_PADDING = (
    "Border added at each side, in pixels. Empty adds as many as keep the size of the image "
    "(divided by the stride)."
)
_PADDING_WIDTH = (
    "Border at the left and right where it differs from the one above and below. Empty: the same "
    "rule as there."
)
_DILATION = "Distance between the points of the window: 2 sees twice as far at the same cost."
_BIAS = "Add a learned constant per channel. Switch it off before a normalisation, which has one."
_OUT = "How many different patterns are looked for. More can learn more, and cost more."
_GROUPS = "Split the channels into this many separate convolutions, to save multiply-adds."


class Windowed(Layer):
    """What convolutions have in common; subclasses declare the parameters that are read here."""

    category: ClassVar[Category] = "Convolution"
    overwritable: ClassVar[bool] = True

    if TYPE_CHECKING:
        kernel_size: int
        stride: int
        padding: int | None
        dilation: int
        bias: bool
        padding_mode: PaddingMode
        kernel_width: int | None
        stride_width: int | None
        padding_width: int | None

    def _window(self) -> Window:
        return _window(
            pair(self.kernel_size, self.kernel_width),
            pair(self.stride, self.stride_width),
            self.padding,
            self.padding if self.padding_width is None else self.padding_width,
            self.dilation,
        )

    def _channels(self, inputs: tuple[Shape, ...]) -> tuple[int, int]:
        """Output channels, and groups; raises Misfit."""
        raise NotImplementedError

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        need_image(inputs, self.title)
        out, _ = self._channels(inputs)
        window = self._window()
        need_border(inputs, self.padding_mode, window.padding)
        return (out, *window.places(inputs, self.title))

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        out, _ = self._channels(inputs)
        return self._weights(inputs) + (out if self.bias else 0)

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        _, height, width = self.shape(inputs)
        return self._weights(inputs) * height * width

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return self._window().reach()

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        out, groups = self._channels(inputs)
        window = self._window()
        return make(
            "nn.Conv2d",
            inputs[0][0],
            out,
            window.kernel,
            stride=(window.stride, 1),
            padding=(window.padding, 0),
            dilation=(window.dilation, 1),
            groups=(groups, 1),
            bias=(self.bias, True),
            padding_mode=(self.padding_mode, "zeros"),
        )

    def _weights(self, inputs: tuple[Shape, ...]) -> int:
        out, groups = self._channels(inputs)
        return out * (inputs[0][0] // groups) * self._window().points


@lru_cache(maxsize=1024)
def _window(
    kernel: Pair, stride: Pair, down: int | None, across: int | None, dilation: int
) -> Window:
    """The window; an empty padding keeps the size of the image along its axis."""
    padding = (
        same_padding(kernel[0], dilation) if down is None else down,
        same_padding(kernel[1], dilation) if across is None else across,
    )
    return Window(kernel, stride, padding, (dilation, dilation))


def need_groups(outputs: int, groups: int) -> None:
    """Refuses groups that do not divide the output channels; raises FoveaError FV-H002."""
    if outputs % groups:
        raise FoveaError(
            "FV-H002",
            f"{outputs} output channels do not split into {groups} groups.",
            where="groups",
            why="Every group makes the same number of channels.",
            fix="Choose a number of groups that divides the output channels.",
        )


def split_groups(inputs: tuple[Shape, ...], groups: int) -> int:
    """The channels of each group that arrive; raises Misfit when they do not split evenly."""
    channels = inputs[0][0]
    if channels % groups:
        raise Misfit(
            f"{{0}} gives {channels} channels, which do not split into {groups} groups. "
            "Choose a number of groups that divides them.",
            "groups",
        )
    return channels // groups


@LAYERS.register
class Conv2d(Windowed):
    """A two-dimensional convolution (LeCun et al., 1989)."""

    kind = "conv2d"
    title = "Convolution"
    summary = "Learned filters that look for patterns at every place; the workhorse of a CNN."

    out_channels: int = param(32, ge=1, le=1_000_000, scale="log", search=(16, 256), help=_OUT)
    kernel_size: int = param(3, ge=1, le=63, step=2, unit="px", search=(3, 7), help=_KERNEL)
    stride: int = param(1, ge=1, le=32, unit="px", search=(1, 2), help=_STRIDE)
    padding: int | None = param(None, ge=0, le=255, unit="px", advanced=True, help=_PADDING)
    dilation: int = param(1, ge=1, le=64, advanced=True, search=(1, 4), help=_DILATION)
    groups: int = param(1, ge=1, le=1_000_000, advanced=True, help=_GROUPS)
    bias: bool = param(True, advanced=True, help=_BIAS)
    padding_mode: PaddingMode = param("zeros", advanced=True, help=BORDER)
    kernel_width: int | None = param(
        None, ge=1, le=63, unit="px", advanced=True, help=_KERNEL_WIDTH
    )
    stride_width: int | None = param(
        None, ge=1, le=32, unit="px", advanced=True, help=_STRIDE_WIDTH
    )
    padding_width: int | None = param(
        None, ge=0, le=255, unit="px", advanced=True, help=_PADDING_WIDTH
    )

    @override
    def validate_together(self) -> None:
        """Refuses groups that do not divide the output channels."""
        need_groups(self.out_channels, self.groups)

    def _channels(self, inputs: tuple[Shape, ...]) -> tuple[int, int]:
        split_groups(inputs, self.groups)
        return self.out_channels, self.groups


@LAYERS.register
class DepthwiseConv2d(Windowed):
    """One small filter per channel (Howard et al., "MobileNets", 2017)."""

    kind = "depthwise_conv2d"
    title = "Depthwise convolution"
    summary = "A filter for each channel by itself: very cheap, follow it with a 1 × 1 convolution."

    kernel_size: int = param(3, ge=1, le=63, step=2, unit="px", search=(3, 7), help=_KERNEL)
    stride: int = param(1, ge=1, le=32, unit="px", search=(1, 2), help=_STRIDE)
    padding: int | None = param(None, ge=0, le=255, unit="px", advanced=True, help=_PADDING)
    dilation: int = param(1, ge=1, le=64, advanced=True, search=(1, 4), help=_DILATION)
    multiplier: int = param(
        1,
        ge=1,
        le=64,
        advanced=True,
        search=(1, 4),
        help="Output channels made from each input channel.",
    )
    bias: bool = param(True, advanced=True, help=_BIAS)
    padding_mode: PaddingMode = param("zeros", advanced=True, help=BORDER)
    kernel_width: int | None = param(
        None, ge=1, le=63, unit="px", advanced=True, help=_KERNEL_WIDTH
    )
    stride_width: int | None = param(
        None, ge=1, le=32, unit="px", advanced=True, help=_STRIDE_WIDTH
    )
    padding_width: int | None = param(
        None, ge=0, le=255, unit="px", advanced=True, help=_PADDING_WIDTH
    )

    def _channels(self, inputs: tuple[Shape, ...]) -> tuple[int, int]:
        channels = inputs[0][0]
        return channels * self.multiplier, channels


@LAYERS.register
class SeparableConv2d(DepthwiseConv2d):
    """A depthwise convolution and a 1 × 1 convolution behind it (Chollet, "Xception", 2016)."""

    kind = "separable_conv2d"
    title = "Separable convolution"
    summary = (
        "A filter per channel, then a mix of the channels: a convolution at a tenth of the cost."
    )

    out_channels: int = param(32, ge=1, le=1_000_000, scale="log", search=(16, 256), help=_OUT)

    def _depthwise(self) -> DepthwiseConv2d:
        known = DepthwiseConv2d.model_fields
        return DepthwiseConv2d(**{k: v for k, v in self.values().items() if k in known})

    def _pointwise(self, inputs: tuple[Shape, ...]) -> int:
        """The weights of the 1 × 1 convolution."""
        return self._channels(inputs)[0] * self.out_channels

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        return (self.out_channels, *self._depthwise().shape(inputs)[1:])

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        own = self._pointwise(inputs) + (self.out_channels if self.bias else 0)
        return self._depthwise().parameters(inputs) + own

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        _, height, width = self.shape(inputs)
        return self._depthwise().macs(inputs) + self._pointwise(inputs) * height * width

    @override
    def activations(self, inputs: tuple[Shape, ...]) -> int:
        return self._depthwise().activations(inputs) + prod(self.shape(inputs))

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        depthwise = self._depthwise()
        middle = self._channels(inputs)[0]
        mix = make("nn.Conv2d", middle, self.out_channels, 1, bias=(self.bias, True))
        return make("nn.Sequential", depthwise.make(inputs), mix)
