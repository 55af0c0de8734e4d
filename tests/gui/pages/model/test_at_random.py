"""Random work on the canvas by mouse and keys: undo and redo are exact, files keep their bytes.

``python -m pytest -m long tests/gui/pages/model/test_at_random.py`` does the full size.
"""

import random

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from engine.layers.base import LAYERS
from engine.project import store
from gui.canvas import layer_mime
from tests.support.canvas import ALT, CTRL, LEFT, NONE, SHIFT

STEPS = 50
KEYS = (
    (Qt.Key.Key_Delete, NONE),
    (Qt.Key.Key_Delete, SHIFT),
    (Qt.Key.Key_D, CTRL),
    (Qt.Key.Key_C, CTRL),
    (Qt.Key.Key_X, CTRL),
    (Qt.Key.Key_V, CTRL),
    (Qt.Key.Key_L, CTRL),
    (Qt.Key.Key_E, NONE),
    (Qt.Key.Key_Left, CTRL),
    (Qt.Key.Key_Down, CTRL),
    (Qt.Key.Key_Left, CTRL | SHIFT),
    (Qt.Key.Key_Right, CTRL | SHIFT),
    (Qt.Key.Key_Up, CTRL | SHIFT),
    (Qt.Key.Key_Down, CTRL | SHIFT),
    (Qt.Key.Key_H, CTRL | SHIFT),
    (Qt.Key.Key_M, CTRL | SHIFT),
    (Qt.Key.Key_H, CTRL | ALT),
    (Qt.Key.Key_V, CTRL | ALT),
)


class Hands:
    """Does one random thing after another; every gesture and every edit is among them."""

    def __init__(self, hand, seed) -> None:
        self.hand, self.dice = hand, random.Random(seed)
        self.done: dict[str, int] = {}

    def step(self) -> None:
        """One thing, on what happens to be there."""
        names = [name for name in dir(self) if name.startswith("do_")]
        self.some_selection()
        name = self.dice.choice(names)
        before = self.hand.graph
        getattr(self, name)()
        if self.hand.graph is not before:
            self.done[name] = self.done.get(name, 0) + 1
        assert self.hand.untouched(), name

    def node(self) -> str | None:
        shown = [name for name in self.hand.graph.by_id if name not in self.hand.scene.folded]
        return self.dice.choice(shown) if shown else None

    def frame(self) -> str | None:
        frames = [name for name, item in self.hand.scene.comments.items() if item.isVisible()]
        return self.dice.choice(frames) if frames else None

    def some_selection(self) -> None:
        chosen = [n for n in (self.node() for _ in range(self.dice.randint(0, 3))) if n]
        frame = self.frame() if self.dice.random() < 0.3 else None
        self.hand.canvas.select(dict.fromkeys(chosen), [frame] if frame else [])

    def somewhere(self) -> QPoint:
        rect = self.hand.viewport.rect()
        across = self.dice.randint(5, rect.width() - 5)
        return QPoint(across, self.dice.randint(5, rect.height() - 5))

    def drag(self, start: QPoint, end: QPoint) -> None:
        self.hand.hold(start, end)
        if self.dice.random() < 0.15:
            self.hand.leave(self.dice.choice(["escape", "focus"]))
            assert self.hand.untouched()
        self.hand.let_go(end)
        box = self.hand.page.extras.quick_add
        if box.isVisible():
            self.fill(box)

    def fill(self, box) -> None:
        self.hand.type(box.search, self.dice.choice(["relu", "conv", "add", "pool", "zz"]))
        keys = [Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape]
        self.hand.bot.keyClick(box.search, self.dice.choice(keys))
        box.close_box()

    def do_drag_node(self) -> None:
        if name := self.node():
            self.hand.canvas.reveal(self.hand.scene.nodes[name].sceneBoundingRect())
            self.drag(self.hand.on(name), self.somewhere())

    def do_draw_wire(self) -> None:
        one, other = self.node(), self.node()
        if one and other and self.hand.graph.node(one).layer.kind != "output":
            goal = self.hand.on(other) if self.dice.random() < 0.7 else self.somewhere()
            self.drag(self.hand.port(one), goal)

    def do_draw_backwards(self) -> None:
        one, other = self.node(), self.node()
        if one and other and self.hand.scene.nodes[one].inputs:
            goal = self.hand.on(other) if self.dice.random() < 0.7 else self.somewhere()
            self.drag(self.hand.port(one, 0), goal)

    def do_wire_by_keys(self) -> None:
        if name := self.node():
            self.hand.canvas.select([name])
            self.hand.key(Qt.Key.Key_W)
            self.hand.key(self.dice.choice([Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_A]))
            self.hand.key(self.dice.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))
            self.hand.canvas.cancel_gesture()

    def do_delete_wire_by_keys(self) -> None:
        if name := self.node():
            self.hand.canvas.select([name])
            self.hand.key(self.dice.choice([Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight]))
            if self.hand.scene.selected_wires() and self.dice.random() < 0.5:
                self.hand.key(Qt.Key.Key_Delete)

    def do_box(self) -> None:
        self.drag(self.somewhere(), self.somewhere())

    def do_quick_add(self) -> None:
        if self.dice.random() < 0.5:
            self.hand.hover(self.somewhere())
        self.hand.key(Qt.Key.Key_Tab)
        self.fill(self.hand.page.extras.quick_add)

    def do_drop(self) -> None:
        wires = [w for w in self.hand.graph.wires if self.hand.scene.wires[w].isVisible()]
        at = self.somewhere()
        if wires and self.dice.random() < 0.6:
            wire = self.dice.choice(wires)
            at = self.hand.canvas.mapFromScene(
                self.hand.scene.wires[wire]._path.pointAtPercent(0.5)
            )
        kind = self.dice.choice(LAYERS.kinds())
        args = (Qt.DropAction.CopyAction, layer_mime(kind), LEFT, NONE)
        viewport = self.hand.viewport
        QApplication.sendEvent(viewport, QDragEnterEvent(at, *args))
        QApplication.sendEvent(viewport, QDragMoveEvent(at, *args))
        QApplication.sendEvent(viewport, QDropEvent(QPointF(at), *args))

    def do_key(self) -> None:
        self.hand.key(*self.dice.choice(KEYS))

    def do_comment(self) -> None:
        self.hand.key(Qt.Key.Key_C)
        field = self.hand.canvas.title_field
        if field is not None:
            self.hand.type(field, self.dice.choice(["Part", "two words", ""]))
            self.hand.bot.keyClick(field, Qt.Key.Key_Return)

    def do_drag_comment(self) -> None:
        if name := self.frame():
            self.hand.canvas.reveal(self.hand.scene.comments[name].sceneBoundingRect())
            self.drag(self.hand.title(name), self.somewhere())

    def do_resize_comment(self) -> None:
        if name := self.frame():
            item = self.hand.scene.comments[name]
            corner = item.mapToScene(item.frame().bottomRight())
            self.drag(self.hand.canvas.mapFromScene(corner), self.somewhere())

    def do_rename(self) -> None:
        if name := self.node():
            self.hand.canvas.select([name])
            self.hand.key(Qt.Key.Key_F2)
            field = self.hand.canvas.title_field
            self.hand.type(field, self.dice.choice(["part_a", "part_b", "No"]))
            self.hand.bot.keyClick(field, Qt.Key.Key_Return)
            self.hand.canvas.close_title_field()

    def do_change_setting(self) -> None:
        if (name := self.node()) and self.hand.graph.node(name).layer.kind == "conv2d":
            layer = self.hand.graph.node(name).layer
            width = self.dice.choice([4, 8, 16])
            wide = layer.with_(out_channels=width)
            self.hand.page.inspector.wish_layer.emit(name, wide, "out_channels")

    def do_undo_and_redo(self) -> None:
        document = self.hand.page.document
        if document.undo_stack.canUndo():
            project, drawn = document.project, self.hand.graph
            self.hand.undo()
            self.hand.redo()
            assert document.project is project
            assert self.hand.graph == drawn  # the inside of a ready-made block is worked out anew


def work(hand, seed) -> dict[str, int]:
    """Fifty things at random, undone and redone altogether; what changed the model."""
    document = hand.page.document
    stack = document.undo_stack
    first = document.project
    hands = Hands(hand, seed)
    hand.canvas.fit()
    for _ in range(STEPS):
        hands.step()
    hand.page.place.go(())  # out of a block that was opened on the way
    last = document.project
    states = [last]
    while stack.canUndo():
        stack.undo()
        states.append(document.project)
    assert document.project is first
    assert hand.untouched()
    for state in reversed(states[:-1]):
        stack.redo()
        assert document.project is state
    assert not stack.canRedo()
    assert hand.untouched()
    assert set(hand.scene.nodes) == set(last.model.by_id)
    assert set(hand.scene.wires) == set(last.model.wires)
    assert set(hand.scene.comments) == {comment.id for comment in last.model.comments}
    document.save()
    path = store.locate(document.folder) / "project.fovea"
    written = path.read_bytes()
    again = store.load(document.folder).project
    assert again == document.project
    document.save()
    assert path.read_bytes() == written
    while stack.canUndo():
        stack.undo()
    stack.clear()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # no event loop runs here
    return hands.done


def everything_was_done(totals: dict[str, int]) -> None:
    """Each kind of edit has changed a model at least once: none is dead."""
    idle = {"do_box", "do_undo_and_redo"}
    edits = {name for name in dir(Hands) if name.startswith("do_")} - idle
    assert edits - set(totals) == set()


def many(hand, rounds: int) -> None:
    totals: dict[str, int] = {}
    for seed in range(rounds):
        for name, count in work(hand, seed).items():
            totals[name] = totals.get(name, 0) + count
    everything_was_done(totals)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_random_work_is_undone_and_saved_exactly(hand):
    many(hand, 8)  # three are enough for every kind of edit


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_thousand_times_fifty(hand):
    many(hand, 1000)
