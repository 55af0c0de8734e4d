"""A graph as rows of places, with a lane for each wire that passes a row, in a good order."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping
from itertools import pairwise

from engine.graph.records import Graph

__all__ = ["Item", "Sheet"]

Item = str | tuple[str, int]
"""A node's id, or a lane: the node that its wire comes from, and the row that it passes."""

_MAX_LANES = 20_000
_SWEEPS = 4
_FAINT = 1e-6


class Sheet:
    """Rows of items, ordered so that few wires cross, and what is linked between rows.

    Attributes:
        rows: the items of each row, from left to right.
        above, below: the items of the row before and after that an item is linked to.
        weight: how much an item counts when places are shared: little for the lane of a shortcut,
            so that it moves aside and the chain stays straight; 1 for nodes, and for the lane of a
            branch that has no other way.
    """

    def __init__(self, graph: Graph, rows: Mapping[str, int]) -> None:
        self.rows: list[list[Item]] = [[] for _ in range(1 + max(rows.values(), default=-1))]
        self.above: dict[Item, list[Item]] = {}
        self.below: dict[Item, list[Item]] = {}
        self.weight: dict[Item, float] = {}
        self._ports: dict[tuple[Item, Item], int] = {}
        for name, row in rows.items():
            self._add(name, row, 1.0)
        self._link_all(graph, rows)
        self._order()

    def _add(self, item: Item, row: int, weight: float) -> None:
        self.rows[row].append(item)
        self.above[item], self.below[item], self.weight[item] = [], [], weight

    def _link(self, upper: Item, lower: Item) -> None:
        if lower not in self.below[upper]:
            self.below[upper].append(lower)
            self.above[lower].append(upper)

    def _link_all(self, graph: Graph, rows: Mapping[str, int]) -> None:
        """Links every wire, through lanes that wires of one source share; none once there are
        too many lanes (wires are drawn all the same)."""
        lanes = 0
        for wire in graph.wires:
            start, end = rows[wire.source], rows[wire.target]
            lanes += max(end - start - 1, 0)
            if end <= start or lanes > _MAX_LANES:
                continue
            targets = {other.target for other in graph.leaving(wire.source)}
            last: Item = wire.source
            for row in range(start + 1, end):
                lane = (wire.source, row)
                if lane not in self.above:
                    self._add(lane, row, 1.0 if len(targets) == 1 else _FAINT)
                self._link(last, lane)
                last = lane
            self._link(last, wire.target)
            self._ports[last, wire.target] = wire.port

    def _order(self) -> None:
        """Sorts each row by the middle of what its items are linked to, down and up in turn
        (the barycentre method), and keeps the best order seen."""
        best, least = [list(row) for row in self.rows], self._crossings()
        for sweep in range(_SWEEPS):
            if least == 0:
                break
            down = sweep % 2 == 0
            links = self.above if down else self.below
            for number in range(len(self.rows)) if down else reversed(range(len(self.rows))):
                self._sort(number, links, -1 if down else 1)
            found = self._crossings()
            if found < least:
                best, least = [list(row) for row in self.rows], found
        self.rows = best

    def _sort(self, number: int, links: Mapping[Item, list[Item]], by: int) -> None:
        row = self.rows[number]
        if len(row) < 2 or not 0 <= number + by < len(self.rows):
            return
        at = {item: place for place, item in enumerate(self.rows[number + by])}
        own = {item: place for place, item in enumerate(row)}

        def middle(item: Item) -> tuple[float, bool, int]:
            near = [at[other] + self._lean(item, other) for other in links[item]]
            place = sum(near) / len(near) if near else float(own[item])
            return place, isinstance(item, tuple), own[item]

        row.sort(key=middle)

    def _lean(self, item: Item, other: Item) -> float:
        """A little to the side of the port at which the wire arrives."""
        return 0.01 * self._ports.get((item, other), 0)

    def _crossings(self) -> int:
        """How many pairs of links cross."""
        crossings = 0
        for upper, lower in pairwise(self.rows):
            at = {item: place for place, item in enumerate(lower)}
            seen: list[float] = []
            for item in upper:
                ends = sorted(at[o] + self._lean(item, o) for o in self.below[item])
                crossings += sum(len(seen) - bisect_right(seen, end) for end in ends)
                for end in ends:
                    insort(seen, end)
        return crossings
