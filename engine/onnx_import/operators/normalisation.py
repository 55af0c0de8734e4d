"""Normalisations."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers.base import Layer, Shape
from engine.layers.normalisation import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    LocalResponseNorm,
)
from engine.onnx_import.handlers import maps
from engine.onnx_import.records import Op, Unmapped
from engine.onnx_import.trace import Trace
from engine.onnx_import.values import Flow
from engine.onnx_import.views import channels_of

__all__: list[str] = []


@maps("BatchNormalization")
def _batch_norm(trace: Trace, op: Op) -> Flow:
    node = trace.node(op)
    names = ("weight", "bias", "running_mean", "running_var")
    weights = {name: trace.weights(op, place) for place, name in enumerate(names, start=1)}
    momentum = min(1.0, max(1e-6, 1 - op.get("momentum", 0.9)))
    layer = BatchNorm(eps=_eps(op), momentum=float(f"{momentum:.6g}"))
    return trace.add(op, layer, node, weights=weights)


def _eps(op: Op) -> float:
    return float(f"{op.get('epsilon', 1e-5):.6g}")


@maps("InstanceNormalization")
def _instance_norm(trace: Trace, op: Op) -> Flow:
    """Each channel by itself; on channels that were regrouped it is a group normalisation."""
    flow = trace.whole(op, trace.flow(op))
    scale, shift = trace.weights(op, 1), trace.weights(op, 2)
    shape = trace.sheet[flow.node].shape
    if flow.index is None:
        affine = not (np.all(scale == 1) and not np.any(shift))
        weights = {"weight": scale, "bias": shift} if affine else {}
        return trace.add(op, InstanceNorm(eps=_eps(op), affine=affine), flow.node, weights=weights)
    groups = flow.shape[0]
    straight = np.array_equal(flow.places.ravel(), np.arange(flow.places.size))
    if len(shape) != 3 or not straight or shape[0] % groups:
        raise Unmapped("It normalises something else than groups of channels.")
    if not (np.all(scale == 1) and not np.any(shift)):
        raise Unmapped("It scales groups of channels; the layer scales channels.")
    made = trace.add(op, GroupNorm(groups=groups, eps=_eps(op), affine=False), flow.node)
    return trace.view(made, flow.places)


@maps("GroupNormalization")
def _group_norm(trace: Trace, op: Op) -> Flow:
    node, shape = trace.image(op)
    groups = int(op.get("num_groups"))
    scale, shift = trace.weights(op, 1), trace.weights(op, 2)
    if len(scale) == groups != shape[0]:  # before opset 21: one for each group
        each = shape[0] // groups
        scale, shift = np.repeat(scale, each), np.repeat(shift, each)
    layer = GroupNorm(groups=groups, eps=_eps(op))
    return trace.add(op, layer, node, weights={"weight": scale, "bias": shift})


@maps("LayerNormalization")
def _layer_norm(trace: Trace, op: Op) -> Flow:
    flow = trace.whole(op, trace.flow(op))
    rank = len(flow.shape) + 1
    first = op.get("axis", -1) % rank - 1
    weights = {"weight": trace.weights(op, 1)}
    shift = trace.constant(op, 2)
    if shift is not None:
        weights["bias"] = shift
    over = _normalised(trace.sheet[flow.node].shape, flow, first)
    layer = LayerNorm(eps=_eps(op), bias=shift is not None, over=over)
    made = trace.add(op, layer, flow.node, weights=weights)
    return Flow(made.node, flow.shape, flow.index)


def _normalised(shape: Shape, flow: Flow, first: int) -> Any:
    """What is normalised together: ``"channels"`` or ``"image"``; raises Unmapped."""
    rows = flow.places.reshape(-1, int(np.prod(flow.shape[first:])))
    if len(rows) == 1 and flow.index is None and len(shape) == 3:
        return "image"
    if len(shape) < 3:
        if flow.index is None and rows.shape[1:] == shape[-1:]:
            return "channels"
        raise Unmapped("It normalises something else than the features.")
    channels, pixel = channels_of(shape, rows), rows % (shape[1] * shape[2])
    fits = rows.shape[1] == shape[0] and (channels == np.arange(shape[0])).all()
    if not (fits and (pixel == pixel[:, :1]).all()):
        raise Unmapped("It normalises something else than the channels of each pixel.")
    return "channels"


@maps("LRN")
def _local_response(trace: Trace, op: Op) -> Flow:
    node, _ = trace.image(op)
    alpha, beta, k = (
        float(f"{op.get(name, default):.6g}")
        for name, default in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0))
    )
    layer: Layer = LocalResponseNorm(size=int(op.get("size")), alpha=alpha, beta=beta, k=k)
    return trace.add(op, layer, node)
