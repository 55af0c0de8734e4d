"""Builds one torch module from a graph whose shapes are known."""

from __future__ import annotations

from collections.abc import Mapping

from torch import fx, nn

from engine.compile.factors import mark
from engine.compile.plan import fitting_in_place, module_names
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph
from engine.layers.base import Frame

__all__ = ["assemble"]


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
        layer = fitting_in_place(graph, graph.by_id[name])
        layer = layer.bind(frame) if frame else layer
        module = layer.build(fact.inputs)
        mark(module, graph.by_id[name].lr_factor)
        root.add_module(names[name], module)
        sources = tuple(values[wire.source] for wire in graph.arriving(name))
        values[name] = code.call_module(names[name], sources)
    code.output(values[result])
    code.lint()
    return fx.GraphModule(root, code, class_name)
