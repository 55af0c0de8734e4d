"""The two blocks of DenseNet."""

from __future__ import annotations

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin, need_side
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.merge import Concat
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import AvgPool
from engine.layers.regularisation import Dropout
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["DenseBlock", "Transition"]


@LAYERS.register
class DenseBlock(Block):
    """Layers that each read all before them (Huang et al., "Densely connected", 2016).

    Each layer is batch norm, ReLU, 1x1 convolution, batch norm, ReLU, 3x3 convolution, and adds
    ``growth`` channels to those that arrive (DenseNet-B). Follow it with a transition, or with
    batch norm and a ReLU at the end of the network.
    """

    kind = "dense_block"
    title = "Dense block"
    summary = "Each layer adds a few channels and reads all before: accurate with few parameters."

    layers: int = param(6, ge=1, le=64, search=(2, 12), help="How many layers there are.")
    growth: int = param(
        32, ge=1, le=1024, scale="log", search=(8, 48), help="Channels that each layer adds."
    )
    bottleneck: int = param(
        4,
        ge=1,
        le=32,
        search=(2, 4),
        help="Channels between the two convolutions of a layer, as a multiple of the growth.",
    )
    dropout: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.3),
        help="Share of values dropped behind each layer; 0.2 without augmentation. 0: none.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        make = begin(inputs)
        for number in range(1, self.layers + 1):
            self._layer(make, f"layer{number}")
        return make.graph()

    def _layer(self, make: GraphBuilder, name: str) -> None:
        before = make.last
        inner = self.bottleneck * self.growth
        make.add(f"{name}_norm1", BatchNorm())
        make.add(f"{name}_relu1", Relu(inplace=True))
        make.add(f"{name}_conv1", Conv2d(out_channels=inner, kernel_size=1, bias=False))
        make.add(f"{name}_norm2", BatchNorm())
        make.add(f"{name}_relu2", Relu(inplace=True))
        new = make.add(f"{name}_conv2", Conv2d(out_channels=self.growth, bias=False))
        if self.dropout:
            new = make.add(f"{name}_dropout", Dropout(rate=self.dropout))
        make.add(f"{name}_join", Concat(), before, new)


@LAYERS.register
class Transition(Block):
    """Fewer channels and a smaller image between dense blocks (Huang et al., 2016).

    batch norm, ReLU, 1x1 convolution, average pooling. ``compression`` 0.5 is DenseNet-C.
    """

    kind = "dense_transition"
    title = "Dense transition"
    summary = "Halves channels and image between two dense blocks, which keeps them affordable."

    compression: float = param(
        0.5, gt=0, le=1, search=(0.3, 1.0), help="Share of the channels that is kept."
    )
    stride: int = param(
        2, ge=1, le=8, unit="px", search=(1, 2), help="2 halves the image; 1 keeps its size."
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        need_side(inputs, self.stride, self.title, "stride")
        kept = max(1, int(channels * self.compression))
        make = begin(inputs)
        make.add("norm", BatchNorm())
        make.add("relu", Relu(inplace=True))
        make.add("conv", Conv2d(out_channels=kept, kernel_size=1, bias=False))
        if self.stride > 1:
            make.add("pool", AvgPool(kernel_size=self.stride))
        return make.graph()
