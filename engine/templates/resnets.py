"""What residual networks have in common."""

from __future__ import annotations

from collections.abc import Callable

from engine.blocks.base import Block
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.templates.sizing import halvings

__all__ = ["resnet"]

MakeBlock = Callable[[int, int], Block]
_STAGES = 4


def resnet(frame: Frame, counts: tuple[int, int, int, int], block: MakeBlock) -> Graph:
    """A residual network as torchvision writes it, node names included (``layer1_0`` and so on).

    7x7 convolution with stride 2, 3x3 maximum, four stages of ``counts`` blocks, mean, scores.
    ``block`` makes a block from the width of its stage (64 to 512) and its stride. Below 96 px the
    maximum is left out, below 48 px the first stride too, see ``halvings``.
    """
    kept = halvings(frame, most=2, later=_STAGES - 1)
    make = GraphBuilder()
    make.add("image", Input())
    stem = Conv2d(out_channels=64, kernel_size=7, stride=2 if kept >= 1 else 1, bias=False)
    make.add("conv1", stem)
    make.add("bn1", BatchNorm())
    make.add("relu", Relu(inplace=True))
    if kept == 2:
        make.add("maxpool", MaxPool(kernel_size=3, stride=2, padding=1))
    for stage, count in enumerate(counts):
        for number in range(count):
            stride = 2 if stage and not number else 1
            make.add(f"layer{stage + 1}_{number}", block(64 * 2**stage, stride))
    make.add("avgpool", GlobalAvgPool())
    make.add("scores", Output())
    return arrange(make.graph())
