"""Edits of a graph: pure functions that give a new one and keep untouched nodes identical.

An edit that changes nothing returns the graph itself, so that no undo step is made for it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from itertools import count

from engine.errors import FoveaError
from engine.graph.comments import forget, renamed
from engine.graph.layout import arrange
from engine.graph.order import leads_to
from engine.graph.records import Graph, Node, Wire
from engine.layers.base import Layer

__all__ = [
    "add_node",
    "arrange",
    "can_connect",
    "can_stand_in_wire",
    "connect",
    "disconnect",
    "duplicate",
    "free_id",
    "has_output",
    "insert_node",
    "insert_on_wire",
    "move",
    "remove",
    "rename",
    "set_layer",
]

_SHIFT = 48.0
_LAST = {"output": "model", "result": "block"}


def free_id(graph: Container[object], wish: str) -> str:
    """``wish``, or ``wish_2``, ``wish_3`` … when it is taken; at most 40 characters."""
    if wish not in graph:
        return wish
    stem = wish.rstrip("0123456789").rstrip("_") if "_" in wish else wish
    for number in count(2):
        ending = f"_{number}"
        name = stem[: 40 - len(ending)] + ending
        if name not in graph:
            return name
    raise AssertionError("count() never ends")


def add_node(
    graph: Graph, layer: Layer, x: float, y: float, node_id: str | None = None
) -> tuple[Graph, str]:
    """The graph with a new node, without wires, and the node's id (from its kind if not given).

    Raises FoveaError FV-M008 or FV-P014 for an id that is no name or is taken.
    """
    name = free_id(graph, layer.suggested_id) if node_id is None else node_id
    return replace(graph, nodes=(*graph.nodes, Node(name, layer, float(x), float(y)))), name


def remove(graph: Graph, ids: Iterable[str], heal: bool = True) -> Graph:
    """The graph without some nodes and their wires.

    With ``heal`` the nodes behind a removed one are fed by what fed it (by its first input, where
    it had several). Unknown ids are ignored.
    """
    gone = {name for name in ids if name in graph}
    if not gone:
        return graph
    wires = []
    for wire in graph.wires:
        if wire.target in gone:
            continue
        if wire.source not in gone:
            wires.append(wire)
        elif heal and (source := _feeder_outside(graph, wire.source, gone)) is not None:
            wires.append(replace(wire, source=source))
    return replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.id not in gone),
        wires=tuple(wires),
        comments=forget(graph.comments, gone),
    )


def _feeder_outside(graph: Graph, name: str, gone: set[str]) -> str | None:
    """What stands before a removed node, following first inputs; ``None`` when nothing does."""
    seen: set[str] = set()
    while name in gone:
        arriving = graph.arriving(name)
        if not arriving or name in seen:
            return None
        seen.add(name)
        name = arriving[0].source
    return name


def can_connect(graph: Graph, source: str, target: str) -> str | None:
    """Why no wire may lead from ``source`` to ``target``, in one sentence; ``None`` when it may.

    Says nothing about shapes: a wire that does not fit may be drawn, ``analyse`` explains it.
    """
    for name in (source, target):
        if name not in graph:
            return f"There is no node named “{name}”."
    if graph.by_id[target].layer.max_inputs == 0:
        return f"“{target}” is where the image enters: nothing can lead into it."
    kind = graph.by_id[source].layer.kind
    if kind in _LAST:
        return f"“{source}” is the end of the {_LAST[kind]}: nothing can follow it."
    if leads_to(graph, target, source):
        return f"This would make a loop: “{source}” already depends on “{target}”."
    return None


def connect(graph: Graph, source: str, target: str, port: int | None = None) -> Graph:
    """The graph with a wire from ``source`` to input ``port`` of ``target``.

    A wire that is in the port already is replaced. Without a port it is the only one of a layer
    with one input, else the first free one. Raises FoveaError FV-M001 where ``can_connect`` says
    no, and FV-M002 for a port that the layer does not have.
    """
    refusal = can_connect(graph, source, target)
    if refusal is not None:
        raise FoveaError("FV-M001", refusal, where=target, kept="The model is unchanged.")
    most = graph.by_id[target].layer.max_inputs
    if port is None:
        port = 0 if most == 1 else _free_port(graph, target)
    if port < 0 or (most is not None and port >= most):
        raise FoveaError(
            "FV-M002",
            f"“{target}” has no input number {port + 1}.",
            where=target,
            why=f"It takes {'one input' if most == 1 else f'{most} inputs'}.",
            fix="Join the branches with “Add” or “Concatenate” first.",
        )
    wire = Wire(source, target, port)
    if wire in graph.wires:
        return graph
    others = tuple(w for w in graph.wires if (w.target, w.port) != (target, port))
    return replace(graph, wires=(*others, wire))


def _free_port(graph: Graph, target: str) -> int:
    taken = {wire.port for wire in graph.arriving(target)}
    return next(port for port in count() if port not in taken)


def disconnect(graph: Graph, wire: Wire) -> Graph:
    """The graph without one wire."""
    left = tuple(other for other in graph.wires if other != wire)
    return graph if len(left) == len(graph.wires) else replace(graph, wires=left)


def move(graph: Graph, places: Mapping[str, tuple[float, float]]) -> Graph:
    """The graph with nodes at new places; raises FoveaError FV-M009 for an unknown id."""
    new = {name: (float(x), float(y)) for name, (x, y) in places.items()}
    moved = {name for name, at in new.items() if (graph.node(name).x, graph.node(name).y) != at}
    if not moved:
        return graph
    nodes = tuple(
        replace(node, x=new[node.id][0], y=new[node.id][1]) if node.id in moved else node
        for node in graph.nodes
    )
    return replace(graph, nodes=nodes)


def set_layer(graph: Graph, node_id: str, layer: Layer) -> Graph:
    """The graph with other parameters, or another kind of layer, in one node."""
    old = graph.node(node_id)
    return graph if old.layer == layer else _swap(graph, old, replace(old, layer=layer))


def rename(graph: Graph, node_id: str, new_id: str) -> Graph:
    """The graph with one node renamed, wires included.

    Raises FoveaError FV-M008 for what cannot be a name, FV-P014 for a name that is taken.
    """
    old = graph.node(node_id)
    if node_id == new_id:
        return graph
    nodes = tuple(replace(node, id=new_id) if node is old else node for node in graph.nodes)
    wires = tuple(
        replace(
            wire,
            source=new_id if wire.source == node_id else wire.source,
            target=new_id if wire.target == node_id else wire.target,
        )
        if node_id in (wire.source, wire.target)
        else wire
        for wire in graph.wires
    )
    return Graph(nodes, wires, renamed(graph.comments, node_id, new_id))


def insert_on_wire(graph: Graph, wire: Wire, layer: Layer, x: float, y: float) -> tuple[Graph, str]:
    """The graph with a new node in the middle of a wire, and the node's id.

    Raises FoveaError FV-M010 when the wire is not there or the layer cannot stand in one.
    """
    if wire not in graph.wires or not can_stand_in_wire(layer):
        raise FoveaError(
            "FV-M010",
            f"“{layer.title}” cannot be put on this wire.",
            where=f"{wire.source} → {wire.target}",
            why="It is an end of the model, or the wire is gone.",
            kept="The model is unchanged.",
        )
    grown, name = add_node(graph, layer, x, y)
    wires: list[Wire] = []
    for other in graph.wires:
        into = [Wire(wire.source, name), replace(wire, source=name)]
        wires += into if other == wire else [other]
    return replace(grown, wires=tuple(wires)), name


def insert_node(graph: Graph, wire: Wire, node_id: str) -> Graph:
    """The graph with a node that stands alone put into a wire.

    Raises FoveaError FV-M009 for an unknown node, FV-M010 when the wire is gone, the node is
    connected already, or it cannot stand in a wire.
    """
    layer = graph.node(node_id).layer
    alone = not graph.arriving(node_id) and not graph.leaving(node_id)
    if wire not in graph.wires or not alone or not can_stand_in_wire(layer):
        raise FoveaError(
            "FV-M010",
            f"“{node_id}” cannot be put on this wire.",
            where=f"{wire.source} → {wire.target}",
            why="It is connected already, it is an end of the model, or the wire is gone.",
            kept="The model is unchanged.",
        )
    wires: list[Wire] = []
    for other in graph.wires:
        into = [Wire(wire.source, node_id), replace(wire, source=node_id)]
        wires += into if other == wire else [other]
    return replace(graph, wires=tuple(wires))


def can_stand_in_wire(layer: Layer) -> bool:
    """Whether a layer has an input and an output, so that a wire can lead through it."""
    return layer.max_inputs != 0 and has_output(layer)


def has_output(layer: Layer) -> bool:
    """Whether a wire can lead from a layer: it is not the end of the model or of a block."""
    return layer.kind not in _LAST


def duplicate(graph: Graph, ids: Iterable[str]) -> tuple[Graph, dict[str, str]]:
    """The graph with copies of some nodes and the wires among them, and the copies' ids by theirs.

    The copies stand 48 px to the right and below. Unknown ids are ignored.
    """
    chosen = set(ids)
    names: dict[str, str] = {}
    for node in graph.nodes:
        if node.id in chosen:
            graph, names[node.id] = add_node(
                graph, node.layer, node.x + _SHIFT, node.y + _SHIFT, free_id(graph, node.id)
            )
    copied = tuple(
        Wire(names[wire.source], names[wire.target], wire.port)
        for wire in graph.wires
        if wire.source in names and wire.target in names
    )
    return (replace(graph, wires=(*graph.wires, *copied)) if copied else graph), names


def _swap(graph: Graph, old: Node, new: Node) -> Graph:
    return replace(graph, nodes=tuple(new if node is old else node for node in graph.nodes))
