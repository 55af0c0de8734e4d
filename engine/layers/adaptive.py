"""Pooling to a size that is given, whatever the size of the image."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from typing_extensions import override

from engine.layers.base import GLOBAL, LAYERS, Category, Layer, Reach, Shape
from engine.layers.code import Make, make
from engine.layers.windows import Pair, need_image, pair
from engine.spec import param

__all__ = ["AdaptiveAvgPool", "AdaptiveMaxPool"]


class _Adaptive(Layer):
    category: ClassVar[Category] = "Pooling"
    module_name: ClassVar[str] = ""

    output_size: int = param(
        7,
        ge=1,
        le=4096,
        unit="px",
        search=(1, 7),
        help="Height of the result. 1 gives one pixel per channel, and stays an image.",
    )
    output_width: int | None = param(
        None,
        ge=1,
        le=4096,
        unit="px",
        advanced=True,
        help="Width of the result where it is not square. Empty: as wide as high.",
    )

    def _sizes(self) -> Pair:
        return pair(self.output_size, self.output_width)

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, _, _ = need_image(inputs, self.title)
        return (channels, *self._sizes())

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        """What covers every window: where the sizes do not divide, windows differ by a pixel."""
        if self._sizes() == (1, 1):
            return GLOBAL
        rows, columns = (
            _reach(side, out) for side, out in zip(inputs[0][1:], self._sizes(), strict=True)
        )
        return Reach.of(rows, columns)

    @override
    def make(self, inputs: tuple[Shape, ...]) -> Make:
        return make(f"nn.{self.module_name}", self._sizes())


def _reach(side: int, out: int) -> Reach:
    """Window ``i`` goes from ``floor(i * side / out)`` to before ``ceil((i + 1) * side / out)``."""
    step = Fraction(side, out)
    cycle = range(min(out, step.denominator))  # then the windows repeat
    low = min(i * side // out - i * step for i in cycle)
    high = max(-(-(i + 1) * side // out) - 1 - i * step for i in cycle)
    whole = step.denominator == 1
    return Reach(int(low), int(high), int(step)) if whole else Reach(low, high, step)


@LAYERS.register
class AdaptiveAvgPool(_Adaptive):
    """The mean of equally large parts of the image (He et al., spatial pyramids, 2014)."""

    kind = "adaptive_avg_pool"
    title = "Adaptive average pooling"
    summary = "Shrinks any image to one size by means, so that linear layers may follow."
    module_name = "AdaptiveAvgPool2d"


@LAYERS.register
class AdaptiveMaxPool(_Adaptive):
    """The largest value of equally large parts of the image."""

    kind = "adaptive_max_pool"
    title = "Adaptive max pooling"
    summary = "Shrinks any image to one size and keeps the strongest responses."
    module_name = "AdaptiveMaxPool2d"
