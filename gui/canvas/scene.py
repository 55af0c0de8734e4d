"""The items of a graph, kept in step with its records by identity."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from engine.graph.facts import Analysis
from engine.graph.records import Graph, Node, Wire
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, PORT_REACH, is_long
from gui.canvas.node_item import NodeItem
from gui.canvas.obstacles import Obstacles
from gui.canvas.tint import Tint
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
        self._obstacles = Obstacles(())
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)

    def show_graph(self, graph: Graph, analysis: Analysis | None) -> None:
        """Brings the items from the graph that is shown to ``graph``; touches what differs."""
        rewired = graph.wires is not self.graph.wires
        if rewired:
            self._remove_wires(set(graph.wires))
        self._remove_nodes(graph)
        self.graph = graph
        moved = {node.id for node in graph.nodes if self._show_node(node, analysis)}
        if moved:
            self._obstacles = Obstacles(graph.nodes)
        if moved or rewired:
            self._show_wires(graph, moved)

    def show_tints(self, tints: Mapping[str, Tint]) -> None:
        """Colours nodes by a measured value; those that are not named look as usual."""
        for name, item in self.nodes.items():
            item.set_tint(tints.get(name))

    def _show_wires(self, graph: Graph, moved: set[str]) -> None:
        for wire in graph.wires:
            item = self.wires.get(wire)
            if item is None:
                item = self.wires[wire] = WireItem(wire)
                self.addItem(item)
                self.lay_wire(item)
            elif moved and (item.long or wire.source in moved or wire.target in moved):
                self.lay_wire(item)

    def _show_node(self, node: Node, analysis: Analysis | None) -> bool:
        """Shows one record; whether its wires have to be drawn anew."""
        item = self.nodes.get(node.id)
        new = item is None
        if item is None:
            item = self.nodes[node.id] = NodeItem(node)
            self.addItem(item)
        arriving = self.graph.arriving(node.id)
        facts = analysis.nodes.get(node.id) if analysis is not None else None
        before = (item.x(), item.y(), item.inputs)
        item.show_record(node, facts, arriving[-1].port + 1 if arriving else 0)
        return new or before != (item.x(), item.y(), item.inputs)

    def _remove_wires(self, kept: set[Wire]) -> None:
        for wire in [wire for wire in self.wires if wire not in kept]:
            self.removeItem(self.wires.pop(wire))

    def _remove_nodes(self, graph: Graph) -> None:
        gone = [name for name in self.nodes if name not in graph.by_id]
        for name in gone:
            self.removeItem(self.nodes.pop(name))
        if gone:
            self._obstacles = Obstacles(graph.nodes)
            for item in self.wires.values():
                if item.long:
                    self.lay_wire(item)

    def lay_wire(self, item: WireItem) -> None:
        """Draws a wire between its two nodes where they are now."""
        wire = item.wire
        start = self.nodes[wire.source].output()
        if start is None:
            start = self.nodes[wire.source].pos() + QPointF(NODE_WIDTH / 2, NODE_HEIGHT)
        end = self.nodes[wire.target].input(wire.port)
        item.long = is_long(start, end)
        aside = item.long and self._obstacles.between((start.x() + end.x()) / 2, start.y(), end.y())
        item.set_ends(start, end, aside=aside)

    def content(self) -> QRectF:
        """The rectangle around all nodes and what is written below them."""
        nodes = self.graph.nodes
        if not nodes:
            return QRectF()
        left, right = min(n.x for n in nodes), max(n.x for n in nodes)
        top, bottom = min(n.y for n in nodes), max(n.y for n in nodes)
        rect = QRectF(left, top, right - left + NODE_WIDTH, bottom - top + NODE_HEIGHT)
        return rect.adjusted(-32, -16, 48, 32)

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
