"""Which node lies next in a direction, for the arrow keys."""

from __future__ import annotations

from engine.graph.records import Graph, Node

__all__ = ["DIRECTIONS", "neighbour"]

DIRECTIONS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_ASIDE = 2.5


def neighbour(graph: Graph, start: str, direction: str) -> str | None:
    """The nearest node left, right, up or down of ``start``; None when there is none.

    Up and down follow wires first: to what feeds the node, and to what it feeds. Otherwise the
    nearest by distance, where a way aside counts two and a half times.
    """
    here = graph.node(start)
    if direction in ("up", "down"):
        wired = (
            [wire.source for wire in graph.arriving(start)]
            if direction == "up"
            else [wire.target for wire in graph.leaving(start)]
        )
        if wired:
            return min(wired, key=lambda name: abs(graph.node(name).x - here.x))
    ahead = [
        (away, node.id)
        for node in graph.nodes
        if node is not here and (away := _away(here, node, DIRECTIONS[direction])) is not None
    ]
    return min(ahead)[1] if ahead else None


def _away(here: Node, there: Node, direction: tuple[int, int]) -> float | None:
    across, down = there.x - here.x, there.y - here.y
    ahead = across * direction[0] + down * direction[1]
    aside = abs(across * direction[1]) + abs(down * direction[0])
    return ahead + _ASIDE * aside if ahead > 0 and ahead * 2 >= aside * 0.5 else None
