"""Operators on constants, computed while reading: the sizes that reshapes are given, mostly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from engine.onnx_import.records import Op, Unmapped

__all__ = ["fold", "foldable"]

_MOST = 2**24
"""Values that a folded operator may make: weights come ready, only sizes and scales are made."""

_Arrays = Sequence[np.ndarray]


def foldable(kind: str) -> bool:
    """Whether :func:`fold` knows an operator."""
    return kind in _FOLDS


def fold(op: Op, inputs: Sequence[np.ndarray | None]) -> tuple[np.ndarray, ...]:
    """What an operator makes of constants; raises Unmapped where it would be huge."""
    made = _FOLDS[op.kind](op, [value for value in inputs if value is not None])
    results = made if isinstance(made, tuple) else (made,)
    return tuple(np.asarray(result) for result in results)


def _limited(sizes: Sequence[int]) -> tuple[int, ...]:
    if any(size < 0 for size in sizes) or prod(sizes) > _MOST:
        raise Unmapped("It makes a constant that is too large.")
    return tuple(int(size) for size in sizes)


def _constant(op: Op, _: _Arrays) -> np.ndarray:
    for name, dtype in (("value_float", np.float32), ("value_int", np.int64)):
        if name in op.attributes:
            return np.array(op.get(name), dtype)
        if f"{name}s" in op.attributes:
            return np.array(op.get(f"{name}s"), dtype)
    value = op.get("value")
    if not isinstance(value, np.ndarray):
        raise Unmapped("Its value is no tensor.")
    return value


def axes_of(op: Op, inputs: Sequence[np.ndarray | None]) -> list[int] | None:
    """The axes that an operator is given as an attribute, or since opset 13 as second input."""
    if "axes" in op.attributes:
        return [int(axis) for axis in op.get("axes")]
    if len(inputs) > 1 and inputs[1] is not None:
        return [int(axis) for axis in np.ravel(inputs[1])]
    return None


def _unsqueeze(op: Op, inputs: _Arrays) -> np.ndarray:
    return np.expand_dims(inputs[0], tuple(axes_of(op, inputs) or (0,)))


def _squeeze(op: Op, inputs: _Arrays) -> np.ndarray:
    axes = axes_of(op, inputs)
    return np.squeeze(inputs[0], None if axes is None else tuple(axes))


def cut(op: Op, inputs: Sequence[np.ndarray | None], size: Sequence[int]) -> tuple[slice, ...]:
    """The slices of ONNX's ``Slice``; its parameters are attributes, since opset 10 inputs."""

    def given(place: int, name: str) -> list[int] | None:
        if name in op.attributes:
            return list(op.get(name))
        value = inputs[place] if len(inputs) > place else None
        return None if value is None else [int(v) for v in np.ravel(value)]

    starts, ends = given(1, "starts") or [], given(2, "ends") or []
    axes = given(3, "axes") or list(range(len(starts)))
    steps = given(4, "steps") or [1] * len(starts)
    found = [slice(None)] * len(size)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        whole = step < 0 and end < -size[axis]
        found[axis] = slice(start, None if whole else end, step)
    return tuple(found)


def _slice(op: Op, inputs: _Arrays) -> np.ndarray:
    return inputs[0][cut(op, inputs, inputs[0].shape)]


def _reshape(op: Op, inputs: _Arrays) -> np.ndarray:
    sizes = [int(v) for v in np.ravel(inputs[1])] if len(inputs) > 1 else list(op.get("shape"))
    return inputs[0].reshape(target(inputs[0].shape, sizes, op.get("allowzero", 0)))


def target(shape: Sequence[int], sizes: Sequence[int], allow_zero: int = 0) -> tuple[int, ...]:
    """The sizes of a reshape with 0 (as before) and -1 (whatever is left) filled in."""
    known = [
        shape[axis] if size == 0 and not allow_zero else int(size)
        for axis, size in enumerate(sizes)
    ]
    if known.count(-1) == 1:
        rest = prod(size for size in known if size != -1)
        known[known.index(-1)] = prod(shape) // max(1, rest)
    return tuple(known)


def _cast(op: Op, inputs: _Arrays) -> np.ndarray:
    kinds = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float32, 11: np.float32}
    if op.get("to") not in kinds:
        raise Unmapped("It changes numbers to a type that is not known here.")
    return inputs[0].astype(kinds[op.get("to")])


def _split(op: Op, inputs: _Arrays) -> tuple[np.ndarray, ...]:
    axis = op.get("axis", 0)
    sizes = parts(op, inputs[1:2], inputs[0].shape[axis])
    return tuple(np.split(inputs[0], np.cumsum(sizes)[:-1], axis))


def parts(op: Op, given: Sequence[np.ndarray | None], size: int) -> list[int]:
    """The sizes of the parts of ONNX's ``Split``."""
    if "split" in op.attributes:
        return [int(v) for v in op.get("split")]
    if given and given[0] is not None:
        return [int(v) for v in np.ravel(given[0])]
    each = -(-size // len(op.outputs))
    return [min(each, size - start) for start in range(0, size, each)]


def _divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    if a.dtype.kind in "iu":
        return (a // np.where(b == 0, 1, b)).astype(a.dtype)
    return a / b


def _gather(op: Op, inputs: _Arrays) -> np.ndarray:
    axis = op.get("axis", 0)
    _limited([inputs[1].size, inputs[0].size // max(1, inputs[0].shape[axis])])
    return np.take(inputs[0], inputs[1], axis)


def _concat(op: Op, inputs: _Arrays) -> np.ndarray:
    _limited([sum(value.size for value in inputs)])
    return np.concatenate(inputs, op.get("axis", 0))


def _range(_: Op, inputs: _Arrays) -> np.ndarray:
    start, end, step = (value.item() for value in inputs)
    _limited([max(0, int((end - start) / step))])
    return np.arange(start, end, step, dtype=inputs[0].dtype)


def _filled(op: Op, inputs: _Arrays) -> np.ndarray:
    value = op.get("value")
    value = np.zeros(1, np.float32) if value is None else value
    return np.full(_limited(np.ravel(inputs[0]).tolist()), value.flat[0], value.dtype)


def _expand(_: Op, inputs: _Arrays) -> np.ndarray:
    sizes = np.broadcast_shapes(inputs[0].shape, tuple(np.ravel(inputs[1]).tolist()))
    return np.broadcast_to(inputs[0], _limited(sizes))


def _plain(compute: Callable[..., Any]) -> Callable[[Op, _Arrays], np.ndarray]:
    def run(_: Op, inputs: _Arrays) -> np.ndarray:
        _limited(np.broadcast_shapes(*(value.shape for value in inputs)))
        with np.errstate(all="ignore"):
            made = np.asarray(compute(*inputs))
        return made.astype(np.float32) if made.dtype == np.float64 else made

    return run


_FOLDS: dict[str, Callable[[Op, _Arrays], Any]] = {
    "Constant": _constant,
    "Identity": lambda op, inputs: inputs[0],
    "Cast": _cast,
    "Shape": lambda op, inputs: np.array(
        inputs[0].shape[op.get("start", 0) : op.get("end")], np.int64
    ),
    "Size": lambda op, inputs: np.array(inputs[0].size, np.int64),
    "Gather": _gather,
    "Concat": _concat,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Slice": _slice,
    "Split": _split,
    "Reshape": _reshape,
    "Flatten": lambda op, inputs: inputs[0].reshape(prod(inputs[0].shape[: op.get("axis", 1)]), -1),
    "Transpose": lambda op, inputs: inputs[0].transpose(op.get("perm")),
    "ConstantOfShape": _filled,
    "Expand": _expand,
    "Range": _range,
    "Add": _plain(np.add),
    "Sub": _plain(np.subtract),
    "Mul": _plain(np.multiply),
    "Div": _plain(_divide),
    "Mod": _plain(np.mod),
    "Pow": _plain(np.power),
    "Sqrt": _plain(np.sqrt),
    "Exp": _plain(np.exp),
    "Neg": _plain(np.negative),
    "Abs": _plain(np.abs),
    "Reciprocal": _plain(np.reciprocal),
    "Floor": _plain(np.floor),
    "Ceil": _plain(np.ceil),
    "Max": _plain(lambda *v: np.maximum.reduce(np.broadcast_arrays(*v))),
    "Min": _plain(lambda *v: np.minimum.reduce(np.broadcast_arrays(*v))),
    "Equal": _plain(np.equal),
    "Greater": _plain(np.greater),
    "Less": _plain(np.less),
    "Not": _plain(np.logical_not),
    "And": _plain(np.logical_and),
    "Where": _plain(np.where),
    "ReduceProd": lambda op, inputs: np.prod(
        inputs[0], axis=tuple(op.get("axes", ())) or None, keepdims=bool(op.get("keepdims", 1))
    ),
}
