"""What is built from a graph, known without torch: where a layer overwrites its input."""

from __future__ import annotations

from engine.graph.records import Graph, Node
from engine.layers.base import Layer

__all__ = ["fitting_in_place"]


def fitting_in_place(graph: Graph, node: Node) -> Layer:
    """The node's layer, not in place where overwriting its input would spoil another result.

    Safe is an input that nobody else reads and that its maker's backward pass does not need.
    """
    layer = node.layer
    if not getattr(layer, "inplace", False):
        return layer
    feeders = [graph.by_id[wire.source] for wire in graph.arriving(node.id)]
    safe = all(f.layer.overwritable and len(graph.leaving(f.id)) == 1 for f in feeders)
    return layer if safe else layer.with_(inplace=False)
