"""MobileNetV3, the small form."""

from __future__ import annotations

from engine.graph.records import Graph
from engine.layers.base import Frame
from engine.templates.base import Template
from engine.templates.mobilenet_v3_large import Row, mobilenet_v3

__all__ = ["TEMPLATE"]

_ROWS: tuple[Row, ...] = (
    (3, 16, 16, True, False, 2),
    (3, 72, 24, False, False, 2),
    (3, 88, 24, False, False, 1),
    (5, 96, 40, True, True, 2),
    (5, 240, 40, True, True, 1),
    (5, 240, 40, True, True, 1),
    (5, 120, 48, True, True, 1),
    (5, 144, 48, True, True, 1),
    (5, 288, 96, True, True, 2),
    (5, 576, 96, True, True, 1),
    (5, 576, 96, True, True, 1),
)
"""Table 2 of the paper."""


def _build(frame: Frame) -> Graph:
    """Eleven blocks; see ``mobilenet_v3``."""
    return mobilenet_v3(frame, _ROWS, last=576, hidden=1024)


TEMPLATE = Template(
    name="mobilenet_v3_small",
    title="MobileNetV3 (small)",
    summary="The quickest of the classics on a CPU; from scratch it wants a few thousand images.",
    build=_build,
)
