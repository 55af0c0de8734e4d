"""VGG-11."""

from __future__ import annotations

from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.activation import Relu
from engine.layers.adaptive import AdaptiveAvgPool
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.linear import Linear
from engine.layers.pooling import MaxPool
from engine.layers.regularisation import Dropout
from engine.layers.reshape import Flatten
from engine.templates.base import Template
from engine.templates.sizing import halvings

__all__ = ["TEMPLATE"]

_WIDTHS = ((64,), (128,), (256, 256), (512, 512), (512, 512))


def _build(frame: Frame) -> Graph:
    """Configuration A of Simonyan and Zisserman ("Very deep convolutional networks", 2014).

    Without normalisation, as torchvision's ``vgg11``: train it with a small learning rate, or take
    published weights. Below 96 px the earliest poolings are left out, see ``halvings``.
    """
    left_out = len(_WIDTHS) - halvings(frame, most=len(_WIDTHS))
    make = GraphBuilder()
    make.add("image", Input())
    for stage, widths in enumerate(_WIDTHS, start=1):
        for number, width in enumerate(widths, start=1):
            make.add(f"conv{stage}_{number}", Conv2d(out_channels=width))
            make.add(f"relu{stage}_{number}", Relu(inplace=True))
        if stage > left_out:
            make.add(f"pool{stage}", MaxPool())
    make.add("avgpool", AdaptiveAvgPool())
    make.add("flatten", Flatten())
    for number in (1, 2):
        make.add(f"hidden{number}", Linear(out_features=4096))
        make.add(f"hidden{number}_relu", Relu(inplace=True))
        make.add(f"dropout{number}", Dropout(rate=0.5))
    make.add("scores", Output())
    return arrange(make.graph())


TEMPLATE = Template(
    name="vgg11",
    title="VGG-11",
    summary="Plain and very large, 129 million parameters: for comparison, or with published "
    "weights only.",
    build=_build,
)
