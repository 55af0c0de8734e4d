"""Writing a graph down in code, node after node."""

from __future__ import annotations

from engine.graph.records import Graph, Node, Wire
from engine.layers.base import Layer

__all__ = ["GraphBuilder"]


class GraphBuilder:
    """Collects nodes and wires; templates and blocks are written with it.

    ::

        make = GraphBuilder()
        make.add("image", Input())
        make.add("stem", Conv2d(out_channels=32))
        make.add("sum", Add(), "stem", "image")
        graph = make.graph()
    """

    def __init__(self) -> None:
        self._nodes: list[Node] = []
        self._wires: list[Wire] = []

    @property
    def last(self) -> str:
        """The id of the node that was added last."""
        return self._nodes[-1].id

    def add(self, node_id: str, layer: Layer, *sources: str) -> str:
        """Adds a node fed by ``sources``, by the last node when none is named; returns its id."""
        if not sources and self._nodes and layer.max_inputs != 0:
            sources = (self.last,)
        self._nodes.append(Node(node_id, layer))
        self._wires += [Wire(source, node_id, port) for port, source in enumerate(sources)]
        return node_id

    def graph(self) -> Graph:
        """The graph so far."""
        return Graph(tuple(self._nodes), tuple(self._wires))
