"""Where a layer goes that was added without saying where."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from engine.graph import edits
from engine.graph.layout import COLUMN, NODE_HEIGHT, ROW
from engine.graph.records import Graph
from engine.layers.base import Layer

__all__ = ["add_after", "close_up", "free_spot", "open_out", "push_down"]


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


def close_up(before: Graph, chosen: Collection[str], graph: Graph, name: str) -> Graph:
    """The graph with a block where its nodes began, and what follows it moved up behind it.

    ``chosen`` are the nodes of ``before`` that the block ``name`` stands for now. It takes the
    column of the node that gives its result.
    """
    nodes = [before.node(other) for other in chosen]
    given = [w.source for w in before.wires if w.source in chosen and w.target not in chosen]
    last = before.node(given[0]) if given else max(nodes, key=lambda node: node.y)
    top, bottom = min(n.y for n in nodes), max(n.y for n in nodes)
    graph = edits.move(graph, {name: (last.x, top)})
    moved = {other for other in _behind(graph, name) if graph.node(other).y > bottom}
    shift = min([bottom - top, *_rooms(graph, moved)])
    if shift <= 0:
        return graph
    return edits.move(graph, {n: (graph.node(n).x, graph.node(n).y - shift) for n in moved})


def _rooms(graph: Graph, moved: Collection[str]) -> list[float]:
    """How far each of some nodes can go up before it meets one that stays, or what feeds it."""
    above = [node for node in graph.nodes if node.id not in moved]
    found = []
    for node in (graph.node(name) for name in moved):
        feeding = {wire.source for wire in graph.arriving(node.id)}
        for other in above:
            near = abs(other.x - node.x) < COLUMN - 24 and other.y < node.y
            if near or other.id in feeding:
                found.append(node.y - other.y - ROW)
    return found


def open_out(graph: Graph, names: Sequence[str], x: float, y: float) -> Graph:
    """The graph with the nodes of a block that is gone at its place, and room for them below.

    The first row stands at ``y``, the node that is used outside in the column at ``x``.
    """
    nodes = [graph.node(name) for name in names]
    if not nodes:
        return graph
    inner = set(names)
    given = [w.source for w in graph.wires if w.source in inner and w.target not in inner]
    last = graph.node(given[0]) if given else max(nodes, key=lambda node: node.y)
    top, bottom = min(n.y for n in nodes), max(n.y for n in nodes)
    dx, dy = x - last.x, y - top
    followers = _behind(graph, last.id) - inner
    lower = [n for n in (graph.node(f) for f in followers) if n.y > y]
    room = min((n.y for n in lower), default=0.0) - (y + bottom - top + ROW)
    places = {n.id: (n.x + dx, n.y + dy) for n in nodes}
    if lower and room < 0:
        places |= {n.id: (n.x, n.y - room) for n in lower}
    return edits.move(graph, places)


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
