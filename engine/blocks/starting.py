"""What a new block of one's own holds: convolution, batch norm, ReLU."""

from __future__ import annotations

from engine.blocks.knobs import Knob, Knobs
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.convolution import Conv2d
from engine.layers.ends import Entry, Result
from engine.layers.normalisation import BatchNorm

__all__ = ["START", "START_KNOBS"]


def _start() -> Graph:
    make = GraphBuilder()
    make.add("input", Entry())
    make.add("conv", Conv2d(out_channels=64, kernel_size=3, padding=1, bias=False))
    make.add("norm", BatchNorm())
    make.add("relu", Relu(inplace=True))
    make.add("output", Result())
    return arrange(make.graph())


START = _start()

START_KNOBS = Knobs(
    (
        Knob("out_channels", "Out channels", ("conv.out_channels",), 64),
        Knob("stride", "Stride", ("conv.stride",), 1, later=1),
    )
)
