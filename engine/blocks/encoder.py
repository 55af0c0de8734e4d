"""The block of vision transformers, on images and on sequences."""

from __future__ import annotations

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin, scaled
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Gelu
from engine.layers.attention import SelfAttention
from engine.layers.base import LAYERS, Layer, Misfit, Shape, show
from engine.layers.convolution import Conv2d
from engine.layers.linear import Linear
from engine.layers.merge import Add
from engine.layers.normalisation import LayerNorm
from engine.layers.regularisation import Dropout, DropPath
from engine.spec import param

__all__ = ["TransformerEncoder"]


@LAYERS.register
class TransformerEncoder(Block):
    """Self-attention and a small network for each place (Vaswani et al., 2017; Dosovitskiy, 2020).

    Layer norm, multi-head self-attention, added to the input; layer norm, linear, GELU, linear,
    added again: the pre-norm form of the vision transformer. The pixels of an image are the tokens,
    whose linear layers are 1x1 convolutions. Nothing tells it where a place is: convolutions before
    it do, or a positional embedding.
    """

    kind = "transformer_encoder"
    title = "Self-attention block"
    summary = "A transformer encoder: all places exchange what they saw. On maps of up to 20 px."

    heads: int = param(
        4,
        ge=1,
        le=256,
        search=(1, 8),
        help="Into how many parts the features are split; each looks for something else. 32 to 64 "
        "features for each head are usual.",
    )
    expansion: float = param(
        4.0,
        gt=0,
        le=16,
        search=(1.0, 4.0),
        help="Features in the middle of the small network, as a multiple of those that arrive.",
    )
    dropout: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.3),
        help="Share of values dropped behind attention and inside the small network. 0: none.",
    )
    drop_path: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        label="Stochastic depth",
        search=(0.0, 0.3),
        help="How often a branch is left out in training; 0.1 in small transformers. 0: never.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        features = self._features(inputs)
        image, inner = len(inputs[0]) == 3, scaled(features, self.expansion)
        make = begin(inputs)
        make.add("norm1", LayerNorm())
        make.add("attention", SelfAttention(heads=self.heads))
        self._dropped(make, "dropout1")
        seen = make.add("add1", Add(), self._left_out(make, "path1"), "input")
        make.add("norm2", LayerNorm())
        make.add("linear1", _linear(inner, image))
        make.add("gelu", Gelu())
        self._dropped(make, "dropout2")
        make.add("linear2", _linear(features, image))
        self._dropped(make, "dropout3")
        make.add("add2", Add(), self._left_out(make, "path2"), seen)
        return make.graph()

    def _features(self, inputs: tuple[Shape, ...]) -> int:
        shape = inputs[0]
        if len(shape) == 1:
            raise Misfit(
                f"{{0}} gives {show(shape)}, but “{self.title}” needs an image or a sequence. Move "
                "it before the pooling or flattening."
            )
        features = shape[0] if len(shape) == 3 else shape[1]
        if features % self.heads:
            raise Misfit(
                f"{{0}} gives {features} features, which do not split into {self.heads} heads. "
                "Choose a number of heads that divides them.",
                "heads",
            )
        return features

    def _dropped(self, make: GraphBuilder, name: str) -> None:
        if self.dropout:
            make.add(name, Dropout(rate=self.dropout))

    def _left_out(self, make: GraphBuilder, name: str) -> str:
        return make.add(name, DropPath(rate=self.drop_path)) if self.drop_path else make.last


def _linear(features: int, image: bool) -> Layer:
    if image:
        return Conv2d(out_channels=features, kernel_size=1)
    return Linear(out_features=features)
