"""The items of a graph, kept in step with its records by identity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene, QGraphicsSceneHelpEvent

from engine.graph.comments import Comment
from engine.graph.facts import Analysis
from engine.graph.records import Graph, Node, Wire
from engine.layers.base import Frame, show
from gui.canvas.comment_item import GRIP, BoxFacts, CommentItem
from gui.canvas.geometry import (
    GAP,
    NODE_HEIGHT,
    NODE_WIDTH,
    PORT_REACH,
    Bend,
    is_long,
    is_slanted,
)
from gui.canvas.node_item import NodeItem
from gui.canvas.obstacles import Obstacles
from gui.canvas.tint import Tint
from gui.canvas.tracks import spread
from gui.canvas.wire_item import WireItem

__all__ = ["GraphScene", "Port"]

Port = tuple[str, int | None]
"""A node's id and the number of an input, ``None`` for the output."""


class GraphScene(QGraphicsScene):
    """One item per node, per wire and per comment; answers what lies where.

    ``folded`` names, for each node that a collapsed comment stands for, that comment; ``searched``
    has the words of the nodes that the tuner may change.
    """

    def __init__(self) -> None:
        super().__init__()
        self.graph = Graph()
        self.analysis: Analysis | None = None
        self.frame: Frame | None = None
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self.comments: dict[str, CommentItem] = {}
        self.folded: dict[str, str] = {}
        self.searched: dict[str, Callable[[], str]] = {}
        self._obstacles = Obstacles(())
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.BspTreeIndex)

    def show_graph(
        self, graph: Graph, analysis: Analysis | None, frame: Frame | None = None
    ) -> None:
        """Brings the items from the graph that is shown to ``graph``; touches what differs."""
        self.analysis, self.frame = analysis, frame
        rewired = graph.wires is not self.graph.wires
        if rewired:
            self._remove_wires(set(graph.wires))
        self._remove_nodes(graph)
        recommented = graph.comments is not self.graph.comments
        self.graph = graph
        moved = {node.id for node in graph.nodes if self._show_node(node, analysis)}
        if recommented or self.folded:
            moved |= self._show_comments(graph, analysis)
        if moved:
            self._obstacles = Obstacles(n for n in graph.nodes if n.id not in self.folded)
        if moved or rewired:
            self._show_wires(graph, moved)

    def show_tints(self, tints: Mapping[str, Tint]) -> None:
        """Colours nodes by a measured value; those that are not named look as usual."""
        for name, item in self.nodes.items():
            item.set_tint(tints.get(name))

    def show_searched(self, words: Mapping[str, Callable[[], str]]) -> None:
        """Marks nodes that the tuner may change, those to come too; ``words`` say what of each."""
        self.searched = dict(words)
        for name, item in self.nodes.items():
            item.set_searched(self.searched.get(name))
        for frame in self.comments.values():
            frame.set_searched(on=not self.searched.keys().isdisjoint(frame.comment.folded))

    def _show_comments(self, graph: Graph, analysis: Analysis | None) -> set[str]:
        """Shows the comments and hides what they stand for; the nodes whose wires are affected."""
        kept = {comment.id for comment in graph.comments}
        for name in [name for name in self.comments if name not in kept]:
            gone = self.comments.pop(name)
            self.removeItem(gone.caption)
            self.removeItem(gone)
        affected: set[str] = set()
        for comment in graph.comments:
            item = self.comments.get(comment.id)
            if item is None:
                item = self.comments[comment.id] = CommentItem(comment)
                self.addItem(item)
                self.addItem(item.caption)
            item.set_searched(on=not self.searched.keys().isdisjoint(comment.folded))
            if item.show_record(comment, _box_facts(comment, graph, analysis)):
                affected.update(comment.folded)
        folded = {n: c.id for c in graph.comments for n in c.folded if n in graph}
        affected |= {n for n in {*folded, *self.folded} if folded.get(n) != self.folded.get(n)}
        self.folded = folded
        for name, item in self.nodes.items():
            item.setVisible(name not in folded)
        for frame in self.comments.values():
            frame.setVisible(not self._behind_box(frame.comment))
            frame.caption.settle()
        return affected & set(self.nodes)

    def _behind_box(self, comment: Comment) -> bool:
        """Whether an open frame lies around nothing but what one collapsed box stands for."""
        if comment.collapsed or not self.folded:
            return False
        within = {self.folded.get(n.id, "") for n in self.graph.nodes if _lies_in(n, comment)}
        return len(within) == 1 and "" not in within

    def _show_wires(self, graph: Graph, moved: set[str]) -> None:
        for wire in graph.wires:
            item = self.wires.get(wire)
            if item is None:
                item = self.wires[wire] = WireItem(wire)
                self.addItem(item)
                self.lay_wire(item)
            elif moved and (item.long or wire.source in moved or wire.target in moved):
                self.lay_wire(item)
        spread(item for item in self.wires.values() if item.aside)

    def _show_node(self, node: Node, analysis: Analysis | None) -> bool:
        """Shows one record; whether its wires have to be drawn anew."""
        item = self.nodes.get(node.id)
        new = item is None
        if item is None:
            item = self.nodes[node.id] = NodeItem(node)
            item.set_searched(self.searched.get(node.id))
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
        before, after = self.folded.get(wire.source), self.folded.get(wire.target)
        item.setVisible(before is None or before != after)
        start = self.nodes[wire.source].output()
        if start is None:
            start = self.nodes[wire.source].pos() + QPointF(NODE_WIDTH / 2, NODE_HEIGHT)
        end = self.nodes[wire.target].input(wire.port)
        if before is not None:
            start = self.comments[before].exit()
        if after is not None:
            end = self.comments[after].entry()
        upright = is_long(start, end)
        item.long = upright or is_slanted(start, end)
        middle = (start.x() + end.x()) / 2
        aside = upright and self._obstacles.between(middle, start.y(), end.y())
        # While it is dragged it keeps the track that it had among the others.
        track = max(item.aside, 1) if aside else 0
        item.set_ends(start, end, aside=track, bend=self._bend(start, end))

    def _bend(self, start: QPointF, end: QPointF) -> Bend:
        """Where a slanted wire goes to the side: in the gap to which its way down is free."""
        if not is_slanted(start, end):
            return "even"
        if not self._obstacles.between(start.x(), start.y(), end.y() - GAP):
            return "late"
        free = not self._obstacles.between(end.x(), start.y() + GAP, end.y())
        return "early" if free else "even"

    def content(self) -> QRectF:
        """The rectangle around all nodes and what is written below them, and all comments."""
        if not self.graph.nodes and not self.comments:
            return QRectF()
        nodes = [n for n in self.graph.nodes if n.id not in self.folded]
        area = QRectF()
        for frame in self.comments.values():
            if frame.isVisible():
                area = area.united(frame.sceneBoundingRect())
        return area.united(self._around(nodes)) if nodes else area

    def _around(self, nodes: list[Node]) -> QRectF:
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
        for frame in self.comments.values():
            frame.put_back()
        self.lay_wires_of({name for name in names if name in self.nodes})

    def selected_nodes(self) -> tuple[str, ...]:
        """The ids of the selected nodes, in the order of the graph."""
        chosen = {item.node.id for item in self.selectedItems() if isinstance(item, NodeItem)}
        return tuple(node.id for node in self.graph.nodes if node.id in chosen)

    def selected_wires(self) -> tuple[Wire, ...]:
        """The selected wires."""
        return tuple(i.wire for i in self.selectedItems() if isinstance(i, WireItem))

    def selected_comments(self) -> tuple[str, ...]:
        """The ids of the selected comments, in the order of the graph."""
        return tuple(name for name, item in self.comments.items() if item.isSelected())

    def selected_folded(self) -> tuple[str, ...]:
        """The ids of the nodes that selected boxes stand for."""
        return tuple(n for c in self.selected_comments() for n in self.comments[c].comment.folded)

    def select(
        self, names: Iterable[str], comments: Iterable[str] = (), *, keep: bool = False
    ) -> None:
        """Selects these nodes and comments; one signal in all.

        They are added to what is selected if ``keep``. Of a node behind a box, the box is selected.
        """
        self.blockSignals(True)
        if not keep:
            self.clearSelection()
        for name in names:
            if name in self.folded:
                self.comments[self.folded[name]].setSelected(True)
            elif name in self.nodes:
                self.nodes[name].setSelected(True)
        for name in comments:
            if name in self.comments:
                self.comments[name].setSelected(True)
        self.blockSignals(False)
        self.selectionChanged.emit()

    def select_only(self, item: QGraphicsItem) -> None:
        """Selects one item and nothing else; one signal in all."""
        self.blockSignals(True)
        self.clearSelection()
        item.setSelected(True)
        self.blockSignals(False)
        self.selectionChanged.emit()

    def shown(self, name: str) -> NodeItem | CommentItem:
        """The item that shows a node: its own, or the box that stands for it."""
        return self.comments[self.folded[name]] if name in self.folded else self.nodes[name]

    def helpEvent(self, event: QGraphicsSceneHelpEvent) -> None:
        """Gives the node under the mouse its tip, just before Qt shows it."""
        item = self.node_at(event.scenePos())
        if item is not None:
            item.setToolTip(item.toolTip())
        super().helpEvent(event)

    def node_at(self, point: QPointF) -> NodeItem | None:
        """The topmost node at a point of the scene."""
        found = self.items(point)
        return next((item for item in found if isinstance(item, NodeItem)), None)

    def wire_at(self, point: QPointF) -> WireItem | None:
        """The wire within grasp of a point of the scene."""
        found = self.items(point)
        return next((item for item in found if isinstance(item, WireItem)), None)

    def comment_at(self, point: QPointF, reach: float = GRIP) -> CommentItem | None:
        """The comment whose title, edge or box is at a point of the scene."""
        around = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        for item in self.items(around):
            if isinstance(item, CommentItem) and (
                item.shape().contains(item.mapFromScene(point)) or item.grip_at(point, reach)
            ):
                return item
        return None

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


def _lies_in(node: Node, comment: Comment) -> bool:
    return comment.holds(node.x + NODE_WIDTH / 2, node.y + NODE_HEIGHT / 2)


def _box_facts(comment: Comment, graph: Graph, analysis: Analysis | None) -> BoxFacts:
    """What the box of a collapsed comment tells; nothing for an open one."""
    if not comment.collapsed:
        return BoxFacts()
    names = [name for name in comment.folded if name in graph]
    facts = [analysis.nodes[n] for n in names if n in analysis.nodes] if analysis else []
    inner = set(names)
    shapes = [
        show(shape)
        for name in names
        if analysis
        and any(wire.target not in inner for wire in graph.leaving(name))
        and name in analysis.nodes
        and (shape := analysis.nodes[name].shape)
    ]
    problem = next((fact.problem for fact in facts if fact.problem), "")
    return BoxFacts(len(names), shapes[0] if len(shapes) == 1 else "", problem)
