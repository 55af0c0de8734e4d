"""The residual block."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from engine.blocks.base import Block
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.ends import Source
from engine.layers.merge import Add
from engine.layers.normalisation import BatchNorm
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["Residual"]


@LAYERS.register
class Residual(Block):
    """Two 3x3 convolutions beside a shortcut (He et al., "Deep residual learning", 2015).

    convolution (padding 1), batch norm, in-place ReLU, convolution (padding 1), batch norm; added
    to the shortcut, then ReLU. The shortcut is empty, or a 1x1 convolution with batch norm where
    the number of channels or the size of the image changes.
    """

    kind = "residual"
    title = "Residual block"
    summary = "Two convolutions with a shortcut around them: deep networks stay easy to train."
    overwritable: ClassVar[bool] = False

    out_channels: int = param(
        64,
        ge=1,
        le=65_536,
        scale="log",
        search=(16, 256),
        help="Channels that the block gives. Usual: twice as many where the image gets smaller.",
    )
    stride: int = param(
        1, ge=1, le=8, unit="px", search=(1, 2), help="2 halves the image in the first convolution."
    )
    bias: bool = param(
        False,
        advanced=True,
        help="Biases in the convolutions. The batch norm behind each takes them away again, so "
        "they only make the block equal to one that was written with them.",
    )
    zero_start: bool = param(
        True,
        advanced=True,
        help="Start as the shortcut alone, which makes the first epochs steadier.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        make = GraphBuilder()
        entry = make.add("input", Source.of(inputs[0]))
        make.add("conv1", self._convolution(3, self.stride))
        make.add("norm1", BatchNorm())
        make.add("relu1", Relu(inplace=True))
        make.add("conv2", self._convolution(3))
        branch = make.add("norm2", BatchNorm(zero_start=self.zero_start))
        shortcut = entry
        if channels != self.out_channels or self.stride != 1:
            make.add("shortcut", self._convolution(1, self.stride), entry)
            shortcut = make.add("shortcut_norm", BatchNorm())
        make.add("add", Add(), branch, shortcut)
        make.add("relu2", Relu(inplace=True))
        return make.graph()

    def _convolution(self, kernel: int, stride: int = 1) -> Conv2d:
        return Conv2d(
            out_channels=self.out_channels,
            kernel_size=kernel,
            stride=stride,
            padding=kernel // 2,
            bias=self.bias,
        )
