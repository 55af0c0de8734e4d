"""MobileNetV3, the large form."""

from __future__ import annotations

from collections.abc import Sequence

from engine.blocks.mbconv import MBConv
from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.layers.normalisation import BatchNorm
from engine.templates.base import Template
from engine.templates.inverted import inverted_network

__all__ = ["TEMPLATE", "Row", "mobilenet_v3"]

Row = tuple[int, int, int, bool, bool, int]
"""Kernel, channels in the middle, channels, squeeze-and-excitation, hard swish, stride."""

_ROWS: tuple[Row, ...] = (
    (3, 16, 16, False, False, 1),
    (3, 64, 24, False, False, 2),
    (3, 72, 24, False, False, 1),
    (5, 72, 40, True, False, 2),
    (5, 120, 40, True, False, 1),
    (5, 120, 40, True, False, 1),
    (3, 240, 80, False, True, 2),
    (3, 200, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 184, 80, False, True, 1),
    (3, 480, 112, True, True, 1),
    (3, 672, 112, True, True, 1),
    (5, 672, 160, True, True, 2),
    (5, 960, 160, True, True, 1),
    (5, 960, 160, True, True, 1),
)
"""Table 1 of the paper."""

_EPS, _MOMENTUM = 1e-3, 0.01


def mobilenet_v3(frame: Frame, rows: Sequence[Row], last: int, hidden: int) -> Graph:
    """Inverted residuals with hard swish (Howard et al., "Searching for MobileNetV3", 2019).

    ``stem`` is torchvision's ``features.0``, ``block1`` and the others are ``features.1`` and so
    on, ``last`` is the last of ``features``, ``hidden`` is ``classifier.0`` and ``scores``
    ``classifier.3``. Below 96 px the first strides become 1, see ``inverted_network``.
    """
    blocks = {f"block{i}": _block(row) for i, row in enumerate(rows, start=1)}
    norm = BatchNorm(eps=_EPS, momentum=_MOMENTUM)
    return inverted_network(
        frame, blocks, stem=16, last=last, hidden=hidden, activation="hardswish", norm=norm
    )


def _block(row: Row) -> MBConv:
    kernel, middle, width, squeezed, hard, stride = row
    return MBConv(
        out_channels=width,
        stride=stride,
        kernel_size=kernel,
        expanded_channels=middle,
        squeeze_excite=squeezed,
        squeeze_channels=_by_eight(middle // 4) if squeezed else None,
        squeeze_activation="relu",
        gate="hardsigmoid",
        activation="hardswish" if hard else "relu",
        eps=_EPS,
        momentum=_MOMENTUM,
    )


def _by_eight(channels: int) -> int:
    """The nearest multiple of 8 that is not more than a tenth smaller, as in the authors' code."""
    nearest = max(8, (channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest


def _build(frame: Frame) -> Graph:
    """Fifteen blocks; see ``mobilenet_v3``."""
    return mobilenet_v3(frame, _ROWS, last=960, hidden=1280)


TEMPLATE = Template(
    name="mobilenet_v3_large",
    title="MobileNetV3 (large)",
    summary="Quick on phones and CPUs, with gates; too large for some hundred images without "
    "published weights.",
    build=_build,
)
