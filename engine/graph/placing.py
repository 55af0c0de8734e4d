"""Aligning and distributing nodes: pure edits of where they stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from engine.graph.edits import move
from engine.graph.records import Graph

__all__ = ["ALIGNMENTS", "Alignment", "Direction", "align", "distribute"]

Alignment = Literal["left", "centre", "right", "top", "middle", "bottom"]
ALIGNMENTS: tuple[Alignment, ...] = ("left", "centre", "right", "top", "middle", "bottom")
Direction = Literal["horizontally", "vertically"]

# All nodes are of one size, so that equal corners mean equal middles and far edges, too.
_PICK = {"left": min, "top": min, "right": max, "bottom": max}


def align(graph: Graph, ids: Iterable[str], how: Alignment) -> Graph:
    """The graph with nodes on one line: their left edges, their middles, …

    Edges go to the outermost of them; ``"centre"`` (one above the other) and ``"middle"`` (side by
    side) to the middle of the rectangle around them all. Fewer than two nodes stay where they are.
    Raises FoveaError FV-M009 for an unknown id.
    """
    nodes = [graph.node(name) for name in dict.fromkeys(ids)]
    if len(nodes) < 2:
        return graph
    upright = how in ("left", "centre", "right")
    values = [node.x if upright else node.y for node in nodes]
    pick = _PICK.get(how)
    line = pick(values) if pick is not None else (min(values) + max(values)) / 2
    return move(graph, {n.id: (line, n.y) if upright else (n.x, line) for n in nodes})


def distribute(graph: Graph, ids: Iterable[str], direction: Direction) -> Graph:
    """The graph with equal gaps between nodes, the first and the last staying where they are.

    Where they overlap too much for gaps, their middles get equal distances all the same. Fewer
    than three nodes stay. Raises FoveaError FV-M009 for an unknown id.
    """
    nodes = [graph.node(name) for name in dict.fromkeys(ids)]
    if len(nodes) < 3:
        return graph
    across = direction == "horizontally"
    ordered = sorted(nodes, key=lambda n: (n.x, n.y) if across else (n.y, n.x))
    first, last = ordered[0], ordered[-1]
    start, end = (first.x, last.x) if across else (first.y, last.y)
    gap = (end - start) / (len(ordered) - 1)
    places = {
        node.id: (start + gap * i, node.y) if across else (node.x, start + gap * i)
        for i, node in enumerate(ordered)
    }
    return move(graph, places)
