"""The items of a graph, kept in step with its records by identity."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from engine.graph.facts import Analysis
from engine.graph.records import Graph, Wire
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, PORT_REACH, is_long, node_rect
from gui.canvas.node_item import NodeItem
from gui.canvas.wire_item import WireItem

__all__ = ["GraphScene", "Port"]

Port = tuple[str, int | None]
"""A node's id and the number of an input, ``None`` for the output."""


class GraphScene(QGraphicsScene):
    """One item per node and per wire; answers what lies where."""

    def __init__(self) -> None:
        super().__init__()
        self.graph = Graph()
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)

    def show_graph(self, graph: Graph, analysis: Analysis | None) -> None:
        """Brings the items from the graph that is shown to ``graph``; touches what differs."""
        self.graph = graph
        self._remove_gone(graph)
        for node in graph.nodes:
            item = self.nodes.get(node.id)
            if item is None:
                item = self.nodes[node.id] = NodeItem(node)
                self.addItem(item)
            facts = analysis.nodes.get(node.id) if analysis is not None else None
            arriving = graph.arriving(node.id)
            item.show_record(node, facts, arriving[-1].port + 1 if arriving else 0)
        for wire in graph.wires:
            found = self.wires.get(wire)
            if found is None:
                found = self.wires[wire] = WireItem(wire)
                self.addItem(found)
            self.lay_wire(found)

    def _remove_gone(self, graph: Graph) -> None:
        kept = set(graph.wires)
        for wire in [wire for wire in self.wires if wire not in kept]:
            self.removeItem(self.wires.pop(wire))
        for name in [name for name in self.nodes if name not in graph.by_id]:
            self.removeItem(self.nodes.pop(name))

    def lay_wire(self, item: WireItem) -> None:
        """Draws a wire between its two nodes where they are now."""
        wire = item.wire
        start = self.nodes[wire.source].output()
        if start is None:
            start = self.nodes[wire.source].pos() + QPointF(NODE_WIDTH / 2, NODE_HEIGHT)
        end = self.nodes[wire.target].input(wire.port)
        item.set_ends(start, end, aside=is_long(start, end) and self._in_the_way(start, end))

    def _in_the_way(self, start: QPointF, end: QPointF) -> bool:
        between = QRectF(start, end).normalized().adjusted(-1, 8, 1, -8)
        found = (item for item in self.items(between) if isinstance(item, NodeItem))
        return any(item.mapRectToScene(node_rect()).intersects(between) for item in found)

    def lay_wires_of(self, names: set[str]) -> None:
        """Draws the wires of these nodes anew, while they are dragged."""
        for name in names:
            for wire in (*self.graph.arriving(name), *self.graph.leaving(name)):
                self.lay_wire(self.wires[wire])

    def put_back(self, names: set[str]) -> None:
        """Puts dragged nodes back where their records say."""
        for name in names:
            item = self.nodes.get(name)
            if item is not None:
                item.setPos(item.node.x, item.node.y)
        self.lay_wires_of({name for name in names if name in self.nodes})

    def selected_nodes(self) -> tuple[str, ...]:
        """The ids of the selected nodes, in the order of the graph."""
        chosen = {item.node.id for item in self.selectedItems() if isinstance(item, NodeItem)}
        return tuple(node.id for node in self.graph.nodes if node.id in chosen)

    def selected_wires(self) -> tuple[Wire, ...]:
        """The selected wires."""
        return tuple(i.wire for i in self.selectedItems() if isinstance(i, WireItem))

    def select(self, names: set[str], *, keep: bool = False) -> None:
        """Selects these nodes, in addition to what is selected if ``keep``; one signal in all."""
        self.blockSignals(True)
        if not keep:
            self.clearSelection()
        for name in names:
            if name in self.nodes:
                self.nodes[name].setSelected(True)
        self.blockSignals(False)
        self.selectionChanged.emit()

    def node_at(self, point: QPointF) -> NodeItem | None:
        """The topmost node at a point of the scene."""
        found = self.items(point)
        return next((item for item in found if isinstance(item, NodeItem)), None)

    def wire_at(self, point: QPointF) -> WireItem | None:
        """The wire within grasp of a point of the scene."""
        found = self.items(point)
        return next((item for item in found if isinstance(item, WireItem)), None)

    def port_at(self, point: QPointF) -> Port | None:
        """The port within grasp of a point of the scene."""
        edge = PORT_REACH
        around = QRectF(point.x() - edge, point.y() - edge, 2 * edge, 2 * edge)
        best: tuple[float, Port] | None = None
        for item in self.items(around):
            if not isinstance(item, NodeItem):
                continue
            ports: list[tuple[int | None, QPointF | None]] = [(None, item.output())]
            ports += [(port, item.input(port)) for port in range(item.inputs)]
            for port, place in ports:
                if place is None:
                    continue
                away = (place - point).manhattanLength()
                if away <= edge and (best is None or away < best[0]):
                    best = (away, (item.node.id, port))
        return best[1] if best else None
