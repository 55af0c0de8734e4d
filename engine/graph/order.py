"""The order in which a graph computes, and the loops that make it impossible."""

from __future__ import annotations

from collections import deque

from engine.graph.records import Graph

__all__ = ["ancestors", "descendants", "find_loop", "leads_to", "topological"]


def topological(graph: Graph) -> tuple[str, ...]:
    """Node ids, each after all that feed it; nodes in or behind a loop are missing. Linear time."""
    waiting = {node.id: len(graph.arriving(node.id)) for node in graph.nodes}
    ready = deque(name for name, count in waiting.items() if not count)
    order: list[str] = []
    while ready:
        name = ready.popleft()
        order.append(name)
        for wire in graph.leaving(name):
            waiting[wire.target] -= 1
            if not waiting[wire.target]:
                ready.append(wire.target)
    return tuple(order)


def find_loop(graph: Graph, order: tuple[str, ...]) -> tuple[str, ...]:
    """The nodes of one loop in the direction of its wires, empty when there is none.

    ``order`` is ``topological(graph)``. Every node outside it has a feeder outside it, so walking
    backwards from any of them must come round.
    """
    placed = set(order)
    name = next((node.id for node in graph.nodes if node.id not in placed), None)
    if name is None:
        return ()
    walked: dict[str, None] = {}
    while name not in walked:
        walked[name] = None
        name = next(w.source for w in graph.arriving(name) if w.source not in placed)
    path = list(walked)
    return tuple(reversed(path[path.index(name) :]))


def leads_to(graph: Graph, source: str, target: str) -> bool:
    """Whether ``target`` is ``source`` or can be reached from it along the wires."""
    seen, stack = {source}, [source]
    while stack:
        name = stack.pop()
        if name == target:
            return True
        for wire in graph.leaving(name):
            if wire.target not in seen:
                seen.add(wire.target)
                stack.append(wire.target)
    return False


def ancestors(graph: Graph, node_id: str) -> frozenset[str]:
    """A node and everything that feeds it, directly or not."""
    seen, stack = {node_id}, [node_id]
    while stack:
        for wire in graph.arriving(stack.pop()):
            if wire.source not in seen:
                seen.add(wire.source)
                stack.append(wire.source)
    return frozenset(seen)


def descendants(graph: Graph, node_id: str) -> frozenset[str]:
    """A node and everything that it feeds, directly or not."""
    seen, stack = {node_id}, [node_id]
    while stack:
        for wire in graph.leaving(stack.pop()):
            if wire.target not in seen:
                seen.add(wire.target)
                stack.append(wire.target)
    return frozenset(seen)
