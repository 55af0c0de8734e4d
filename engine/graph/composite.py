"""Layers that are graphs inside, as seen from below: blocks are made of graphs, not the reverse."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from engine.graph.records import Graph
from engine.layers.base import Layer, Shape

__all__ = ["inner_graph"]


@runtime_checkable
class _Composite(Protocol):
    def graph(self, inputs: tuple[Shape, ...]) -> Graph: ...


def inner_graph(layer: Layer, inputs: tuple[Shape, ...]) -> Graph | None:
    """The graph inside a block where ``inputs`` arrive, its last node the result; else ``None``.

    Raises Misfit when the block cannot work on them.
    """
    if layer.category == "Block" and isinstance(layer, _Composite):
        return layer.graph(inputs)
    return None
