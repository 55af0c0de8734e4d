"""Adding layers where the hand is: by Tab, double click, and at the loose end of a wire."""

import pytest
from PySide6.QtCore import QPoint, Qt

from engine.graph.records import Graph, Wire
from tests.support import mouse
from tests.support.canvas import LEFT


@pytest.fixture
def box(page):
    return page.extras.quick_add


def test_tab_adds_behind_the_selection_at_the_mouse(hand, box):
    before = hand.graph
    hand.click(hand.on("stem"))
    hand.hover(hand.ground())
    place = hand.canvas.mapToScene(hand.ground())
    hand.key(Qt.Key.Key_Tab)
    assert box.isVisible()
    assert box.search.hasFocus()
    assert "stem" in box.heading.text()
    hand.type(box.search, "gelu")
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert not box.isVisible()
    assert Wire("stem", "gelu", 0) in hand.graph.wires
    assert hand.canvas.selected() == ("gelu",)
    assert hand.label == "Add GELU"
    node = hand.graph.node("gelu")
    assert abs(node.x + 84 - place.x()) <= 8
    assert abs(node.y + 28 - place.y()) <= 8
    assert hand.canvas.hasFocus()
    hand.undo()
    assert hand.graph is before


def test_a_double_click_on_free_ground_adds_there_without_a_wire(hand, box):
    hand.click(hand.on("stem"))
    hand.double_click(hand.ground())
    assert box.isVisible()
    hand.type(box.search, "max pool")
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert hand.graph.arriving("max_pool") == ()
    assert hand.untouched()


def test_arrows_choose_and_a_click_takes(hand, box):
    hand.hover(hand.ground())
    hand.key(Qt.Key.Key_Tab)
    hand.type(box.search, "relu")
    first = box.list.current_kind()
    hand.bot.keyClick(box.search, Qt.Key.Key_Down)
    second = box.list.current_kind()
    assert first != second
    hand.bot.keyClick(box.search, Qt.Key.Key_Up)
    assert box.list.current_kind() == first
    rect = box.list.visualItemRect(box.list.item(second))
    hand.bot.mouseClick(box.list.viewport(), LEFT, pos=rect.center())
    assert second in {node.layer.kind for node in hand.graph.nodes}
    assert not box.isVisible()


def test_a_loose_wire_on_free_ground_asks_for_its_layer(hand, box):
    before = hand.graph
    hand.drag(hand.port("stem"), hand.ground())
    assert box.isVisible()
    assert hand.untouched()
    assert "input" not in shown_kinds(box), "nothing can lead into the image"
    hand.type(box.search, "dropout")
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert Wire("stem", "dropout_2", 0) in hand.graph.wires
    hand.undo()
    assert hand.graph is before


def test_a_loose_wire_drawn_backwards_feeds_its_input(hand, box):
    hand.canvas.select(["stem"])
    hand.double_click(hand.ground())
    hand.type(box.search, "add")
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    hand.canvas.fit()
    start = hand.port("add", 0)
    hand.drag(start, start + QPoint(-40, -60), hand.at(hand.canvas.content().left() - 80, 100))
    assert "output" not in shown_kinds(box), "nothing can follow the class scores"
    hand.type(box.search, "sigmoid")
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert Wire("sigmoid", "add", 0) in hand.graph.wires


def test_a_wire_let_go_where_it_began_asks_nothing(hand, box):
    hand.drag(hand.port("stem"), hand.port("stem") + QPoint(2, 3))
    assert not box.isVisible()
    assert hand.untouched()


@pytest.mark.parametrize("how", ["escape", "focus", "click"])
def test_the_box_closes_and_adds_nothing(hand, box, how):
    before = hand.graph
    hand.drag(hand.port("stem"), hand.ground())
    hand.type(box.search, "relu")
    if how == "click":
        mouse.press(hand.viewport, hand.ground())
        hand.canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        mouse.release(hand.viewport, hand.ground())
    else:
        hand.leave(how)
    assert not box.isVisible()
    assert hand.graph is before
    assert hand.untouched()


def test_nonsense_finds_nothing_and_adds_nothing(hand, box):
    before = hand.graph
    hand.key(Qt.Key.Key_Tab)
    hand.type(box.search, "zzz")
    assert box.none.isVisible()
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert hand.graph is before
    assert box.isVisible()


def test_a_model_from_nothing_by_keyboard_alone(hand, box):
    document = hand.page.document
    document.apply(document.project.with_(model=Graph()), "Empty")
    for word in ("image", "conv", "relu", "global average", "class scores"):
        hand.key(Qt.Key.Key_Tab)
        hand.type(box.search, word)
        hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    kinds = [node.layer.kind for node in hand.graph.nodes]
    assert kinds == ["input", "conv2d", "relu", "global_avg_pool", "output"]
    assert len(hand.graph.wires) == 4
    places = [(node.x, node.y) for node in hand.graph.nodes]
    assert len(set(places)) == 5, "they do not lie upon each other"
    assert hand.page.state() == "ready"


def test_shift_tab_leaves_the_canvas(hand, box):
    assert hand.canvas.focusNextPrevChild(True) is False
    hand.key(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert not box.isVisible()


def shown_kinds(box):
    return {box.list.kind(item) for item in box.list.layer_items() if not item.isHidden()}


def test_enter_adds_nothing_that_was_not_chosen(hand, box):
    before = hand.graph
    hand.click(hand.on("stem"))
    hand.key(Qt.Key.Key_Tab)
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert hand.graph is before
    assert box.isVisible()
    hand.bot.keyClick(box.search, Qt.Key.Key_Down)
    first = box.list.current_kind()
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    assert hand.graph.node(hand.canvas.selected()[0]).layer.kind == first
