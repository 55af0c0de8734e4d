"""Attention: every place looks at all others and takes what fits."""

from __future__ import annotations

from math import prod
from typing import ClassVar, Literal

from typing_extensions import override

from engine.errors import FoveaError
from engine.layers.base import GLOBAL, LAYERS, Category, Layer, Misfit, Reach, Shape, show
from engine.layers.code import Code, Make, make
from engine.spec import param

__all__ = ["Attention", "PositionalEmbedding", "SelfAttention"]

_HEADS = (
    "Into how many parts the features are split; each looks for something else. 32 to 64 features "
    "for each head are usual."
)


def _tokens(shape: Shape) -> tuple[int, int]:
    """How many tokens there are and how many features each has; an image's pixels are tokens."""
    return (shape[1] * shape[2], shape[0]) if len(shape) == 3 else (shape[0], shape[1])


def _need_tokens(inputs: tuple[Shape, ...], title: str) -> None:
    for port, shape in enumerate(inputs):
        if len(shape) == 1:
            raise Misfit(
                f"{{{port}}} gives {show(shape)}, but “{title}” needs an image or a sequence. Move "
                "it before the pooling or flattening."
            )


def _need_heads(features: int, heads: int, port: int = 0) -> None:
    if features % heads:
        raise Misfit(
            f"The {features} features that {{{port}}} leads to do not split into {heads} heads. "
            "Choose a number of heads that divides them.",
            "heads",
        )


class _Attention(Layer):
    category: ClassVar[Category] = "Attention"

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL


@LAYERS.register
class SelfAttention(_Attention):
    """Multi-head self-attention (Vaswani et al., 2017), on a sequence or on the pixels of an image.

    Queries, keys and values are linear maps of each token; what comes together is mapped once more.
    The cost grows with the square of the number of pixels, so shrink the image first.
    """

    kind = "self_attention"
    title = "Self-attention"
    summary = (
        "Multi-head: every place takes what fits from all others; on small images or sequences."
    )

    heads: int = param(4, ge=1, le=256, search=(1, 8), help=_HEADS)
    inner_features: int | None = param(
        None,
        ge=1,
        le=65_536,
        help="Features of all queries, keys and values together. Empty: as many as arrive.",
    )
    bias: bool = param(True, advanced=True, help="Add learned constants in all linear maps.")
    dropout: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        advanced=True,
        search=(0.0, 0.3),
        help="Share of the attention that is dropped at random in each training step.",
    )

    @override
    def validate_together(self) -> None:
        """Refuses inner features that the heads do not divide."""
        if self.inner_features is not None and self.inner_features % self.heads:
            raise FoveaError(
                "FV-H002",
                f"{self.inner_features} inner features do not split into {self.heads} heads.",
                where="inner_features",
                why="Every head has the same number of features.",
                fix="Choose a number of heads that divides the inner features.",
            )

    def _inner(self, inputs: tuple[Shape, ...]) -> int:
        return self.inner_features or _tokens(inputs[0])[1]

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _need_tokens(inputs, self.title)
        _need_heads(self._inner(inputs), self.heads)
        return inputs[0]

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        _, features = _tokens(inputs[0])
        inner = self._inner(inputs)
        return 4 * features * inner + (3 * inner + features if self.bias else 0)

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        """Four linear maps, and two products of each token with all others."""
        tokens, features = _tokens(inputs[0])
        inner = self._inner(inputs)
        return tokens * inner * (4 * features + 2 * tokens)

    @override
    def activations(self, inputs: tuple[Shape, ...]) -> int:
        """Queries, keys, values, what they give, and the result; the attention is not kept."""
        tokens, features = _tokens(inputs[0])
        return tokens * (4 * self._inner(inputs) + features)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        _, features = _tokens(inputs[0])
        return make(
            "SelfAttention",
            features,
            self.heads,
            inner=(self._inner(inputs), features),
            bias=(self.bias, True),
            dropout=(self.dropout, 0.0),
        )


@LAYERS.register
class Attention(_Attention):
    """``softmax(Q K^T / scale) V`` of three inputs: queries, keys and values, in this order.

    Nothing is learned; linear layers or 1 × 1 convolutions before it make the three. Keys and
    values may come from elsewhere than the queries: cross-attention.
    """

    kind = "attention"
    title = "Dot-product attention"
    summary = "Weighs values by how well queries fit keys; for attention blocks of your own."
    min_inputs: ClassVar[int] = 3
    max_inputs: ClassVar[int | None] = 3

    heads: int = param(1, ge=1, le=256, search=(1, 8), help=_HEADS)
    scale: Literal["sqrt", "none"] = param(
        "sqrt",
        advanced=True,
        help="“sqrt” divides by the root of a head's features, as in transformers; “none” divides "
        "by nothing, as in non-local blocks.",
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _need_tokens(inputs, self.title)
        query, key, value = (_tokens(shape) for shape in inputs)
        if query[1] != key[1]:
            raise Misfit(
                f"{{0}} gives queries of {query[1]} features and {{1}} keys of {key[1]}: both need "
                "the same number."
            )
        if key[0] != value[0]:
            raise Misfit(
                f"{{1}} gives {key[0]} keys and {{2}} {value[0]} values: both need the same number."
            )
        _need_heads(query[1], self.heads)
        _need_heads(value[1], self.heads, port=2)
        shape = inputs[0]
        return (value[1], *shape[1:]) if len(shape) == 3 else (shape[0], value[1])

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        query, key, value = (_tokens(shape) for shape in inputs)
        return query[0] * key[0] * (query[1] + value[1])

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        scaled = (self.scale == "sqrt", True)
        return make("DotProductAttention", heads=(self.heads, 1), scaled=scaled)

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return self.make(inputs).code("{module}({all})")


@LAYERS.register
class PositionalEmbedding(Layer):
    """A learned value for each place and channel, added (Dosovitskiy et al., 2020)."""

    kind = "positional_embedding"
    title = "Positional embedding"
    category: ClassVar[Category] = "Attention"
    summary = "Tells attention where each place is: adds a learned value; fixes the image size."
    overwritable: ClassVar[bool] = True

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _need_tokens(inputs, self.title)
        return inputs[0]

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return prod(inputs[0])

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("PositionalEmbedding", *inputs[0])
