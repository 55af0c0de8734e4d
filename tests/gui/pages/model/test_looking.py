"""Ways of looking: zoom to the selection, the map, finding, how much is drawn, menus, shortcuts."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

from gui.canvas import comment_item
from gui.canvas.commands import COMMANDS, shortcuts
from gui.pages.model.find_bar import matches
from tests.support import mouse
from tests.support.canvas import CTRL, LEFT, SHIFT


def test_shift_f_shows_the_selection_and_f_everything(hand):
    hand.canvas.set_zoom(0.2)
    hand.canvas.select(["pool", "scores"])
    hand.key(Qt.Key.Key_F, SHIFT)
    assert hand.canvas.zoom == 1.0
    seen = hand.canvas.in_sight()
    for name in ("pool", "scores"):
        assert seen.contains(hand.scene.nodes[name].pos())
    hand.key(Qt.Key.Key_F)
    assert hand.canvas.in_sight().contains(hand.canvas.content())


def test_signs_zoom_with_and_without_shift(hand):
    hand.canvas.set_zoom(1.0)
    hand.key(Qt.Key.Key_Plus, SHIFT)
    assert hand.canvas.zoom == pytest.approx(1.25)
    hand.key(Qt.Key.Key_Minus)
    assert hand.canvas.zoom == pytest.approx(1.0)
    hand.key(Qt.Key.Key_Equal)
    hand.key(Qt.Key.Key_0, CTRL)
    assert hand.canvas.zoom == 1.0


# The map


def test_the_map_is_there_while_something_is_out_of_sight(hand):
    minimap = hand.canvas.minimap
    assert not minimap.isVisible()
    hand.canvas.set_zoom(2.0)
    assert minimap.isVisible()
    hand.key(Qt.Key.Key_M)
    assert not minimap.isVisible()
    hand.key(Qt.Key.Key_M)
    assert minimap.isVisible()
    hand.key(Qt.Key.Key_F)
    assert not minimap.isVisible()


def test_dragging_in_the_map_moves_what_is_in_sight(hand):
    hand.canvas.set_zoom(2.0)
    minimap = hand.canvas.minimap
    for name in ("image", "scores"):
        middle = hand.scene.nodes[name].pos() + QPointF(84, 28)
        spot = minimap.from_scene(hand.scene.nodes[name].sceneBoundingRect()).center()
        mouse.drag(minimap, [QPointF(minimap.width() / 2, minimap.height() / 2), spot])
        assert hand.canvas.in_sight().contains(middle)
    assert not minimap.grab().isNull()


@pytest.mark.parametrize("how", ["escape", "focus"])
def test_escape_in_the_map_goes_back(hand, how):
    hand.canvas.set_zoom(2.0)
    minimap, before = hand.canvas.minimap, hand.canvas.middle()
    mouse.press(minimap, QPointF(20, 10))
    assert (hand.canvas.middle() - before).manhattanLength() > 20
    hand.leave(how)
    assert (hand.canvas.middle() - before).manhattanLength() < 3
    mouse.move(minimap, QPointF(60, 60), LEFT)
    assert (hand.canvas.middle() - before).manhattanLength() < 3


# Finding


def test_find_matches_names_titles_and_kinds(hand):
    graph = hand.graph
    assert matches(graph, "stem")[:3] == ["stem", "stem_norm", "stem_relu"]
    assert matches(graph, "global") == ["pool"]
    assert matches(graph, "batch stem") == ["stem_norm"]
    assert matches(graph, "") == []
    assert matches(graph, "zzz") == []


def test_ctrl_f_finds_goes_round_and_closes(hand):
    hand.key(Qt.Key.Key_F, CTRL)
    bar = hand.page.extras.find_bar
    assert bar.isVisible()
    hand.type(bar.field, "block")
    assert hand.canvas.selected() == ("block1",)
    assert bar.count.text() == "1 of 3"
    for expected in ("block2", "block3", "block1"):
        hand.bot.keyClick(bar.field, Qt.Key.Key_Return)
        assert hand.canvas.selected() == (expected,)
    hand.bot.keyClick(bar.field, Qt.Key.Key_Return, SHIFT)
    assert hand.canvas.selected() == ("block3",)
    hand.bot.mouseClick(bar.before, LEFT)
    assert hand.canvas.selected() == ("block2",)
    hand.type(bar.field, "zzz")
    assert bar.count.text() == "none"
    hand.bot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert hand.canvas.hasFocus()
    assert hand.canvas.selected() == ("block2",)


def test_finding_brings_into_sight_and_survives_deletion(hand):
    hand.canvas.set_zoom(2.0)
    hand.key(Qt.Key.Key_F, CTRL)
    bar = hand.page.extras.find_bar
    hand.type(bar.field, "scores")
    assert hand.canvas.in_sight().contains(hand.scene.nodes["scores"].pos())
    hand.canvas.setFocus()
    hand.key(Qt.Key.Key_Delete)
    bar.go(1)
    assert bar.count.text() == "none"


# How much is drawn


@pytest.mark.parametrize(("zoom", "words"), [(1.0, True), (0.2, False)])
def test_text_is_left_out_at_a_small_zoom(hand, monkeypatch, zoom, words):
    drawn = []
    item = hand.scene.nodes["stem"]
    monkeypatch.setattr(item, "_paint_texts", lambda *_a, **_k: drawn.append("node"))
    hand.canvas.select(["stem", "stem_norm"])
    hand.key(Qt.Key.Key_C)
    hand.bot.keyClick(hand.canvas.title_field, Qt.Key.Key_Escape)

    class Pen(comment_item.QFontMetricsF):
        def elidedText(self, *args):
            drawn.append("comment")
            return super().elidedText(*args)

    monkeypatch.setattr(comment_item, "QFontMetricsF", Pen)
    hand.canvas.set_zoom(zoom)
    hand.canvas.centerOn(item)
    hand.canvas.grab()
    assert (set(drawn) == {"node", "comment"}) == words
    assert bool(drawn) == words


def test_the_tip_of_a_node_is_shown_where_the_mouse_rests(hand):
    at = hand.on("stem")
    event = QHelpEvent(QEvent.Type.ToolTip, at, hand.viewport.mapToGlobal(at))
    QApplication.sendEvent(hand.viewport, event)
    assert "Convolution" in QToolTip.text()
    assert "Output: 16" in QToolTip.text()
    QToolTip.hideText()


# Menus and the list of shortcuts


def entries(menu):
    return [action.text() for action in menu.actions() if action.text()]


def test_each_thing_has_its_menu_with_shortcuts(hand):
    menu = hand.menu(hand.on("stem"))
    assert hand.canvas.selected() == ("stem",)
    assert {"Rename…", "Connect to…", "Copy", "Delete", "Align and distribute"} <= set(
        entries(menu)
    )
    keyed = {a.text(): a.shortcut().toString() for a in menu.actions()}
    assert keyed["Copy"] == "Ctrl+C"
    assert keyed["Connect to…"] == "W"
    menu.close()
    menu = hand.menu(hand.wire("stem", "stem_norm"))
    assert entries(menu)[0] == "Delete"
    hand.choose(menu, "Delete")
    assert not any(w.target == "stem_norm" for w in hand.graph.wires)
    menu = hand.menu(hand.ground())
    assert hand.canvas.selected() == ()
    assert {"Add a layer here…", "Paste here", "Find…", "Print…"} <= set(entries(menu))
    paste = next(a for a in menu.actions() if a.text() == "Paste here")
    assert not paste.isEnabled(), "there is nothing to paste"
    menu.close()


def test_the_menu_key_opens_it_at_the_selection(hand):
    from PySide6.QtGui import QContextMenuEvent

    hand.canvas.select(["pool"])
    reason = QContextMenuEvent.Reason.Keyboard
    event = QContextMenuEvent(reason, QPoint(), hand.viewport.mapToGlobal(QPoint()))
    QApplication.sendEvent(hand.viewport, event)
    menu = QApplication.activePopupWidget()
    assert "Rename…" in entries(menu)
    spot = hand.viewport.mapFromGlobal(menu.pos())
    at_the_edge = menu.geometry().right() >= menu.screen().availableGeometry().right() - 1
    assert at_the_edge or abs(spot.x() - hand.on("pool").x()) < 40, "as far as there is room"
    menu.close()


def test_the_menu_adds_a_layer_at_the_mouse(hand):
    point = hand.ground()
    hand.choose(hand.menu(point), "Add a layer here…")
    box = hand.page.extras.quick_add
    assert box.isVisible()
    hand.type(box.search, "tanh")
    hand.bot.keyClick(box.search, Qt.Key.Key_Return)
    there = hand.canvas.mapToScene(point)
    assert abs(hand.graph.node("tanh").x + 84 - there.x()) <= 8


def test_commands_have_names_and_keys_of_their_own():
    assert len({made.name for made in COMMANDS}) == len(COMMANDS)
    keys = [keys for made in COMMANDS for keys in made.keys]
    assert len(set(keys)) == len(keys)


def test_f1_lists_every_key_of_the_canvas(window, qtbot):
    window.menus._show_shortcuts()
    dialog = next(w for w in window.findChildren(QLabel) if w.text() == "Model: build").window()
    shown = {found.text() for found in dialog.findChildren(QLabel)}
    for heading, pairs in shortcuts().items():
        assert heading in shown
        for text, keys in pairs:
            assert text in shown
            assert keys in shown
    assert dialog.width() <= window.width(), "it fits into the window"
    assert dialog.height() <= window.height()
    dialog.close()
