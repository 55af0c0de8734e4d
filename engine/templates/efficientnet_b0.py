"""EfficientNet-B0."""

from __future__ import annotations

from engine.blocks.mbconv import MBConv
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.normalisation import BatchNorm
from engine.templates.base import Template
from engine.templates.inverted import inverted_network

__all__ = ["TEMPLATE"]

_STAGES = (
    (1, 3, 16, 1, 1),
    (6, 3, 24, 2, 2),
    (6, 5, 40, 2, 2),
    (6, 3, 80, 3, 2),
    (6, 5, 112, 3, 1),
    (6, 5, 192, 4, 2),
    (6, 3, 320, 1, 1),
)
"""Expand ratio, kernel, channels, number of blocks and first stride: table 1 of the paper."""

_DROP_PATH = 0.2


def _build(frame: Frame) -> Graph:
    """Sixteen MBConv blocks in seven stages (Tan and Le, "EfficientNet", 2019).

    ``stem`` is torchvision's ``features.0``, ``stage2_1`` is ``features.2.1`` and so on, ``last``
    is ``features.8`` and ``scores`` ``classifier.1``. Stochastic depth rises from 0 to 0.2 with
    the number of the block. Below 96 px the first strides become 1, see ``inverted_network``.
    """
    total = sum(count for _, _, _, count, _ in _STAGES)
    blocks: dict[str, MBConv] = {}
    for stage, (ratio, kernel, width, count, stride) in enumerate(_STAGES, start=1):
        for number in range(count):
            rate = _DROP_PATH * len(blocks) / total
            blocks[f"stage{stage}_{number}"] = MBConv(
                out_channels=width,
                stride=1 if number else stride,
                kernel_size=kernel,
                expand_ratio=float(ratio),
                drop_path=round(rate, 4),
            )
    return inverted_network(frame, blocks, stem=32, last=1280, activation="silu", norm=BatchNorm())


TEMPLATE = Template(
    name="efficientnet_b0",
    title="EfficientNet-B0",
    summary="Much accuracy for few multiply-adds: with published weights, or many thousand images.",
    build=_build,
)
