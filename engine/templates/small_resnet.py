"""The default for few images: a small residual network."""

from __future__ import annotations

from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates.base import Template
from engine.templates.three_blocks import three_blocks

__all__ = ["TEMPLATE"]


def _build(frame: Frame) -> Graph:
    """Blocks of 32 and 64 channels at half of the side and of 128 at a quarter.

    25 million multiply-adds and 264,000 activations for an image of 28 px, about twice as many
    multiply-adds for one of 224 px.
    """
    return three_blocks(frame, ((32, 2), (64, 1), (128, 2)))


TEMPLATE = Template(
    name="small_resnet",
    title="Small residual network",
    summary="The one to start with: accurate with few images, quick even without a GPU.",
    build=_build,
    group="Small images and few data",
)
