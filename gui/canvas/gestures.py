"""What a pressed mouse button is doing: each gesture is one object that can always be cancelled.

A gesture changes only how things are drawn. When it ends well it returns nothing but a wish, which
the view emits; when it is cancelled, the drawing is as it was before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsRectItem

from engine.graph.edits import can_connect
from gui.canvas.geometry import snap
from gui.canvas.scene import GraphScene, Port
from gui.canvas.wire_item import LooseWire
from gui.theme import theme

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = ["BoxSelect", "DrawWire", "Gesture", "MoveNodes", "Pan"]


class Gesture:
    """The interface: points are in scene coordinates; one of finish and cancel ends it."""

    def __init__(self, view: GraphView) -> None:
        self.view = view
        self.scene: GraphScene = view.graph_scene

    def move(self, point: QPointF) -> None:
        """The mouse is at another point."""

    def finish(self, point: QPointF) -> None:
        """The button was released: emit the wish."""

    def cancel(self) -> None:
        """Escape was pressed or the focus lost: leave no trace."""


class Pan(Gesture):
    """Moves the view with the hand."""

    def __init__(self, view: GraphView, start: QPoint) -> None:
        super().__init__(view)
        self._last = start
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def drag(self, position: QPoint) -> None:
        """Moves by pixels of the viewport, since the scene moves along."""
        self.view.scroll_by(position - self._last)
        self._last = position

    def finish(self, point: QPointF) -> None:
        """The view stays where it is."""
        self.view.viewport().unsetCursor()

    cancel = finish  # type: ignore[assignment]


class BoxSelect(Gesture):
    """Selects the nodes that a rectangle touches."""

    def __init__(self, view: GraphView, start: QPointF, *, keep: bool) -> None:
        super().__init__(view)
        self._start = start
        self._before = set(self.scene.selected_nodes())
        self._kept = self._before if keep else set()
        self._box = QGraphicsRectItem()
        tint = theme().colour("link")
        pen = QPen(tint, 1)
        pen.setCosmetic(True)
        tint.setAlpha(30)
        self._box.setPen(pen)
        self._box.setBrush(tint)
        self._box.setZValue(10)
        self.scene.addItem(self._box)

    def move(self, point: QPointF) -> None:
        """Selects what the rectangle touches now."""
        area = QRectF(self._start, point).normalized()
        self._box.setRect(area)
        touched = {
            name
            for name, item in self.scene.nodes.items()
            if item.mapRectToScene(item.shape().boundingRect()).intersects(area)
        }
        self.scene.select(touched | self._kept)

    def finish(self, point: QPointF) -> None:
        """The selection stays."""
        self.scene.removeItem(self._box)

    def cancel(self) -> None:
        """The selection is as before."""
        self.scene.removeItem(self._box)
        self.scene.select(self._before)


class MoveNodes(Gesture):
    """Drags the selected nodes along the grid."""

    def __init__(self, view: GraphView, start: QPointF, lead: str) -> None:
        super().__init__(view)
        self._start = start
        self._lead = self.scene.nodes[lead].pos()
        chosen = set(self.scene.selected_nodes()) | {lead}
        self._from = {name: self.scene.nodes[name].pos() for name in chosen}
        self._places: dict[str, tuple[float, float]] = {}

    def move(self, point: QPointF) -> None:
        """Draws the nodes where they would be dropped; the one in the hand lies on the grid."""
        wished = self._lead + (point - self._start)
        shift = QPointF(snap(wished.x()), snap(wished.y())) - self._lead
        self._places = {}
        for name, place in self._from.items():
            there = place + shift
            self.scene.nodes[name].setPos(there)
            self._places[name] = (there.x(), there.y())
        self.scene.lay_wires_of(set(self._from))

    def finish(self, point: QPointF) -> None:
        """Wishes the places, if they are others."""
        self.move(point)
        moved = {
            name: place
            for name, place in self._places.items()
            if QPointF(*place) != self._from[name]
        }
        if moved:
            self.view.wish_move.emit(moved)

    def cancel(self) -> None:
        """Puts every node back."""
        self.scene.put_back(set(self._from))


class DrawWire(Gesture):
    """Draws a wire from a port to another node; legal targets are lit, others say why not.

    From an output it looks for an input, from an input for an output. An input that has a wire
    already gives it to the hand: dropped elsewhere the wire leads there, dropped on nothing it is
    gone.
    """

    def __init__(self, view: GraphView, port: Port) -> None:
        super().__init__(view)
        self._forward = port[1] is None
        self._port = port
        self._taken = None
        self._legal: dict[str, str | None] = {}
        if port[1] is not None:
            self._take_wire(port)
        self._loose = LooseWire()
        self.scene.addItem(self._loose)
        self._target: Port | None = None
        self._light()
        self.move(self._anchor())

    def _take_wire(self, port: Port) -> None:
        arriving = self.scene.graph.arriving(port[0])
        self._taken = next((wire for wire in arriving if wire.port == port[1]), None)
        if self._taken is not None:
            self.scene.wires[self._taken].setVisible(False)
            self._port, self._forward = (self._taken.source, None), True

    def _anchor(self) -> QPointF:
        item = self.scene.nodes[self._port[0]]
        if self._port[1] is not None:
            return item.input(self._port[1])
        return item.output() or item.pos()

    def refusal(self, name: str) -> str | None:
        """Why the wire cannot end at a node, None when it can."""
        if name not in self._legal:
            pair = (self._port[0], name) if self._forward else (name, self._port[0])
            self._legal[name] = can_connect(self.scene.graph, *pair)
        return self._legal[name]

    def _light(self) -> None:
        """Lights the nodes in sight; the others are asked when the wire comes near."""
        seen = self.view.mapToScene(self.view.viewport().rect()).boundingRect()
        for name, item in self.scene.nodes.items():
            if item.sceneBoundingRect().intersects(seen) and name != self._port[0]:
                item.set_light("illegal" if self.refusal(name) else "legal")

    def _under(self, point: QPointF) -> Port | None:
        """The node in reach, with a port where the mouse is at one."""
        port = self.scene.port_at(point)
        if port is not None and (port[1] is None) != self._forward and port[0] != self._port[0]:
            return port
        item = self.scene.node_at(point)
        if item is None or item.node.id == self._port[0]:
            return None
        return (item.node.id, None)

    def move(self, point: QPointF) -> None:
        """Leads the wire to the mouse, or to the port that it snaps to."""
        target = self._under(point)
        tone, end, reason = "link", point, ""
        if target is not None:
            reason = self.refusal(target[0]) or ""
            tone = "danger" if reason else "success"
            end = point if reason else self._snap(target)
        self._mark(target)
        anchor = self._anchor()
        self._loose.lay(*((anchor, end) if self._forward else (end, anchor)), tone)
        self.view.tell(reason, point)

    def _snap(self, target: Port) -> QPointF:
        item = self.scene.nodes[target[0]]
        if not self._forward:
            return item.output() or item.pos()
        taken = {wire.port for wire in self.scene.graph.arriving(target[0])}
        free = next((p for p in range(item.inputs) if p not in taken), 0)
        return item.input(free if target[1] is None else target[1])

    def _mark(self, target: Port | None) -> None:
        if self._target is not None and (target is None or target[0] != self._target[0]):
            name = self._target[0]
            self.scene.nodes[name].set_light("illegal" if self.refusal(name) else "legal")
        if target is not None and self.refusal(target[0]) is None:
            self.scene.nodes[target[0]].set_light("target")
        self._target = target

    def finish(self, point: QPointF) -> None:
        """Wishes the wire, or that the one in the hand be taken away."""
        target = self._under(point)
        refusal = self.refusal(target[0]) if target is not None else None
        self.cancel()
        if refusal is not None:
            self.view.refused.emit(refusal)
        elif target is None:
            if self._taken is not None:
                self.view.wish_disconnect.emit((self._taken,))
        elif self._forward:
            new = (self._port[0], target[0], target[1])
            old = self._taken
            if old is None:
                self.view.wish_connect.emit(new)
            elif new[1] != old.target or new[2] not in (None, old.port):
                self.view.wish_rewire.emit((old, new))
        else:
            self.view.wish_connect.emit((target[0], self._port[0], self._port[1]))

    def cancel(self) -> None:
        """Takes the wire and the lights away."""
        if self._loose.scene() is not None:
            self.scene.removeItem(self._loose)
        if self._taken is not None and self._taken in self.scene.wires:
            self.scene.wires[self._taken].setVisible(True)
        for item in self.scene.nodes.values():
            item.set_light("")
        self.view.tell("")
