"""Where a layer goes that was added without saying where."""

from __future__ import annotations

from collections.abc import Sequence

from engine.graph import edits
from engine.graph.layout import COLUMN, NODE_HEIGHT, ROW
from engine.graph.records import Graph
from engine.layers.base import Layer

__all__ = ["add_after", "free_spot", "push_down"]


def add_after(
    graph: Graph, layer: Layer, selected: Sequence[str], ground: tuple[float, float]
) -> tuple[Graph, str]:
    """The graph with ``layer`` behind the selection, and the new node's id.

    Behind one node it joins the wire that leaves it, or begins a wire when none does; where
    several leave, it begins another branch. A layer that joins branches is fed by the whole
    selection. Without a selection it stands alone at ``ground``.
    """
    feeders = [name for name in selected if edits.has_output(graph.node(name).layer)]
    if not feeders or layer.max_inputs == 0:
        return edits.add_node(graph, layer, *free_spot(graph, ground))
    if layer.max_inputs is None and len(feeders) > 1:
        return _join(graph, layer, feeders)
    last = graph.node(feeders[-1])
    leaving = graph.leaving(last.id)
    if len(leaving) == 1 and edits.has_output(layer) and layer.min_inputs <= 1:
        grown, name = edits.insert_on_wire(graph, leaving[0], layer, last.x, last.y + ROW)
        return push_down(grown, name), name
    spot = free_spot(graph, (last.x + (COLUMN if leaving else 0), last.y + ROW))
    grown, name = edits.add_node(graph, layer, *spot)
    return edits.connect(grown, last.id, name), name


def _join(graph: Graph, layer: Layer, feeders: Sequence[str]) -> tuple[Graph, str]:
    nodes = [graph.node(name) for name in feeders]
    spot = free_spot(graph, (min(n.x for n in nodes), max(n.y for n in nodes) + ROW))
    grown, name = edits.add_node(graph, layer, *spot)
    for feeder in feeders:
        grown = edits.connect(grown, feeder, name)
    return grown, name


def push_down(graph: Graph, name: str) -> Graph:
    """The graph with what follows ``name`` moved down, just as far as is needed for a free row."""
    node = graph.node(name)
    behind = _behind(graph, name)
    tops = [graph.node(other).y for other in behind if graph.node(other).y >= node.y - NODE_HEIGHT]
    shift = node.y + ROW - min(tops, default=node.y + ROW)
    if shift <= 0:
        return graph
    lower = (graph.node(other) for other in behind)
    return edits.move(graph, {n.id: (n.x, n.y + shift) for n in lower if n.y >= node.y})


def _behind(graph: Graph, name: str) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for wire in graph.leaving(waiting.pop()):
            if wire.target not in found and wire.target != name:
                found.add(wire.target)
                waiting.append(wire.target)
    return found


def free_spot(graph: Graph, spot: tuple[float, float]) -> tuple[float, float]:
    """The spot, or the first one to its right where no node stands."""
    x, y = spot
    while any(abs(node.x - x) < COLUMN - 24 and abs(node.y - y) < ROW - 24 for node in graph.nodes):
        x += COLUMN
    return x, y
