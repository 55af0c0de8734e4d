"""How a network begins."""

from __future__ import annotations

from typing import Literal

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin, conv_norm_relu, need_side
from engine.graph.records import Graph
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.normalisation import LayerNorm
from engine.layers.pooling import MaxPool
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["Stem"]


@LAYERS.register
class Stem(Block):
    """The first layers, from the image to many channels of a smaller image.

    ``plain``: a 3x3 convolution. ``wide``: a 7x7 convolution (He et al., 2015). ``deep``: three 3x3
    convolutions, the first two with half the channels (He et al., "Bag of tricks", 2018). Each has
    batch norm and ReLU; the first convolution halves the image once, a 3x3 maximum once more.
    ``patches``: one convolution whose windows lie side by side, and layer norm (Liu et al.,
    "ConvNeXt", 2022).
    """

    kind = "stem"
    title = "Stem"
    summary = "The start of a network: from the image to many channels, halved as often as you say."

    form: Literal["plain", "wide", "deep", "patches"] = param(
        "plain",
        search=("plain", "wide", "deep", "patches"),
        help="“plain” for small images, “wide” (7 × 7) as in ResNet, “deep” (three of 3 × 3) a "
        "little better and slower, “patches” as in ConvNeXt and transformers.",
    )
    out_channels: int = param(
        64, ge=1, le=65_536, scale="log", search=(16, 96), help="Channels that the stem gives."
    )
    halvings: int = param(
        0,
        ge=0,
        le=2,
        search=(0, 2),
        help="How often the image is halved: 0 below 64 px, 2 from 224 px on.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        make = begin(inputs)
        if self.form == "patches":
            side = 2**self.halvings
            need_side(inputs, side, self.title, "halvings")
            patch = Conv2d(out_channels=self.out_channels, kernel_size=side, stride=side, padding=0)
            make.add("patches", patch)
            make.add("norm", LayerNorm())
            return make.graph()
        for number, conv in enumerate(self._convolutions(), start=1):
            conv_norm_relu(make, f"conv{number}", conv)
        if self.halvings == 2:
            make.add("pool", MaxPool(kernel_size=3, stride=2, padding=1))
        return make.graph()

    def _convolutions(self) -> tuple[Conv2d, ...]:
        stride = 2 if self.halvings else 1
        last = Conv2d(out_channels=self.out_channels, kernel_size=7 if self.form == "wide" else 3)
        if self.form != "deep":
            return (last.with_(stride=stride),)
        half = Conv2d(out_channels=max(1, self.out_channels // 2))
        return (half.with_(stride=stride), half, last)
