"""ResNet-18."""

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
    """Eight residual blocks (He et al., "Deep residual learning", 2015)."""
    return resnet(frame, (2, 2, 2, 2), _block)


TEMPLATE = Template(
    name="resnet18",
    title="ResNet-18",
    summary="The classic to compare with: from scratch for a few thousand images, or with "
    "published weights.",
    build=_build,
)
