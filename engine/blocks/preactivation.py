"""The residual block whose shortcut stays untouched."""

from __future__ import annotations

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.merge import Add
from engine.layers.normalisation import BatchNorm
from engine.layers.regularisation import Dropout
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["PreactivationResidual"]


@LAYERS.register
class PreactivationResidual(Block):
    """A residual block with pre-activation (He et al., "Identity mappings", 2016).

    batch norm, ReLU, 3x3 convolution, batch norm, ReLU, dropout, 3x3 convolution; added to the
    shortcut, with nothing behind it. Where the number of channels or the size of the image changes,
    the shortcut is a 1x1 convolution of what the first ReLU gives, as in wide residual networks
    (Zagoruyko and Komodakis, 2016), whose dropout is here too. Put batch norm and a ReLU behind the
    last block of a chain.
    """

    kind = "preactivation_residual"
    title = "Pre-activation residual block"
    summary = "Normalises before each convolution: the shortcut stays clear in very deep networks."

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
    dropout: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.4),
        help="Share of values dropped between the convolutions; 0.3 helps wide blocks. 0: none.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        make = begin(inputs)
        make.add("norm1", BatchNorm())
        entry = make.add("relu1", Relu(inplace=True))
        make.add("conv1", self._convolution(3, self.stride))
        make.add("norm2", BatchNorm())
        make.add("relu2", Relu(inplace=True))
        if self.dropout:
            make.add("dropout", Dropout(rate=self.dropout))
        branch = make.add("conv2", self._convolution(3))
        shortcut = "input"
        if channels != self.out_channels or self.stride != 1:
            shortcut = make.add("shortcut", self._convolution(1, self.stride), entry)
        make.add("add", Add(), branch, shortcut)
        return make.graph()

    def _convolution(self, kernel: int, stride: int = 1) -> Conv2d:
        return Conv2d(out_channels=self.out_channels, kernel_size=kernel, stride=stride, bias=False)
