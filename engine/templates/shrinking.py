"""The strides of published networks, fitted to images of another size."""

from __future__ import annotations

from collections.abc import Sequence

from engine.layers.base import Frame
from engine.templates.sizing import halvings

__all__ = ["strides"]


def strides(frame: Frame, published: Sequence[int]) -> tuple[int, ...]:
    """The published strides, each a power of two, without the halvings that are left out.

    See ``halvings``: at 64 px ``(2, 2, 2, 2, 2)`` becomes ``(1, 2, 2, 2, 2)``, and
    ``(4, 2, 2, 2)`` becomes ``(2, 2, 2, 2)``.
    """
    most = sum(stride.bit_length() - 1 for stride in published)
    left_out = most - halvings(frame, most)
    found = []
    for stride in published:
        while stride > 1 and left_out:
            stride, left_out = stride // 2, left_out - 1
        found.append(stride)
    return tuple(found)
