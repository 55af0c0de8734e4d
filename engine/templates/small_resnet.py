"""The default: a small residual network."""

from __future__ import annotations

import math

from engine.blocks.residual import Residual
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.layers.regularisation import Dropout
from engine.templates.base import Template

__all__ = ["TEMPLATE"]

_WORKING_SIDE = 32
_WIDTHS = (32, 64, 128)


def _build(frame: Frame) -> Graph:
    """Stem, three residual blocks that halve the image and double the channels, mean, scores.

    Most of the work is done at about 32 px, whatever the size of the images: larger ones are first
    halved by the stem, a pooling and the first block. So a 224 px image costs about as much as a
    28 px one.
    """
    halvings = max(0, round(math.log2(max(frame.height, frame.width) / _WORKING_SIDE)))
    stem_stride = 2 ** min(halvings, max(1, halvings - 2))
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", _stem(stem_stride))
    make.add("stem_norm", BatchNorm())
    make.add("stem_relu", Relu(inplace=True))
    if halvings >= 2:
        make.add("stem_pool", MaxPool(kernel_size=3, stride=2, padding=1))
    for number, width in enumerate(_WIDTHS, start=1):
        stride = 2 if number > 1 or halvings >= 3 else 1
        make.add(f"block{number}", Residual(out_channels=width, stride=stride))
    make.add("pool", GlobalAvgPool())
    make.add("dropout", Dropout(rate=0.2))
    make.add("scores", Output())
    return arrange(make.graph())


def _stem(stride: int) -> Conv2d:
    kernel = 3 if stride == 1 else 5 if stride == 2 else 2 * stride - 1
    return Conv2d(out_channels=_WIDTHS[0], kernel_size=kernel, stride=stride, bias=False)


TEMPLATE = Template(
    name="small_resnet",
    title="Small residual network",
    summary="The one to start with: accurate with few images, quick even without a GPU.",
    build=_build,
)
