"""GoogLeNet."""

from __future__ import annotations

from engine.blocks.inception_v1 import NORM, InceptionV1
from engine.blocks.steps import conv_norm_relu
from engine.graph.builder import GraphBuilder
from engine.graph.layout import arrange
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.convolution import Conv2d
from engine.layers.ends import Input, Output
from engine.layers.pooling import GlobalAvgPool, MaxPool
from engine.layers.regularisation import Dropout
from engine.templates.base import Template
from engine.templates.sizing import halvings

__all__ = ["TEMPLATE"]

_BLOCKS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
_NAMES = ("direct", "reduced3", "out3", "reduced5", "out5", "pooled")
_POOLED_AFTER = {"3b": 3, "4e": 4}
_HALVINGS = 5


def _build(frame: Frame) -> Graph:
    """Nine Inception blocks (Szegedy et al., "Going deeper with convolutions", 2014).

    As torchvision has it, with batch norm and 3x3 where the paper has 5x5, and without the two
    auxiliary heads, which are used in training only. Below 96 px the earliest halvings are left
    out, see ``halvings``: the first stride, then the maxima one by one.
    """
    left_out = _HALVINGS - halvings(frame, most=_HALVINGS)
    make = GraphBuilder()

    def pool(number: int, window: int = 3) -> None:
        if number >= left_out:
            layer = MaxPool(kernel_size=window, stride=2, ceil_mode=True)
            make.add(f"maxpool{number}", layer)

    def convolution(name: str, channels: int, kernel: int, stride: int = 1) -> None:
        layer = Conv2d(out_channels=channels, kernel_size=kernel, stride=stride)
        conv_norm_relu(make, name, layer, norm=NORM)

    make.add("image", Input())
    convolution("conv1", 64, 7, stride=1 if left_out else 2)
    pool(1)
    convolution("conv2", 64, 1)
    convolution("conv3", 192, 3)
    pool(2)
    for name, widths in _BLOCKS.items():
        make.add(f"inception{name}", InceptionV1(**dict(zip(_NAMES, widths, strict=True))))
        if name in _POOLED_AFTER:
            pool(_POOLED_AFTER[name], window=3 if name == "3b" else 2)
    make.add("avgpool", GlobalAvgPool())
    make.add("dropout", Dropout(rate=0.2))
    make.add("scores", Output())
    return arrange(make.graph())


TEMPLATE = Template(
    name="googlenet",
    title="GoogLeNet",
    summary="Windows of several sizes at once, for little computing: with published weights, or a "
    "few thousand images.",
    build=_build,
)
