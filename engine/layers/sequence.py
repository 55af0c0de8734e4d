"""Between images and sequences of tokens, for attention."""

from __future__ import annotations

from typing import ClassVar, Literal

from typing_extensions import override

from engine.layers.base import GLOBAL, LAYERS, Category, Layer, Misfit, Reach, Shape, show
from engine.layers.code import Code, Make, make
from engine.layers.windows import need_image
from engine.spec import param

__all__ = [
    "ClassToken",
    "ImageToSequence",
    "SequenceToImage",
    "SwapTokens",
    "TokenPool",
    "need_sequence",
]


def need_sequence(inputs: tuple[Shape, ...], title: str) -> tuple[int, int]:
    """The tokens and features that arrive; raises Misfit when it is no sequence."""
    if len(inputs[0]) != 2:
        raise Misfit(
            f"{{0}} gives {show(inputs[0])}, but “{title}” needs a sequence (tokens × features). "
            "Put “Image to sequence” before it."
        )
    tokens, features = inputs[0]
    return tokens, features


class _Sequence(Layer):
    category: ClassVar[Category] = "Attention"


@LAYERS.register
class ImageToSequence(_Sequence):
    """Every pixel becomes a token, row by row; its channels are the token's features.

    A convolution whose stride is its kernel before it makes the patches of a vision transformer
    (Dosovitskiy et al., 2020).
    """

    kind = "image_to_sequence"
    title = "Image to sequence"
    summary = "Makes a token of each pixel, row by row; before attention and other token layers."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = need_image(inputs, self.title)
        return (height * width, channels)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("ImageToSequence")

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return Code(call="{0}.flatten(2).transpose(1, 2)")


@LAYERS.register
class SequenceToImage(_Sequence):
    """Tokens become the pixels of an image, row by row."""

    kind = "sequence_to_image"
    title = "Sequence to image"
    summary = "Lays tokens out as an image again, row by row, so that convolutions may follow."

    height: int | None = param(
        None, ge=1, le=4096, unit="px", help="Height of the image. Empty: a square image."
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        tokens, features = need_sequence(inputs, self.title)
        height = self.height or round(tokens**0.5)
        if tokens % height or (self.height is None and height * height != tokens):
            what = f"in {height} rows" if self.height else "as a square"
            raise Misfit(
                f"{{0}} gives {show(inputs[0])}, which cannot be laid out {what}. Set the height "
                "to a number that divides the tokens.",
                "height",
            )
        return (features, height, tokens // height)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        _, height, width = self.shape(inputs)
        return make("SequenceToImage", height, width)

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        _, height, width = self.shape(inputs)
        return Code(call=f"{{0}}.transpose(1, 2).unflatten(2, ({height}, {width}))")


@LAYERS.register
class SwapTokens(_Sequence):
    """Tokens become features and features tokens (Tolstikhin et al., "MLP-Mixer", 2021)."""

    kind = "swap_tokens"
    title = "Transpose sequence"
    summary = "Swaps tokens and features, so that a linear layer mixes places instead of channels."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        tokens, features = need_sequence(inputs, self.title)
        return (features, tokens)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("SwapTokens")

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        return Code(call="{0}.transpose(1, 2)")


@LAYERS.register
class ClassToken(_Sequence):
    """One learned token in front, which gathers what the scores need (Devlin et al., 2018)."""

    kind = "class_token"
    title = "Class token"
    summary = "Puts a learned token in front of a sequence; pool the first token at the end."

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        tokens, features = need_sequence(inputs, self.title)
        return (tokens + 1, features)

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return inputs[0][1]

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("ClassToken", inputs[0][1])


@LAYERS.register
class TokenPool(_Sequence):
    """One list of features for the whole sequence."""

    kind = "token_pool"
    title = "Token pooling"
    summary = "From a sequence to a list of features: the mean of the tokens, or one of them."

    mode: Literal["mean", "max", "first"] = param(
        "mean",
        search=("mean", "max"),
        help="The mean of all tokens, the largest value of each feature, or the first token, which "
        "is the class token where there is one.",
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _, features = need_sequence(inputs, self.title)
        return (features,)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("TokenPool", self.mode)

    @override
    def code(self, inputs: tuple[Shape, ...]) -> Code:
        calls = {"mean": "{0}.mean(1)", "max": "{0}.amax(1)", "first": "{0}[:, 0]"}
        return Code(call=calls[self.mode])
