"""One thing in the middle of another: what goes on ends well, and keys reach one thing only."""

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from engine.graph.comment_edits import add_comment
from gui.canvas.commands import COMMANDS, command
from gui.canvas.gestures import Pan
from tests.support import mouse
from tests.support.canvas import CTRL

MIDDLE = Qt.MouseButton.MiddleButton


@pytest.fixture
def panning(hand):
    """The middle button held on free ground, and the drawing moved by it."""
    start = hand.ground()
    mouse.press(hand.viewport, start, MIDDLE)
    mouse.move(hand.viewport, start - QPoint(30, 10), MIDDLE)
    assert isinstance(hand.canvas._gesture, Pan)
    return hand


@pytest.mark.parametrize("how", ["escape", "another window", "another button", "another page"])
def test_moving_the_drawing_can_be_interrupted(panning, page, how):
    if how == "another button":
        mouse.press(panning.viewport, panning.on("block1"))
        mouse.release(panning.viewport, panning.on("block1"))
        assert panning.canvas.selected() == ("block1",)
    elif how == "another page":
        page.hide()
        page.show()
    else:
        panning.leave(how)
    assert panning.canvas._gesture is None
    assert panning.viewport.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert panning.untouched()


@pytest.mark.parametrize("key", [Qt.Key.Key_Backspace, Qt.Key.Key_Escape])
def test_a_comment_that_is_selected_has_the_keys_that_leave_a_block(page, hand, key):
    page.blocks.open("block1")
    assert page.wishes.edit(lambda graph: add_comment(graph, "Body", ["conv1"])[0], "Comment")
    hand.canvas.select((), ["comment_1"])
    hand.key(key)
    assert page.place.path == ("block1",)
    assert ("comment_1" in hand.scene.comments) is (key == Qt.Key.Key_Escape)
    assert hand.canvas.selected_comments() == ()
    hand.key(key)
    assert page.place.path == ()


def test_entering_a_block_closes_what_was_open_for_the_graph_outside(page, hand):
    hand.key(Qt.Key.Key_F, CTRL)
    bar = page.extras.find_bar
    hand.type(bar.field, "block")
    assert bar.count.text() == "1 of 3"
    page.blocks.open("block1")
    assert not bar.isVisible()
    hand.canvas.setFocus()
    hand.key(Qt.Key.Key_F, CTRL)
    assert bar.count.text() == "1 of 2"  # the same word, sought inside: the block's own ends
    bar.close_bar()
    hand.key(Qt.Key.Key_Tab)
    assert page.extras.quick_add.isVisible()
    page.place.go(())
    assert not page.extras.quick_add.isVisible()


def test_closing_the_project_closes_what_was_open(page, hand, session):
    session.document.changed.connect(page.show_project)
    hand.key(Qt.Key.Key_F, CTRL)
    session.document.close()
    assert not page.extras.find_bar.isVisible()
    assert page.canvas.graph_scene.nodes == {}


def _field(page, hand, which):
    hand.canvas.select(["block1"])
    hand.canvas.setFocus()
    command(which).run(hand.canvas)
    found = QApplication.focusWidget()
    assert hand.canvas.isAncestorOf(found)
    return found


@pytest.mark.parametrize("which", ["add", "find", "rename"])
def test_shortcuts_of_the_canvas_do_nothing_while_a_field_over_it_is_typed_in(page, hand, which):
    before, tried = hand.graph, 0
    for made in COMMANDS:
        for keys in made.keys:
            if "Ctrl" not in keys:
                continue
            field = _field(page, hand, which)
            field.setText("block1")
            hand.bot.keySequence(field, keys)
            assert hand.graph is before, f"{keys} edited the model"
            assert field.isVisible(), f"{keys} closed the field"
            tried += 1
    assert tried > 10


def test_the_window_can_go_while_nodes_are_selected(page, hand):
    hand.key(Qt.Key.Key_A, CTRL)
    told = []
    page.canvas.selection_changed.connect(told.append)
    shiboken6.delete(page.canvas.graph_scene)  # as at the end of the program, before the view
    assert told == []
