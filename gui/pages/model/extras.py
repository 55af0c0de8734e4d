"""What the page lends the canvas: the box that adds a layer, the bar that finds one, and edits."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF

from engine.graph.edits import has_output
from engine.graph.records import Graph
from engine.layers.base import LAYERS
from gui.canvas import GraphView
from gui.canvas.changes import Change
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH, snap
from gui.pages.base import Session
from gui.pages.model.find_bar import FindBar
from gui.pages.model.placing import free_spot
from gui.pages.model.quick_add import QuickAdd
from gui.pages.model.wishes import OWN, Wishes

__all__ = ["CanvasExtras"]

End = tuple[str, int | None] | None


class CanvasExtras(QObject):
    """Answers the wishes of the canvas that need more than an edit of the document."""

    def __init__(
        self,
        canvas: GraphView,
        wishes: Wishes,
        rename: Callable[[str, str], str],
        session: Session,
    ) -> None:
        super().__init__(canvas)
        self._canvas, self._wishes = canvas, wishes
        self.quick_add = QuickAdd(canvas)
        self.find_bar = FindBar(canvas)
        self._spot: QPointF | None = None
        self._end: End = None
        self._loose = False
        canvas.rename = rename
        canvas.wished.connect(self._do)
        canvas.wish_put.connect(wishes.put)
        canvas.wish_quick_add.connect(self._ask)
        canvas.wish_find.connect(self.find_bar.open)
        canvas.failed.connect(session.error)
        self.quick_add.chosen.connect(self._add)

    def close(self) -> None:
        """Takes away what is open for the graph that is left now."""
        self.quick_add.hide()
        self.find_bar.forget()

    def _do(self, change: Change) -> None:
        chosen = self._wishes.do(change)
        if chosen is not None:
            self._canvas.select(*chosen)

    def _ask(self, point: QPointF | None, end: End) -> None:
        """Opens the box at a place: for a loose wire, behind the selection, or for nothing."""
        canvas = self._canvas
        chosen = canvas.selected()
        self._loose = end is not None
        if end is None and len(chosen) == 1:
            layer = canvas.graph_scene.graph.node(chosen[0]).layer
            end = (chosen[0], None) if has_output(layer) else None
        self._spot, self._end = point, end
        words = ""
        if end is not None:
            words = f"Behind “{end[0]}”" if end[1] is None else f"Into “{end[0]}”"
        self.quick_add.open(point or self._near(end), words, lambda kind: self._fits(kind, end))

    def _near(self, end: End) -> QPointF:
        """Where the box opens without a mouse: below the node that it is about."""
        if end is None:
            return self._canvas.middle()
        item = self._canvas.graph_scene.nodes[end[0]]
        self._canvas.reveal(item.sceneBoundingRect())
        return item.pos() + QPointF(NODE_WIDTH + 24, 0)

    def _fits(self, kind: str, end: End) -> bool:
        """Whether a layer of that kind can be at the other end of the wire."""
        if end is None or kind.startswith(OWN):
            return True
        layer = LAYERS.get(kind)
        return layer.max_inputs != 0 if end[1] is None else has_output(layer())

    def _add(self, kind: str) -> None:
        canvas, graph = self._canvas, self._canvas.graph_scene.graph
        at = self._spot or canvas.middle()
        corner = QPointF(snap(at.x() - NODE_WIDTH / 2), snap(at.y() - NODE_HEIGHT / 2))
        place = (corner.x(), corner.y())
        end = self._end if self._end is not None and self._end[0] in graph else None
        behind = end is not None and end[1] is None and not self._loose
        if end is not None and behind and (self._spot is None or _crowded(graph, place)):
            canvas.select(self._wishes.add_after(kind, (end[0],), place))
            return
        free = QPointF(*free_spot(graph, place)) if _crowded(graph, place) else corner
        if end is not None:
            canvas.select(self._wishes.add_at_wire(kind, free, end))
        else:
            canvas.select(self._wishes.add(kind, free))


def _crowded(graph: Graph, place: tuple[float, float]) -> bool:
    """Whether a node there would lie upon another."""
    x, y = place
    return any(abs(n.x - x) < NODE_WIDTH and abs(n.y - y) < NODE_HEIGHT for n in graph.nodes)
