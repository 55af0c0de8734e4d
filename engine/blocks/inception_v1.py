"""The first Inception block."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin, conv_norm_relu
from engine.graph.records import Graph
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.merge import Concat
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import MaxPool
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["NORM", "InceptionV1"]

NORM = BatchNorm(eps=1e-3)
"""The batch norm of Inception networks, with the epsilon that they were published with."""


def _channels(default: int, help: str, low: int, high: int) -> Any:
    return param(default, ge=1, le=65_536, scale="log", search=(low, high), help=help)


@LAYERS.register
class InceptionV1(Block):
    """Four windows side by side (Szegedy et al., "Going deeper with convolutions", 2014).

    A 1x1 convolution; a 1x1 and a 3x3; a 1x1 and a larger one; a 3x3 maximum and a 1x1; joined by
    their channels. Every convolution is followed by batch norm and ReLU, as in torchvision. The
    larger window is 3x3 there too (torchvision's issue 906), and 5x5 in the paper.
    """

    kind = "inception_v1"
    title = "Inception v1 block"
    summary = "Looks with several windows at once, as GoogLeNet: for objects of different sizes."

    direct: int = _channels(64, "Channels of the 1 × 1 convolution alone.", 16, 256)
    reduced3: int = _channels(
        96, "Channels that the first 1 × 1 convolution leaves for the 3 × 3 convolution.", 16, 256
    )
    out3: int = _channels(128, "Channels of the 3 × 3 convolution.", 16, 256)
    reduced5: int = _channels(
        16, "Channels that the second 1 × 1 convolution leaves for the larger window.", 4, 64
    )
    out5: int = _channels(32, "Channels of the larger window.", 8, 128)
    pooled: int = _channels(32, "Channels kept of the maximum.", 8, 128)
    large_window: Literal[3, 5] = param(
        3,
        search=(3, 5),
        help="Side of the larger window: 5 as in the paper, 3 as in torchvision and its weights.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        make = begin(inputs)

        def unit(name: str, channels: int, kernel: int, *sources: str) -> str:
            conv = Conv2d(out_channels=channels, kernel_size=kernel)
            return conv_norm_relu(make, name, conv, *sources, norm=NORM)

        direct = unit("direct", self.direct, 1, "input")
        unit("reduce3", self.reduced3, 1, "input")
        three = unit("conv3", self.out3, 3)
        unit("reduce5", self.reduced5, 1, "input")
        five = unit("conv5", self.out5, self.large_window)
        make.add("pool", MaxPool(kernel_size=3, stride=1, padding=1), "input")
        pooled = unit("pool_conv", self.pooled, 1)
        make.add("join", Concat(), direct, three, five, pooled)
        return make.graph()
