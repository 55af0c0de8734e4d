"""A layer that is a graph: everything about it follows from the graph inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, cast

from typing_extensions import override

from engine.graph.analysis import walk
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph
from engine.layers.base import Category, Layer, Misfit, Reach, Shape, TooSmall

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Block", "inside"]


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
        return sum(fact.parameters for fact in inside(self, inputs).facts.values())

    @override
    def macs(self, inputs: tuple[Shape, ...]) -> int:
        return sum(fact.macs for fact in inside(self, inputs).facts.values())

    @override
    def activations(self, inputs: tuple[Shape, ...]) -> int:
        """Output elements per image of all layers inside."""
        return sum(f.activations for f in inside(self, inputs).facts.values() if f.inputs)

    @override
    def reach(self, inputs: tuple[Shape, ...]) -> Reach | None:
        return self._result(inputs).reach

    @override
    def build(self, inputs: tuple[Shape, ...]) -> nn.Module:
        from engine.compile.assemble import assemble

        found = inside(self, inputs)
        return assemble(found.graph, found.facts, found.result, type(self).__name__)

    def _result(self, inputs: tuple[Shape, ...]) -> NodeFacts:
        found = inside(self, inputs)
        return found.facts[found.result]


@dataclass(frozen=True, slots=True)
class Inside:
    """The graph inside a block where certain shapes arrive, and the facts of its nodes."""

    graph: Graph
    facts: Mapping[str, NodeFacts]

    @property
    def result(self) -> str:
        """The id of the node whose output the block gives."""
        return self.graph.nodes[-1].id


def _analyse(block: Block, inputs: tuple[Shape, ...]) -> Inside:
    graph = block.graph(inputs)
    facts = walk(graph, None)
    for fact in facts.values():
        if fact.problem:
            kind = TooSmall if fact.code == TooSmall.code else Misfit
            raise kind(f"Inside “{block.title}”: {fact.problem}", fact.param or None)
    return Inside(graph, facts)


# The cast is for type checkers, which do not see that a frozen Spec is hashable.
inside = cast("Callable[[Block, tuple[Shape, ...]], Inside]", lru_cache(4096)(_analyse))
"""What is inside a block, remembered; raises Misfit with the first problem there."""
