"""The smallest receptive field at each node: along the path that sees least."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import cast

from engine.graph.analysis import walk
from engine.graph.composite import inner_graph
from engine.graph.facts import NodeFacts
from engine.graph.records import Graph
from engine.layers.base import POINTWISE, Layer, Reach, Shape

__all__ = ["least_reach", "own_reach"]


def least_reach(graph: Graph, facts: Mapping[str, NodeFacts]) -> dict[str, Reach | None]:
    """The reach of each node along the path that sees least; ``None`` where all see everything.

    ``facts`` are in the order of computation. Where branches meet, the smallest counts: what a
    shortcut carries past a layer is still there behind it. A branch that sees everything, such as a
    gate, does not count beside one that does not.
    """
    seen: dict[str, Reach | None] = {}
    for name, fact in facts.items():
        if fact.shape is None or name not in graph.by_id:
            continue
        own = own_reach(graph.by_id[name].layer, fact.inputs) if fact.inputs else POINTWISE
        before = [seen.get(wire.source) for wire in graph.arriving(name)]
        known = [reach for reach in before if reach is not None]
        least = min(known, key=lambda reach: reach.size) if known else None
        if not fact.inputs:
            seen[name] = POINTWISE
        else:
            seen[name] = None if own is None or least is None else least.then(own)
    return seen


def _own(layer: Layer, inputs: tuple[Shape, ...]) -> Reach | None:
    inside = inner_graph(layer, inputs)
    if inside is not None:
        return least_reach(inside, walk(inside, None))[inside.nodes[-1].id]
    return layer.reach(inputs)


# The cast is for type checkers, which do not see that a frozen Spec is hashable.
own_reach = cast(
    "Callable[[Layer, tuple[Shape, ...]], Reach | None]", lru_cache(maxsize=16_384)(_own)
)
"""The reach of one layer by itself; of a block, along the shortest path inside. Remembered."""
