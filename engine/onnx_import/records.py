"""An ONNX file in plain values: operators, constants, inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Entrance", "Op", "Program", "Unmapped"]


@dataclass(frozen=True, eq=False)
class Op:
    """One operator of the file.

    Attributes:
        kind: the operator's type; ``domain::type`` outside of ONNX's own.
        name: the node's name in the file, or its first output's where it has none.
        inputs, outputs: names of values; an empty one is left out.
        attributes: plain values by name.
        scope: the module of the original network that it belongs to, where the file tells.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    scope: str = ""

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute, or ``default`` where the file does not give it."""
        return self.attributes.get(name, default)


@dataclass(frozen=True)
class Entrance:
    """What the file takes: its name, and its sizes with the batch; 0 for one that is open."""

    name: str
    sizes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """What an ONNX file says, operators in the order of computation."""

    ops: tuple[Op, ...]
    constants: Mapping[str, np.ndarray]
    entrances: tuple[Entrance, ...]
    outputs: tuple[str, ...]
    opset: int


class Unmapped(Exception):
    """An operator that no layer computes; the sentence says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
