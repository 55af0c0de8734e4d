"""Linear maps: on lists, on tokens, and on the channels of each pixel."""

from __future__ import annotations

from math import prod

import numpy as np

from engine.layers.base import Shape
from engine.layers.convolution import Conv2d
from engine.layers.linear import Linear
from engine.onnx_import.handlers import maps
from engine.onnx_import.records import Op, Unmapped
from engine.onnx_import.trace import Trace
from engine.onnx_import.values import Flow
from engine.onnx_import.views import channels_of, places

__all__: list[str] = []


@maps("Gemm")
def _gemm(trace: Trace, op: Op) -> Flow:
    weight = trace.weights(op, 1)
    if op.get("transA", 0) or weight.ndim != 2:
        raise Unmapped("It is no linear layer: its first factor is turned, or has no weights.")
    weight = weight if op.get("transB", 0) else weight.T
    bias = trace.constant(op, 2)
    if bias is not None:
        bias = np.broadcast_to(bias * op.get("beta", 1.0), (1, len(weight)))[0]
    return _linear(trace, op, trace.flow(op), weight * op.get("alpha", 1.0), bias)


@maps("MatMul")
def _matmul(trace: Trace, op: Op) -> Flow:
    if not isinstance(trace.given(op, 1), np.ndarray):
        raise Unmapped("It multiplies two computed tensors, as attention does.")
    weight = trace.weights(op, 1)
    if weight.ndim != 2:
        raise Unmapped("Its weights are no matrix.")
    return _linear(trace, op, trace.flow(op), weight.T, None)


def _linear(trace: Trace, op: Op, flow: Flow, weight: np.ndarray, bias: np.ndarray | None) -> Flow:
    weights = {"weight": weight} if bias is None else {"weight": weight, "bias": bias}
    if flow.shape[-1:] != weight.shape[1:]:
        raise Unmapped(f"Its weights are for {weight.shape[1]} features, not {flow.shape[-1]}.")
    layer = Linear(out_features=len(weight), bias=bias is not None)
    node_shape = trace.sheet[flow.node].shape
    if len(flow.shape) == 1:
        node, weights["weight"] = _list(trace, op, flow, weight, node_shape)
        return trace.add(op, layer, node, weights=weights)
    if len(node_shape) == 3 and _by_pixel(node_shape, flow.places):
        return _pointwise(trace, op, flow, weights, node_shape)
    return trace.add(op, layer, trace.shown(op, flow), weights=weights)


def _list(
    trace: Trace, op: Op, flow: Flow, weight: np.ndarray, shape: Shape
) -> tuple[str, np.ndarray]:
    """The list of features, and the columns of the weights in the order of the node's values."""
    index = flow.places
    straight = places((prod(shape),))
    moved = flow.index is not None and not np.array_equal(index, straight)
    if not moved or not np.array_equal(np.sort(index), straight):
        return trace.shown(op, flow), weight
    columns = np.empty_like(weight)
    columns[:, index] = weight
    node = flow.node
    if len(shape) > 1:
        node = trace.shown(op, Flow(node, straight.shape, straight))
    return node, columns


def _by_pixel(shape: Shape, index: np.ndarray) -> bool:
    """Whether the last axis runs over the channels of one pixel."""
    pixel, channel = index % (shape[1] * shape[2]), channels_of(shape, index)
    in_order = index.shape[-1] == shape[0] and np.array_equal(
        channel, np.broadcast_to(np.arange(shape[0]), index.shape)
    )
    return bool(in_order and (pixel == pixel[..., :1]).all())


def _pointwise(
    trace: Trace, op: Op, flow: Flow, weights: dict[str, np.ndarray], shape: Shape
) -> Flow:
    """A linear map of each pixel's channels is a 1 × 1 convolution."""
    pixel = flow.places[..., :1] % (shape[1] * shape[2])
    out = len(weights["weight"])
    layer = Conv2d(out_channels=out, kernel_size=1, padding=0, bias="bias" in weights)
    weights = {**weights, "weight": weights["weight"][:, :, None, None]}
    made = trace.add(op, layer, flow.node, weights=weights)
    return trace.view(made, pixel + np.arange(out) * (shape[1] * shape[2]))


@maps("Flatten")
def _flatten(trace: Trace, op: Op) -> Flow:
    flow = trace.flow(op)
    axis = op.get("axis", 1) % (len(flow.shape) + 1)
    if axis != 1:
        raise Unmapped("It flattens the batch, or keeps several dimensions.")
    return trace.view(flow, flow.places.reshape(-1)) if len(flow.shape) > 1 else flow
