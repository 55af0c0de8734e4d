"""The network that read handwritten digits."""

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

_LARGEST_POOLED = 16


def _build(frame: Frame) -> Graph:
    """LeNet-5 (LeCun et al., "Gradient-based learning", 1998), modernised.

    Its layers and widths, with ReLU for tanh, maxima for learned means, full connections in the
    second convolution and linear scores: 61,706 parameters for digits of 28 px, 10 classes. Larger
    images are pooled to at most 16 px at once; poolings that an image is too small for are left
    out.
    """
    make = GraphBuilder()
    make.add("image", Input())
    longer, shorter = max(frame.height, frame.width), min(frame.height, frame.width)
    step = 2
    while step < 32 and longer // step > _LARGEST_POOLED:
        step *= 2
    make.add("conv1", Conv2d(out_channels=6, kernel_size=5))
    make.add("relu1", Relu(inplace=True))
    if shorter >= step:
        make.add("pool1", MaxPool(kernel_size=step))
        shorter //= step
    valid = shorter >= 6
    make.add("conv2", Conv2d(out_channels=16, kernel_size=5, padding=0 if valid else None))
    make.add("relu2", Relu(inplace=True))
    if shorter - (4 if valid else 0) >= 2:
        make.add("pool2", MaxPool())
    make.add("flatten", Flatten())
    for number, width in ((1, 120), (2, 84)):
        make.add(f"hidden{number}", Linear(out_features=width))
        make.add(f"hidden{number}_relu", Relu(inplace=True))
    make.add("scores", Output())
    return arrange(make.graph())


TEMPLATE = Template(
    name="lenet",
    title="LeNet-5, modernised",
    summary="The first of its kind, with today's activations: for digits and other simple shapes "
    "in small images.",
    build=_build,
    group="Small images and few data",
)
