"""Residual blocks that work on fewer channels than they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin, conv_norm, conv_norm_relu, shortcut
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.merge import Add
from engine.layers.normalisation import BatchNorm
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["Bottleneck", "ResNeXt"]

_OUT = "Channels that the block gives, four times those of its 3 × 3 convolution."
_STRIDE = "2 halves the image in the 3 × 3 convolution."
_ZERO = "Start as the shortcut alone, which makes the first epochs steadier."


class _Bottleneck(Block):
    """1x1, 3x3 and 1x1 convolution beside a shortcut; subclasses say what the middle is like."""

    if TYPE_CHECKING:
        out_channels: int
        stride: int
        zero_start: bool

    def _middle(self) -> tuple[int, int]:
        """Channels and groups of the 3x3 convolution."""
        raise NotImplementedError

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        inner, groups = self._middle()
        window = Conv2d(out_channels=inner, kernel_size=3, stride=self.stride, groups=groups)
        make = begin(inputs)
        conv_norm_relu(make, "conv1", Conv2d(out_channels=inner, kernel_size=1))
        conv_norm_relu(make, "conv2", window)
        branch = conv_norm(
            make,
            "conv3",
            Conv2d(out_channels=self.out_channels, kernel_size=1),
            norm=BatchNorm(zero_start=self.zero_start),
        )
        around = shortcut(make, inputs, self.out_channels, self.stride)
        make.add("add", Add(), branch, around)
        make.add("relu", Relu(inplace=True))
        return make.graph()


@LAYERS.register
class Bottleneck(_Bottleneck):
    """The block of ResNet-50 (He et al., "Deep residual learning", 2015).

    1x1 convolution to a quarter of the channels, 3x3 convolution, 1x1 convolution, each with batch
    norm; added to the shortcut, then ReLU. The stride is in the 3x3 convolution, as in torchvision
    and in "ResNet V1.5", where the paper has it in the first. ``width`` 2 is the block of wide
    residual networks (Zagoruyko and Komodakis, 2016) in torchvision's form.
    """

    kind = "bottleneck"
    title = "Bottleneck block"
    summary = (
        "A residual block that squeezes the channels first: depth for less, from 256 channels."
    )

    out_channels: int = param(256, ge=1, le=65_536, scale="log", search=(64, 1024), help=_OUT)
    stride: int = param(1, ge=1, le=8, unit="px", search=(1, 2), help=_STRIDE)
    width: float = param(
        1.0,
        gt=0,
        le=16,
        search=(0.5, 2.0),
        help="Channels of the 3 × 3 convolution, relative to a quarter of what the block gives; 2 "
        "in wide residual networks.",
    )
    zero_start: bool = param(True, advanced=True, help=_ZERO)

    @override
    def _middle(self) -> tuple[int, int]:
        return max(1, int(self.out_channels // 4 * self.width)), 1


@LAYERS.register
class ResNeXt(_Bottleneck):
    """A bottleneck of many narrow paths (Xie et al., "Aggregated residual transformations", 2016).

    As the bottleneck block, with a grouped 3x3 convolution. It has ``cardinality`` groups of
    ``base_width`` channels where the block gives 256, and wider groups where it gives more, as in
    torchvision's "32x4d".
    """

    kind = "resnext"
    title = "ResNeXt block"
    summary = "A bottleneck of many narrow paths side by side: a little better at the same cost."

    out_channels: int = param(256, ge=1, le=65_536, scale="log", search=(64, 1024), help=_OUT)
    stride: int = param(1, ge=1, le=8, unit="px", search=(1, 2), help=_STRIDE)
    cardinality: int = param(
        32,
        ge=1,
        le=1024,
        search=(4, 64),
        help="How many paths there are: the groups of the 3 × 3 convolution.",
    )
    base_width: int = param(
        4,
        ge=1,
        le=1024,
        search=(2, 8),
        help="Channels of each path in a block that gives 256; in proportion in other blocks.",
    )
    zero_start: bool = param(True, advanced=True, help=_ZERO)

    @override
    def _middle(self) -> tuple[int, int]:
        each = max(1, self.out_channels // 4 * self.base_width // 64)
        return each * self.cardinality, self.cardinality
