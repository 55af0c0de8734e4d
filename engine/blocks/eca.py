"""The smallest channel attention."""

from __future__ import annotations

import math

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin
from engine.errors import FoveaError
from engine.graph.records import Graph
from engine.layers.activation import Sigmoid
from engine.layers.base import LAYERS, Shape
from engine.layers.gates import FeatureConv
from engine.layers.merge import Multiply
from engine.layers.pooling import GlobalAvgPool
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["Eca"]


@LAYERS.register
class Eca(Block):
    """Efficient channel attention (Wang et al., "ECA-Net", 2020).

    Means of all channels, a small filter over their list, sigmoid, product. Empty, the filter is
    ``log2(channels) / 2 + 1 / 2`` wide, made odd as in the authors' code.
    """

    kind = "eca"
    title = "ECA block"
    summary = (
        "A gate for each channel with a handful of parameters: squeeze-and-excitation for less."
    )

    kernel_size: int | None = param(
        None,
        ge=1,
        le=63,
        step=2,
        search=(3, 9),
        help="How many neighbouring channels a gate looks at; odd. Empty: from their number, 5 for "
        "256.",
    )

    @override
    def validate_together(self) -> None:
        """Refuses an even filter, which would change the length of the list."""
        if self.kernel_size is not None and self.kernel_size % 2 == 0:
            raise FoveaError(
                "FV-H002",
                f"A filter over {self.kernel_size} channels has no middle.",
                where="kernel_size",
                why="The list would change its length.",
                fix=f"Choose {self.kernel_size - 1} or {self.kernel_size + 1}.",
            )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        wide = int(abs((math.log2(channels) + 1) / 2))
        kernel = self.kernel_size or (wide if wide % 2 else wide + 1)
        make = begin(inputs)
        make.add("mean", GlobalAvgPool())
        make.add("mix", FeatureConv(kernel_size=kernel))
        gate = make.add("gate", Sigmoid())
        make.add("weight", Multiply(), "input", gate)
        return make.graph()
