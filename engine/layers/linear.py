"""Linear layers: every output is a weighted sum of all inputs."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from engine.layers.base import (
    GLOBAL,
    LAYERS,
    POINTWISE,
    Category,
    Layer,
    Misfit,
    Reach,
    Shape,
    show,
)
from engine.layers.code import Make, make
from engine.spec import param

__all__ = ["Linear", "need_features"]


def need_features(inputs: tuple[Shape, ...], title: str) -> int:
    """The number of features that arrive; raises Misfit when it is an image or a sequence."""
    if len(inputs[0]) == 2:
        raise Misfit(
            f"{{0}} gives {show(inputs[0])}, but “{title}” needs a list of features. Put token "
            "pooling before it."
        )
    if len(inputs[0]) != 1:
        raise _image(inputs, title)
    return inputs[0][0]


def _image(inputs: tuple[Shape, ...], title: str) -> Misfit:
    return Misfit(
        f"{{0}} gives an image of {show(inputs[0])}, but “{title}” needs a list of features. "
        "Put global average pooling or flatten before it."
    )


@LAYERS.register
class Linear(Layer):
    """``y = W x + b``; in a sequence for each token by itself."""

    kind = "linear"
    title = "Linear"
    category: ClassVar[Category] = "Linear"
    summary = "Combines all features with each other; many parameters, so keep it small."
    overwritable: ClassVar[bool] = True

    out_features: int = param(
        64,
        ge=1,
        le=1_000_000,
        scale="log",
        search=(32, 512),
        help="How many values it gives.",
    )
    bias: bool = param(True, advanced=True, help="Add a learned constant to each value.")

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs[0]) == 3:
            raise _image(inputs, self.title)
        return (*inputs[0][:-1], self.out_features)

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return (inputs[0][-1] + self.bias) * self.out_features

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        tokens = inputs[0][0] if len(inputs[0]) == 2 else 1
        return tokens * inputs[0][-1] * self.out_features

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return POINTWISE if len(inputs[0]) == 2 else GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make("nn.Linear", inputs[0][-1], self.out_features, bias=(self.bias, True))
