"""Layers dragged from the palette: onto free ground, or onto a wire, which lights up."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from engine.graph.records import Wire
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, snap
from gui.canvas.mime import kind_of
from gui.canvas.scene import GraphScene
from gui.canvas.wire_item import WireItem
from gui.canvas.zoom_view import ZoomView

__all__ = ["DropView"]


class DropView(ZoomView):
    """A view on a graph that takes layers from the palette.

    ``wish_add(kind, point)``: dropped on free ground; the node's corner in scene pixels.
    ``wish_insert(kind, wire, point)``: dropped on a wire.
    """

    wish_add = Signal(str, object)
    wish_insert = Signal(str, object, object)

    def __init__(self, scene: GraphScene, parent: QWidget | None = None) -> None:
        self.graph_scene = scene
        self._lit_wire: WireItem | None = None
        super().__init__(scene, parent)
        self.setAcceptDrops(True)

    def light_wire(self, wire: Wire | None) -> None:
        """Lights one wire as the place where a layer would be put in; None puts the light out."""
        item = self.graph_scene.wires.get(wire) if wire is not None else None
        if item is not self._lit_wire:
            if self._lit_wire is not None and self._lit_wire.scene() is not None:
                self._lit_wire.set_lit(False)
            if item is not None:
                item.set_lit(True)
            self._lit_wire = item

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._judge(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._judge(event)
        self.light_wire(self._wire_under(event.position()))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.light_wire(None)

    def dropEvent(self, event: QDropEvent) -> None:
        kind, wire = kind_of(event.mimeData()), self._wire_under(event.position())
        self.light_wire(None)
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
