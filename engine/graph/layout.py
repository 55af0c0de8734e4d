"""Places nodes on the canvas: layers from top to bottom, branches side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.graph.order import topological
from engine.graph.records import Graph, Node

__all__ = ["COLUMN", "NODE_HEIGHT", "NODE_WIDTH", "ROW", "arrange"]

NODE_WIDTH, NODE_HEIGHT = 168, 56
COLUMN, ROW = 216, 96
_MAX_LANES = 20_000


def arrange(graph: Graph, only: Iterable[str] | None = None) -> Graph:
    """The same graph with places on a grid of 24 px, the image at the top.

    With ``only``, just these nodes are arranged, by the wires among them, and keep their upper left
    corner; unknown ids are ignored.

    A node stands below all that feed it, straight below the first of them where there is room;
    a wire that passes other rows, such as a shortcut, gets a free lane beside the nodes. This is
    the layered drawing of Sugiyama, Tagawa and Toda (1981) without its crossing reduction: the
    order of ports already says what is left and right. Nodes of a loop stand in rows of their own
    below the rest.
    """
    if only is not None:
        return _arrange_part(graph, set(only))
    rows = _rows(graph)
    places: dict[str, tuple[int, int]] = {}
    lanes: dict[tuple[str, int], int] = {}
    last = _last_row_needed(graph, rows)
    by_row: dict[int, list[str]] = {}
    for name, row in rows.items():
        by_row.setdefault(row, []).append(name)
    for row in sorted(by_row):
        columns = {name: _wish(graph, name, row, places, lanes) for name in by_row[row]}
        taken: set[int] = set()
        for name in sorted(by_row[row], key=lambda name: columns[name]):
            column = _free(columns[name], taken)
            taken.add(column)
            places[name] = (column, row)
        _extend_lanes(row, last, places, lanes, taken)
    moved = tuple(_at(node, *places[node.id]) for node in graph.nodes)
    return graph if moved == graph.nodes else replace(graph, nodes=moved)


def _arrange_part(graph: Graph, names: set[str]) -> Graph:
    before = [node for node in graph.nodes if node.id in names]
    if len(before) < 2:
        return graph
    wires = (w for w in graph.wires if w.source in names and w.target in names)
    after = arrange(Graph(tuple(before), tuple(wires))).nodes
    across = min(n.x for n in before) - min(n.x for n in after)
    down = min(n.y for n in before) - min(n.y for n in after)
    moved = {n.id: replace(n, x=n.x + across, y=n.y + down) for n in after}
    nodes = tuple(
        new if (new := moved.get(node.id, node)) != node else node for node in graph.nodes
    )
    return graph if nodes == graph.nodes else replace(graph, nodes=nodes)


def _rows(graph: Graph) -> dict[str, int]:
    """The row of each node: one more than the lowest of its feeders."""
    rows: dict[str, int] = {}
    for name in topological(graph):
        feeders = [rows[wire.source] for wire in graph.arriving(name)]
        rows[name] = 1 + max(feeders, default=-1)
    below = 1 + max(rows.values(), default=-1)
    for node in graph.nodes:
        if node.id not in rows:
            rows[node.id] = below
            below += 1
    return rows


def _last_row_needed(graph: Graph, rows: dict[str, int]) -> dict[str, int]:
    """For nodes whose wires pass other rows: the last row that such a wire passes."""
    last: dict[str, int] = {}
    lanes = 0
    for wire in graph.wires:
        passed = rows[wire.target] - 1
        if passed > max(rows[wire.source], last.get(wire.source, -1)):
            lanes += passed - max(rows[wire.source], last.get(wire.source, -1))
            if lanes > _MAX_LANES:
                return last
            last[wire.source] = passed
    return last


def _wish(
    graph: Graph,
    name: str,
    row: int,
    places: dict[str, tuple[int, int]],
    lanes: dict[tuple[str, int], int],
) -> int:
    """The column straight below the first feeder, or below the end of the wire's lane."""
    for wire in graph.arriving(name):
        if wire.source in places:
            return lanes.get((wire.source, row - 1), places[wire.source][0])
    return 0


def _extend_lanes(
    row: int,
    last: dict[str, int],
    places: dict[str, tuple[int, int]],
    lanes: dict[tuple[str, int], int],
    taken: set[int],
) -> None:
    """Keeps a column of this row free for each wire that passes it."""
    for source, until in last.items():
        if source in places and places[source][1] < row <= until:
            wished = lanes.get((source, row - 1), places[source][0])
            lanes[source, row] = _free(wished, taken)
            taken.add(lanes[source, row])


def _free(column: int, taken: set[int]) -> int:
    """The column, or the first free one to its right."""
    while column in taken:
        column += 1
    return column


def _at(node: Node, column: int, row: int) -> Node:
    x, y = float(column * COLUMN), float(row * ROW)
    return node if (node.x, node.y) == (x, y) else replace(node, x=x, y=y)
