"""Copy, cut and paste by keys: as text, at the mouse, between projects; nonsense is refused."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine.graph.records import Graph, Wire
from tests.support.canvas import CTRL


def clipboard():
    return QGuiApplication.clipboard()


def test_copy_and_paste_at_the_mouse(hand):
    before = hand.graph
    hand.canvas.select(["stem", "stem_norm"])
    hand.key(Qt.Key.Key_C, CTRL)
    assert clipboard().text().startswith("Fovea model 1\n")
    assert hand.graph is before
    hand.hover(hand.ground())
    place = hand.canvas.mapToScene(hand.ground())
    hand.key(Qt.Key.Key_V, CTRL)
    copies = hand.canvas.selected()
    assert len(copies) == 2
    assert Wire(copies[0], copies[1], 0) in hand.graph.wires
    first = hand.graph.node(copies[0])
    assert abs(first.x - place.x()) <= 8
    assert abs(first.y - place.y()) <= 8
    assert first.layer == hand.graph.node("stem").layer
    assert hand.label == "Paste 2 nodes"
    hand.key(Qt.Key.Key_V, CTRL)
    again = hand.graph.node(hand.canvas.selected()[0])
    assert (again.x, again.y) != (first.x, first.y), "the second does not hide the first"
    hand.undo()
    hand.undo()
    assert hand.graph is before


def test_cut_heals_and_pastes_back(hand):
    before = hand.graph
    hand.canvas.select(["stem_norm"])
    hand.key(Qt.Key.Key_X, CTRL)
    assert "stem_norm" not in hand.graph
    assert hand.graph.arriving("stem_relu")[0].source == "stem"
    assert hand.label == "Cut stem_norm"
    hand.key(Qt.Key.Key_V, CTRL)
    assert hand.graph.node("stem_norm").layer == before.node("stem_norm").layer
    hand.undo()
    hand.undo()
    assert hand.graph is before


def test_a_whole_model_goes_into_another_one(hand):
    before = hand.graph
    hand.key(Qt.Key.Key_A, CTRL)
    hand.key(Qt.Key.Key_C, CTRL)
    document = hand.page.document
    document.apply(document.project.with_(model=Graph()), "Another project")
    hand.key(Qt.Key.Key_V, CTRL)
    pasted = hand.graph
    assert [(n.id, n.layer) for n in pasted.nodes] == [(n.id, n.layer) for n in before.nodes]
    assert pasted.wires == before.wires
    assert hand.page.state() == "ready"


def test_frames_are_copied_with_what_they_say(hand):
    hand.canvas.select(["stem", "stem_norm"])
    hand.key(Qt.Key.Key_E)
    hand.key(Qt.Key.Key_C, CTRL)
    hand.key(Qt.Key.Key_V, CTRL)
    one, two = hand.graph.comments
    assert two.id != one.id
    assert len(two.folded) == 2
    assert not set(two.folded) & set(one.folded)


@pytest.mark.parametrize("text", ["hello", "Fovea model 9\n{}", "Fovea model 1\n" + "[" * 9999])
def test_nonsense_is_refused_with_a_sentence(hand, qtbot, text):
    before = hand.graph
    clipboard().setText(text)
    with qtbot.waitSignal(hand.page.session.toast_requested) as told:
        hand.key(Qt.Key.Key_V, CTRL)
    assert "clipboard" in told.args[0]
    assert hand.graph is before


def test_an_empty_clipboard_and_an_empty_selection_do_nothing(hand):
    before = hand.graph
    hand.key(Qt.Key.Key_V, CTRL)
    hand.key(Qt.Key.Key_C, CTRL)
    hand.key(Qt.Key.Key_X, CTRL)
    assert hand.graph is before
    assert clipboard().text() == ""


def test_paste_in_the_middle_of_a_drag_cancels_the_drag(hand):
    hand.canvas.select(["stem"])
    hand.key(Qt.Key.Key_C, CTRL)
    start = hand.on("pool")
    hand.hold(start, start * 1.2)
    hand.key(Qt.Key.Key_V, CTRL)
    assert hand.untouched()
    assert hand.graph.node("pool").x == 0
