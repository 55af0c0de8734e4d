"""Pooling, and means over the whole image."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers.adaptive import AdaptiveAvgPool, AdaptiveMaxPool
from engine.layers.base import Layer
from engine.layers.gates import ChannelPool
from engine.layers.pooling import AvgPool, LpPool, MaxPool
from engine.layers.resize import Pad
from engine.layers.windows import Window
from engine.onnx_import.folding import axes_of
from engine.onnx_import.handlers import maps
from engine.onnx_import.pads import Sliding, sliding
from engine.onnx_import.records import Op, Unmapped
from engine.onnx_import.trace import Trace
from engine.onnx_import.values import Flow
from engine.onnx_import.views import channels_of

__all__: list[str] = []

_LOWEST = -1e6
"""What a border of max pooling holds: less than any value of a network."""


@maps("MaxPool", "AveragePool", "LpPool")
def _pool(trace: Trace, op: Op) -> Flow:
    node, shape = trace.image(op)
    kernel = [int(v) for v in op.get("kernel_shape")]
    window = sliding(op, (kernel[0], kernel[1]), shape)
    if len(op.outputs) > 1 and op.outputs[1]:
        raise Unmapped("It gives the places of the maxima too.")
    if op.kind == "AveragePool" and window == Sliding((1, 1), (1, 1), (1, 1), (0, 0), (0, 0)):
        # an adaptive pooling that found the right size already
        size, width = shape[1], shape[2] if shape[2] != shape[1] else None
        return trace.add(op, AdaptiveAvgPool(output_size=size, output_width=width), node)
    if op.kind in _WHOLE and _sees_all(window, shape[1:]):
        return trace.add(op, _WHOLE[op.kind], node)
    ceil = bool(op.get("ceil_mode", 0))
    counted = bool(op.get("count_include_pad", 0))
    border = window.before
    if not window.even:
        if not ceil and not counted and _ceil_gives_it(window, shape[1:]):
            ceil = True
        elif op.kind == "AveragePool" and not counted:
            raise Unmapped("Its border differs from side to side and does not count in the mean.")
        else:
            node = _border(trace, op, node, window)
            border = (0, 0)
    values = _options(window, border, ceil)
    return trace.add(op, _layer(op, window, values, counted), node)


_WHOLE: dict[str, Layer] = {
    "AveragePool": AdaptiveAvgPool(output_size=1),
    "MaxPool": AdaptiveMaxPool(output_size=1),
}


def _sees_all(window: Sliding, sides: tuple[int, ...]) -> bool:
    """Whether the one window is the whole image, whatever its size was meant to be."""
    plain = not any((*window.before, *window.after)) and window.dilation == (1, 1)
    return plain and window.kernel == sides


def _options(window: Sliding, border: tuple[int, int], ceil: bool) -> dict[str, Any]:
    (kernel, kernel_width), (stride, stride_width) = window.kernel, window.stride
    return {
        "kernel_size": kernel,
        "kernel_width": None if kernel_width == kernel else kernel_width,
        "stride": stride,
        "stride_width": None if stride_width == stride else stride_width,
        "padding": border[0],
        "padding_width": None if border[1] == border[0] else border[1],
        "ceil_mode": ceil,
    }


def _layer(op: Op, window: Sliding, values: dict[str, Any], counted: bool) -> Layer:
    if op.kind == "MaxPool":
        return MaxPool(dilation=window.plain_dilation, **values)
    if window.dilation != (1, 1):
        raise Unmapped("Its window has gaps.")
    if op.kind == "AveragePool":
        # without a border there is nothing to count, and the usual setting reads best
        bordered = any(window.before) or any(window.after) or values["ceil_mode"]
        return AvgPool(count_include_pad=counted or not bordered, **values)
    if values.pop("padding") or values.pop("padding_width", None):
        raise Unmapped("It has a border; power pooling has none.")
    return LpPool(power=float(op.get("p", 2)), **values)


def _ceil_gives_it(window: Sliding, sides: tuple[int, ...]) -> bool:
    """Whether rounding the size up makes the same windows as a border that is wider at the end."""
    for axis, size in enumerate(sides):
        before, after = window.before[axis], window.after[axis]
        reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1
        explicit = (size + before + after - reach) // window.stride[axis] + 1
        line = Window(
            (window.kernel[axis], 1),
            (window.stride[axis], 1),
            (before, 0),
            (window.dilation[axis], 1),
        )
        rounded = line.places(((1, size, 1),), "", ceil=True)[0]
        if after < before or explicit != rounded:
            return False
    return True


def _border(trace: Trace, op: Op, node: str, window: Sliding) -> str:
    pad = Pad(
        top=window.before[0],
        left=window.before[1],
        bottom=window.after[0],
        right=window.after[1],
        value=_LOWEST if op.kind == "MaxPool" else 0.0,
    )
    return trace.add(Op("Pad", f"{op.name}_pad", (), ()), pad, node).node


@maps("GlobalAveragePool", "GlobalMaxPool")
def _global(trace: Trace, op: Op) -> Flow:
    node, _ = trace.image(op)
    average = op.kind == "GlobalAveragePool"
    layer = AdaptiveAvgPool(output_size=1) if average else AdaptiveMaxPool(output_size=1)
    return trace.add(op, layer, node)


@maps("ReduceMean", "ReduceMax")
def _reduce(trace: Trace, op: Op) -> Flow:
    """The mean or maximum over the image, or over the channels of each pixel."""
    flow = trace.whole(op, trace.flow(op))
    rank = len(flow.shape)
    axes = axes_of(op, [None, trace.constant(op, 1)])
    over = [axis % (rank + 1) - 1 for axis in axes] if axes else list(range(-1, rank))
    if -1 in over:
        raise Unmapped("It reduces over the batch.")
    shape = trace.sheet[flow.node].shape
    if len(shape) != 3:
        raise Unmapped("It reduces what is no image.")
    kept = [axis for axis in range(rank) if axis not in over]
    rows = flow.places.transpose([*kept, *over])
    sizes = [flow.shape[axis] for axis in kept]
    rows = rows.reshape(*sizes, -1)
    layer, index = _reduced(shape, rows, mean=op.kind == "ReduceMean")
    if op.get("keepdims", 1):
        index = np.expand_dims(index, tuple(sorted(over)))
    made = trace.add(op, layer, flow.node)
    same = index.shape == made.shape and np.array_equal(index, made.places)
    return made if same else trace.view(made, index)


def _reduced(shape: tuple[int, ...], rows: np.ndarray, mean: bool) -> tuple[Layer, np.ndarray]:
    """The pooling whose windows are these rows of values, and which of its outputs each row is."""
    pixels = shape[1] * shape[2]
    channel, pixel = channels_of(shape, rows), rows % pixels
    distinct = rows.shape[-1] == len(np.unique(rows.reshape(-1, rows.shape[-1])[0]))
    if distinct and rows.shape[-1] == pixels and (channel == channel[..., :1]).all():
        layer = AdaptiveAvgPool(output_size=1) if mean else AdaptiveMaxPool(output_size=1)
        return layer, channel[..., 0]
    if distinct and rows.shape[-1] == shape[0] and (pixel == pixel[..., :1]).all():
        return ChannelPool(mode="mean" if mean else "max"), pixel[..., 0]
    raise Unmapped("It reduces over a part of the image; layers reduce over all of it.")
