"""Nodes and wires as frozen records, and their form in the project file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from engine.errors import FoveaError, suggest
from engine.graph.comments import MAX_COMMENTS, Comment, comment_from_json
from engine.graph.reading import items, keys, place, valid_id, wrong
from engine.layers.base import LAYERS, Layer

__all__ = ["MAX_NODES", "MAX_WIRES", "Graph", "Node", "Wire", "valid_id"]

MAX_NODES = 10_000
MAX_WIRES = 50_000


@dataclass(frozen=True)
class Node:
    """One layer of a model, at a place on the canvas (in pixels at 100 %, y grows downward)."""

    id: str
    layer: Layer
    x: float = 0.0
    y: float = 0.0

    def __post_init__(self) -> None:
        if not valid_id(self.id):
            raise FoveaError(
                "FV-M008",
                f"A node cannot be named “{self.id!s:.60}”.",
                where=f"{self.id!s:.60}",
                why="A name is up to 40 small letters, digits and underscores, a letter first.",
                fix="Choose a name such as “stem” or “block2_norm”.",
            )


@dataclass(frozen=True, order=True)
class Wire:
    """From the output of node ``source`` to input number ``port`` of node ``target``."""

    source: str
    target: str
    port: int = 0


@dataclass(frozen=True)
class Graph:
    """A model as a value: any nodes, any wires, right or wrong; ``analyse`` explains it.

    Only what could not be drawn is refused, with FoveaError FV-P014: two nodes of one name, a wire
    to a node that is not there, two wires into one port; and, with FV-P007, more than ``MAX_NODES``
    nodes, those inside of blocks counted as often as they are repeated. ``comments`` are frames
    drawn behind the nodes; they change nothing that is computed.
    """

    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()
    comments: tuple[Comment, ...] = ()

    def __post_init__(self) -> None:
        _refuse_contradictions(self)
        _refuse_too_many(self)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Remembered: blocks hold graphs, and what is known about a block is looked up by it."""
        return hash((self.nodes, self.wires))

    @cached_property
    def node_count(self) -> int:
        """How many nodes there are, those inside of blocks and their repetitions counted."""
        return sum(node.layer.node_count for node in self.nodes)

    @cached_property
    def nesting(self) -> int:
        """How many levels of blocks with a graph of their own lie in each other."""
        return max((node.layer.nesting for node in self.nodes), default=0)

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """All nodes by their id, in the order of ``nodes``."""
        return MappingProxyType({node.id: node for node in self.nodes})

    @cached_property
    def _arriving(self) -> dict[str, tuple[Wire, ...]]:
        return _grouped(sorted(self.wires, key=lambda wire: wire.port), "target")

    @cached_property
    def _leaving(self) -> dict[str, tuple[Wire, ...]]:
        return _grouped(self.wires, "source")

    def __contains__(self, node_id: object) -> bool:
        return node_id in self.by_id

    def node(self, node_id: str) -> Node:
        """The node of that id; raises FoveaError FV-M009 with the nearest id."""
        found = self.by_id.get(node_id)
        if found is None:
            raise FoveaError(
                "FV-M009",
                f"The model has no node named “{node_id!s:.60}”.",
                where=f"{node_id!s:.60}",
                fix=suggest(str(node_id)[:60], self.by_id),
            )
        return found

    def arriving(self, node_id: str) -> tuple[Wire, ...]:
        """The wires into a node, ordered by port."""
        return self._arriving.get(node_id, ())

    def leaving(self, node_id: str) -> tuple[Wire, ...]:
        """The wires out of a node."""
        return self._leaving.get(node_id, ())

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, comments only if any; ``from_json`` gives an equal graph."""
        value: dict[str, Any] = {
            "nodes": [
                {"id": node.id, "at": [node.x, node.y], "layer": node.layer.to_json()}
                for node in self.nodes
            ],
            "wires": [
                {"from": wire.source, "to": wire.target, "port": wire.port} for wire in self.wires
            ],
        }
        if self.comments:
            value["comments"] = [comment.to_json() for comment in self.comments]
        return value

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Graph:
        """The graph that a JSON value describes.

        Raises FoveaError that names ``pointer`` (a JSON pointer): FV-P007 for too many nodes or
        wires, FV-P010 and FV-P011 for wrong values and unknown names, FV-P014 for contradictions.
        """
        keys(value, pointer, required=("nodes", "wires"), more=("comments",))
        told = items(value.get("comments", []), f"{pointer}/comments", MAX_COMMENTS, "comments")
        nodes = items(value["nodes"], f"{pointer}/nodes", MAX_NODES, "nodes")
        wires = items(value["wires"], f"{pointer}/wires", MAX_WIRES, "wires")
        made = tuple(_node(item, f"{pointer}/nodes/{i}") for i, item in enumerate(nodes))
        joined = tuple(_wire(item, f"{pointer}/wires/{i}") for i, item in enumerate(wires))
        framed = tuple(comment_from_json(c, f"{pointer}/comments/{i}") for i, c in enumerate(told))
        try:
            return cls(made, joined, framed)
        except FoveaError as error:
            error.where = pointer
            raise


def _grouped(wires: Iterable[Wire], end: str) -> dict[str, tuple[Wire, ...]]:
    groups: dict[str, list[Wire]] = {}
    for wire in wires:
        groups.setdefault(getattr(wire, end), []).append(wire)
    return {name: tuple(group) for name, group in groups.items()}


def _refuse_contradictions(graph: Graph) -> None:
    ids = Counter(node.id for node in graph.nodes)
    ports = Counter((wire.target, wire.port) for wire in graph.wires)
    twice = sorted(name for name, count in ids.items() if count > 1)
    framed = Counter(comment.id for comment in graph.comments)
    framed_twice = sorted(name for name, count in framed.items() if count > 1)
    taken = sorted(f"{name} (input {port + 1})" for (name, port), n in ports.items() if n > 1)
    dangling = sorted(
        f"{w.source} → {w.target}"
        for w in graph.wires
        if w.source not in ids or w.target not in ids
    )
    for found, what in (
        (twice, "Several nodes have the same name"),
        (framed_twice, "Several comments have the same name"),
        (dangling, "Wires lead to nodes that are not there"),
        (taken, "Several wires lead into one input"),
    ):
        if found:
            listed = ", ".join(found[:20]) + (", …" if len(found) > 20 else "")
            raise FoveaError(
                "FV-P014",
                f"{what}: {listed}.",
                where=found[0],
                why="Such a model cannot be drawn.",
                fix="Rename the nodes, or remove the wires.",
            )


def _refuse_too_many(graph: Graph) -> None:
    if graph.node_count > MAX_NODES:
        raise FoveaError(
            "FV-P007",
            f"The model has {graph.node_count:,} nodes, more than Fovea opens.",
            where=max(graph.nodes, key=lambda node: node.layer.node_count).id,
            why=f"The limit is {MAX_NODES:,} nodes; those inside a block count as often as the "
            "block repeats them.",
            kept="The model is unchanged.",
            fix="Repeat blocks less often, or delete nodes.",
        )


def _node(value: Any, pointer: str) -> Node:
    keys(value, pointer, required=("id", "layer"), more=("at",))
    if not valid_id(value["id"]):
        why = "A name is up to 40 small letters, digits and underscores, a letter first."
        raise wrong(f"{pointer}/id", "This cannot be the name of a node.", why)
    x, y = place(value.get("at", [0.0, 0.0]), f"{pointer}/at")
    return Node(value["id"], LAYERS.from_json(value["layer"], f"{pointer}/layer"), x, y)


def _wire(value: Any, pointer: str) -> Wire:
    keys(value, pointer, required=("from", "to"), more=("port",))
    source, target, port = value["from"], value["to"], value.get("port", 0)
    if not (valid_id(source) and valid_id(target)):
        raise wrong(pointer, "A wire needs the names of two nodes.")
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port < MAX_NODES:
        raise wrong(f"{pointer}/port", "The number of an input is a whole number from 0.")
    return Wire(source, target, port)
