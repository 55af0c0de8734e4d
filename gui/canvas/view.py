"""The canvas: shows a graph, and turns what the hands do into wishes."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QWidget

from engine.graph.facts import Analysis
from engine.graph.records import Graph, Wire
from gui.canvas.geometry import GRID, NODE_HEIGHT, NODE_WIDTH, snap
from gui.canvas.gestures import BoxSelect, DrawWire, Gesture, MoveNodes, Pan
from gui.canvas.mime import kind_of
from gui.canvas.neighbours import DIRECTIONS, neighbour
from gui.canvas.node_item import NodeItem
from gui.canvas.scene import GraphScene
from gui.canvas.wire_item import WireItem
from gui.canvas.words import describe
from gui.canvas.zoom_view import ZoomView
from gui.theme.tokens import SPACE
from gui.widgets.text import label

__all__ = ["GraphView"]

_THRESHOLD = 4
_ARROWS = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}


class GraphView(ZoomView):
    """Draws a graph with its analysis; never edits, only wishes.

    Show a value with :meth:`show_graph`; what differs by identity is redrawn. Signals:

        wish_add(kind, point): a layer was dropped on free ground; its middle in scene pixels.
        wish_insert(kind, wire, point): a layer was dropped on a wire.
        wish_connect((source, target, port or None)), wish_rewire((old wire, the same three)),
        wish_disconnect(wires).
        wish_delete((ids, wires)), wish_duplicate(ids), wish_move({id: (x, y)}).
        wish_edit(id): double click or Enter on a node.
        selection_changed(ids): other nodes are selected.
        refused(sentence): a wire was dropped where it cannot lead.
    """

    wish_add = Signal(str, object)
    wish_insert = Signal(str, object, object)
    wish_connect = Signal(object)
    wish_rewire = Signal(object)
    wish_disconnect = Signal(object)
    wish_delete = Signal(object)
    wish_duplicate = Signal(object)
    wish_move = Signal(object)
    wish_edit = Signal(str)
    selection_changed = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.graph_scene = GraphScene()
        super().__init__(self.graph_scene, parent)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Model canvas")
        self._gesture: Gesture | None = None
        self._pressed: tuple[QPoint, NodeItem | None] | None = None
        self._space = False
        self._hovered: NodeItem | None = None
        self._drop_wire: WireItem | None = None
        self._hint = label("", "hint", wrap=True)
        self._hint.setParent(self.viewport())
        self._hint.setMaximumWidth(38 * SPACE)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint.hide()
        self.graph_scene.selectionChanged.connect(self._on_selection)

    def show_graph(self, graph: Graph, analysis: Analysis | None) -> None:
        """Shows a graph; a gesture in progress is cancelled, since its records may be gone."""
        if graph is not self.graph_scene.graph:
            self.cancel_gesture()
        before = set(self.selected())
        self._hovered = None
        self.graph_scene.show_graph(graph, analysis)
        self.grow_scene()
        if set(self.selected()) != before:
            self._on_selection()

    def selected(self) -> tuple[str, ...]:
        """The ids of the selected nodes."""
        return self.graph_scene.selected_nodes()

    def select(self, ids: Iterable[str]) -> None:
        """Selects these nodes and no other; brings the first into sight."""
        names = [name for name in ids if name in self.graph_scene.nodes]
        self.graph_scene.select(set(names))
        if names:
            self.reveal(self.graph_scene.nodes[names[0]].sceneBoundingRect())

    def content(self) -> QRectF:
        """What there is to look at."""
        return self.graph_scene.content()

    def tell(self, text: str, point: QPointF | None = None) -> None:
        """Says something beside a point of the scene while a gesture goes on; empty ends it."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        if point is not None and text:
            self._hint.adjustSize()
            room = self.viewport().size() - self._hint.size()
            at = self.mapFromScene(point) + QPoint(16, 20)
            self._hint.move(min(at.x(), room.width() - 4), min(at.y(), room.height() - 4))

    @property
    def told(self) -> str:
        """What is being said beside the mouse."""
        return self._hint.text() if self._hint.isVisible() else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.cancel_gesture()
        at, point = event.position().toPoint(), self.mapToScene(event.position().toPoint())
        button = event.button()
        if button == Qt.MouseButton.MiddleButton or (
            self._space and button == Qt.MouseButton.LeftButton
        ):
            self._gesture = Pan(self, at)
            return
        if button != Qt.MouseButton.LeftButton:
            return
        port = self.graph_scene.port_at(point)
        if port is not None:
            self._gesture = DrawWire(self, port)
            return
        self._press_ground_or_item(event, at, point)

    def _press_ground_or_item(self, event: QMouseEvent, at: QPoint, point: QPointF) -> None:
        keep = bool(
            event.modifiers()
            & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        )
        node = self.graph_scene.node_at(point)
        wire = None if node is not None else self.graph_scene.wire_at(point)
        item = node or wire
        if item is None:
            if not keep:
                self.graph_scene.clearSelection()
            self._gesture = BoxSelect(self, point, keep=keep)
            return
        if keep:
            item.setSelected(not item.isSelected())
        elif not item.isSelected():
            self.graph_scene.clearSelection()
            item.setSelected(True)
        if node is not None and node.isSelected():
            self._pressed = (at, node)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if isinstance(self._gesture, Pan):
            self._gesture.drag(at)
            return
        if self._pressed is not None and self._gesture is None:
            start, node = self._pressed
            if node is not None and (at - start).manhattanLength() >= _THRESHOLD:
                self._gesture = MoveNodes(self, self.mapToScene(start), node.node.id)
        if self._gesture is not None:
            self._gesture.move(self.mapToScene(at))
        else:
            self._hover(self.mapToScene(at))
            super().mouseMoveEvent(event)

    def _hover(self, point: QPointF) -> None:
        port = self.graph_scene.port_at(point)
        item = self.graph_scene.nodes[port[0]] if port else self.graph_scene.node_at(point)
        if item is not self._hovered:
            if self._hovered is not None:
                self._hovered.set_hovered(False)
            if item is not None:
                item.set_hovered(True)
            self._hovered = item
        shape = Qt.CursorShape.CrossCursor if port else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self._space else shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is not None:
            gesture.finish(self.mapToScene(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.cancel_gesture()
        node = self.graph_scene.node_at(self.mapToScene(event.position().toPoint()))
        if node is not None:
            self.graph_scene.select({node.node.id})
            self.wish_edit.emit(node.node.id)

    def cancel_gesture(self) -> bool:
        """Ends what the mouse is doing without a trace; whether there was something."""
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is not None:
            gesture.cancel()
        return gesture is not None

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.cancel_gesture()
        self._space = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, ctrl = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if key == Qt.Key.Key_Escape:
            if not self.cancel_gesture():
                self.graph_scene.clearSelection()
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._delete()
        elif key in _ARROWS:
            self._nudge(_ARROWS[Qt.Key(key)]) if ctrl else self._step(_ARROWS[Qt.Key(key)])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.set_zoom(self.zoom * (0.8 if key == Qt.Key.Key_Minus else 1.25))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_F) and not ctrl:
            self.fit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.selected():
            self.wish_edit.emit(self.selected()[0])
        elif ctrl and key == Qt.Key.Key_D and self.selected():
            self.wish_duplicate.emit(self.selected())
        elif ctrl and key == Qt.Key.Key_A:
            self.graph_scene.select(set(self.graph_scene.nodes))
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().unsetCursor()
        super().keyReleaseEvent(event)

    def _delete(self) -> None:
        ids, wires = self.selected(), self.graph_scene.selected_wires()
        if ids or wires:
            self.wish_delete.emit((ids, wires))

    def _step(self, direction: str) -> None:
        graph, chosen = self.graph_scene.graph, self.selected()
        if not chosen:
            first = graph.nodes[0].id if graph.nodes else None
        else:
            first = neighbour(graph, chosen[-1], direction)
        if first is not None:
            self.select([first])

    def _nudge(self, direction: str) -> None:
        across, down = DIRECTIONS[direction]
        nodes = (self.graph_scene.graph.node(name) for name in self.selected())
        places = {n.id: (n.x + across * GRID, n.y + down * GRID) for n in nodes}
        if places:
            self.wish_move.emit(places)

    def _on_selection(self) -> None:
        ids = self.selected()
        items = self.graph_scene.nodes
        words = [describe(items[name].node, items[name].facts) for name in ids[:3]]
        self.setAccessibleDescription("; ".join(words))
        self.selection_changed.emit(ids)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._judge(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._judge(event)
        self._light_wire(self._wire_under(event.position()))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._light_wire(None)

    def dropEvent(self, event: QDropEvent) -> None:
        kind, wire = kind_of(event.mimeData()), self._wire_under(event.position())
        self._light_wire(None)
        if not kind:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        point = self.mapToScene(event.position().toPoint())
        corner = QPointF(snap(point.x() - NODE_WIDTH / 2), snap(point.y() - NODE_HEIGHT / 2))
        self.setFocus()
        if wire is not None:
            self.wish_insert.emit(kind, wire, corner)
        else:
            self.wish_add.emit(kind, corner)

    def _judge(self, event: QDragMoveEvent) -> None:
        if kind_of(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
        else:
            event.ignore()

    def _wire_under(self, position: QPointF) -> Wire | None:
        point = self.mapToScene(position.toPoint())
        if self.graph_scene.node_at(point) is not None:
            return None
        item = self.graph_scene.wire_at(point)
        return item.wire if item is not None else None

    def _light_wire(self, wire: Wire | None) -> None:
        item = self.graph_scene.wires.get(wire) if wire is not None else None
        if item is not self._drop_wire:
            if self._drop_wire is not None and self._drop_wire.scene() is not None:
                self._drop_wire.set_lit(False)
            if item is not None:
                item.set_lit(True)
            self._drop_wire = item
