"""MobileNetV2."""

from __future__ import annotations

from engine.blocks.mbconv import MBConv
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.normalisation import BatchNorm
from engine.templates.base import Template
from engine.templates.inverted import inverted_network

__all__ = ["TEMPLATE"]

_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
"""Expand ratio, channels, number of blocks and first stride: table 2 of the paper."""


def _build(frame: Frame) -> Graph:
    """Seventeen inverted residuals with ReLU6 (Sandler et al., "MobileNetV2", 2018).

    ``stem`` is torchvision's ``features.0``, ``block1`` to ``block17`` are ``features.1`` to
    ``features.17``, ``last`` is ``features.18`` and ``scores`` ``classifier.1``. Below 96 px the
    first strides become 1, see ``inverted_network``.
    """
    blocks = {}
    for ratio, width, count, stride in _STAGES:
        for number in range(count):
            blocks[f"block{len(blocks) + 1}"] = MBConv(
                out_channels=width,
                stride=1 if number else stride,
                expand_ratio=float(ratio),
                squeeze_excite=False,
                activation="relu6",
            )
    return inverted_network(frame, blocks, stem=32, last=1280, activation="relu6", norm=BatchNorm())


TEMPLATE = Template(
    name="mobilenet_v2",
    title="MobileNetV2",
    summary="For phones and CPUs: few multiply-adds; too large for some hundred images without "
    "published weights.",
    build=_build,
)
