"""Operators that move values, or change nothing at all."""

from __future__ import annotations

import numpy as np

from engine.layers.regularisation import Dropout
from engine.layers.reshape import Upsample
from engine.onnx_import.folding import axes_of, cut, parts, target
from engine.onnx_import.handlers import maps
from engine.onnx_import.records import Op, Unmapped
from engine.onnx_import.trace import Trace
from engine.onnx_import.values import Flow, Value
from engine.onnx_import.views import depth_to_space, space_to_depth

__all__: list[str] = []

_FLOATS = (1, 10, 11, 16)


@maps("Identity")
def _identity(trace: Trace, op: Op) -> Value:
    return trace.moving(op)


@maps("Cast")
def _cast(trace: Trace, op: Op) -> Value:
    if op.get("to") not in _FLOATS:
        raise Unmapped("It turns numbers into another type.")
    return trace.moving(op)


@maps("Dropout")
def _dropout(trace: Trace, op: Op) -> Value:
    """Kept: it does nothing until the model is trained on."""
    flow = trace.whole(op, trace.flow(op))
    given = trace.constant(op, 1)
    rate = float(op.get("ratio", 0.5) if given is None else np.ravel(given)[0])
    if rate <= 0:
        return flow
    made = trace.add(op, Dropout(rate=float(f"{rate:.6g}")), flow.node)
    return Flow(made.node, flow.shape, flow.index)


@maps("Shape")
def _shape(trace: Trace, op: Op) -> Value:
    sizes = np.array((trace.batch, *trace.moving(op).shape), np.int64)
    return sizes[op.get("start", 0) : op.get("end")]


@maps("Transpose")
def _transpose(trace: Trace, op: Op) -> Value:
    flow = trace.flow(op)
    order = list(op.get("perm") or range(len(flow.shape), -1, -1))
    if order[0] != 0:
        raise Unmapped("It moves the batch.")
    return _seen(trace, flow, flow.places.transpose([axis - 1 for axis in order[1:]]))


@maps("Reshape")
def _reshape(trace: Trace, op: Op) -> Value:
    flow = trace.flow(op)
    given = op.get("shape") if "shape" in op.attributes else np.ravel(trace.weights(op, 1))
    before = (trace.batch, *flow.shape)
    sizes = target(before, [int(v) for v in given], op.get("allowzero", 0))
    if sizes[0] != trace.batch:
        raise Unmapped("It mixes the images of a batch.")
    return _seen(trace, flow, flow.places.reshape(sizes[1:]))


def _seen(trace: Trace, flow: Flow, index: np.ndarray) -> Flow:
    """The flow in another form; again the node itself where that is what it shows."""
    shape = trace.sheet[flow.node].shape
    if index.shape == shape and np.array_equal(index.ravel(), np.arange(index.size)):
        return Flow(flow.node, shape)
    return trace.view(flow, index)


@maps("Unsqueeze")
def _unsqueeze(trace: Trace, op: Op) -> Value:
    flow = trace.flow(op)
    axes = axes_of(op, [None, trace.constant(op, 1)]) or []
    rank = len(flow.shape) + 1 + len(axes)
    places = [axis % rank - 1 for axis in axes]
    if -1 in places:
        raise Unmapped("It adds a dimension before the batch.")
    return _seen(trace, flow, np.expand_dims(flow.places, tuple(places)))


@maps("Squeeze")
def _squeeze(trace: Trace, op: Op) -> Value:
    flow = trace.flow(op)
    axes = axes_of(op, [None, trace.constant(op, 1)])
    rank = len(flow.shape) + 1
    places = None if axes is None else tuple(axis % rank - 1 for axis in axes)
    if places is not None and -1 in places:
        raise Unmapped("It takes the batch away.")
    return _seen(trace, flow, np.squeeze(flow.places, places))


@maps("Slice")
def _slice(trace: Trace, op: Op) -> Value:
    flow = trace.flow(op)
    given = [trace.constant(op, place) if place else None for place in range(len(op.inputs))]
    found = cut(op, given, (trace.batch, *flow.shape))
    if found[0].indices(trace.batch) != (0, trace.batch, 1):
        raise Unmapped("It takes some images of a batch.")
    return _seen(trace, flow, flow.places[found[1:]])


@maps("Gather")
def _gather(trace: Trace, op: Op) -> Value:
    flow = trace.flow(op)
    axis = op.get("axis", 0) % (len(flow.shape) + 1)
    if axis == 0:
        raise Unmapped("It takes some images of a batch.")
    return _seen(trace, flow, np.take(flow.places, trace.weights(op, 1), axis - 1))


@maps("Split")
def _split(trace: Trace, op: Op) -> list[Value]:
    flow = trace.flow(op)
    axis = op.get("axis", 0) % (len(flow.shape) + 1) - 1
    if axis < 0:
        raise Unmapped("It splits the batch.")
    sizes = parts(op, [trace.constant(op, 1)], flow.shape[axis])
    if sum(sizes) != flow.shape[axis]:
        raise Unmapped("Its parts are not the whole.")
    pieces = np.split(flow.places, np.cumsum(sizes)[:-1], axis)
    return [_seen(trace, flow, piece) for piece in pieces]


@maps("DepthToSpace")
def _depth_to_space(trace: Trace, op: Op) -> Value:
    flow = trace.flow(op)
    block = int(op.get("blocksize"))
    return trace.view(flow, depth_to_space(flow.places, block, op.get("mode", "DCR")))


@maps("SpaceToDepth")
def _space_to_depth(trace: Trace, op: Op) -> Value:
    flow = trace.flow(op)
    return trace.view(flow, space_to_depth(flow.places, int(op.get("blocksize"))))


@maps("Resize", "Upsample")
def _resize(trace: Trace, op: Op) -> Value:
    node, shape = trace.image(op)
    factor = _factor(trace, op, shape)
    mode = op.get("mode", "nearest")
    how = op.get("coordinate_transformation_mode", "half_pixel")
    nearest = op.get("nearest_mode", "round_prefer_floor")
    if op.kind == "Upsample" or trace.program.opset < 11:
        how, nearest = "asymmetric", "floor"
    if mode == "nearest" and (how, nearest) in _REPEATING:
        return trace.add(op, Upsample(factor=factor), node)
    if mode == "linear" and how in ("half_pixel", "pytorch_half_pixel"):
        return trace.add(op, Upsample(factor=factor, mode="bilinear"), node)
    raise Unmapped(f"It resizes by “{mode}” with “{how}”, for which there is no layer.")


_REPEATING = {
    ("asymmetric", "floor"),
    ("half_pixel", "round_prefer_floor"),
    ("half_pixel", "round_prefer_ceil"),
    ("pytorch_half_pixel", "round_prefer_floor"),
}


def _factor(trace: Trace, op: Op, shape: tuple[int, ...]) -> int:
    """How many times larger both sides get; raises Unmapped for anything else."""
    last = len(op.inputs) - 1
    if op.kind == "Upsample":
        scales = op.get("scales") or np.ravel(trace.weights(op, 1)).tolist()
    elif last >= 3 and op.inputs[3]:
        sizes = np.ravel(trace.weights(op, 3))[-2:]
        scales = [1, 1, *(s / side for s, side in zip(sizes, shape[1:], strict=True))]
    else:
        scales = np.ravel(trace.weights(op, 1 if last == 1 else 2)).tolist()
    if len(scales) == 2:
        scales = [1, 1, *scales]
    down, across = scales[-2:]
    if list(scales[:2]) != [1, 1] or down != across or down != int(down):
        raise Unmapped("It resizes by something else than one whole factor.")
    return int(down)
