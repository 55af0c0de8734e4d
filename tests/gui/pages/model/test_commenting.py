"""Comments under the hand: framed, titled, dragged, resized, collapsed, deleted, each undone."""

import pytest
from PySide6.QtCore import QPoint, Qt

from engine.graph.comment_edits import comment
from gui.canvas.menu import COLOUR_NAMES
from tests.support.canvas import CTRL, SHIFT


def framed(hand, *names):
    """Frames nodes by keys; the comment's id."""
    hand.canvas.select(names)
    hand.key(Qt.Key.Key_C)
    field = hand.canvas.title_field
    hand.type(field, "First part")
    hand.bot.keyClick(field, Qt.Key.Key_Return)
    hand.canvas.fit()
    return hand.graph.comments[-1].id


def test_c_frames_the_selection_and_asks_for_its_title(hand):
    before = hand.graph
    name = framed(hand, "stem", "stem_norm")
    frame = comment(hand.graph, name)
    assert frame.title == "First part"
    assert hand.label == "Rename a comment"
    assert hand.canvas.selected_comments() == (name,)
    node = hand.graph.node("stem")
    assert frame.x < node.x
    assert frame.y < node.y
    assert hand.canvas.hasFocus()
    hand.undo()
    hand.undo()
    assert hand.graph is before
    assert hand.scene.comments == {}


def test_dragging_the_title_moves_what_lies_in_it(hand):
    name = framed(hand, "stem", "stem_norm")
    before = hand.graph
    start = hand.title(name)
    hand.drag(start, start + QPoint(90, 0))
    moved = hand.graph
    shift = comment(moved, name).x - comment(before, name).x
    assert shift > 50
    assert moved.node("stem").x - before.node("stem").x == shift
    assert moved.node("stem_norm").x - before.node("stem_norm").x == shift
    assert moved.node("pool") is before.node("pool")
    assert hand.untouched()
    hand.undo()
    assert hand.graph is before
    assert hand.untouched()


def test_a_box_begins_on_the_ground_inside_a_frame(hand):
    name = framed(hand, "stem", "stem_norm")
    before = hand.graph
    item = hand.scene.comments[name]
    start = hand.at(item.x() + 14, item.y() + 60)
    hand.drag(start, hand.on("stem"))
    assert hand.canvas.selected() == ("stem",)
    assert hand.graph is before


@pytest.mark.parametrize("edge", ["right", "bottom", "left", "top", "corner"])
def test_edges_resize_and_nodes_stay(hand, edge):
    name = framed(hand, "stem", "stem_norm")
    before = hand.graph
    frame = comment(before, name)
    x, y = frame.x + frame.width / 2, frame.y + frame.height / 2
    start = {
        "right": (frame.x + frame.width, y + 40),
        "bottom": (x + 60, frame.y + frame.height),
        "left": (frame.x, y + 40),
        "top": (x + 60, frame.y),
        "corner": (frame.x + frame.width, frame.y + frame.height),
    }[edge]
    outward = {"left": QPoint(-48, 0), "top": QPoint(0, -48)}.get(edge, QPoint(48, 48))
    hand.drag(hand.at(*start), hand.at(*start) + outward)
    after = comment(hand.graph, name)
    grew = (after.width > frame.width, after.height > frame.height)
    assert grew == {"corner": (True, True), "right": (True, False), "left": (True, False)}.get(
        edge, (False, True)
    )
    assert hand.graph.nodes is before.nodes
    assert hand.label == "Resize a comment"
    hand.undo()
    assert hand.graph is before
    assert hand.untouched()


@pytest.mark.parametrize("how", ["escape", "focus"])
@pytest.mark.parametrize("what", ["move", "resize"])
def test_escape_in_the_middle_leaves_no_trace(hand, what, how):
    name = framed(hand, "stem", "stem_norm")
    before, frame = hand.graph, comment(hand.graph, name)
    start = hand.title(name)
    if what == "resize":
        start = hand.at(frame.x + frame.width, frame.y + frame.height)
    hand.hold(start, start + QPoint(120, 90))
    assert not hand.untouched()
    hand.leave(how)
    assert hand.untouched()
    hand.let_go(start + QPoint(120, 90))
    assert hand.graph is before
    assert hand.untouched()


def test_e_collapses_a_selection_and_back(hand):
    before = hand.graph
    hand.canvas.select(["stem_norm", "stem_relu", "block1"])
    hand.key(Qt.Key.Key_E)
    (frame,) = hand.graph.comments
    assert frame.folded == ("stem_norm", "stem_relu", "block1")
    assert hand.graph.nodes is before.nodes
    assert hand.graph.wires is before.wires
    hidden = {n for n, item in hand.scene.nodes.items() if not item.isVisible()}
    assert hidden == set(frame.folded)
    into = next(w for w in hand.graph.wires if w.target == "stem_norm")
    assert hand.scene.wires[into]._ends[1] == hand.scene.comments[frame.id].entry()
    inner = next(w for w in hand.graph.wires if w.target == "stem_relu")
    assert not hand.scene.wires[inner].isVisible()
    assert hand.canvas.selected_comments() == (frame.id,)
    assert hand.page.inspector.model_panel.heading.text() == "3 nodes selected"
    assert hand.label == "Collapse 3 nodes"
    hand.key(Qt.Key.Key_E)
    assert not hand.graph.comments[0].collapsed
    assert all(item.isVisible() for item in hand.scene.nodes.values())
    assert all(item.isVisible() for item in hand.scene.wires.values())
    hand.undo()
    hand.undo()
    assert hand.graph is before


def test_a_double_click_opens_a_box_and_names_a_frame(hand):
    name = framed(hand, "stem", "stem_norm")
    hand.key(Qt.Key.Key_E)
    assert comment(hand.graph, name).collapsed
    hand.double_click(hand.title(name))
    assert not comment(hand.graph, name).collapsed
    hand.double_click(hand.title(name))
    field = hand.canvas.title_field
    assert field.text() == "First part"
    hand.type(field, "Second part")
    hand.bot.keyClick(field, Qt.Key.Key_Return)
    assert comment(hand.graph, name).title == "Second part"


def test_a_box_is_dragged_with_its_nodes_and_wires(hand):
    name = framed(hand, "stem", "stem_norm")
    hand.key(Qt.Key.Key_E)
    before = hand.graph
    start = hand.title(name)
    hand.drag(start, start + QPoint(120, 8))
    shift = comment(hand.graph, name).x - comment(before, name).x
    assert shift > 0
    assert hand.graph.node("stem").x - before.node("stem").x == shift
    wire = next(w for w in hand.graph.wires if w.target == "stem")
    assert hand.scene.wires[wire]._ends[1] == hand.scene.comments[name].entry()
    assert hand.untouched()
    hand.key(Qt.Key.Key_E)
    assert hand.graph.node("stem").x == before.node("stem").x + shift


def test_escape_while_a_box_is_dragged(hand):
    name = framed(hand, "stem", "stem_norm")
    hand.key(Qt.Key.Key_E)
    before, start = hand.graph, hand.title(name)
    hand.hold(start, start + QPoint(100, 50))
    assert not hand.untouched()
    hand.leave("escape")
    assert hand.untouched()
    assert hand.graph is before


@pytest.mark.parametrize("contents", [False, True])
def test_delete_takes_the_frame_and_shift_its_contents(hand, contents):
    name = framed(hand, "stem", "stem_norm")
    before = hand.graph
    hand.click(hand.title(name))
    hand.key(Qt.Key.Key_Delete, SHIFT if contents else Qt.KeyboardModifier.NoModifier)
    assert hand.graph.comments == ()
    assert ("stem" in hand.graph) != contents
    hand.undo()
    assert hand.graph is before


def test_arrow_keys_pass_over_a_box_and_nudge_it(hand):
    hand.canvas.select(["stem_norm", "stem_relu"])
    hand.key(Qt.Key.Key_E)
    (frame,) = hand.graph.comments
    hand.canvas.select(["stem"])
    hand.key(Qt.Key.Key_Down)
    assert hand.canvas.selected_comments() == (frame.id,)
    hand.key(Qt.Key.Key_Down)
    assert hand.canvas.selected() == ("block1",)
    hand.key(Qt.Key.Key_Up)
    before = hand.graph
    hand.key(Qt.Key.Key_Right, CTRL)
    assert comment(hand.graph, frame.id).x == frame.x + 8
    assert hand.graph.node("stem_norm").x == before.node("stem_norm").x + 8


def test_a_colour_is_chosen_in_the_menu(hand):
    name = framed(hand, "stem", "stem_norm")
    menu = hand.menu(hand.title(name))
    hand.choose(menu, "Colour", COLOUR_NAMES[5])
    assert comment(hand.graph, name).colour == 5
    hand.undo()
    assert comment(hand.graph, name).colour == 0


@pytest.mark.parametrize("how", ["escape", "focus"])
def test_a_title_is_left_unchanged(hand, how):
    name = framed(hand, "stem", "stem_norm")
    before = hand.graph
    hand.key(Qt.Key.Key_F2)
    hand.type(hand.canvas.title_field, "Something else")
    hand.leave(how)
    assert hand.graph is before
    assert comment(hand.graph, name).title == "First part"


def test_collapsing_an_empty_frame_is_refused_with_a_sentence(hand, qtbot):
    hand.canvas.select([])
    hand.hover(hand.ground())
    hand.key(Qt.Key.Key_C)
    hand.bot.keyClick(hand.canvas.title_field, Qt.Key.Key_Escape)
    before = hand.graph
    with qtbot.waitSignal(hand.page.session.toast_requested) as told:
        hand.key(Qt.Key.Key_E)
    assert "empty" in told.args[0]
    assert hand.graph is before


def test_showing_a_hidden_node_shows_its_box(hand):
    hand.canvas.select(["stem_norm", "stem_relu"])
    hand.key(Qt.Key.Key_E)
    hand.canvas.select(["stem_relu"])
    assert hand.canvas.selected_comments() == (hand.graph.comments[0].id,)


def test_collapsed_boxes_come_back_from_disk(hand):
    framed(hand, "stem", "stem_norm")
    hand.key(Qt.Key.Key_E)
    document, before = hand.page.document, hand.graph
    document.save()
    folder = document.folder
    document.close()
    document.open(folder)
    assert hand.graph == before
    assert not hand.scene.nodes["stem"].isVisible()
