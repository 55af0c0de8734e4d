"""Wide ResNet-50-2."""

from __future__ import annotations

from engine.blocks.base import Block
from engine.blocks.bottleneck import Bottleneck
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates.base import Template
from engine.templates.resnets import resnet

__all__ = ["TEMPLATE"]


def _block(width: int, stride: int) -> Block:
    return Bottleneck(out_channels=4 * width, stride=stride, width=2.0)


def _build(frame: Frame) -> Graph:
    """ResNet-50 with 3x3 convolutions twice as wide (Zagoruyko and Komodakis, 2016)."""
    return resnet(frame, (3, 4, 6, 3), _block)


TEMPLATE = Template(
    name="wide_resnet50_2",
    title="Wide ResNet-50-2",
    summary="ResNet-50 with a middle twice as wide: for published weights and a strong GPU.",
    build=_build,
)
