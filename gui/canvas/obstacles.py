"""Which nodes stand in the way of a straight wire."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable

from engine.graph.records import Node
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH

__all__ = ["Obstacles"]

_CLEAR = 8.0


class Obstacles:
    """The places of all nodes, asked for one column at a time.

    Nodes are kept in columns half a node wide, each sorted from top to bottom, so that a question
    costs a search in a few columns however many nodes there are.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._columns: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for node in nodes:
            insort(self._columns[_column(node.x + NODE_WIDTH / 2)], (node.y, node.x))

    def between(self, x: float, top: float, bottom: float) -> bool:
        """Whether a node covers a point of the upright line from ``top`` to ``bottom``."""
        low, high = top - NODE_HEIGHT + _CLEAR, bottom - _CLEAR
        middle = _column(x)
        for column in range(middle - 1, middle + 2):
            places = self._columns.get(column, ())
            for y, left in places[bisect_left(places, (low, 0.0)) :]:
                if y >= high:
                    break
                if left <= x <= left + NODE_WIDTH:
                    return True
        return False


def _column(x: float) -> int:
    return int(x // (NODE_WIDTH / 2))
