"""ResNet-50."""

from __future__ import annotations

from engine.blocks.base import Block
from engine.blocks.bottleneck import Bottleneck
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates.base import Template
from engine.templates.resnets import resnet

__all__ = ["TEMPLATE"]


def _block(width: int, stride: int) -> Block:
    return Bottleneck(out_channels=4 * width, stride=stride)


def _build(frame: Frame) -> Graph:
    """Sixteen bottleneck blocks (He et al., 2015), strides as in torchvision's version 1.5."""
    return resnet(frame, (3, 4, 6, 3), _block)


TEMPLATE = Template(
    name="resnet50",
    title="ResNet-50",
    summary="The usual backbone with published weights. From scratch it wants tens of thousands of "
    "images.",
    build=_build,
)
