"""The residual network for images of 32 px."""

from __future__ import annotations

from engine.blocks.residual import Residual
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.ends import Input, Output
from engine.layers.pooling import GlobalAvgPool
from engine.templates.base import Template
from engine.templates.sizing import small_stem

__all__ = ["TEMPLATE"]


def _build(frame: Frame) -> Graph:
    """The 20 layers of He et al. (2015, section 4.2), made for CIFAR-10.

    Their shortcuts pad with zeros where the channels change; here a 1x1 convolution does it, which
    adds 2,752 parameters to 269,722. Images larger than 32 px are first halved to about that.
    """
    make = GraphBuilder()
    make.add("image", Input())
    small_stem(make, frame, 16)
    for stage, width in enumerate((16, 32, 64), start=1):
        for number in range(3):
            stride = 2 if stage > 1 and not number else 1
            make.add(f"layer{stage}_{number}", Residual(out_channels=width, stride=stride))
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return arrange(make.graph())


TEMPLATE = Template(
    name="resnet20",
    title="ResNet-20 for small images",
    summary="Narrow and deep, for images up to 64 px: 0.27 million parameters suit a few hundred "
    "images.",
    build=_build,
    group="Small images and few data",
)
