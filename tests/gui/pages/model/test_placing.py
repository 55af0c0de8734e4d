"""Align, distribute, arrange and guides, by keys and by mouse; each undone."""

import pytest
from PySide6.QtCore import QPoint, Qt

from engine.graph import edits
from tests.support.canvas import ALT, CTRL, SHIFT

KEYS = {
    "left": (Qt.Key.Key_Left, CTRL | SHIFT, "x"),
    "right": (Qt.Key.Key_Right, CTRL | SHIFT, "x"),
    "centre": (Qt.Key.Key_H, CTRL | SHIFT, "x"),
    "top": (Qt.Key.Key_Up, CTRL | SHIFT, "y"),
    "bottom": (Qt.Key.Key_Down, CTRL | SHIFT, "y"),
    "middle": (Qt.Key.Key_M, CTRL | SHIFT, "y"),
}


@pytest.fixture
def apart(hand):
    """Three nodes out of line."""
    document = hand.page.document
    places = {"stem": (40.0, 96.0), "pool": (320.0, 200.0), "dropout": (560.0, 700.0)}
    graph = edits.move(hand.graph, places)
    document.apply(document.project.with_(model=graph), "Prepare")
    hand.canvas.fit()
    hand.canvas.select(places)
    return hand


@pytest.mark.parametrize("how", KEYS)
def test_keys_align(apart, how):
    before = apart.graph
    key, modifiers, side = KEYS[how]
    apart.key(key, modifiers)
    assert len({getattr(apart.graph.node(n), side) for n in ("stem", "pool", "dropout")}) == 1
    assert apart.label.startswith("Align ")
    assert apart.untouched()
    apart.undo()
    assert apart.graph is before
    assert apart.untouched()


@pytest.mark.parametrize(("key", "side"), [(Qt.Key.Key_H, "x"), (Qt.Key.Key_V, "y")])
def test_keys_distribute(apart, key, side):
    before = apart.graph
    apart.key(key, CTRL | ALT)
    one, two, three = sorted(
        getattr(apart.graph.node(n), side) for n in ("stem", "pool", "dropout")
    )
    assert two - one == pytest.approx(three - two)
    apart.undo()
    assert apart.graph is before


def test_the_menu_aligns_and_is_grey_for_one_node(apart):
    menu = apart.menu(apart.on("pool"))
    assert apart.canvas.selected() == ("stem", "pool", "dropout"), "the selection stays"
    apart.choose(menu, "Align and distribute", "Left edges")
    assert apart.graph.node("pool").x == apart.graph.node("stem").x
    apart.canvas.select(["pool"])
    before = apart.graph
    apart.key(Qt.Key.Key_Left, CTRL | SHIFT)
    assert apart.graph is before


def test_arranging_a_selection_leaves_the_rest(apart):
    before = apart.graph
    apart.canvas.select(["pool", "dropout"])
    apart.key(Qt.Key.Key_L, CTRL)
    after = apart.graph
    assert after.node("stem") is before.node("stem")
    assert after.node("dropout").y == after.node("pool").y + 96
    assert after.node("dropout").x == after.node("pool").x
    assert apart.label == "Arrange 2 nodes"
    apart.undo()
    apart.canvas.select([])
    apart.key(Qt.Key.Key_L, CTRL)
    assert apart.label == "Arrange the model"
    assert apart.graph.node("stem").x == 0


def test_guides_pull_to_the_middle_of_another_node_and_are_drawn(apart):
    document = apart.page.document
    graph = edits.move(apart.graph, {"pool": (323.0, 200.0)})
    document.apply(document.project.with_(model=graph), "Prepare")
    apart.canvas.select(["dropout"])
    start = apart.on("dropout")
    goal = start + QPoint(round((323 - 560) * apart.canvas.zoom) + 2, 40)
    apart.hold(start, goal)
    lines = apart.canvas._gesture._lines.lines
    assert {round(line.x1()) for line in lines if line.dx() == 0} >= {323, 323 + 84, 323 + 168}
    apart.let_go(goal)
    assert apart.graph.node("dropout").x == 323, "stronger than the grid of 8"
    assert apart.untouched()


def test_several_nodes_snap_as_one(apart):
    apart.canvas.select(["pool", "dropout"])
    before = apart.graph
    start = apart.on("pool")
    goal = start + QPoint(round((40 - 320) * apart.canvas.zoom) + 3, 0)
    apart.hold(start, goal)
    assert apart.canvas._gesture._lines.lines
    apart.let_go(goal)
    assert apart.graph.node("pool").x == 40
    shift = before.node("pool").x - apart.graph.node("pool").x
    assert before.node("dropout").x - apart.graph.node("dropout").x == shift
    apart.undo()
    assert apart.graph is before


@pytest.mark.parametrize("how", ["escape", "focus"])
def test_escape_takes_the_guides_away(apart, how):
    start = apart.on("pool")
    apart.canvas.select(["pool"])
    goal = start + QPoint(round((40 - 320) * apart.canvas.zoom), 0)
    apart.hold(start, goal)
    assert not apart.untouched()
    apart.leave(how)
    assert apart.untouched()
