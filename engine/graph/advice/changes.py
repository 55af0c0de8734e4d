"""The edits that remedies are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from engine.graph import edits
from engine.graph.layout import ROW
from engine.graph.records import Graph, Wire
from engine.layers.base import Layer

__all__ = ["delete", "has_param", "listed", "put_behind", "set_params", "without_steps"]

_STEP = "stride"


def has_param(layer: Layer, name: str) -> bool:
    """Whether a kind of layer has a parameter of that name."""
    return any(item.name == name for item in layer.params())


def set_params(graph: Graph, name: str, **values: object) -> Graph:
    """The graph with other values in one node; raises FoveaError for those that cannot be."""
    return edits.set_layer(graph, name, graph.node(name).layer.with_(**values))


def delete(graph: Graph, names: Iterable[str], *, heal: bool = True) -> Graph:
    """The graph without some nodes; raises FoveaError FV-M009 when one is gone already."""
    return edits.remove(graph, [graph.node(name).id for name in names], heal=heal)


def put_behind(graph: Graph, name: str, layer: Layer) -> Graph:
    """The graph with a layer between one node and all that it feeds; what lies below makes room."""
    feeder = graph.node(name)
    lower = [node for node in graph.nodes if node.y > feeder.y]
    gap = min((node.y for node in lower), default=feeder.y + 2 * ROW) - feeder.y
    moved = {node.id: (node.x, node.y + ROW) for node in lower} if gap < 2 * ROW else {}
    grown, new = edits.add_node(edits.move(graph, moved), layer, feeder.x, feeder.y + ROW)
    wires = (replace(wire, source=new) if wire.source == name else wire for wire in graph.wires)
    return replace(grown, wires=(*wires, Wire(name, new)))


def without_steps(graph: Graph, names: Sequence[str]) -> Graph:
    """The graph with nodes that do not shrink the image: their stride 1, or poolings gone."""
    for name in names:
        layer = graph.node(name).layer
        if layer.category == "Pooling":
            graph = delete(graph, [name])
        else:
            graph = set_params(graph, name, **{_STEP: 1})
    return graph


def listed(names: Sequence[str], most: int = 3) -> str:
    """Names in a sentence: ``"a"``, ``"a and b"``, ``"a, b, c and 4 more"``."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
