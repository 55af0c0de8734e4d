"""The canvas under the hands: turns mouse and keys into gestures, commands and wishes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from gui.canvas import acts
from gui.canvas.commands import for_key
from gui.canvas.gestures import BoxSelect, Pan
from gui.canvas.graph_canvas import GraphCanvas
from gui.canvas.inline_edit import edit_title
from gui.canvas.menu import context_menu
from gui.canvas.moving import MoveNodes, ResizeComment
from gui.canvas.wiring import ARROWS, DrawWire, KeyWire

__all__ = ["GraphView"]

_THRESHOLD = 4
_KEEP = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_CURSORS = {
    frozenset({"left"}): Qt.CursorShape.SizeHorCursor,
    frozenset({"right"}): Qt.CursorShape.SizeHorCursor,
    frozenset({"top"}): Qt.CursorShape.SizeVerCursor,
    frozenset({"bottom"}): Qt.CursorShape.SizeVerCursor,
    frozenset({"left", "top"}): Qt.CursorShape.SizeFDiagCursor,
    frozenset({"right", "bottom"}): Qt.CursorShape.SizeFDiagCursor,
    frozenset({"right", "top"}): Qt.CursorShape.SizeBDiagCursor,
    frozenset({"left", "bottom"}): Qt.CursorShape.SizeBDiagCursor,
}


class GraphView(GraphCanvas):
    """The canvas: see :class:`gui.canvas.graph_canvas.GraphCanvas` for what it shows and wishes.

    What keys do is in :mod:`gui.canvas.commands`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._space = False

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if isinstance(self._gesture, KeyWire) and event.button() == Qt.MouseButton.LeftButton:
            node = self.graph_scene.node_at(self.mapToScene(event.position().toPoint()))
            if node is not None:
                self._gesture.click(node.node.id)
                return
        self.cancel_gesture()
        at, point = event.position().toPoint(), self.mapToScene(event.position().toPoint())
        self._mouse = at
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
        self._press_item(at, point, keep=bool(event.modifiers() & _KEEP))

    def _press_item(self, at: QPoint, point: QPointF, *, keep: bool) -> None:
        """Selects what is under the mouse and gets ready to drag it; else begins a box."""
        scene, reach = self.graph_scene, self._reach()
        node = scene.node_at(point)
        wire = None if node is not None else scene.wire_at(point)
        frame = scene.comment_at(point, reach) if node is None and wire is None else None
        item = node or wire or frame
        if item is None:
            if not keep:
                scene.clearSelection()
            self._gesture = BoxSelect(self, point, keep=keep)
            return
        if keep:
            item.setSelected(not item.isSelected())
        elif not item.isSelected():
            scene.select_only(item)
        if frame is not None and (edges := frame.grip_at(point, reach)) and not keep:
            self._gesture = ResizeComment(self, point, frame.comment.id, edges)
        elif node is not None and node.isSelected():
            self._pressed = (at, node.node.id, False)
        elif frame is not None and frame.isSelected():
            self._pressed = (at, frame.comment.id, True)

    def _reach(self) -> float:
        """How near the mouse must be to an edge, in scene pixels."""
        return 6.0 / self.zoom

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._mouse = event.position().toPoint()
        if isinstance(self._gesture, Pan):
            self._gesture.drag(at)
            return
        if self._pressed is not None and self._gesture is None:
            start, name, comment = self._pressed
            if (at - start).manhattanLength() >= _THRESHOLD:
                self._gesture = MoveNodes(self, self.mapToScene(start), name, comment=comment)
        if isinstance(self._gesture, KeyWire):
            return
        if self._gesture is not None:
            self._gesture.move(self.mapToScene(at))
        else:
            self._hover(self.mapToScene(at))
            super().mouseMoveEvent(event)

    def _hover(self, point: QPointF) -> None:
        scene = self.graph_scene
        port = scene.port_at(point)
        item = scene.nodes[port[0]] if port else scene.node_at(point)
        if item is not self._hovered:
            if self._hovered is not None:
                self._hovered.set_hovered(False)
            if item is not None:
                item.set_hovered(True)
            self._hovered = item
        shape = Qt.CursorShape.CrossCursor if port else Qt.CursorShape.ArrowCursor
        if item is None and scene.comments and scene.wire_at(point) is None:
            frame = scene.comment_at(point, self._reach())
            if frame is not None:
                edges = frame.grip_at(point, self._reach())
                shape = _CURSORS.get(edges, Qt.CursorShape.ArrowCursor)
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor if self._space else shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is not None:
            gesture.finish(self.mapToScene(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.cancel_gesture()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = self.mapToScene(event.position().toPoint())
        scene = self.graph_scene
        node = scene.node_at(point)
        if node is not None:
            scene.select([node.node.id])
            self.wish_edit.emit(node.node.id)
        elif scene.port_at(point) is None and scene.wire_at(point) is None:
            frame = scene.comment_at(point, self._reach())
            if frame is None:
                scene.select(())
                self.wish_quick_add.emit(point, None)
            elif frame.comment.collapsed:
                scene.select((), [frame.comment.id])
                acts.toggle(self)
            else:
                scene.select((), [frame.comment.id])
                edit_title(self)

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse = None
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.cancel_gesture()
        scene = self.graph_scene
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            chosen = scene.selectedItems()
            place = chosen[0].sceneBoundingRect().center() if chosen else self.middle()
            at = self.viewport().mapToGlobal(self.mapFromScene(place))
        else:
            self._mouse = event.pos()
            point = self.mapToScene(event.pos())
            node = scene.node_at(point)
            wire = None if node is not None else scene.wire_at(point)
            item = node or wire or scene.comment_at(point, self._reach())
            if item is None or not item.isSelected():
                scene.select(())
                if item is not None:
                    item.setSelected(True)
            at = event.globalPos()
        menu = context_menu(self)
        self.menu_opening.emit(menu)
        menu.popup(at)

    # Keys and focus

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab adds a layer; Shift+Tab leaves the canvas as elsewhere."""
        return False if forward else super().focusNextPrevChild(False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.cancel_gesture()
        self._space = False
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.cancel_gesture()
        self.close_title_field()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, ctrl = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key == Qt.Key.Key_Escape:
            if not self.cancel_gesture():
                self.graph_scene.clearSelection()
        elif isinstance(self._gesture, KeyWire) and self._gesture.key(event):
            return
        elif key == Qt.Key.Key_Space:
            self._hold_space(event)
        elif key in ARROWS and not (shift and ctrl):
            act = acts.extend if shift else acts.nudge if ctrl else acts.step
            act(self, ARROWS[Qt.Key(key)])
        elif (command := for_key(event.keyCombination())) is not None:
            self.cancel_gesture()
            if command.when(self):
                command.run(self)
        else:
            event.ignore()

    def _hold_space(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._space = True
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().unsetCursor()
        super().keyReleaseEvent(event)
