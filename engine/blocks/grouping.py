"""Nodes into a block and out of it again: pure edits of a graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from engine.blocks.custom import Custom
from engine.blocks.knobs import Knobs
from engine.errors import FoveaError
from engine.graph.edits import free_id
from engine.graph.layout import ROW
from engine.graph.order import topological
from engine.graph.records import Graph, Node, Wire
from engine.layers.ends import Entry, Input, Output, Result

__all__ = ["ENDS", "group", "ungroup", "why_no_block"]

_GRID = 8.0
ENDS = (Input, Output, Entry, Result)
"""Layers that stay where they are when what is around them becomes a block."""


def why_no_block(graph: Graph, ids: Iterable[str]) -> str:
    """Why these nodes cannot become a block, in a sentence; empty when they can."""
    chosen = {name for name in ids if name in graph}
    if not chosen:
        return "Select the nodes that the block shall hold."
    for name in sorted(chosen):
        if isinstance(graph.by_id[name].layer, ENDS):
            return f"“{name}” is an end and stays where it is: leave it out of the selection."
    if not chosen <= set(topological(graph)):
        return "The selection is in or behind a loop: remove one of the loop's wires first."
    between = _between(graph, chosen)
    if between:
        return (
            f"“{between}” stands between the selected nodes: select it, too. A block computes as "
            "one step."
        )
    leaving = _leaving(graph, chosen)
    if len(leaving) > 1:
        named = " and ".join(f"“{name}”" for name in leaving[:3])
        return (
            f"A block has one output, but {named} are used outside. Join them with “Add” or "
            "“Concatenate” first, or select what follows, too."
        )
    if not _feeders(graph, chosen):
        return "Nothing can enter such a block: select layers that take an input."
    return ""


def group(graph: Graph, ids: Iterable[str], label: str) -> tuple[Graph, str]:
    """The graph with some nodes in a block named ``label`` at their place, and the block's id.

    Each node outside that feeds the selection becomes an input; a node that nothing feeds gets an
    input of its own. Nodes keep their ids inside. Raises FoveaError FV-M011 with the sentence of
    :func:`why_no_block`, and FV-H001 for what cannot be a label.
    """
    chosen = {name for name in ids if name in graph}
    refusal = why_no_block(graph, chosen)
    if refusal:
        raise FoveaError(
            "FV-M011",
            refusal,
            where=min(chosen, default=""),
            why="The selection cannot become a block.",
            kept="The model is unchanged.",
        )
    feeders = _feeders(graph, chosen)
    block = Custom(label=label, inner=_inner(graph, chosen, feeders), knobs=Knobs())
    left, top, right, bottom = _bounds([graph.by_id[name] for name in chosen])
    others = replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.id not in chosen),
        wires=tuple(w for w in graph.wires if w.source not in chosen and w.target not in chosen),
    )
    name = free_id(others, block.suggested_id)
    node = Node(name, block, _snap((left + right) / 2), _snap((top + bottom) / 2))
    first = next(place for place, n in enumerate(graph.nodes) if n.id in chosen)
    before = sum(n.id not in chosen for n in graph.nodes[:first])
    nodes = (*others.nodes[:before], node, *others.nodes[before:])
    arriving = [Wire(source, name, port) for port, source in enumerate(feeders) if source in graph]
    leaving = [replace(w, source=name) for w in graph.wires if _crosses(w, chosen)]
    return replace(others, nodes=nodes, wires=(*others.wires, *arriving, *leaving)), name


def ungroup(graph: Graph, node_id: str) -> tuple[Graph, tuple[str, ...]]:
    """The graph with a block's nodes in its place, and their ids; the inverse of :func:`group`.

    The values of its knobs go into the nodes, and so does its learning rate factor; repetitions are
    written out below each other. Raises FoveaError FV-M009 for an unknown id and FV-M011 when the
    node is no such block.
    """
    node = graph.node(node_id)
    block = node.layer
    if not isinstance(block, Custom):
        raise _not_a_block(node)
    if block.repeats > 1 and len(block.entries) != 1:
        raise FoveaError(
            "FV-M011",
            f"“{node_id}” has several inputs and cannot be repeated: set its repetitions to 1.",
            where=node_id,
            kept="The model is unchanged.",
        )
    feeds: dict[int, str] = {wire.port: wire.source for wire in graph.arriving(node_id)}
    if max(feeds, default=0) >= len(block.entries):  # only their order counts then
        feeds = dict(enumerate(feeds.values()))
    out = _without(graph, node_id)
    placed: list[str] = []
    last: str | None = None
    for number in range(block.repeats):
        part = block.repetition(number)
        lower = number * (_height(part.opened) + ROW)
        out, names, last = _spread(out, part, feeds, (node.x, node.y + lower))
        out = _slowed(out, names, node.lr_factor)
        placed += names
        feeds = {} if last is None else {0: last}
    wires = [replace(wire, source=last) for wire in graph.leaving(node_id)] if last else []
    return replace(out, wires=(*out.wires, *wires)), tuple(placed)


def _slowed(graph: Graph, names: Collection[str], factor: float) -> Graph:
    """The graph with the learning rate factors of some nodes multiplied."""
    if factor == 1.0:
        return graph
    nodes = (
        replace(node, lr_factor=node.lr_factor * factor) if node.id in names else node
        for node in graph.nodes
    )
    return replace(graph, nodes=tuple(nodes))


def _spread(
    graph: Graph, block: Custom, feeds: dict[int, str], at: tuple[float, float]
) -> tuple[Graph, list[str], str | None]:
    """Puts a block's nodes into the graph around a place; their ids, and what gives the result."""
    inner = block.opened
    body = [node for node in inner.nodes if not isinstance(node.layer, (Entry, Result))]
    left, top, right, bottom = _bounds(body)
    dx, dy = at[0] - _snap((left + right) / 2), at[1] - _snap((top + bottom) / 2)
    names: dict[str, str | None] = {
        name: feeds.get(port) for port, name in enumerate(block.entries)
    }
    for node in body:
        name = free_id(graph, node.id)
        names[node.id] = name
        new = replace(node, id=name, x=node.x + dx, y=node.y + dy)
        graph = replace(graph, nodes=(*graph.nodes, new))
    ends = {node.id for node in inner.nodes if isinstance(node.layer, Result)}
    wires = []
    for wire in inner.wires:
        source, target = names.get(wire.source), names.get(wire.target)
        if source is not None and target is not None and wire.target not in block.entries:
            wires.append(Wire(source, target, wire.port))
    result = next((names.get(w.source) for w in inner.wires if w.target in ends), None)
    made = [name for node in body if (name := names[node.id]) is not None]
    return replace(graph, wires=(*graph.wires, *wires)), made, result


def _inner(graph: Graph, chosen: Collection[str], feeders: Sequence[str]) -> Graph:
    """The selection between an entry for each feeder and a result."""
    body = [node for node in graph.nodes if node.id in chosen]
    left, top, right, bottom = _bounds(body)
    inner = Graph(tuple(replace(node, x=node.x - left, y=node.y - top) for node in body))
    entries: dict[str, str] = {}
    middle = _snap((right - left) / 2)
    for port, feeder in enumerate(feeders):
        name = entries[feeder] = free_id(inner, "input")
        node = Node(name, Entry(), middle + 216.0 * port, -float(ROW))
        inner = replace(inner, nodes=(*inner.nodes[:port], node, *inner.nodes[port:]))
    result = Node(free_id(inner, "output"), Result(), middle, bottom - top + ROW)
    wires = []
    for wire in graph.wires:
        if wire.target in chosen:
            source = wire.source if wire.source in chosen else entries[wire.source]
            wires.append(replace(wire, source=source))
    wires += [Wire(entries[name], name.removeprefix(".")) for name in feeders if name not in graph]
    wires.append(Wire(_end(graph, chosen), result.id))
    return replace(inner, nodes=(*inner.nodes, result), wires=tuple(wires))


def _feeders(graph: Graph, chosen: Collection[str]) -> list[str]:
    """What feeds each input of the block: a node outside, ``.name`` where nothing feeds a node."""
    found: dict[str, None] = {}
    for node in graph.nodes:
        if node.id not in chosen:
            continue
        arriving = graph.arriving(node.id)
        if not arriving and node.layer.min_inputs:
            found[f".{node.id}"] = None
        for wire in arriving:
            if wire.source not in chosen:
                found[wire.source] = None
    return list(found)


def _leaving(graph: Graph, chosen: Collection[str]) -> list[str]:
    """The selected nodes that are used outside; those that nothing uses where none is."""
    used = dict.fromkeys(w.source for w in graph.wires if _crosses(w, chosen))
    if used:
        return list(used)
    return [node.id for node in graph.nodes if node.id in chosen and not graph.leaving(node.id)]


def _end(graph: Graph, chosen: Collection[str]) -> str:
    return _leaving(graph, chosen)[0]


def _crosses(wire: Wire, chosen: Collection[str]) -> bool:
    return wire.source in chosen and wire.target not in chosen


def _between(graph: Graph, chosen: Collection[str]) -> str:
    """A node outside the selection that depends on it and feeds it; empty when there is none."""
    behind: set[str] = set()
    for name in topological(graph):
        sources = {wire.source for wire in graph.arriving(name)}
        if name in chosen and sources & behind:
            return next(source for source in sorted(sources & behind))
        if name not in chosen and (sources & behind or sources & set(chosen)):
            behind.add(name)
    return ""


def _without(graph: Graph, name: str) -> Graph:
    nodes = tuple(node for node in graph.nodes if node.id != name)
    wires = tuple(w for w in graph.wires if name not in (w.source, w.target))
    return replace(graph, nodes=nodes, wires=wires)


def _bounds(nodes: Collection[Node]) -> tuple[float, float, float, float]:
    xs, ys = [node.x for node in nodes] or [0.0], [node.y for node in nodes] or [0.0]
    return min(xs), min(ys), max(xs), max(ys)


def _height(graph: Graph) -> float:
    body = [node for node in graph.nodes if not isinstance(node.layer, (Entry, Result))]
    _, top, _, bottom = _bounds(body)
    return bottom - top


def _snap(value: float) -> float:
    return round(value / _GRID) * _GRID


def _not_a_block(node: Node) -> FoveaError:
    return FoveaError(
        "FV-M011",
        f"“{node.id}” is no block that can be taken apart.",
        where=node.id,
        why=f"“{node.layer.title}” has no nodes of its own.",
        kept="The model is unchanged.",
        fix="Open a ready-made block and change it inside first.",
    )
