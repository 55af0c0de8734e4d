"""Dragging nodes and comments: on the grid, along guides, onto a wire; and resizing a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from engine.graph.comment_edits import TITLE_HEIGHT, inside
from engine.graph.comments import LEAST_HEIGHT, LEAST_WIDTH
from engine.graph.edits import can_stand_in_wire
from engine.graph.records import Wire
from gui.canvas import changes
from gui.canvas.comment_item import CommentItem
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, node_rect, snap
from gui.canvas.gestures import Gesture
from gui.canvas.guides import GuideLines, Guides

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = ["MoveNodes", "ResizeComment"]

_REACH = 6.0  # pixels of the screen within which a guide pulls


class MoveNodes(Gesture):
    """Drags the selected nodes and comments along the grid, with what lies in the comments.

    What is dragged snaps to the edges and middles of the nodes in sight, which is drawn. One node
    without wires can be dropped on a wire, which is lit.
    """

    def __init__(
        self, view: GraphView, start: QPointF, lead: str, *, comment: bool = False
    ) -> None:
        super().__init__(view)
        scene, graph = self.scene, self.scene.graph
        self._start = start
        nodes = set(scene.selected_nodes()) | (set() if comment else {lead})
        frames = set(scene.selected_comments()) | ({lead} if comment else set())
        for name in tuple(frames):
            held, inner = inside(graph, name)
            nodes.update(held)
            frames.update(inner)
        self._lead = (scene.comments if comment else scene.nodes)[lead].pos()
        self._from = {name: scene.nodes[name].pos() for name in nodes}
        self._frames = {name: _frame(scene.comments[name]) for name in frames}
        self._places: dict[str, tuple[float, float]] = {}
        self._frame_places: dict[str, tuple[float, float]] = {}
        self._hull = self._rect_around()
        self._guides = Guides(self._standing())
        self._lines = GuideLines()
        scene.addItem(self._lines)
        self._loner = self._single_loner()
        self._wire: Wire | None = None

    def _rect_around(self) -> QRectF:
        hull = QRectF()
        for name, place in self._from.items():
            if name not in self.scene.folded:
                hull = hull.united(node_rect().translated(place))
        for name, rect in self._frames.items():
            item = self.scene.comments[name]
            hull = hull.united(item.box() if item.comment.collapsed else rect)
        return hull

    def _standing(self) -> list[QRectF]:
        """What is in sight and not dragged."""
        scene, seen = self.scene, self.view.in_sight()
        nodes = [
            rect
            for name, item in scene.nodes.items()
            if name not in self._from
            and name not in scene.folded
            and (rect := node_rect().translated(item.pos())).intersects(seen)
        ]
        frames = [
            item.box() if item.comment.collapsed else item.mapRectToScene(item.frame())
            for name, item in scene.comments.items()
            if name not in self._frames and item.isVisible()
        ]
        return nodes + [rect for rect in frames if rect.intersects(seen)]

    def _single_loner(self) -> str:
        """The dragged node, if it is one that could be put into a wire."""
        if len(self._from) != 1 or self._frames:
            return ""
        (name,) = self._from
        graph = self.scene.graph
        alone = not graph.arriving(name) and not graph.leaving(name)
        return name if alone and can_stand_in_wire(graph.node(name).layer) else ""

    def move(self, point: QPointF) -> None:
        """Draws everything where it would be dropped."""
        wished = self._lead + (point - self._start)
        shift = QPointF(snap(wished.x()), snap(wished.y())) - self._lead
        snapped = self._guides.snap(
            self._hull.translated(point - self._start), _REACH / self.view.zoom
        )
        for line in snapped.lines:  # a guide is stronger than the grid
            free = point - self._start + snapped.shift
            shift = QPointF(free.x(), shift.y()) if line.dx() == 0 else QPointF(shift.x(), free.y())
        self._lines.show_lines(snapped.lines)
        self._put(shift)
        self._light_wire(point)

    def _put(self, shift: QPointF) -> None:
        scene = self.scene
        for name, place in self._from.items():
            there = place + shift
            scene.nodes[name].setPos(there)
            self._places[name] = (there.x(), there.y())
        for name, rect in self._frames.items():
            there = rect.topLeft() + shift
            scene.comments[name].preview(QRectF(there, rect.size()))
            self._frame_places[name] = (there.x(), there.y())
        scene.lay_wires_of(set(self._from))

    def _light_wire(self, point: QPointF) -> None:
        """Lights the wire that a single node would be put into."""
        if not self._loner:
            return
        middle = self.scene.nodes[self._loner].pos() + QPointF(NODE_WIDTH / 2, NODE_HEIGHT / 2)
        item = self.scene.wire_at(point) or self.scene.wire_at(middle)
        self._wire = item.wire if item is not None else None
        self.view.light_wire(self._wire)

    def finish(self, point: QPointF) -> None:
        """Wishes the places, if they are others, or that the node be put into the wire."""
        self.move(point)
        wire = self._wire
        moved = {
            name: place
            for name, place in self._places.items()
            if QPointF(*place) != self._from[name]
        }
        frames = {
            name: place
            for name, place in self._frame_places.items()
            if QPointF(*place) != self._frames[name].topLeft()
        }
        self._end()
        if wire is not None:
            self.view.wish_put.emit(self._loner, wire, QPointF(*self._places[self._loner]))
        elif frames:
            self.view.wished.emit(changes.move(moved, frames))
        elif moved:
            self.view.wish_move.emit(moved)

    def _end(self) -> None:
        self.scene.removeItem(self._lines)
        self.view.light_wire(None)

    def cancel(self) -> None:
        """Puts everything back."""
        self._end()
        self.scene.put_back(set(self._from))


class ResizeComment(Gesture):
    """Drags edges of a comment's frame."""

    def __init__(self, view: GraphView, start: QPointF, name: str, edges: frozenset[str]) -> None:
        super().__init__(view)
        self._start, self._name, self._edges = start, name, edges
        self._before = _frame(self.scene.comments[name])
        self._rect = self._before

    def move(self, point: QPointF) -> None:
        """Draws the frame in the size that it would have, on the grid, never too small."""
        rect, by = QRectF(self._before), point - self._start
        least_tall = max(LEAST_HEIGHT, TITLE_HEIGHT + 16)
        if "left" in self._edges:
            rect.setLeft(min(snap(rect.left() + by.x()), rect.right() - LEAST_WIDTH))
        elif "right" in self._edges:
            rect.setRight(max(snap(rect.right() + by.x()), rect.left() + LEAST_WIDTH))
        if "top" in self._edges:
            rect.setTop(min(snap(rect.top() + by.y()), rect.bottom() - least_tall))
        elif "bottom" in self._edges:
            rect.setBottom(max(snap(rect.bottom() + by.y()), rect.top() + least_tall))
        self._rect = rect
        self.scene.comments[self._name].preview(rect)

    def finish(self, point: QPointF) -> None:
        """Wishes the size, if it is another."""
        self.move(point)
        rect = self._rect
        self.cancel()
        if rect != self._before:
            size = (rect.x(), rect.y(), rect.width(), rect.height())
            self.view.wished.emit(changes.resize(self._name, size))

    def cancel(self) -> None:
        """The frame as it was."""
        self.scene.comments[self._name].put_back()


def _frame(item: CommentItem) -> QRectF:
    comment = item.comment
    return QRectF(comment.x, comment.y, comment.width, comment.height)
