"""The block of ConvNeXt."""

from __future__ import annotations

from typing_extensions import override

from engine.blocks.base import Block
from engine.blocks.mbconv import need_odd
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Gelu
from engine.layers.base import LAYERS, Shape
from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.ends import Source
from engine.layers.gates import Scale
from engine.layers.merge import Add
from engine.layers.normalisation import LayerNorm
from engine.layers.regularisation import DropPath
from engine.layers.windows import need_image
from engine.spec import param

__all__ = ["ConvNext"]


@LAYERS.register
class ConvNext(Block):
    """A wide depthwise window, then a small network for each pixel (Liu et al., 2022).

    7x7 depthwise convolution, layer norm of each pixel (epsilon 1e-6), 1x1 convolution to four
    times the channels, GELU, 1x1 convolution back, learned scale; added to what arrives. The block
    keeps the shape; a layer norm and a convolution with stride 2 between blocks halve the image.

    torchvision's ``CNBlock`` has linear layers where the paper and this block have 1x1
    convolutions. They compute the same: a weight of theirs of shape ``[out, in]`` is ours as
    ``[out, in, 1, 1]``. In the list of nodes the scale stands first, as among their weights.
    """

    kind = "convnext"
    title = "ConvNeXt block"
    summary = (
        "A transformer's layout made of convolutions, wide windows; for large data or weights."
    )

    kernel_size: int = param(
        7,
        ge=1,
        le=31,
        step=2,
        unit="px",
        search=(3, 7),
        help="Side of the depthwise window, odd. 7 was best in the paper; 3 or 5 where images are "
        "small.",
    )
    expansion: float = param(
        4.0,
        ge=0.25,
        le=16,
        search=(2.0, 4.0),
        help="Channels between the 1 × 1 convolutions, as a multiple of those that arrive: 4, as in"
        " transformers.",
    )
    layer_scale: float | None = param(
        1e-6,
        ge=0,
        le=100,
        help="Where the learned factors of the branch start. 1e-6 lets deep networks start as "
        "their shortcuts; 0.1 to 1 wake a network of few blocks sooner. Empty: no factors.",
    )
    drop_path: float = param(
        0.0,
        ge=0,
        lt=1,
        step=0.05,
        label="Stochastic depth",
        search=(0.0, 0.3),
        help="How often the branch is left out in training. 0: never, right for networks of a few "
        "blocks; up to 0.1 in ConvNeXt-Tiny.",
    )

    @override
    def validate_together(self) -> None:
        """Refuses an even window."""
        need_odd(self.kernel_size)

    @override
    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        channels, _, _ = need_image(inputs, self.title)
        middle = max(1, round(channels * self.expansion))
        make = GraphBuilder()
        make.add("input", Source.of(inputs[0]))
        if self.layer_scale is not None:
            make.add("scale", Scale(start=self.layer_scale), "project")
        make.add("depthwise", DepthwiseConv2d(kernel_size=self.kernel_size), "input")
        make.add("norm", LayerNorm(eps=1e-6))
        make.add("expand", Conv2d(out_channels=middle, kernel_size=1))
        make.add("gelu", Gelu())
        branch = make.add("project", Conv2d(out_channels=channels, kernel_size=1))
        branch = "scale" if self.layer_scale is not None else branch
        if self.drop_path:
            branch = make.add("drop_path", DropPath(rate=self.drop_path), branch)
        make.add("add", Add(), branch, "input")
        return make.graph()
