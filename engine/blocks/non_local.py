"""Attention among the places of an image, as a residual block."""

from __future__ import annotations

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin, need_side
from engine.graph.records import Graph
from engine.layers.attention import Attention
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.merge import Add
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import MaxPool
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["NonLocal"]


@LAYERS.register
class NonLocal(Block):
    """The non-local block in its embedded Gaussian form (Wang et al., 2017).

    ``softmax(theta(x) phi(x)^T) g(x)`` with 1x1 convolutions theta, phi and g; a 1x1 convolution
    with batch norm leads back to the channels that arrive, and is added to the input. The cost
    grows with the square of the number of pixels.
    """

    kind = "non_local"
    title = "Non-local block"
    summary = "Lets distant places of the image see each other; once or twice, on small maps."

    reduction: int = param(
        2,
        ge=1,
        le=64,
        search=(1, 4),
        help="How many times fewer channels there are inside; at least one stays.",
    )
    subsample: bool = param(
        False,
        help="Look only at the maximum of each 2 × 2 pixels: a quarter of the cost, nearly the "
        "same result.",
    )
    zero_start: bool = param(
        True,
        advanced=True,
        help="Start as if the block were not there, so that it can be added to a trained network.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        if self.subsample:
            need_side(inputs, 2, self.title, "subsample")
        inner = Conv2d(out_channels=max(1, channels // self.reduction), kernel_size=1)
        make = begin(inputs)
        values = make.add("values", inner, "input")
        if self.subsample:
            values = make.add("values_pool", MaxPool())
        queries = make.add("queries", inner, "input")
        keys = make.add("keys", inner, "input")
        if self.subsample:
            keys = make.add("keys_pool", MaxPool())
        make.add("attention", Attention(scale="none"), queries, keys, values)
        make.add("project", Conv2d(out_channels=channels, kernel_size=1))
        branch = make.add("project_norm", BatchNorm(zero_start=self.zero_start))
        make.add("add", Add(), branch, "input")
        return make.graph()
