"""A small residual network of three blocks, in two widths."""

from __future__ import annotations

import math
from collections.abc import Sequence

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

__all__ = ["three_blocks"]

_WORKING_SIDE = 32
_STEM_WIDTH = 16


def three_blocks(frame: Frame, blocks: Sequence[tuple[int, int]]) -> Graph:
    """A narrow stem, residual blocks of some channels and stride, mean, class scores.

    On a CPU the wide stages of a network cost more for moving their values than for computing
    them, so there is little at full size. Larger images are first brought down by a stem with a
    stride, from 91 px on also by a pooling behind it; from 182 px on every block has a stride.
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
    for number, (width, stride) in enumerate(blocks, start=1):
        stride = 2 if halvings >= 3 else stride
        make.add(f"block{number}", Residual(out_channels=width, stride=stride))
    make.add("pool", GlobalAvgPool())
    make.add("dropout", Dropout(rate=0.2))
    make.add("scores", Output())
    return arrange(make.graph())


def _stem(stride: int) -> Conv2d:
    kernel = 3 if stride == 1 else 5 if stride == 2 else 2 * stride - 1
    return Conv2d(out_channels=_STEM_WIDTH, kernel_size=kernel, stride=stride, bias=False)
