"""Attention over channels, then over places."""

from __future__ import annotations

from typing import Literal

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu, Sigmoid
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.gates import ChannelPool
from engine.layers.linear import Linear
from engine.layers.merge import Add, Concat, Multiply
from engine.layers.normalisation import BatchNorm
from engine.layers.parts import Split
from engine.layers.pooling import GlobalAvgPool, GlobalMaxPool
from engine.layers.reshape import Reshape
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["Cbam"]


@LAYERS.register
class Cbam(Block):
    """The convolutional block attention module (Woo et al., "CBAM", 2018).

    A gate for each channel: mean and maximum over the image pass the same two linear layers and are
    added. Then a gate for each place: mean and maximum over the channels, a convolution and batch
    norm. The two linear layers are shared by writing mean and maximum as a sequence of two tokens.
    """

    kind = "cbam"
    title = "CBAM"
    summary = "Says which channels matter and then which places; put it behind a block's branch."

    reduction: int = param(
        16,
        ge=1,
        le=1024,
        search=(4, 16),
        help="How many times fewer values than channels there are in the middle of the channel "
        "gate; at least one stays.",
    )
    window: Literal[3, 5, 7] = param(
        7, unit="px", help="Side of the window of the place gate; 7 is the paper's choice."
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        make = begin(inputs)
        weighted = self._channels(make, channels)
        largest = make.add("place_max", ChannelPool(mode="max"), weighted)
        mean = make.add("place_mean", ChannelPool(mode="mean"), weighted)
        make.add("place_join", Concat(), largest, mean)
        make.add("place_conv", Conv2d(out_channels=1, kernel_size=self.window, bias=False))
        make.add("place_norm", BatchNorm())
        gate = make.add("place_gate", Sigmoid())
        make.add("place_weight", Multiply(), weighted, gate)
        return make.graph()

    def _channels(self, make: GraphBuilder, channels: int) -> str:
        """The image, weighted by channels."""
        mean = make.add("mean", GlobalAvgPool(), "input")
        largest = make.add("max", GlobalMaxPool(), "input")
        make.add("both", Concat(), mean, largest)
        make.add("tokens", Reshape(sizes=f"2, {channels}"))
        make.add("squeeze", Linear(out_features=max(1, channels // self.reduction)))
        make.add("squeeze_relu", Relu(inplace=True))
        make.add("excite", Linear(out_features=channels))
        flat = make.add("flat", Reshape(sizes="-1"))
        first = make.add("first", Split(part=1), flat)
        second = make.add("second", Split(part=2), flat)
        make.add("sum", Add(), first, second)
        gate = make.add("gate", Sigmoid())
        return make.add("weight", Multiply(), "input", gate)
