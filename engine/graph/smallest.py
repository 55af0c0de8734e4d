"""How large images must be for a node that sees too small a one."""

from __future__ import annotations

from collections.abc import Sequence

from engine.graph.facts import layer_facts
from engine.graph.order import ancestors, topological
from engine.graph.records import Graph
from engine.layers.base import Frame, Shape, TooSmall

__all__ = ["smallest_side"]

_LARGEST = 16_384


def smallest_side(graph: Graph, frame: Frame, node_id: str) -> int | None:
    """The smallest side of a square image, in pixels, for which no window up to the node is empty.

    Found by halving: sizes only grow with the image. ``None`` when 16,384 px would not do.
    """
    needed = ancestors(graph, node_id)
    order = [name for name in topological(graph) if name in needed]
    low, high = 0, 1
    while not _fits(graph, frame, order, high):
        low, high = high, 2 * high
        if high > _LARGEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if _fits(graph, frame, order, middle):
            high = middle
        else:
            low = middle
    return high


def _fits(graph: Graph, frame: Frame, order: Sequence[str], side: int) -> bool:
    square = Frame(frame.channels, side, side, frame.classes)
    shapes: dict[str, Shape] = {}
    for name in order:
        inputs = tuple(shapes.get(wire.source, ()) for wire in graph.arriving(name))
        if () in inputs:
            continue  # another problem, which size does not solve
        found = layer_facts(graph.by_id[name].layer.bind(square), inputs)
        if isinstance(found, TooSmall):
            return False
        if not isinstance(found, Exception):
            shapes[name] = found.shape
    return True
