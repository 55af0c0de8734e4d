"""Graphs that several tests use."""

from __future__ import annotations

from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.merge import Add
from engine.layers.pooling import GlobalAvgPool

__all__ = ["FRAME", "branched", "chain"]

FRAME = Frame(channels=1, height=28, width=28, classes=10)


def chain(length: int = 3) -> Graph:
    """An image, some convolutions, a pooling, class scores."""
    make = GraphBuilder()
    make.add("image", Input())
    for number in range(length):
        make.add(f"conv{number}", Conv2d(out_channels=8))
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()


def branched(channels: int = 8) -> Graph:
    """A shortcut around a convolution; the shapes fit when ``channels`` is 8."""
    make = GraphBuilder()
    make.add("image", Input())
    make.add("stem", Conv2d(out_channels=8))
    make.add("conv", Conv2d(out_channels=channels))
    make.add("sum", Add(), "conv", "stem")
    make.add("relu", Relu())
    make.add("pool", GlobalAvgPool())
    make.add("scores", Output())
    return make.graph()
