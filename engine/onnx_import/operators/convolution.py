"""Convolutions and borders."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers.convolution import Conv2d, DepthwiseConv2d
from engine.layers.resize import Pad
from engine.layers.transposed import ConvTranspose2d
from engine.onnx_import.folding import axes_of
from engine.onnx_import.handlers import maps
from engine.onnx_import.pads import Sliding, sliding
from engine.onnx_import.records import Op, Unmapped
from engine.onnx_import.trace import Trace
from engine.onnx_import.values import Flow

__all__: list[str] = []


@maps("Conv")
def _conv(trace: Trace, op: Op) -> Flow:
    node, shape = trace.image(op)
    weight = trace.weights(op, 1)
    if weight.ndim != 4:
        raise Unmapped("Its weights are not those of an image's convolution.")
    groups = int(op.get("group", 1))
    if weight.shape[1] * groups != shape[0]:
        raise Unmapped(f"Its weights are for {weight.shape[1] * groups} channels, not {shape[0]}.")
    window = sliding(op, (weight.shape[2], weight.shape[3]), shape)
    weights = _weights(trace, op, weight)
    padding = window.before
    if not window.even:
        node = _border(trace, op, node, window, 0.0).node
        padding = (0, 0)
    return trace.add(op, _layer(window, padding, weights, shape[0], groups), node, weights=weights)


def _layer(
    window: Sliding, padding: tuple[int, int], weights: dict[str, Any], channels: int, groups: int
) -> Conv2d | DepthwiseConv2d:
    out = len(weights["weight"])
    common = {
        **_square("kernel_size", "kernel_width", window.kernel),
        **_square("stride", "stride_width", window.stride),
        **_square("padding", "padding_width", padding),
        "dilation": window.plain_dilation,
        "bias": "bias" in weights,
    }
    if groups == channels > 1 and out % channels == 0 and out // channels <= 64:
        return DepthwiseConv2d(multiplier=out // channels, **common)
    return Conv2d(out_channels=out, groups=groups, **common)


def _square(first: str, second: str, values: tuple[int, int]) -> dict[str, Any]:
    """Parameters of a layer, where an empty second one means the same as the first."""
    down, across = values
    return {first: down, second: None if across == down else across}


def _weights(trace: Trace, op: Op, weight: np.ndarray) -> dict[str, np.ndarray]:
    bias = trace.constant(op, 2)
    return {"weight": weight} if bias is None else {"weight": weight, "bias": bias.ravel()}


def _border(trace: Trace, op: Op, node: str, window: Sliding, value: float) -> Flow:
    pad = Pad(
        top=window.before[0],
        left=window.before[1],
        bottom=window.after[0],
        right=window.after[1],
        value=value,
    )
    own = Op("Pad", f"{op.name}_pad", (), ())
    return trace.add(own, pad, node)


@maps("ConvTranspose")
def _conv_transpose(trace: Trace, op: Op) -> Flow:
    node, shape = trace.image(op)
    weight = trace.weights(op, 1)
    if weight.ndim != 4 or weight.shape[0] != shape[0]:
        raise Unmapped("Its weights do not fit the channels that arrive.")
    if op.get("output_shape") or op.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Unmapped("It is given the size of its output; the layer is given a border.")
    window = sliding(op, (weight.shape[2], weight.shape[3]), shape)
    extra = [int(v) for v in op.get("output_padding") or (0, 0)]
    sides = {*window.before, *window.after}
    if len(sides) > 1 or len(set(extra)) > 1 or window.dilation != (1, 1):
        raise Unmapped("Its border differs from side to side, or its window has gaps.")
    groups = int(op.get("group", 1))
    weights = _weights(trace, op, weight)
    layer = ConvTranspose2d(
        out_channels=weight.shape[1] * groups,
        padding=window.before[0],
        output_padding=extra[0],
        groups=groups,
        bias="bias" in weights,
        **_square("kernel_size", "kernel_width", window.kernel),
        **_square("stride", "stride_width", window.stride),
    )
    return trace.add(op, layer, node, weights=weights)


_MODES: dict[str, Any] = {
    "constant": "constant",
    "reflect": "reflect",
    "edge": "replicate",
    "wrap": "circular",
}


@maps("Pad")
def _pad(trace: Trace, op: Op) -> Flow:
    flow = trace.flow(op)
    given = op.get("pads") or op.get("paddings") or np.ravel(trace.weights(op, 1))
    pads = [int(v) for v in given]
    rank = len(flow.shape) + 1
    axes = axes_of(op, [None, trace.constant(op, 3)]) or list(range(rank))
    borders: dict[int, tuple[int, int]] = dict.fromkeys(range(rank), (0, 0))
    for place, axis in enumerate(axes):
        borders[axis % rank] = (pads[place], pads[place + len(axes)])
    fill = trace.constant(op, 2)
    value = float(op.get("value", 0.0) if fill is None else np.ravel(fill)[0])
    return _padded(trace, op, flow, borders, value)


def _padded(
    trace: Trace, op: Op, flow: Flow, borders: dict[int, tuple[int, int]], value: float
) -> Flow:
    """A border on images that lie as channels, height, width or with the channels last."""
    if min(min(pair) for pair in borders.values()) < 0:
        raise Unmapped("It cuts the image instead of adding to it.")
    if not any(any(pair) for pair in borders.values()):
        return flow
    last = any(borders.get(1, ())) and len(flow.shape) == 3
    if any(borders[0]) or len(flow.shape) != 3 or (last and any(borders[3])):
        raise Unmapped("It adds to the batch or the channels.")
    (top, bottom), (left, right) = (borders[1], borders[2]) if last else (borders[2], borders[3])
    index = flow.places.transpose(2, 0, 1) if last else flow.places
    node = trace.shown(op, trace.view(flow, index))
    mode = _MODES.get(op.get("mode", "constant"))
    if mode is None:
        raise Unmapped(f"Its mode is “{op.get('mode')!s:.40}”.")
    layer = Pad(top=top, bottom=bottom, left=left, right=right, padding_mode=mode, value=value)
    made = trace.add(op, layer, node)
    return trace.view(made, made.places.transpose(1, 2, 0)) if last else made
