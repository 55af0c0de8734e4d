"""Drawing wires, by mouse and by keyboard: legal targets are lit, others say why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from engine.graph.layout import COLUMN, ROW
from engine.graph.wiring import Wiring
from gui.canvas.geometry import NODE_HEIGHT, NODE_WIDTH
from gui.canvas.gestures import Gesture
from gui.canvas.neighbours import DIRECTIONS
from gui.canvas.scene import Port
from gui.canvas.wire_item import LooseWire

if TYPE_CHECKING:
    from gui.canvas.view import GraphView

__all__ = ["ARROWS", "DrawWire", "KeyWire"]

ARROWS = {
    Qt.Key.Key_Left: "left",
    Qt.Key.Key_Right: "right",
    Qt.Key.Key_Up: "up",
    Qt.Key.Key_Down: "down",
}
_ASIDE = 2.5


class _Lit(Gesture):
    """What both ways share: the wire, the lights, and what is said."""

    def __init__(self, view: GraphView, port: Port, *, forward: bool) -> None:
        super().__init__(view)
        self._port, self._forward = port, forward
        scene = self.scene
        self._wiring = Wiring(
            scene.graph, port[0], not forward, port[1], scene.analysis, scene.frame
        )
        self._misfits: dict[str, str] = {}
        self._loose = LooseWire()
        scene.addItem(self._loose)
        self._target: Port | None = None

    def refusal(self, name: str) -> str:
        """Why the wire cannot end at a node, empty when it can."""
        return self._wiring.refusal(name)

    def _misfit(self, target: Port) -> str:
        """What would be wrong with the shapes then; the wire may be drawn all the same."""
        name, port = target
        if port is not None or name not in self._misfits:
            said = self._wiring.misfit(name, port)
            if port is not None:
                return said
            self._misfits[name] = said
        return self._misfits[name]

    def _resting_light(self, name: str) -> str:
        if self.refusal(name):
            return "illegal"
        return "misfit" if self._misfit((name, None)) else "legal"

    def _light(self) -> None:
        """Lights the nodes in sight; the others when the wire comes near."""
        seen = self.view.in_sight()
        for name, item in self.scene.nodes.items():
            if name == self._port[0] or not item.isVisible():
                continue
            if item.sceneBoundingRect().intersects(seen):
                item.set_light(self._resting_light(name))

    def _anchor(self) -> QPointF:
        item = self.scene.nodes[self._port[0]]
        if self._port[1] is not None:
            return item.input(self._port[1])
        return item.output() or item.pos()

    def _snap(self, target: Port) -> QPointF:
        item = self.scene.nodes[target[0]]
        if not self._forward:
            return item.output() or item.pos()
        taken = {wire.port for wire in self.scene.graph.arriving(target[0])}
        free = next((p for p in range(item.inputs) if p not in taken), 0)
        return item.input(free if target[1] is None else target[1])

    def _aim(self, target: Port | None, point: QPointF) -> None:
        """Leads the wire to a point, or to the port of the target; says what speaks against it."""
        tone, end, reason = "link", point, ""
        if target is not None:
            reason = self.refusal(target[0])
            tone = "danger" if reason else "success"
            if not reason:
                end = self._snap(target)
                reason = self._misfit(target)
                tone = "warning" if reason else "success"
        self._mark(target)
        anchor = self._anchor()
        self._loose.lay(*((anchor, end) if self._forward else (end, anchor)), tone)
        self.view.tell(reason, point)

    def _mark(self, target: Port | None) -> None:
        if self._target is not None and (target is None or target[0] != self._target[0]):
            name = self._target[0]
            self.scene.nodes[name].set_light(self._resting_light(name))
        if target is not None and not self.refusal(target[0]):
            self.scene.nodes[target[0]].set_light("target")
        self._target = target

    def cancel(self) -> None:
        """Takes the wire and the lights away."""
        if self._loose.scene() is not None:
            self.scene.removeItem(self._loose)
        for item in self.scene.nodes.values():
            item.set_light("")
        self.view.tell("")


class DrawWire(_Lit):
    """Draws a wire from a port to another node, by mouse.

    From an output it looks for an input, from an input for an output. An input that has a wire
    already gives it to the hand: dropped elsewhere the wire leads there, dropped on nothing it is
    gone. A new wire that is dropped on free ground asks which layer is to be there.
    """

    def __init__(self, view: GraphView, port: Port) -> None:
        scene = view.graph_scene
        arriving = scene.graph.arriving(port[0])
        self._taken = None
        if port[1] is not None:
            self._taken = next((wire for wire in arriving if wire.port == port[1]), None)
        held = port if self._taken is None else (self._taken.source, None)
        super().__init__(view, held, forward=held[1] is None)
        if self._taken is not None:
            scene.wires[self._taken].setVisible(False)
        self._light()
        self.move(self._anchor())

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
        self._aim(self._under(point), point)

    def finish(self, point: QPointF) -> None:
        """Wishes the wire, a layer at its loose end, or that the one in the hand be gone."""
        target = self._under(point)
        refusal = self.refusal(target[0]) if target is not None else ""
        at_home = self._at_home(point)
        self.cancel()
        if refusal:
            self.view.refused.emit(refusal)
        elif target is not None:
            self._wish(target)
        elif self._taken is not None:
            self.view.wish_disconnect.emit((self._taken,))
        elif not at_home:
            self.view.wish_quick_add.emit(point, self._port)

    def _at_home(self, point: QPointF) -> bool:
        """Whether the wire is still where it began: then nothing is meant."""
        item = self.scene.node_at(point)
        near = (self._anchor() - point).manhattanLength() < 24.0 / self.view.zoom
        return near or (item is not None and item.node.id == self._port[0])

    def _wish(self, target: Port) -> None:
        if not self._forward:
            self.view.wish_connect.emit((target[0], self._port[0], self._port[1]))
            return
        new, old = (self._port[0], target[0], target[1]), self._taken
        if old is None:
            self.view.wish_connect.emit(new)
        elif new[1] != old.target or new[2] not in (None, old.port):
            self.view.wish_rewire.emit((old, new))

    def cancel(self) -> None:
        """Takes the wire and the lights away; a taken wire is back."""
        if self._taken is not None and self._taken in self.scene.wires:
            self.scene.wires[self._taken].setVisible(True)
        super().cancel()


class KeyWire(_Lit):
    """Draws a wire from the selected node by keyboard.

    Arrow keys go from target to target, letters search by name, Enter connects, Escape leaves. Tab
    asks for a new layer at the end of the wire. A click on a node connects, too.
    """

    def __init__(self, view: GraphView, source: str) -> None:
        super().__init__(view, (source, None), forward=True)
        self.typed = ""
        graph = self.scene.graph
        self.targets = [
            node.id
            for node in graph.nodes
            if node.id != source and node.id not in self.scene.folded and not self.refusal(node.id)
        ]
        for name, item in self.scene.nodes.items():
            if name != source:
                item.set_light(self._resting_light(name))
        if self.targets:
            self._go(min(self.targets, key=lambda name: self._distance(source, name)))
        else:
            self._tell("Tab adds a layer behind", self.scene.nodes[source].pos())

    def _distance(self, one: str, other: str) -> float:
        way = self.scene.nodes[other].pos() - self.scene.nodes[one].pos()
        return abs(way.x()) + abs(way.y()) + (1e6 if way.y() <= 0 else 0)

    @property
    def target(self) -> str:
        """The node that Enter would connect to, empty when there is none."""
        return self._target[0] if self._target is not None else ""

    def key(self, event: QKeyEvent) -> bool:
        """Takes a key; whether it meant something here."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.view.end_gesture()
        elif key == Qt.Key.Key_Tab:
            self._ask()
        elif key in ARROWS:
            self._step(ARROWS[key])
        elif key == Qt.Key.Key_Backspace:
            self._search(self.typed[:-1])
        elif (text := event.text().lower()) and (text.isalnum() or text == "_"):
            self._search(self.typed + text)
        else:
            return False
        return True

    def _step(self, direction: str) -> None:
        if not self.target:
            return
        here, (across, down) = self.scene.nodes[self.target].pos(), DIRECTIONS[direction]
        ahead = []
        for name in self.targets:
            way = self.scene.nodes[name].pos() - here
            along = way.x() * across + way.y() * down
            aside = abs(way.x() * down) + abs(way.y() * across)
            if along > 0:
                ahead.append((along + _ASIDE * aside, name))
        if ahead:
            self.typed = ""
            self._go(min(ahead)[1])

    def _search(self, typed: str) -> None:
        """Goes to the first target whose name, else whose title, begins with what was typed."""
        nodes = self.scene.nodes
        found = [name for name in self.targets if name.startswith(typed)] or [
            name for name in self.targets if nodes[name].node.layer.title.lower().startswith(typed)
        ]
        found = found or [name for name in self.targets if typed in name]
        if found and typed:
            self.typed = typed
            self._go(found[0])
        elif not typed:
            self.typed = ""

    def _go(self, name: str) -> None:
        item = self.scene.nodes[name]
        self.view.reveal(item.sceneBoundingRect())
        beside = item.pos() + QPointF(NODE_WIDTH, -12)
        self._aim((name, None), beside)
        if not self.view.told:
            self._tell("Enter connects", beside, f" to “{name}”, Tab adds a layer")

    def _tell(self, verb: str, point: QPointF, rest: str = "") -> None:
        self.view.tell(f"{verb} “{self._port[0]}”{rest}.", point)

    def _ask(self) -> None:
        """Ends with the wish for a new layer, beside what follows the source already."""
        aside = QPointF(COLUMN + NODE_WIDTH / 2, ROW + NODE_HEIGHT / 2)
        point, view = self.scene.nodes[self._port[0]].pos() + aside, self.view
        view.cancel_gesture()
        view.wish_quick_add.emit(point, self._port)

    def click(self, name: str) -> None:
        """Ends with the wire to a node, or says why there can be none."""
        refusal = self.refusal(name)
        if refusal:
            self.view.cancel_gesture()
            self.view.refused.emit(refusal)
            return
        self._aim((name, None), self.scene.nodes[name].pos())
        self.view.end_gesture()

    def finish(self, point: QPointF) -> None:
        """Wishes the wire."""
        name = self.target
        self.cancel()
        if name:
            self.view.wish_connect.emit((self._port[0], name, None))
