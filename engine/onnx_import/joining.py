"""Where branches meet: sums, products and joints, wherever the file has their axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from engine.layers.base import Layer
from engine.layers.merge import Concat, Multiply
from engine.layers.reshape import Permute
from engine.onnx_import.records import Op, Unmapped
from engine.onnx_import.values import Flow
from engine.onnx_import.views import places, rearranging

if TYPE_CHECKING:
    from engine.onnx_import.trace import Trace

__all__ = ["concat", "merge"]


def merge(trace: Trace, op: Op, layer: Layer, flows: Sequence[Flow]) -> Flow:
    """``layer`` on flows of equal shape; where all are turned alike, it stands before the turn."""
    flows = [trace.whole(op, flow) for flow in flows]
    if isinstance(layer, Multiply):
        flows = [_gate(trace, flow) for flow in flows]
    order = _common_order(trace, flows)
    names = [trace.shown(op, _turned(flow, order, back=True)) for flow in flows]
    made = trace.add(op, layer, *names)
    return _turned(made, order)


def concat(trace: Trace, op: Op, flows: Sequence[Flow], axis: int) -> Flow:
    """Flows one after the other along an axis of the file, the batch counted."""
    flows = [trace.whole(op, flow) for flow in flows]
    order = _common_order(trace, flows)
    rank = len(flows[0].shape)
    axis = axis + rank + 1 if axis < 0 else axis
    along = order[axis - 1] if order and 1 <= axis <= rank else axis - 1
    if along != (1 if rank == 2 else 0):
        raise Unmapped(f"It joins along axis {axis}; “Concatenate” joins channels.")
    names = [trace.shown(op, _turned(flow, order, back=True)) for flow in flows]
    return _turned(trace.add(op, Concat(), *names), order)


def _common_order(trace: Trace, flows: Sequence[Flow]) -> tuple[int, ...] | None:
    """How the axes of the largest flow are turned, if it is an image with turned axes."""
    flow = max(flows, key=lambda flow: flow.places.size)
    shape = trace.sheet[flow.node].shape
    if flow.index is None or len(shape) != 3 or any(len(other.shape) != 3 for other in flows):
        return None
    layers = rearranging(shape, flow.index) or ()
    if len(layers) == 1 and isinstance(layers[0], Permute):
        return tuple("CHW".index(letter) for letter in layers[0].order)
    return None


def _turned(flow: Flow, order: tuple[int, ...] | None, back: bool = False) -> Flow:
    if order is None:
        return flow
    index = flow.places.transpose(np.argsort(order) if back else order)
    same = back and np.array_equal(index, places(index.shape))
    return Flow(flow.node, index.shape, None if same else index)


def _gate(trace: Trace, flow: Flow) -> Flow:
    """A gate ``(C, 1, 1)`` made of a list of features, as that list."""
    shape = trace.sheet[flow.node].shape
    if len(shape) == 1 and flow.shape == (*shape, 1, 1):
        straight = np.array_equal(flow.places.ravel(), places(shape))
        return Flow(flow.node, shape) if straight else flow
    return flow
