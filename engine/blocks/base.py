"""A layer that is a graph: everything about it follows from the graph inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, cast

from typing_extensions import override

from engine.graph.analysis import walk
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph
from engine.layers.base import Category, Layer, Misfit, Reach, Shape, TooSmall

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Block"]


class Block(Layer):
    """A layer made of layers.

    A subclass declares its parameters and ``graph``; shape, parameters, multiply-adds, activations
    and receptive field come from analysing that graph, and the module is compiled from it.
    """

    category: ClassVar[Category] = "Block"

    def graph(self, inputs: tuple[Shape, ...]) -> Graph:
        """The graph inside for inputs of these shapes.

        It has one ``Source`` node per input, in their order, and its last node is the result.
        Raises Misfit when the block cannot work on ``inputs``.
        """
        raise NotImplementedError(f"{type(self).__name__} has no graph")

    @override
    def shape(self, inputs: tuple[Shape, ...]) -> Shape:
        shape = self._result(inputs).shape
        if shape is None:
            raise Misfit(f"“{self.title}” has no result.")
        return shape

    @override
    def parameters(self, inputs: tuple[Shape, ...]) -> int:
        return sum(fact.parameters for fact in _inner_facts(self, inputs).values())

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        return sum(fact.macs for fact in _inner_facts(self, inputs).values())

    @override
    def activations(self, inputs: tuple[Shape, ...]) -> int:
        """Output elements per image of all layers inside."""
        return sum(fact.activations for fact in _inner_facts(self, inputs).values() if fact.inputs)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return self._result(inputs).reach

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from engine.compile.assemble import assemble

        graph = self.graph(inputs)
        return assemble(graph, _inner_facts(self, inputs), graph.nodes[-1].id, type(self).__name__)

    def _result(self, inputs: tuple[Shape, ...]) -> NodeFacts:
        return _inner_facts(self, inputs)[self.graph(inputs).nodes[-1].id]


def _analyse(block: Block, inputs: tuple[Shape, ...]) -> Mapping[str, NodeFacts]:
    facts = walk(block.graph(inputs), None)
    for fact in facts.values():
        if fact.problem:
            kind = TooSmall if fact.code == TooSmall.code else Misfit
            raise kind(f"Inside “{block.title}”: {fact.problem}", fact.param or None)
    return facts


# The cast is for type checkers, which do not see that a frozen Spec is hashable.
_inner_facts = cast(
    "Callable[[Block, tuple[Shape, ...]], Mapping[str, NodeFacts]]", lru_cache(4096)(_analyse)
)
"""The facts of the nodes inside; raises Misfit with the first problem there."""
