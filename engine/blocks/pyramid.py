"""The image at several scales at once."""

from __future__ import annotations

from typing import Literal

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.steps import begin, conv_norm_relu
from engine.graph.records import Graph
from engine.layers.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d
from engine.layers.merge import Concat
from engine.layers.regularisation import Dropout
from engine.layers.reshape import Flatten
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["DilatedPyramid", "SpatialPyramid"]


@LAYERS.register
class SpatialPyramid(Block):
    """Spatial pyramid pooling (He et al., 2014).

    Pools the image to 1x1, 2x2, 4x4 … parts and joins all values to one list, of the same length
    for images of any size.
    """

    kind = "spatial_pyramid"
    title = "Spatial pyramid pooling"
    summary = "Keeps roughly where things are, in parts of several sizes; before linear layers."

    levels: int = param(
        3,
        ge=1,
        le=5,
        search=(1, 4),
        help="How many grids: 1, 2 × 2, 4 × 4 and so on. Three give 21 values per channel.",
    )
    mode: Literal["max", "mean"] = param(
        "max", search=("max", "mean"), help="What is taken of each part; the paper takes “max”."
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        need_image(inputs, self.title)
        pool = AdaptiveMaxPool if self.mode == "max" else AdaptiveAvgPool
        make = begin(inputs)
        lists = []
        for level in range(self.levels):
            make.add(f"pool{level + 1}", pool(output_size=2**level), "input")
            lists.append(make.add(f"flat{level + 1}", Flatten()))
        if len(lists) > 1:
            make.add("join", Concat(), *lists)
        return make.graph()


@LAYERS.register
class DilatedPyramid(Block):
    """Atrous spatial pyramid pooling (Chen et al., "Rethinking atrous convolution", 2017).

    A 1x1 convolution, three 3x3 convolutions whose points lie ``rate``, twice and three times as
    far apart, and the mean of the whole image; joined and mixed by a 1x1 convolution. Every
    convolution is followed by batch norm and ReLU. As torchvision's ``ASPP``.
    """

    kind = "dilated_pyramid"
    title = "Dilated pyramid (ASPP)"
    summary = "Looks near, far and at the whole at once, without shrinking; on small, deep maps."

    out_channels: int = param(
        256,
        ge=1,
        le=65_536,
        scale="log",
        search=(32, 256),
        help="Channels of each branch, and of the result.",
    )
    rate: int = param(
        6,
        ge=1,
        le=21,
        search=(1, 6),
        help="Distance of the points of the first 3 × 3 window, in pixels; about a fifth of the "
        "map's side.",
    )
    dropout: float = param(
        0.5,
        ge=0,
        lt=1,
        step=0.05,
        search=(0.0, 0.5),
        help="Share of values dropped at the end; 0.5 is torchvision's. 0: none.",
    )

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        _, height, width = need_image(inputs, self.title)
        point = Conv2d(out_channels=self.out_channels, kernel_size=1)
        make = begin(inputs)
        branches = [conv_norm_relu(make, "point", point, "input")]
        for times in (1, 2, 3):
            window = Conv2d(out_channels=self.out_channels, dilation=times * self.rate)
            branches.append(conv_norm_relu(make, f"dilated{times}", window, "input"))
        make.add("mean", AdaptiveAvgPool(output_size=1), "input")
        conv_norm_relu(make, "mean_point", point)
        branches.append(make.add("spread", AdaptiveAvgPool(output_size=height, output_width=width)))
        make.add("join", Concat(), *branches)
        conv_norm_relu(make, "project", point)
        if self.dropout:
            make.add("dropout", Dropout(rate=self.dropout))
        return make.graph()
