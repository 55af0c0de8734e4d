"""Attention that learns from a depthwise convolution where each place is."""

from __future__ import annotations

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.mbconv import need_odd
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Gelu
from engine.layers.attention import SelfAttention
from engine.layers.base import LAYERS, Layer, Misfit, Shape
from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.ends import Source
from engine.layers.merge import Add
from engine.layers.normalisation import LayerNorm
from engine.layers.regularisation import Dropout, DropPath
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["ConvAttention"]


@LAYERS.register
class ConvAttention(Block):
    """Self-attention for images, with places from a convolution (Li et al., "UniFormer", 2022).

    Three branches, each added to what arrives: a depthwise convolution, whose zeros at the border
    tell each place where it is (Chu et al., "Conditional positional encodings for vision
    transformers", 2021); layer norm and multi-head self-attention over all pixels; layer norm, 1x1
    convolution, GELU and 1x1 convolution. Nothing in it depends on the size of the image, and a
    moved pattern is seen as the same pattern, which is what attention with learned places lacks
    where there are few data (Dai et al., "CoAtNet", 2021).
    """

    kind = "conv_attention"
    title = "Attention block with convolution"
    summary = "All places exchange what they saw, for any image size; late, on maps up to 20 px."

    heads: int = param(
        4,
        ge=1,
        le=256,
        search=(1, 8),
        help="Into how many parts the channels are split; each looks for something else. 32 "
        "channels for each head are usual.",
    )
    kernel_size: int = param(
        3,
        ge=1,
        le=31,
        step=2,
        unit="px",
        search=(3, 7),
        help="Side of the depthwise window, odd. 3 is enough to tell where a place is.",
    )
    expansion: float = param(
        4.0,
        ge=0.25,
        le=16,
        search=(2.0, 4.0),
        help="Channels between the 1 × 1 convolutions, as a multiple of those that arrive: 4, as in"
        " transformers.",
    )
    dropout: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.3),
        help="Share of values that is dropped between the 1 × 1 convolutions in training. 0 as in "
        "UniFormer, whose stochastic depth is enough.",
    )
    drop_path: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        label="Stochastic depth",
        search=(0.0, 0.3),
        help="How often the second and third branch are left out in training, each by itself. 0: "
        "never; 0.1 where training is long.",
    )

    @override
    def validate_together(self) -> None:
        """Refuses an even window."""
        need_odd(self.kernel_size)

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels = self._channels(inputs)
        make = GraphBuilder()
        make.add("input", Source.of(inputs[0]))
        make.add("position", DepthwiseConv2d(kernel_size=self.kernel_size))
        placed = make.add("add1", Add(), "position", "input")
        make.add("norm1", LayerNorm(eps=1e-6))
        branch = self._path(make, "1", SelfAttention(heads=self.heads))
        seen = make.add("add2", Add(), branch, placed)
        make.add("norm2", LayerNorm(eps=1e-6))
        middle = max(1, round(channels * self.expansion))
        make.add("expand", Conv2d(out_channels=middle, kernel_size=1))
        make.add("gelu", Gelu())
        if self.dropout:
            make.add("dropout", Dropout(rate=self.dropout))
        branch = self._path(make, "2", Conv2d(out_channels=channels, kernel_size=1))
        make.add("add3", Add(), branch, seen)
        return make.graph()

    def _channels(self, inputs: tuple[Shape, ...]) -> int:
        channels, _, _ = need_image(inputs, self.title)
        if channels % self.heads:
            raise Misfit(
                f"{{0}} gives {channels} channels, which do not split into {self.heads} heads. "
                "Choose a number of heads that divides them.",
                "heads",
            )
        return channels

    def _path(self, make: GraphBuilder, number: str, last: Layer) -> str:
        """The last layer of a branch, and what leaves the branch out; the id of the end."""
        name = make.add("attention" if number == "1" else "project", last)
        if not self.drop_path:
            return name
        return make.add(f"drop_path{number}", DropPath(rate=self.drop_path))
