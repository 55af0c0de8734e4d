"""The wide residual network for images of 32 px."""

from __future__ import annotations

from engine.blocks.preactivation import PreactivationResidual
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.ends import Input, Output
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool
from engine.templates.base import Template
from engine.templates.sizing import small_stem

__all__ = ["TEMPLATE"]


def _build(frame: Frame) -> Graph:
    """WRN-16-4 (Zagoruyko and Komodakis, "Wide residual networks", 2016), made for CIFAR.

    Six pre-activation blocks of 64, 128 and 256 channels. Images larger than 32 px are first
    halved to about that.
    """
    make = GraphBuilder()
    make.add("image", Input())
    small_stem(make, frame, 16, normalised=False)
    for stage, width in enumerate((64, 128, 256), start=1):
        for number in range(2):
            stride = 2 if stage > 1 and not number else 1
            block = PreactivationResidual(out_channels=width, stride=stride)
            make.add(f"block{stage}_{number}", block)
    make.add("norm", BatchNorm())
    make.add("relu", Relu(inplace=True))
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return arrange(make.graph())


TEMPLATE = Template(
    name="wrn16_4",
    title="Wide ResNet-16-4 for small images",
    summary="Wide instead of deep, for images up to 64 px: accurate from a few thousand images on, "
    "with a GPU.",
    build=_build,
    group="Small images and few data",
)
