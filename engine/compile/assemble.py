"""Builds one torch module from a graph whose shapes are known."""

from __future__ import annotations

import keyword
from collections.abc import Mapping

from torch import fx, nn

from engine.compile.factors import mark
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph, Node
from engine.layers.base import Frame, Layer

__all__ = ["assemble", "module_names"]


def assemble(
    graph: Graph,
    facts: Mapping[str, NodeFacts],
    result: str,
    class_name: str,
    frame: Frame | None = None,
) -> fx.GraphModule:
    """A module that computes the node ``result``, with one line of ``forward`` per node.

    ``facts`` are in the order of computation, each with a known shape. Nodes without inputs become
    the arguments, in the order of the graph; all others become submodules named as the node.
    """
    names = module_names(graph)
    root = nn.Module()
    code = fx.Graph()
    values = {
        node.id: code.placeholder(names[node.id])
        for node in graph.nodes
        if node.layer.max_inputs == 0
    }
    for name, fact in facts.items():
        if name in values:
            continue
        layer = _fitting_in_place(graph, graph.by_id[name])
        layer = layer.bind(frame) if frame else layer
        module = layer.build(fact.inputs)
        mark(module, graph.by_id[name].lr_factor)
        root.add_module(names[name], module)
        sources = tuple(values[wire.source] for wire in graph.arriving(name))
        values[name] = code.call_module(names[name], sources)
    code.output(values[result])
    code.lint()
    return fx.GraphModule(root, code, class_name)


def module_names(graph: Graph) -> dict[str, str]:
    """The submodule's name of each node: its id, with ``_`` after what Python or torch needs."""
    taken = set(graph.by_id)
    names = {}
    for name in graph.by_id:
        free = name
        while keyword.iskeyword(free) or hasattr(fx.GraphModule, free) or free in _OWN:
            free += "_"
            while free in taken:
                free += "_"
        taken.add(free)
        names[name] = free
    return names


_OWN = frozenset({"self", "training", *vars(fx.GraphModule(nn.Module(), fx.Graph()))})
"""Names that generated code and a module's instances have beside those of their class."""


def _fitting_in_place(graph: Graph, node: Node) -> Layer:
    """The node's layer, not in place where overwriting its input would spoil another result.

    Safe is an input that nobody else reads and that its maker's backward pass does not need.
    """
    layer = node.layer
    if not getattr(layer, "inplace", False):
        return layer
    feeders = [graph.by_id[wire.source] for wire in graph.arriving(node.id)]
    safe = all(f.layer.overwritable and len(graph.leaving(f.id)) == 1 for f in feeders)
    return layer if safe else layer.with_(inplace=False)
