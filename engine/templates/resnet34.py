"""ResNet-34."""

from __future__ import annotations

from engine.blocks.base import Block
from engine.blocks.residual import Residual
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates.base import Template
from engine.templates.resnets import resnet

__all__ = ["TEMPLATE"]


def _block(width: int, stride: int) -> Block:
    return Residual(out_channels=width, stride=stride)


def _build(frame: Frame) -> Graph:
    """Sixteen residual blocks (He et al., "Deep residual learning", 2015)."""
    return resnet(frame, (3, 4, 6, 3), _block)


TEMPLATE = Template(
    name="resnet34",
    title="ResNet-34",
    summary="Twice the depth and cost of ResNet-18: from ten thousand images on, or with published "
    "weights.",
    build=_build,
)
