"""Wires by keyboard and by mouse: legal targets light up, the others say why not."""

import pytest
from PySide6.QtCore import QPoint, Qt

from engine.graph import edits
from engine.graph.records import Wire
from engine.layers.base import LAYERS
from tests.support import mouse
from tests.support.canvas import LEFT, SHIFT


@pytest.fixture
def lone(hand):
    """A convolution of 5 channels and a sum, neither connected, beside the model."""
    document = hand.page.document
    graph, _ = edits.add_node(hand.graph, LAYERS.get("conv2d")(out_channels=5), 400, 96, "narrow")
    graph, _ = edits.add_node(graph, LAYERS.get("add")(), 400, 288, "sum")
    graph = edits.connect(edits.connect(graph, "stem", "sum"), "image", "narrow")
    document.apply(document.project.with_(model=graph), "Prepare")
    hand.canvas.fit()
    return hand


def test_w_then_letters_then_enter_connects(lone):
    before = lone.graph
    lone.canvas.select(["stem_relu"])
    lone.key(Qt.Key.Key_W)
    assert not lone.untouched()
    assert "Enter" in lone.canvas.told
    lone.bot.keyClicks(lone.canvas, "su")
    assert lone.scene.nodes["sum"].light == "target"
    assert lone.scene.nodes["image"].light == "illegal"
    lone.key(Qt.Key.Key_Return)
    assert Wire("stem_relu", "sum", 1) in lone.graph.wires
    assert lone.label == "Connect stem_relu to sum"
    assert lone.untouched()
    lone.undo()
    assert lone.graph is before


def test_arrows_go_from_target_to_target(lone):
    lone.canvas.select(["stem"])
    lone.key(Qt.Key.Key_W)
    first = lone.canvas._gesture.target
    assert first == "stem_norm", "the nearest below comes first"
    lone.key(Qt.Key.Key_Down)
    assert lone.canvas._gesture.target == "stem_relu"
    lone.key(Qt.Key.Key_Right)
    assert lone.canvas._gesture.target == "sum"
    lone.key(Qt.Key.Key_Backspace)
    lone.key(Qt.Key.Key_Left)
    assert lone.canvas._gesture.target == "stem_relu"
    lone.key(Qt.Key.Key_Escape)
    assert lone.untouched()
    assert lone.canvas.selected() == ("stem",)


@pytest.mark.parametrize("how", ["escape", "focus", "click"])
def test_leaving_connects_nothing(lone, how):
    before = lone.graph
    lone.canvas.select(["stem"])
    lone.key(Qt.Key.Key_W)
    if how == "click":
        lone.click(lone.ground())
    else:
        lone.leave(how)
    assert lone.untouched()
    assert lone.graph is before


def test_nothing_begins_at_the_end_of_the_model(lone):
    lone.canvas.select(["scores"])
    lone.key(Qt.Key.Key_W)
    assert lone.untouched()


def test_shapes_that_do_not_fit_are_warned_of_and_drawn_all_the_same(lone):
    mouse.press(lone.viewport, lone.port("narrow"))
    assert lone.scene.nodes["sum"].light == "misfit"
    assert lone.scene.nodes["pool"].light == "legal"
    assert lone.scene.nodes["image"].light == "illegal"
    mouse.move(lone.viewport, lone.on("sum"), LEFT)
    assert "5" in lone.canvas.told
    assert lone.scene.nodes["sum"].light == "target"
    mouse.move(lone.viewport, lone.on("image"), LEFT)
    assert lone.scene.nodes["sum"].light == "misfit"
    assert "image enters" in lone.canvas.told
    mouse.move(lone.viewport, lone.on("sum"), LEFT)
    mouse.release(lone.viewport, lone.on("sum"))
    assert Wire("narrow", "sum", 1) in lone.graph.wires
    assert lone.untouched()


def test_brackets_go_round_the_wires_of_a_node_and_delete_one(lone):
    before = lone.graph
    lone.canvas.select(["stem"])
    seen = []
    for _ in range(3):
        lone.key(Qt.Key.Key_BracketRight)
        seen.append(lone.scene.selected_wires())
    arriving, leaving = lone.graph.arriving("stem"), lone.graph.leaving("stem")
    assert [wires[0] for wires in seen] == [*arriving, *leaving][:3]
    assert "Wire from stem" in lone.canvas.accessibleDescription()
    lone.key(Qt.Key.Key_BracketLeft)
    assert lone.scene.selected_wires() == seen[1]
    gone = seen[1][0]
    lone.key(Qt.Key.Key_Delete)
    assert gone not in lone.graph.wires
    assert len(lone.graph.wires) == len(before.wires) - 1
    lone.undo()
    assert lone.graph is before


def test_arrows_go_from_a_wire_to_its_ends(lone):
    lone.canvas.select(["stem"])
    lone.key(Qt.Key.Key_BracketRight)
    lone.key(Qt.Key.Key_Up)
    assert lone.canvas.selected() == ("image",)
    lone.canvas.select(["stem"])
    lone.key(Qt.Key.Key_BracketRight)
    lone.key(Qt.Key.Key_Down)
    assert lone.canvas.selected() == ("stem",)


def test_f2_renames_a_node_in_place(lone, qtbot):
    lone.canvas.select(["sum"])
    lone.key(Qt.Key.Key_F2)
    field = lone.canvas.title_field
    lone.type(field, "Not a name")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "letters" in lone.canvas.told
    assert "sum" in lone.graph
    field.selectAll()
    lone.type(field, "joined")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "joined" in lone.graph
    assert lone.canvas.selected() == ("joined",)
    assert lone.label == "Rename sum to joined"
    assert lone.untouched()
    assert lone.canvas.hasFocus()


@pytest.mark.parametrize("how", ["escape", "focus"])
def test_a_name_is_left_unchanged(lone, how):
    before = lone.graph
    lone.canvas.select(["sum"])
    lone.key(Qt.Key.Key_F2)
    lone.type(lone.canvas.title_field, "other")
    lone.leave(how)
    assert lone.graph is before
    assert lone.untouched()


def test_a_node_without_wires_is_dropped_onto_one(hand):
    document = hand.page.document
    graph, name = edits.add_node(hand.graph, LAYERS.get("gelu")(), 400, 200)
    document.apply(document.project.with_(model=graph), "Prepare")
    hand.canvas.fit()
    before = hand.graph
    wire = next(w for w in before.wires if w.target == "stem_norm")
    goal = hand.wire("stem", "stem_norm")
    hand.hold(hand.on(name), goal)
    assert hand.scene.wires[wire].lit
    hand.let_go(goal)
    assert hand.graph.arriving("stem_norm")[0].source == name
    assert hand.graph.arriving(name)[0].source == "stem"
    assert hand.graph.node("stem_norm").y >= hand.graph.node(name).y + 90
    assert hand.label == f"Insert {name}"
    assert hand.untouched()
    hand.undo()
    assert hand.graph is before


@pytest.mark.parametrize("how", ["escape", "focus"])
def test_escape_over_a_wire_puts_the_node_back(hand, how):
    document = hand.page.document
    graph, name = edits.add_node(hand.graph, LAYERS.get("gelu")(), 400, 200)
    document.apply(document.project.with_(model=graph), "Prepare")
    hand.canvas.fit()
    before, goal = hand.graph, hand.wire("stem", "stem_norm")
    hand.hold(hand.on(name), goal)
    hand.leave(how)
    assert hand.untouched()
    hand.let_go(goal)
    assert hand.graph is before


def test_a_connected_node_over_a_wire_only_moves(hand):
    goal = hand.wire("stem", "stem_norm") + QPoint(0, 2)
    wires = hand.graph.wires
    hand.hold(hand.on("pool"), goal)
    assert not any(item.lit for item in hand.scene.wires.values())
    hand.let_go(goal)
    assert hand.graph.wires is wires


def test_tab_while_wiring_begins_a_branch_with_a_new_layer(lone):
    before = lone.graph
    lone.canvas.select(["stem"])
    lone.key(Qt.Key.Key_W)
    assert "Tab adds a layer" in lone.canvas.told
    lone.key(Qt.Key.Key_Tab)
    box = lone.page.extras.quick_add
    assert box.isVisible()
    assert box.heading.text() == "Behind “stem”"
    lone.type(box.search, "gelu")
    lone.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert set(before.wires) <= set(lone.graph.wires), "it is no insertion into the wire there is"
    assert Wire("stem", "gelu", 0) in lone.graph.wires
    assert lone.canvas.selected() == ("gelu",)
    assert lone.untouched()
    lone.undo()
    assert lone.graph is before


def test_a_wire_begun_by_menu_ends_with_a_click(lone):
    lone.choose(lone.menu(lone.on("stem_relu")), "Connect to…")
    lone.click(lone.on("sum"))
    assert Wire("stem_relu", "sum", 1) in lone.graph.wires
    assert lone.untouched()
    before = lone.graph
    lone.choose(lone.menu(lone.on("stem_relu")), "Connect to…")
    with lone.bot.waitSignal(lone.canvas.refused) as told:
        lone.click(lone.on("image"))
    assert "image enters" in told.args[0]
    assert lone.graph is before
    assert lone.untouched()


def test_a_loose_wire_over_a_node_s_surroundings_is_a_branch(hand):
    box = hand.page.extras.quick_add
    wires = set(hand.graph.wires)
    beside = hand.on("stem", 200, 28)
    hand.drag(hand.port("stem"), beside)
    hand.type(box.search, "gelu")
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert wires < set(hand.graph.wires)


def test_shift_and_arrows_select_one_node_more(hand):
    hand.canvas.select(["stem"])
    for _ in range(2):
        hand.key(Qt.Key.Key_Down, SHIFT)
    assert hand.canvas.selected() == ("stem", "stem_norm", "stem_relu")
    hand.key(Qt.Key.Key_Up)
    assert len(hand.canvas.selected()) == 1


def test_s_goes_to_the_settings_of_any_node_and_escape_comes_back(hand):
    from PySide6.QtWidgets import QApplication

    hand.canvas.select(["block1"])
    hand.key(Qt.Key.Key_S)
    field = QApplication.focusWidget()
    assert field.accessibleName() == "Out channels"
    assert field.selectedText() == field.text(), "what is typed takes its place"
    hand.type(field, "24")
    hand.bot.keyClick(field, Qt.Key.Key_Return)
    hand.bot.keyClick(field, Qt.Key.Key_Escape)
    assert hand.graph.node("block1").layer.out_channels == 24
    assert hand.canvas.hasFocus()
    hand.canvas.select(["stem_relu"])
    hand.key(Qt.Key.Key_S)
    assert QApplication.focusWidget().text() == "More ReLU settings"
