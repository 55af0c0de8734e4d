"""The canvas without hands: what it shows, what it wishes, and the gesture that goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import shiboken6
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from engine.graph.facts import Analysis
from engine.graph.records import Graph
from engine.layers.base import Frame
from gui.canvas.dropping import DropView
from gui.canvas.gestures import Gesture
from gui.canvas.inline_edit import TitleField
from gui.canvas.minimap import Minimap
from gui.canvas.node_item import NodeItem
from gui.canvas.scene import GraphScene
from gui.canvas.words import describe
from gui.theme.tokens import SPACE
from gui.widgets.text import label

__all__ = ["GraphCanvas"]


class GraphCanvas(DropView):
    """Draws a graph with its analysis; never edits, only wishes. Hands come with GraphView.

    Show a value with :meth:`show_graph`; what differs by identity is redrawn. Signals, beside those
    of :class:`DropView`:

        wish_connect((source, target, port or None)), wish_rewire((old wire, the same three)),
        wish_disconnect(wires).
        wish_delete((ids, wires)), wish_duplicate(ids), wish_move({id: (x, y)}).
        wish_put(id, wire, point): a node that stands alone was dropped on a wire.
        wish_edit(id): double click or Enter on a node.
        wish_quick_add(point or None, port or None): a layer is to be chosen for a place, for the
            loose end of a wire from that port or behind the selection.
        wish_settings(): the keys are to go to the settings of what is selected.
        wish_group(), wish_ungroup(): the selection into a block, the blocks in it taken apart.
        wish_find(): nodes are to be found by name.
        wished(change): any other edit, as a :class:`gui.canvas.changes.Change`.
        selection_changed(ids): something else is selected; the nodes among it.
        refused(sentence): something cannot be done, and why.
        failed(error): a file could not be written.
        menu_opening(menu): a context menu is about to be shown; the page may add to it.

    ``rename`` is called with a node's id and its new id, and says why not.
    """

    wish_connect = Signal(object)
    wish_rewire = Signal(object)
    wish_disconnect = Signal(object)
    wish_delete = Signal(object)
    wish_duplicate = Signal(object)
    wish_move = Signal(object)
    wish_put = Signal(str, object, object)
    wish_edit = Signal(str)
    wish_quick_add = Signal(object, object)
    wish_settings = Signal()
    wish_group = Signal()
    wish_ungroup = Signal()
    wish_find = Signal()
    wished = Signal(object)
    selection_changed = Signal(object)
    refused = Signal(str)
    failed = Signal(object)
    menu_opening = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(GraphScene(), parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Model canvas")
        self.rename: Callable[[str, str], str] = lambda _name, _new: ""
        self.title_field: TitleField | None = None
        self.wire_anchor = ""
        self.furthest = ""
        self.minimap = Minimap(self)
        self._gesture: Gesture | None = None
        self._pressed: tuple[QPoint, str, bool] | None = None
        self._hovered: NodeItem | None = None
        self._mouse: QPoint | None = None
        self._hint = label("", "hint", wrap=True)
        self._hint.setParent(self.viewport())
        self._hint.setMaximumWidth(38 * SPACE)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint.hide()
        self.graph_scene.selectionChanged.connect(self._on_selection)
        self.zoom_changed.connect(lambda _scale: self.minimap.follow())

    # What is shown

    def show_graph(
        self, graph: Graph, analysis: Analysis | None, frame: Frame | None = None
    ) -> None:
        """Shows a graph; a gesture in progress is cancelled, since its records may be gone.

        With the images' ``frame``, wires that are drawn are warned of where shapes do not fit.
        """
        if graph is not self.graph_scene.graph:
            self.cancel_gesture()
            self.close_title_field()
        before = (set(self.selected()), self.selected_comments())
        self._hovered = None
        self.graph_scene.show_graph(graph, analysis, frame)
        self.grow_scene()
        self.minimap.refresh()
        if (set(self.selected()), self.selected_comments()) != before:
            self._on_selection()

    def selected(self) -> tuple[str, ...]:
        """The ids of the selected nodes."""
        return self.graph_scene.selected_nodes()

    def selected_comments(self) -> tuple[str, ...]:
        """The ids of the selected comments."""
        return self.graph_scene.selected_comments()

    def inspected(self) -> tuple[str, ...]:
        """The ids of the selected nodes, and of those that selected boxes stand for."""
        return (*self.selected(), *self.graph_scene.selected_folded())

    def select(self, ids: Iterable[str], comments: Iterable[str] = ()) -> None:
        """Selects these nodes and comments and no other; brings the first into sight."""
        scene = self.graph_scene
        names, frames = list(ids), list(comments)
        scene.select(names, frames)
        known = [scene.shown(name) for name in names if name in scene.nodes]
        known += [scene.comments[name] for name in frames if name in scene.comments]
        if known:
            self.reveal(known[0].sceneBoundingRect())

    def content(self) -> QRectF:
        """What there is to look at."""
        return self.graph_scene.content()

    def is_empty(self) -> bool:
        """Whether there is nothing to look at."""
        return not self.graph_scene.graph.nodes and not self.graph_scene.comments

    def fit_selection(self) -> None:
        """Shows what is selected, at 100 % at most."""
        area = QRectF()
        for item in self.graph_scene.selectedItems():
            area = area.united(item.sceneBoundingRect())
        if not area.isEmpty():
            self.fit_area(area)

    def in_sight(self) -> QRectF:
        """The part of the scene that is seen."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def has_pointer(self) -> bool:
        """Whether the mouse is over the canvas."""
        return self._mouse is not None and self.viewport().rect().contains(self._mouse)

    def pointer(self) -> QPointF:
        """The point of the scene under the mouse; the middle of what is seen without one."""
        if self._mouse is None or not self.has_pointer():
            return self.middle()
        return self.mapToScene(self._mouse)

    def tell(self, text: str, point: QPointF | None = None) -> None:
        """Says something beside a point of the scene while a gesture goes on; empty ends it."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        if point is not None and text:
            self._hint.adjustSize()
            room = self.viewport().size() - self._hint.size()
            at = self.mapFromScene(point) + QPoint(16, 20)
            self._hint.move(
                max(4, min(at.x(), room.width() - 4)), max(4, min(at.y(), room.height() - 4))
            )

    @property
    def told(self) -> str:
        """What is being said beside the mouse."""
        return self._hint.text() if self._hint.isVisible() else ""

    # Gestures

    def begin(self, gesture: Gesture) -> None:
        """Makes a gesture the one that goes on, in place of any other."""
        if self._gesture is not gesture:
            self.cancel_gesture()
        self._gesture = gesture

    def end_gesture(self) -> None:
        """Ends the gesture that goes on with its wish, at the pointer."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.finish(self.pointer())

    def cancel_gesture(self) -> bool:
        """Ends what goes on without a trace; whether there was something."""
        gesture, self._gesture, self._pressed = self._gesture, None, None
        if gesture is not None:
            gesture.cancel()
        return self.minimap.cancel() or gesture is not None

    def close_title_field(self) -> None:
        """Takes a field over a title away, its text given up."""
        field, self.title_field = self.title_field, None
        if field is not None:
            field.leave(focus=False)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.minimap.follow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.minimap.follow()

    def _on_selection(self) -> None:
        if not shiboken6.isValid(self.graph_scene):  # it ends with nodes selected: nobody looks
            return
        ids = self.selected()
        scene = self.graph_scene
        words = [_spoken(scene.nodes[name]) for name in ids[:3]]
        frames = [scene.comments[name].comment for name in self.selected_comments()[:3]]
        words += [f"Comment {frame.title}" for frame in frames]
        words += [f"Wire from {w.source} to {w.target}" for w in scene.selected_wires()[:1]]
        self.setAccessibleDescription("; ".join(words))
        self.selection_changed.emit(ids)


def _spoken(item: NodeItem) -> str:
    """A node as screen readers say it, with what the tuner may change of it."""
    own = describe(item.node, item.facts)
    return f"{own}, {item.searched()}" if item.searched is not None else own
