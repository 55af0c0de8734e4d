"""Where the nodes of a graph are in the module that was compiled from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.blocks.base import Block
from engine.compile.assemble import module_names
from engine.graph.analysis import walk
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph

__all__ = ["Place", "node_places"]


@dataclass(frozen=True, slots=True)
class Place:
    """A submodule (its dotted path) whose output is the node's; a node that only takes an input is
    argument number ``argument`` of the module around it.
    """

    module: str
    argument: int | None = None


def node_places(
    graph: Graph, facts: Mapping[str, NodeFacts], *, module: str = "", path: str = ""
) -> dict[str, Place]:
    """The place of every node by its path, in the order of computation (that of ``facts``).

    A node within a block is ``block.node`` and follows its block, to any depth. ``module`` and
    ``path`` are what leads to the graph, each with a dot at its end. The graph must be right.
    """
    names = module_names(graph)
    entries = [node.id for node in graph.nodes if node.layer.max_inputs == 0]
    found: dict[str, Place] = {}
    for name, fact in facts.items():
        if name in entries:
            found[path + name] = Place(module.rstrip("."), entries.index(name))
            continue
        within = module + names[name]
        found[path + name] = Place(within)
        layer = graph.by_id[name].layer
        if isinstance(layer, Block):
            inner = layer.graph(fact.inputs)
            deeper = {"module": f"{within}.", "path": f"{path}{name}."}
            found |= node_places(inner, walk(inner, None), **deeper)
    return found
