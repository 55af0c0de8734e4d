"""Inception with a shortcut."""

from __future__ import annotations

from typing import Literal

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.inception_v3 import Writer
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.gates import Scale
from engine.layers.merge import Add, Concat
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["InceptionResidual"]

_Steps = tuple[tuple[int, int, int], ...]
_BRANCHES: dict[str, tuple[_Steps, ...]] = {
    "A": (((32, 1, 1),), ((32, 1, 1), (32, 3, 3)), ((32, 1, 1), (48, 3, 3), (64, 3, 3))),
    "B": (((192, 1, 1),), ((128, 1, 1), (160, 1, 7), (192, 7, 1))),
    "C": (((192, 1, 1),), ((192, 1, 1), (224, 1, 3), (256, 3, 1))),
}
"""Channels, height and width of the windows of each branch, as in Inception-ResNet-v2."""


@LAYERS.register
class InceptionResidual(Block):
    """Inception branches beside a shortcut (Szegedy et al., "Inception-v4", 2016).

    The branches are joined, brought back to the channels that arrive by a 1x1 convolution, scaled
    and added; then ReLU. The channels are those of Inception-ResNet-v2. The scale, which the paper
    fixes, is one learned number here that starts at ``scale``.
    """

    kind = "inception_residual"
    title = "Inception-ResNet block"
    summary = "Windows of several sizes with a shortcut around them: trains faster than Inception."

    form: Literal["A", "B", "C"] = param(
        "A",
        search=("A", "B", "C"),
        help="A: windows up to twice 3 px, for maps of about 35 px. B: 7 px out of rows and "
        "columns, for 17 px. C: 3 px out of rows and columns, for 8 px.",
    )
    scale: float = param(
        0.17,
        ge=0,
        le=1,
        search=(0.1, 0.3),
        help="How much of the branches is added at first; the paper takes 0.1 to 0.3, which keeps "
        "training steady.",
    )
    width: float = param(
        1.0,
        gt=0,
        le=8,
        search=(0.25, 1.0),
        help="Multiplies all numbers of channels inside; 1 as published, less for small networks.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        write, ends = Writer(inputs, self.width), []
        for number, steps in enumerate(_BRANCHES[self.form], start=1):
            source = "input"
            for step, window in enumerate(steps, start=1):
                source = write.conv(f"branch{number}_{step}", *window, source)
            ends.append(source)
        make = write.make
        make.add("join", Concat(), *ends)
        make.add("project", Conv2d(out_channels=channels, kernel_size=1))
        branch = make.add("scale", Scale(start=self.scale, per_channel=False))
        make.add("add", Add(), "input", branch)
        make.add("relu", Relu(inplace=True))
        return make.graph()
