"""Hands on the canvas: real mouse and key events in, wishes out, no trace after Escape."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QFocusEvent
from PySide6.QtWidgets import QApplication

from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.records import Wire
from engine.layers.base import LAYERS, Frame
from gui.canvas import GraphView, layer_mime
from tests.support.mouse import drag, move, press, release, wheel

FRAME = Frame(1, 28, 28, 3)
CTRL = Qt.KeyboardModifier.ControlModifier


def small_graph():
    make = GraphBuilder()
    make.add("image", LAYERS.get("input")())
    make.add("stem", LAYERS.get("conv2d")(out_channels=8))
    make.add("relu", LAYERS.get("relu")())
    make.add("sum", LAYERS.get("add")(), "relu", "stem")
    make.add("pool", LAYERS.get("global_avg_pool")())
    make.add("scores", LAYERS.get("output")())
    from engine.graph.edits import arrange

    return arrange(make.graph())


@pytest.fixture
def view(qtbot):
    made = GraphView()
    qtbot.addWidget(made)
    made.resize(900, 800)
    made.show_graph(small_graph(), analyse(small_graph(), FRAME))
    made.show()
    qtbot.waitExposed(made)
    made.fit()
    made.setFocus()
    return made


def node_at(view, name, dx=84, dy=28):
    """A point of the viewport on a node, from its corner."""
    return view.mapFromScene(view.graph_scene.nodes[name].pos() + QPointF(dx, dy))


def port(view, name, number=None):
    item = view.graph_scene.nodes[name]
    return view.mapFromScene(item.output() if number is None else item.input(number))


def told(qtbot, signal, action):
    with qtbot.waitSignal(signal, timeout=500) as caught:
        action()
    return caught.args[0] if len(caught.args) == 1 else tuple(caught.args)


def untouched(view):
    """Whether the drawing is as the records say, with no gesture left."""
    scene = view.graph_scene
    places = all((i.x(), i.y()) == (i.node.x, i.node.y) for i in scene.nodes.values())
    lights = all(item.light == "" for item in scene.nodes.values())
    wires = all(item.isVisible() for item in scene.wires.values())
    return places and lights and wires and len(scene.items()) == len(scene.nodes) + len(scene.wires)


def test_a_click_selects_and_ground_deselects(view):
    drag(view.viewport(), [node_at(view, "stem"), node_at(view, "stem")])
    assert view.selected() == ("stem",)
    assert "Convolution stem" in view.accessibleDescription()
    corner = node_at(view, "image", -120, 0)
    drag(view.viewport(), [corner, corner])
    assert view.selected() == ()


def test_dragging_a_node_wishes_a_place_on_the_grid(view, qtbot):
    start = node_at(view, "stem")
    wish = told(
        qtbot, view.wish_move, lambda: drag(view.viewport(), [start, start + QPoint(61, 19)])
    )
    x, y = wish["stem"]
    assert (x % 8, y % 8) == (0, 0)
    before = view.graph_scene.graph.node("stem")
    assert abs(x - before.x - 61 / view.zoom) <= 8


def test_several_nodes_move_together(view, qtbot):
    view.select(["stem", "relu"])
    start = node_at(view, "stem")
    wish = told(
        qtbot, view.wish_move, lambda: drag(view.viewport(), [start, start + QPoint(80, 0)])
    )
    assert set(wish) == {"stem", "relu"}
    graph = view.graph_scene.graph
    assert len({wish[name][0] - graph.node(name).x for name in wish}) == 1


def test_a_wire_from_output_to_input(view, qtbot):
    wish = told(
        qtbot,
        view.wish_connect,
        lambda: drag(view.viewport(), [port(view, "image"), port(view, "sum", 2)]),
    )
    assert wish == ("image", "sum", 2)
    assert untouched(view)


def test_a_wire_dropped_on_a_body_leaves_the_port_open(view, qtbot):
    wish = told(
        qtbot,
        view.wish_connect,
        lambda: drag(view.viewport(), [port(view, "image"), node_at(view, "sum")]),
    )
    assert wish == ("image", "sum", None)


def test_a_wire_drawn_backwards_from_a_free_input(view, qtbot):
    wish = told(
        qtbot,
        view.wish_connect,
        lambda: drag(view.viewport(), [port(view, "sum", 2), node_at(view, "image")]),
    )
    assert wish == ("image", "sum", 2)


def test_an_illegal_wire_is_refused_with_the_reason(view, qtbot):
    viewport = view.viewport()
    press(viewport, port(view, "pool"))
    move(viewport, node_at(view, "relu"), Qt.MouseButton.LeftButton)
    assert "loop" in view.told
    assert view.graph_scene.nodes["relu"].light == "illegal"
    assert view.graph_scene.nodes["scores"].light == "legal"
    with qtbot.assertNotEmitted(view.wish_connect):
        reason = told(qtbot, view.refused, lambda: release(viewport, node_at(view, "relu")))
    assert "loop" in reason
    assert untouched(view)


def test_a_wire_taken_from_its_input_leads_elsewhere_or_is_gone(view, qtbot):
    old = Wire("stem", "sum", 1)
    wish = told(
        qtbot,
        view.wish_rewire,
        lambda: drag(view.viewport(), [port(view, "sum", 1), port(view, "pool", 0)]),
    )
    assert wish == (old, ("stem", "pool", 0))
    away = port(view, "sum", 1) + QPoint(0, -8)
    wish = told(
        qtbot,
        view.wish_disconnect,
        lambda: drag(view.viewport(), [port(view, "sum", 1), away + QPoint(260, 0)]),
    )
    assert wish == (old,)
    with qtbot.assertNotEmitted(view.wish_rewire, wait=20):
        drag(
            view.viewport(),
            [port(view, "sum", 1), node_at(view, "image", -60, 0), port(view, "sum", 1)],
        )
    assert untouched(view)


@pytest.mark.parametrize("how", ["escape", "focus"])
@pytest.mark.parametrize("what", ["wire", "taken wire", "move", "box"])
def test_a_gesture_is_cancelled_without_a_trace(view, qtbot, what, how):
    viewport = view.viewport()
    start = {
        "wire": port(view, "image"),
        "taken wire": port(view, "sum", 0),
        "move": node_at(view, "stem"),
        "box": node_at(view, "image", -140, -10),
    }[what]
    emitted = []
    for signal in (view.wish_connect, view.wish_rewire, view.wish_disconnect, view.wish_move):
        signal.connect(emitted.append)
    press(viewport, start)
    move(viewport, start + QPoint(150, 260), Qt.MouseButton.LeftButton)
    assert not untouched(view)
    if how == "escape":
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    else:
        QApplication.sendEvent(view, QFocusEvent(QFocusEvent.Type.FocusOut))
    assert untouched(view)
    release(viewport, start + QPoint(150, 260))
    assert untouched(view)
    assert emitted == []


def test_box_selects_what_it_touches(view):
    start = node_at(view, "image", -40, -20)
    drag(view.viewport(), [start, node_at(view, "stem", 60, 30)])
    assert view.selected() == ("image", "stem")
    drag(
        view.viewport(),
        [node_at(view, "scores", -40, -10), node_at(view, "scores", 50, 30)],
        modifiers=Qt.KeyboardModifier.ShiftModifier,
    )
    assert view.selected() == ("image", "stem", "scores")


def test_keys_walk_nudge_duplicate_and_delete(view, qtbot):
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selected() == ("image",)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.selected() == ("stem",)
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.selected() == ("image",)
    before = view.graph_scene.graph.node("image")
    wish = told(qtbot, view.wish_move, lambda: qtbot.keyClick(view, Qt.Key.Key_Right, CTRL))
    assert wish == {"image": (before.x + 8, before.y)}
    wish = told(qtbot, view.wish_duplicate, lambda: qtbot.keyClick(view, Qt.Key.Key_D, CTRL))
    assert wish == ("image",)
    wish = told(qtbot, view.wish_delete, lambda: qtbot.keyClick(view, Qt.Key.Key_Delete))
    assert wish == (("image",), ())
    qtbot.keyClick(view, Qt.Key.Key_A, CTRL)
    assert len(view.selected()) == 6
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.selected() == ()


def test_a_wire_is_selected_and_deleted(view, qtbot):
    middle = (port(view, "image") + port(view, "stem", 0)) / 2
    drag(view.viewport(), [middle, middle])
    wish = told(qtbot, view.wish_delete, lambda: qtbot.keyClick(view, Qt.Key.Key_Delete))
    assert wish == ((), (Wire("image", "stem", 0),))


def test_double_click_and_enter_wish_to_edit(view, qtbot):
    wish = told(
        qtbot,
        view.wish_edit,
        lambda: qtbot.mouseDClick(
            view.viewport(), Qt.MouseButton.LeftButton, pos=node_at(view, "relu")
        ),
    )
    assert wish == "relu"
    assert told(qtbot, view.wish_edit, lambda: qtbot.keyClick(view, Qt.Key.Key_Return)) == "relu"


def test_the_wheel_zooms_about_the_cursor(view):
    at = node_at(view, "relu")
    before = view.mapToScene(at)
    wheel(view.viewport(), at, 3)
    after = view.mapToScene(at)
    assert view.zoom > 1.2
    assert abs(after.x() - before.x()) < 1.5
    assert abs(after.y() - before.y()) < 1.5


@pytest.mark.parametrize("hand", ["middle", "space"])
def test_panning_moves_the_ground_with_the_hand(view, qtbot, hand):
    at = node_at(view, "relu")
    before = view.mapToScene(at)
    button = Qt.MouseButton.MiddleButton if hand == "middle" else Qt.MouseButton.LeftButton
    if hand == "space":
        qtbot.keyPress(view, Qt.Key.Key_Space)
    drag(view.viewport(), [at, at + QPoint(70, 40)], button)
    if hand == "space":
        qtbot.keyRelease(view, Qt.Key.Key_Space)
    moved = view.mapToScene(at + QPoint(70, 40))
    assert abs(moved.x() - before.x()) < 1.5
    assert abs(moved.y() - before.y()) < 1.5
    assert untouched(view)


def drop(view, kind, at):
    """Drags a layer from outside over the canvas and lets it go."""
    data = layer_mime(kind)
    action, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    viewport, none = view.viewport(), Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(viewport, QDragEnterEvent(at, action, data, left, none))
    QApplication.sendEvent(viewport, QDragMoveEvent(at, action, data, left, none))
    lit = [item.wire for item in view.graph_scene.wires.values() if item.lit]
    QApplication.sendEvent(viewport, QDropEvent(QPointF(at), action, data, left, none))
    return lit


def test_a_layer_dropped_on_ground_is_added_there(view, qtbot):
    at = node_at(view, "image", 260, 100)
    kind, point = told(qtbot, view.wish_add, lambda: drop(view, "dropout", at))
    assert kind == "dropout"
    assert (point.x() % 8, point.y() % 8) == (0, 0)


def test_a_layer_dropped_on_a_wire_is_inserted(view, qtbot):
    middle = (port(view, "image") + port(view, "stem", 0)) / 2
    with qtbot.waitSignal(view.wish_insert) as caught:
        lit = drop(view, "dropout", middle)
    assert lit == [Wire("image", "stem", 0)]
    assert caught.args[:2] == ["dropout", Wire("image", "stem", 0)]
    assert not any(item.lit for item in view.graph_scene.wires.values())


def test_a_drag_that_leaves_puts_the_light_out(view):
    middle = (port(view, "image") + port(view, "stem", 0)) / 2
    data = layer_mime("relu")
    args = (
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view.viewport(), QDragEnterEvent(middle, *args))
    QApplication.sendEvent(view.viewport(), QDragMoveEvent(middle, *args))
    assert any(item.lit for item in view.graph_scene.wires.values())
    QApplication.sendEvent(view.viewport(), QDragLeaveEvent())
    assert not any(item.lit for item in view.graph_scene.wires.values())


def test_a_click_on_another_node_tells_of_one_selection(view):
    press(view.viewport(), node_at(view, "stem"))
    release(view.viewport(), node_at(view, "stem"))
    heard = []
    view.selection_changed.connect(heard.append)
    press(view.viewport(), node_at(view, "relu"))
    release(view.viewport(), node_at(view, "relu"))
    assert heard == [("relu",)]
