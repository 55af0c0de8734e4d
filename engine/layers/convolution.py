"""Convolutions: filters that slide over the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import LAYERS, Category, Layer, Misfit, Reach, Shape
from engine.layers.windows import need_image, same_padding, slide
from engine.spec import param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Conv2d", "DepthwiseConv2d"]

_KERNEL = "Side of the square window in pixels. Odd sizes keep the image centred; 3 is usual."
_STRIDE = "Step of the window in pixels: 2 halves the image, which saves time and widens the view."
_PADDING = (
    "Zeros added at each side, in pixels. Empty adds as many as keep the size of the image "
    "(divided by the stride)."
)
_DILATION = "Distance between the points of the window: 2 sees twice as far at the same cost."
_BIAS = "Add a learned constant per channel. Switch it off before a normalisation, which has one."


class _Windowed(Layer):
    """What convolutions have in common; subclasses have the parameters that are read here."""

    category: ClassVar[Category] = "Convolution"
    overwritable: ClassVar[bool] = True

    def _window(self) -> dict[str, int]:
        values = self.values()
        kernel, dilation, padding = values["kernel_size"], values["dilation"], values["padding"]
        filled = same_padding(kernel, dilation) if padding is None else padding
        return {
            "kernel": kernel,
            "stride": values["stride"],
            "padding": filled,
            "dilation": dilation,
        }

    def _channels(self, inputs: tuple[Shape, ...]) -> tuple[int, int]:
        """Output channels, and groups; raises Misfit."""
        raise NotImplementedError

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        need_image(inputs, self.title)
        out, _ = self._channels(inputs)
        return (out, *slide(inputs, self.title, **self._window()))

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        out, _ = self._channels(inputs)
        return self._weights(inputs) + (out if self.values()["bias"] else 0)

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        _, height, width = self.shape(inputs)
        return self._weights(inputs) * height * width

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return Reach.window(**self._window())

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        out, groups = self._channels(inputs)
        window = self._window()
        return nn.Conv2d(
            inputs[0][0],
            out,
            window["kernel"],
            stride=window["stride"],
            padding=window["padding"],
            dilation=window["dilation"],
            groups=groups,
            bias=self.values()["bias"],
        )

    def _weights(self, inputs: tuple[Shape, ...]) -> int:
        out, groups = self._channels(inputs)
        return out * (inputs[0][0] // groups) * self._window()["kernel"] ** 2


@LAYERS.register
class Conv2d(_Windowed):
    """A two-dimensional convolution (LeCun et al., 1989)."""

    kind = "conv2d"
    title = "Convolution"
    summary = "Learned filters that look for patterns at every place; the workhorse of a CNN."

    out_channels: int = param(
        32,
        ge=1,
        le=1_000_000,
        scale="log",
        search=(16, 256),
        help="How many different patterns are looked for. More can learn more, and cost more.",
    )
    kernel_size: int = param(3, ge=1, le=63, step=2, unit="px", search=(3, 7), help=_KERNEL)
    stride: int = param(1, ge=1, le=32, unit="px", search=(1, 2), help=_STRIDE)
    padding: int | None = param(None, ge=0, le=255, unit="px", advanced=True, help=_PADDING)
    dilation: int = param(1, ge=1, le=64, advanced=True, search=(1, 4), help=_DILATION)
    groups: int = param(
        1,
        ge=1,
        le=1_000_000,
        advanced=True,
        help="Split the channels into this many separate convolutions, to save multiply-adds.",
    )
    bias: bool = param(True, advanced=True, help=_BIAS)

    @override
    def validate_together(self) -> None:
        """Refuses groups that do not divide the output channels."""
        if self.out_channels % self.groups:
            raise FoveaError(
                "FV-H002",
                f"{self.out_channels} output channels do not split into {self.groups} groups.",
                where="groups",
                why="Every group makes the same number of channels.",
                fix="Choose a number of groups that divides the output channels.",
            )

    def _channels(self, inputs: tuple[Shape, ...]) -> tuple[int, int]:
        if inputs[0][0] % self.groups:
            raise Misfit(
                f"{{0}} gives {inputs[0][0]} channels, which do not split into {self.groups} "
                "groups. Choose a number of groups that divides them.",
                "groups",
            )
        return self.out_channels, self.groups


@LAYERS.register
class DepthwiseConv2d(_Windowed):
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

    def _channels(self, inputs: tuple[Shape, ...]) -> tuple[int, int]:
        channels = inputs[0][0]
        return channels * self.multiplier, channels
