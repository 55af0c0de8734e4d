"""The residual block with a gate for each channel."""

from __future__ import annotations

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin, conv_norm, conv_norm_relu, shortcut
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.gates import SqueezeExcite
from engine.layers.merge import Add
from engine.layers.normalisation import BatchNorm
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["SeResidual"]


@LAYERS.register
class SeResidual(Block):
    """Squeeze-and-excitation in a residual branch (Hu et al., 2017).

    The residual block, whose branch passes a gate for each channel before it is added. The gate
    alone is the layer “Squeeze-and-excitation”.
    """

    kind = "se_residual"
    title = "SE residual block"
    summary = "A residual block that turns its channels up or down by what the whole image shows."

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
    reduction: int = param(
        16,
        ge=1,
        le=1024,
        search=(4, 16),
        help="How many times fewer values than channels the gate works with; at least one stays.",
    )
    zero_start: bool = param(
        True,
        advanced=True,
        help="Start as the shortcut alone, which makes the first epochs steadier.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        out = self.out_channels
        make = begin(inputs)
        conv_norm_relu(make, "conv1", Conv2d(out_channels=out, stride=self.stride))
        last = BatchNorm(zero_start=self.zero_start)
        conv_norm(make, "conv2", Conv2d(out_channels=out), norm=last)
        branch = make.add("gate", SqueezeExcite(reduction=self.reduction))
        around = shortcut(make, inputs, out, self.stride)
        make.add("add", Add(), branch, around)
        make.add("relu", Relu(inplace=True))
        return make.graph()
