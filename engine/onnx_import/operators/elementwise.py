"""Operators on single numbers, and sums and products of tensors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.layers.activation import Prelu, Softmax
from engine.layers.merge import Add, Multiply
from engine.onnx_import.affine import by_channel
from engine.onnx_import.curves import SAMPLES, UNARY
from engine.onnx_import.handlers import maps
from engine.onnx_import.joining import concat
from engine.onnx_import.records import Op, Unmapped
from engine.onnx_import.trace import Trace
from engine.onnx_import.values import Curve, Flow, base_of, samples
from engine.onnx_import.views import channels_of

__all__: list[str] = []

_Function = Callable[[np.ndarray], np.ndarray]


def _curve(op: Op, function: _Function, value: Flow | Curve) -> Curve:
    with np.errstate(all="ignore"):
        return Curve(base_of(value), function(samples(value)), op, function(SAMPLES), (value,))


@maps(*UNARY)
def _unary(trace: Trace, op: Op) -> Curve:
    function = UNARY[op.kind]
    if op.kind == "Gelu" and op.get("approximate", "none") == "tanh":
        return _curve(op, _tanh_gelu, trace.moving(op))
    return _curve(op, function, trace.moving(op))


def _tanh_gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


@maps("LeakyRelu", "Elu", "Celu", "Selu", "ThresholdedRelu")
def _shaped(trace: Trace, op: Op) -> Curve:
    alpha = op.get("alpha", {"LeakyRelu": 0.01, "Selu": 1.67326319217681884765625}.get(op.kind, 1))
    gamma = op.get("gamma", 1.05070102214813232421875) if op.kind == "Selu" else 1.0

    def function(x: np.ndarray) -> np.ndarray:
        low = np.minimum(x, 0)
        if op.kind == "LeakyRelu":
            return np.where(x > 0, x, alpha * x)
        if op.kind == "ThresholdedRelu":
            return np.where(x > alpha, x, 0)
        inner = alpha * np.expm1(low / alpha if op.kind == "Celu" else low)
        return gamma * np.where(x > 0, x, inner)

    return _curve(op, function, trace.moving(op))


@maps("HardSigmoid")
def _hard_sigmoid(trace: Trace, op: Op) -> Curve:
    alpha, beta = op.get("alpha", 0.2), op.get("beta", 0.5)
    straight = _curve(op, lambda x: alpha * x + beta, trace.moving(op))
    return _curve(op, lambda x: np.clip(x, 0, 1), straight)


@maps("Clip")
def _clip(trace: Trace, op: Op) -> Curve:
    low, high = trace.constant(op, 1), trace.constant(op, 2)
    least = op.get("min", -np.inf) if low is None else float(np.ravel(low)[0])
    most = op.get("max", np.inf) if high is None else float(np.ravel(high)[0])
    return _curve(op, lambda x: np.clip(x, least, most), trace.moving(op))


_BINARY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Div": np.divide,
    "Pow": np.power,
    "Max": np.maximum,
    "Min": np.minimum,
    "Sum": np.add,
}


@maps("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min")
def _binary(trace: Trace, op: Op) -> Flow | Curve:
    first, second = trace.given(op, 0), trace.given(op, 1)
    if len(op.inputs) != 2:
        raise Unmapped("It takes another number of inputs than two.")
    if isinstance(first, np.ndarray):
        return _with_constant(trace, op, trace.moving(op, 1), first, constant_first=True)
    if isinstance(second, np.ndarray):
        return _with_constant(trace, op, trace.moving(op, 0), second, constant_first=False)
    return _joined(trace, op, trace.moving(op, 0), trace.moving(op, 1))


def _with_constant(
    trace: Trace, op: Op, value: Flow | Curve, constant: np.ndarray, constant_first: bool
) -> Flow | Curve:
    compute = _BINARY[op.kind]
    if constant.size == 1 and constant.ndim <= len(value.shape) + 1:
        number = float(constant.ravel()[0])
        if constant_first:
            return _curve(op, lambda x: compute(np.full_like(x, number), x), value)
        return _curve(op, lambda x: compute(x, np.full_like(x, number)), value)
    flow = trace.whole(op, trace.settle(value))
    vector = by_channel(trace.sheet[flow.node].shape, flow.places, constant)
    if op.kind == "Add":
        return trace.affine(op, flow, 1.0, vector)
    if op.kind == "Mul":
        return trace.affine(op, flow, vector, 0.0)
    if op.kind == "Sub":
        return trace.affine(op, flow, *((-1.0, vector) if constant_first else (1.0, -vector)))
    if op.kind == "Div" and not constant_first and np.all(vector):
        return trace.affine(op, flow, 1 / vector, 0.0)
    raise Unmapped("It combines each channel with a constant in a way that no layer does.")


def _joined(trace: Trace, op: Op, first: Flow | Curve, second: Flow | Curve) -> Flow | Curve:
    if base_of(first).same(base_of(second)):
        with np.errstate(all="ignore"):
            values = _BINARY[op.kind](samples(first), samples(second))
        return Curve(base_of(first), values, op, None, (first, second))
    if op.kind == "Add":
        return trace.merge(op, Add(), [first, second])
    if op.kind == "Mul":
        return trace.merge(op, Multiply(), [first, second])
    if op.kind == "Sub":
        minus = trace.affine(op, trace.settle(second), -1.0, 0.0)
        return trace.merge(op, Add(), [first, minus])
    raise Unmapped("No layer joins two branches like this.")


@maps("Sum")
def _sum(trace: Trace, op: Op) -> Flow | Curve:
    values = [trace.moving(op, place) for place in range(len(op.inputs))]
    return values[0] if len(values) == 1 else trace.merge(op, Add(), values)


@maps("Concat")
def _concat(trace: Trace, op: Op) -> Flow | Curve:
    flows = [trace.flow(op, place) for place in range(len(op.inputs))]
    return flows[0] if len(flows) == 1 else concat(trace, op, flows, int(op.get("axis", 1)))


@maps("PRelu")
def _prelu(trace: Trace, op: Op) -> Flow:
    flow = trace.whole(op, trace.flow(op))
    slope = trace.weights(op, 1)
    shape = trace.sheet[flow.node].shape
    vector = by_channel(shape, flow.places, slope)
    shared = slope.size == 1
    layer = Prelu(shared=shared)
    weights = {"weight": vector[:1] if shared else vector}
    made = trace.add(op, layer, flow.node, weights=weights)
    return Flow(made.node, flow.shape, flow.index)


@maps("Softmax")
def _softmax(trace: Trace, op: Op) -> Flow:
    """Over the channels, as the layer does; the one at the end is taken off before."""
    flow = trace.whole(op, trace.flow(op))
    shape = trace.sheet[flow.node].shape
    rank = len(flow.shape) + 1
    axis = op.get("axis", -1 if trace.program.opset >= 13 else 1) % rank - 1
    if axis < 0:
        raise Unmapped("It compares images with each other.")
    rows = np.moveaxis(channels_of(shape, flow.places), axis, -1)
    features = shape[1] if len(shape) == 2 else shape[0]
    if rows.shape[-1] != features or not (np.sort(rows, -1) == np.arange(features)).all():
        raise Unmapped("It does not run over the channels.")
    made = trace.add(op, Softmax(), flow.node)
    return Flow(made.node, flow.shape, flow.index)
