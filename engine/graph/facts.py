"""What is known about one node and about a whole graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import cast

from engine.layers.base import Layer, Misfit, Reach, Shape, TooLarge, show
from engine.problems import Problem

__all__ = ["Analysis", "LayerFacts", "NodeFacts", "layer_facts"]


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """A layer's answers for given input shapes; ``reach`` is that of the layer alone."""

    shape: Shape
    parameters: int
    macs: int
    activations: int
    reach: Reach | None


_LONGEST_SIDE = 2**31


def _ask(layer: Layer, inputs: tuple[Shape, ...]) -> LayerFacts | Misfit:
    try:
        shape = layer.shape(inputs)
        if max(shape) >= _LONGEST_SIDE:
            return TooLarge(f"“{layer.title}” would give {show(shape)}: too large for any device.")
        return LayerFacts(
            shape,
            layer.parameters(inputs),
            layer.macs(inputs),
            layer.activations(inputs),
            layer.reach(inputs),
        )
    except Misfit as misfit:
        misfit.__context__ = None
        return misfit.with_traceback(None)  # it is remembered, and would keep all frames with it


# The cast is for type checkers, which do not see that a frozen Spec is hashable.
layer_facts = cast(
    "Callable[[Layer, tuple[Shape, ...]], LayerFacts | Misfit]", lru_cache(maxsize=16_384)(_ask)
)
"""The facts of a layer, or why there are none; remembered, since an edit touches few nodes."""


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What analysis found out about one node.

    Attributes:
        shape: its output, ``None`` while unknown.
        inputs: the shapes that arrive, ordered by port; empty while one is unknown.
        parameters, macs, activations: trainable values; multiply-adds and output elements per
            image.
        reach: the image pixels that one of its outputs sees; ``None`` while unknown, and where it
            sees the whole image.
        problem: what is wrong with it, in one sentence; empty when nothing is.
        fix: what to do about it.
        code: the problem's FoveaError code.
        param: the parameter to change, if one is to blame.
        waits_for: the id of the node whose problem must be solved first; empty when it is none.
    """

    shape: Shape | None = None
    inputs: tuple[Shape, ...] = ()
    parameters: int = 0
    macs: int = 0
    activations: int = 0
    reach: Reach | None = None
    problem: str = ""
    fix: str = ""
    code: str = ""
    param: str = ""
    waits_for: str = ""

    @property
    def field(self) -> tuple[int, int] | None:
        """Height and width of the receptive field in pixels; ``None`` for the whole image."""
        return None if self.reach is None else (self.reach.size, self.reach.columns.size)

    @property
    def stride(self) -> int | Fraction | None:
        """How many pixels of the image lie between two neighbouring outputs."""
        return None if self.reach is None else self.reach.step


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that is known about a graph without building it.

    Attributes:
        nodes: the facts of every node, by id.
        problems: what is wrong, in the order of computation, whole-model problems first.
        order: the ids in an order of computation; nodes in or behind a loop are missing.
        parameters, macs, activations: sums over the nodes, the last two per image.
    """

    nodes: Mapping[str, NodeFacts]
    problems: tuple[Problem, ...]
    order: tuple[str, ...]
    parameters: int
    macs: int
    activations: int

    @property
    def ok(self) -> bool:
        """Whether the graph can be built and trained."""
        return not any(problem.severity == "error" for problem in self.problems)
