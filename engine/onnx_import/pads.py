"""Borders as ONNX writes them: explicit on four sides, or so that the size is kept."""

from __future__ import annotations

from dataclasses import dataclass

from engine.layers.base import Shape
from engine.onnx_import.records import Op, Unmapped

__all__ = ["Pair", "Sliding", "sliding"]

Pair = tuple[int, int]


@dataclass(frozen=True)
class Sliding:
    """A window: numbers down and across, and the border before and after along each axis."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    before: Pair
    after: Pair

    @property
    def even(self) -> bool:
        """Whether the border is the same on opposite sides."""
        return self.before == self.after

    @property
    def plain_dilation(self) -> int:
        """The dilation, which layers have the same along both axes; raises Unmapped."""
        if self.dilation[0] != self.dilation[1]:
            raise Unmapped("Its dilation differs along the two axes.")
        return self.dilation[0]


def sliding(op: Op, kernel: Pair, shape: Shape) -> Sliding:
    """The window of a convolution or pooling over an image of ``shape``; raises Unmapped."""
    stride, dilation = _pair(op, "strides"), _pair(op, "dilations")
    auto = op.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        sides = [
            _same(size, k, s, d, auto == "SAME_UPPER")
            for size, k, s, d in zip(shape[1:], kernel, stride, dilation, strict=True)
        ]
        return Sliding(
            kernel, stride, dilation, (sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])
        )
    pads = [int(v) for v in op.get("pads") or (0, 0, 0, 0)] if auto != "VALID" else [0] * 4
    if len(pads) != 4 or min(pads) < 0:
        raise Unmapped("Its border is negative, or not that of an image.")
    top, left, bottom, right = pads
    return Sliding(kernel, stride, dilation, (top, left), (bottom, right))


def _pair(op: Op, name: str) -> Pair:
    values = [int(v) for v in op.get(name) or (1, 1)]
    if len(values) != 2 or min(values) < 1:
        raise Unmapped(f"Its {name} are not those of an image.")
    return values[0], values[1]


def _same(size: int, kernel: int, stride: int, dilation: int, more_after: bool) -> Pair:
    """The border with which the size is kept, or divided by the stride and rounded up."""
    places = -(-size // stride)
    whole = max(0, (places - 1) * stride + dilation * (kernel - 1) + 1 - size)
    less = whole // 2
    return (less, whole - less) if more_after else (whole - less, less)
