"""The plain network that most courses begin with."""

from __future__ import annotations

from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.linear import Linear
from engine.layers.pooling import MaxPool
from engine.layers.reshape import Flatten
from engine.templates.base import Template

__all__ = ["TEMPLATE"]

_LARGEST_FLATTENED = 8


def _build(frame: Frame) -> Graph:
    """Three convolutions with pooling, then two linear layers; no normalisation, no shortcut.

    The image is pooled until at most 8 px remain at the longer side, at least twice where it is
    large enough.
    """
    make = GraphBuilder()
    make.add("image", Input())
    longer, shorter = max(frame.height, frame.width), min(frame.height, frame.width)
    for number, width in enumerate((32, 64, 64), start=1):
        make.add(f"conv{number}", Conv2d(out_channels=width))
        make.add(f"relu{number}", Relu(inplace=True))
        factor = _pooling(longer, 3 - number)
        if factor > 1 and shorter >= factor:
            make.add(f"pool{number}", MaxPool(kernel_size=factor))
            longer, shorter = longer // factor, shorter // factor
    make.add("flatten", Flatten())
    make.add("hidden", Linear(out_features=64))
    make.add("hidden_relu", Relu(inplace=True))
    make.add("scores", Output())
    return arrange(make.graph())


def _pooling(side: int, later: int) -> int:
    """The window that brings ``side`` to 8 px when ``later`` poolings of 2 follow, at least 2."""
    factor = 2
    while side // (factor * 2**later) > _LARGEST_FLATTENED:
        factor *= 2
    return factor


TEMPLATE = Template(
    name="small_cnn",
    title="Plain CNN",
    summary="Three convolutions and a hidden layer: simple to read, and quick to overfit.",
    build=_build,
    group="Small images and few data",
)
