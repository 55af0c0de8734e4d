"""Inception v3."""

from __future__ import annotations

from engine.blocks.inception_v1 import NORM
from engine.blocks.inception_v3 import (
    InceptionV3A,
    InceptionV3B,
    InceptionV3C,
    InceptionV3D,
    InceptionV3E,
)
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

_SMALLEST = 139
"""The shorter side from which the published network leaves 3 px at its end."""
_HALVINGS = 5


class _Writer:
    """Writes the graph for one frame; ``kept`` of five halvings are done, the earliest left out."""

    def __init__(self, frame: Frame) -> None:
        self.make = GraphBuilder()
        self.padded = min(frame.height, frame.width) < _SMALLEST
        self._left_out = _HALVINGS - (halvings(frame, _HALVINGS) if self.padded else _HALVINGS)

    def halves(self, number: int) -> bool:
        """Whether halving ``number``, counted from 1, is done."""
        return number > self._left_out

    def convolution(
        self, name: str, channels: int, kernel: int, *, padded: bool = False, stride: int = 1
    ) -> None:
        """Convolution, batch norm and ReLU; without a border unless ``padded``."""
        padding = None if padded or self.padded else 0
        layer = Conv2d(out_channels=channels, kernel_size=kernel, stride=stride, padding=padding)
        conv_norm_relu(self.make, name, layer, norm=NORM)

    def pool(self, number: int) -> None:
        """A maximum, if its halving is done."""
        if self.halves(number):
            padding = 1 if self.padded else 0
            layer = MaxPool(kernel_size=3, stride=2, padding=padding)
            self.make.add(f"maxpool{number - 1}", layer)


def _build(frame: Frame) -> Graph:
    """Eleven blocks (Szegedy et al., "Rethinking the Inception architecture", 2015).

    As torchvision has it, without the auxiliary head, which is used in training only. It was made
    for 299 px. Below 139 px all windows get a border, and the earliest halvings are left out where
    less than 3 px would remain, see ``halvings``.
    """
    write = _Writer(frame)
    make = write.make
    make.add("image", Input())
    _stem(write)
    for letter, channels in (("b", 32), ("c", 64), ("d", 64)):
        make.add(f"mixed_5{letter}", InceptionV3A(pool_channels=channels))
    make.add("mixed_6a", InceptionV3B(padded=write.padded, stride=2 if write.halves(4) else 1))
    for letter, channels in (("b", 128), ("c", 160), ("d", 160), ("e", 192)):
        make.add(f"mixed_6{letter}", InceptionV3C(inner_channels=channels))
    make.add("mixed_7a", InceptionV3D(padded=write.padded, stride=2 if write.halves(5) else 1))
    make.add("mixed_7b", InceptionV3E())
    make.add("mixed_7c", InceptionV3E())
    make.add("avgpool", GlobalAvgPool())
    make.add("dropout", Dropout(rate=0.5))
    make.add("scores", Output())
    return arrange(make.graph())


def _stem(write: _Writer) -> None:
    write.convolution("conv2d_1a", 32, 3, stride=2 if write.halves(1) else 1)
    write.convolution("conv2d_2a", 32, 3)
    write.convolution("conv2d_2b", 64, 3, padded=True)
    write.pool(2)
    write.convolution("conv2d_3b", 80, 1)
    write.convolution("conv2d_4a", 192, 3)
    write.pool(3)


TEMPLATE = Template(
    name="inception_v3",
    title="Inception v3",
    summary="Made for 299 px and published weights; too large for a few hundred images from "
    "scratch.",
    build=_build,
)
