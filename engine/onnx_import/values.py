"""What the name of a value in an ONNX file stands for while the graph is built."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.layers.base import Shape
from engine.onnx_import.curves import SAMPLES
from engine.onnx_import.records import Op
from engine.onnx_import.views import places

__all__ = ["Curve", "Flow", "Lost", "Value", "base_of", "samples"]


@dataclass(frozen=True, eq=False)
class Flow:
    """The output of a node, as the file sees it: rearranged, but no layer made of that yet.

    Attributes:
        node: the node's id.
        shape: the shape in the file, without the batch.
        index: for each place the number of the value of the node's output that stands there; None
            where ``shape`` is that of the node and nothing is moved.
    """

    node: str
    shape: Shape
    index: np.ndarray | None = None

    @property
    def places(self) -> np.ndarray:
        """The index, also where nothing is moved."""
        return places(self.shape) if self.index is None else self.index

    def same(self, other: Flow) -> bool:
        """Whether both show the same values in the same places."""
        if self.node != other.node or self.shape != other.shape:
            return False
        return self.index is other.index or np.array_equal(self.places, other.places)


@dataclass(frozen=True, eq=False)
class Curve:
    """A function of one number over a flow, made of operators that wait to be recognised.

    Attributes:
        base: what the function is applied to.
        values: the function at ``SAMPLES``.
        op: the last operator.
        own: that operator alone at ``SAMPLES``; None where it joins two curves.
        parts: the curves that the last operator works on.
    """

    base: Flow
    values: np.ndarray
    op: Op
    own: np.ndarray | None
    parts: tuple[Flow | Curve, ...]

    @property
    def shape(self) -> Shape:
        """The shape in the file, without the batch."""
        return self.base.shape


@dataclass(frozen=True)
class Lost:
    """What could not be computed, because an operator before it has no layer."""


Value = np.ndarray | Flow | Curve | Lost


def samples(value: Flow | Curve) -> np.ndarray:
    """The function that a value is of its base, at ``SAMPLES``."""
    return value.values if isinstance(value, Curve) else SAMPLES


def base_of(value: Flow | Curve) -> Flow:
    """What a value is a function of."""
    return value.base if isinstance(value, Curve) else value
