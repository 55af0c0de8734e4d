"""Places nodes on the canvas: layers from top to bottom, branches side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.graph.columns import columns
from engine.graph.order import topological
from engine.graph.records import Graph, Node
from engine.graph.sheet import Sheet

__all__ = ["COLUMN", "NODE_HEIGHT", "NODE_WIDTH", "ROW", "arrange"]

NODE_WIDTH, NODE_HEIGHT = 168, 56
COLUMN, ROW = 216, 96
_GRID = 12


def arrange(graph: Graph, only: Iterable[str] | None = None) -> Graph:
    """The same graph with places on a grid of 12 px, the image at the top.

    This is the layered drawing of Sugiyama, Tagawa and Toda (1981). A node stands in the row below
    all that feed it; a wire that passes other rows, such as a shortcut, gets a lane in each of
    them; branches are ordered so that few wires cross and stand evenly about the node that feeds or
    joins them, while a chain with a shortcut beside it stays straight. Nodes of a loop stand in
    rows of their own below the rest. Takes time that grows little faster than the graph.

    With ``only``, just these nodes are arranged, by the wires among them, and keep their upper left
    corner; unknown ids are ignored.
    """
    if only is not None:
        return _arrange_part(graph, set(only))
    rows = _rows(graph)
    across = columns(Sheet(graph, rows))
    places = {name: round(x * COLUMN / _GRID) * _GRID for name, x in across.items()}
    left = min(places.values(), default=0)
    moved = tuple(_at(n, places[n.id] - left, rows[n.id] * ROW) for n in graph.nodes)
    same = all(new is old for new, old in zip(moved, graph.nodes, strict=True))
    return graph if same else replace(graph, nodes=moved)


def _arrange_part(graph: Graph, names: set[str]) -> Graph:
    before = [node for node in graph.nodes if node.id in names]
    if len(before) < 2:
        return graph
    wires = (w for w in graph.wires if w.source in names and w.target in names)
    after = arrange(Graph(tuple(before), tuple(wires))).nodes
    across = min(n.x for n in before) - min(n.x for n in after)
    down = min(n.y for n in before) - min(n.y for n in after)
    moved = {n.id: replace(n, x=n.x + across, y=n.y + down) for n in after}
    nodes = tuple(
        new if (new := moved.get(node.id, node)) != node else node for node in graph.nodes
    )
    return graph if nodes == graph.nodes else replace(graph, nodes=nodes)


def _rows(graph: Graph) -> dict[str, int]:
    """The row of each node: one more than the lowest of its feeders."""
    rows: dict[str, int] = {}
    for name in topological(graph):
        feeders = [rows[wire.source] for wire in graph.arriving(name)]
        rows[name] = 1 + max(feeders, default=-1)
    below = 1 + max(rows.values(), default=-1)
    for node in graph.nodes:
        if node.id not in rows:
            rows[node.id] = below
            below += 1
    return rows


def _at(node: Node, x: float, y: float) -> Node:
    return node if (node.x, node.y) == (x, y) else replace(node, x=float(x), y=float(y))
