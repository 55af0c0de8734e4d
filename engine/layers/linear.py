"""Linear layers: every output is a weighted sum of all inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from engine.layers.base import GLOBAL, LAYERS, Category, Layer, Misfit, Reach, Shape, show
from engine.spec import param

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Linear", "need_features"]


def need_features(inputs: tuple[Shape, ...], title: str) -> int:
    """The number of features that arrive; raises Misfit when it is an image."""
    if len(inputs[0]) != 1:
        raise Misfit(
            f"{{0}} gives an image of {show(inputs[0])}, but “{title}” needs a list of features. "
            "Put global average pooling or flatten before it."
        )
    return inputs[0][0]


@LAYERS.register
class Linear(Layer):
    """``y = W x + b``."""

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
        need_features(inputs, self.title)
        return (self.out_features,)

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return self.macs(inputs) + (self.out_features if self.bias else 0)

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        return inputs[0][0] * self.out_features

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from torch import nn

        return nn.Linear(inputs[0][0], self.out_features, bias=self.bias)
