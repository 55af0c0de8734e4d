"""Generalised mean pooling."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from engine.layers.base import GLOBAL, LAYERS, Category, Layer, Reach, Shape
from engine.layers.code import Make, make
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["GemPool"]


@LAYERS.register
class GemPool(Layer):
    """``mean(x ** p) ** (1 / p)`` of each channel with a learned ``p`` (Radenovic et al., 2018)."""

    kind = "gem_pool"
    title = "GeM pooling"
    category: ClassVar[Category] = "Pooling"
    summary = "Generalised mean: one number per channel, learned to lie between mean and maximum."

    power: float = param(
        3.0,
        ge=1,
        le=16,
        search=(1.0, 5.0),
        help="Where the power starts: 1 is the mean, a large one the maximum; 3 is the paper's.",
    )
    per_channel: bool = param(
        False, advanced=True, help="Learn a power for each channel instead of one for all."
    )
    eps: float = param(
        1e-6,
        gt=0,
        le=0.1,
        scale="log",
        label="Epsilon",
        advanced=True,
        help="Smaller values, and negative ones, count as this, for a root needs positive ones.",
    )

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, _, _ = need_image(inputs, self.title)
        return (channels,)

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return inputs[0][0] if self.per_channel else 1

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return GLOBAL

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(
            "GeM",
            power=(self.power, 3.0),
            channels=(self.parameters(inputs), 1),
            eps=(self.eps, 1e-6),
        )
