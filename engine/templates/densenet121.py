"""DenseNet-121."""

from __future__ import annotations

from engine.blocks.dense import DenseBlock, Transition
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.templates.base import Template
from engine.templates.sizing import halvings

__all__ = ["TEMPLATE"]

_LAYERS = (6, 12, 24, 16)


def _build(frame: Frame) -> Graph:
    """Four dense blocks (Huang et al., "Densely connected convolutional networks", 2016).

    Below 96 px the first maximum is left out, below 48 px the first stride too, and below 24 px
    transitions keep the size of the image, the first ones first.
    """
    kept = halvings(frame, most=5)
    make = GraphBuilder()
    make.add("image", Input())
    stem = Conv2d(out_channels=64, kernel_size=7, stride=2 if kept >= 4 else 1, bias=False)
    make.add("conv0", stem)
    make.add("norm0", BatchNorm())
    make.add("relu0", Relu(inplace=True))
    if kept == 5:
        make.add("pool0", MaxPool(kernel_size=3, stride=2, padding=1))
    for number, layers in enumerate(_LAYERS, start=1):
        make.add(f"denseblock{number}", DenseBlock(layers=layers))
        if number < len(_LAYERS):
            make.add(f"transition{number}", Transition(stride=2 if kept >= 4 - number else 1))
    make.add("norm5", BatchNorm())
    make.add("relu5", Relu(inplace=True))
    make.add("avgpool", GlobalAvgPool())
    make.add("scores", Output())
    return arrange(make.graph())


TEMPLATE = Template(
    name="densenet121",
    title="DenseNet-121",
    summary="Reuses its features, so few parameters do much: a favourite in medical imaging, with "
    "published weights.",
    build=_build,
)
