"""What the canvas shows of records and facts, and how little it redraws."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF

from engine.graph import edits
from engine.graph.analysis import analyse
from engine.graph.comments import Comment
from engine.graph.records import Graph
from engine.layers.base import LAYERS, Frame
from engine.templates import TEMPLATES
from gui.canvas import GraphView
from gui.canvas.geometry import inputs_shown
from gui.canvas.neighbours import neighbour
from gui.canvas.words import brief, describe, status, tip

FRAME = Frame(3, 64, 64, 4)


@pytest.fixture
def graph():
    return TEMPLATES["small_resnet"].build(FRAME)


@pytest.fixture
def view(qtbot, graph):
    made = GraphView()
    qtbot.addWidget(made)
    made.resize(600, 500)
    made.show_graph(graph, analyse(graph, FRAME))
    return made


def test_an_edit_touches_only_what_differs(view, graph, monkeypatch):
    items = dict(view.graph_scene.nodes)
    wires = dict(view.graph_scene.wires)
    painted = []
    for name, item in items.items():
        monkeypatch.setattr(item, "update", lambda name=name: painted.append(name))
    layer = graph.node("dropout").layer.with_(rate=0.5)
    after = edits.set_layer(graph, "dropout", layer)
    view.show_graph(after, analyse(after, FRAME))
    assert painted == ["dropout"]
    assert view.graph_scene.nodes == items
    assert view.graph_scene.wires == wires
    assert items["dropout"].node is after.node("dropout")


def test_deleted_nodes_and_wires_go_and_the_selection_is_told(view, graph, qtbot):
    view.select(["pool", "stem"])
    after = edits.remove(graph, ["pool"])
    with qtbot.waitSignal(view.selection_changed) as told:
        view.show_graph(after, analyse(after, FRAME))
    assert told.args == [("stem",)]
    assert set(view.graph_scene.nodes) == {node.id for node in after.nodes}
    assert set(view.graph_scene.wires) == set(after.wires)


def test_moving_by_undo_moves_nodes_and_wires(view, graph):
    after = edits.move(graph, {"stem": (400.0, 96.0)})
    view.show_graph(after, analyse(after, FRAME))
    assert view.graph_scene.nodes["stem"].pos() == QPointF(400, 96)
    wire = next(w for w in after.wires if w.source == "stem")
    assert view.graph_scene.wires[wire]._ends[0].x() == 400 + 84


def test_words_of_a_node(graph):
    conv = LAYERS.get("conv2d")(out_channels=64, kernel_size=3, stride=2)
    assert brief(conv) == "64, 3×3, stride 2"
    assert brief(conv.with_(stride=1, kernel_width=1)) == "64, 3×1"
    assert brief(LAYERS.get("dropout")(rate=0.3)) == "0.3"
    assert brief(LAYERS.get("relu")()) == ""
    facts = analyse(graph, FRAME).nodes["stem"]
    assert status(facts) == "16 × 32 × 32"
    assert describe(graph.node("stem"), facts).startswith("Convolution stem, ")
    broken = edits.set_layer(graph, "stem", conv.with_(kernel_size=31, padding=0, dilation=4))
    known = analyse(broken, FRAME).nodes
    assert status(known["stem_norm"]) == "waits for stem"
    assert known["stem"].problem in status(known["stem"])
    assert "stem" in tip(broken.node("stem_norm"), known["stem_norm"])


@pytest.mark.parametrize("kind", LAYERS.kinds())
def test_every_layer_is_drawn_and_described(kind, qtbot):
    layer = LAYERS.get(kind)()
    graph, name = edits.add_node(Graph(), layer, 0, 0)
    view = GraphView()
    qtbot.addWidget(view)
    view.show_graph(graph, analyse(graph, FRAME))
    for zoom in (1.0, 0.4, 0.1):
        view.set_zoom(zoom)
        assert not view.grab().isNull()
    item = view.graph_scene.nodes[name]
    assert layer.title in item.toolTip()
    assert item.inputs == inputs_shown(item.node, 0) >= layer.min_inputs


def test_neighbours_follow_wires_then_places(graph):
    assert neighbour(graph, "stem", "down") == "stem_norm"
    assert neighbour(graph, "stem", "up") == "image"
    assert neighbour(graph, "image", "up") is None
    beside, name = edits.add_node(graph, LAYERS.get("relu")(), 240, graph.node("stem").y)
    assert neighbour(beside, "stem", "right") == name
    assert neighbour(beside, name, "left") == "stem"


def test_fit_shows_everything(view):
    view.fit()
    seen = view.mapToScene(view.viewport().rect()).boundingRect()
    assert seen.contains(view.graph_scene.itemsBoundingRect())


def test_a_wire_goes_beside_nodes_only_where_one_is_in_its_way(view, graph):
    after = edits.remove(graph, ["pool"])
    view.show_graph(after, analyse(after, FRAME))
    freed = next(w for w in after.wires if w.target == "dropout")
    assert not view.graph_scene.wires[freed]._aside
    shortcut, name = edits.add_node(after, LAYERS.get("add")(), 0, 2000)
    shortcut = edits.connect(edits.connect(shortcut, "stem", name), "block3", name)
    view.show_graph(shortcut, analyse(shortcut, FRAME))
    long = next(w for w in shortcut.wires if w.source == "stem" and w.target == name)
    assert view.graph_scene.wires[long]._aside


def test_the_map_leaves_a_narrow_canvas_to_the_nodes(view, qtbot):
    view.show()
    view.set_zoom(1.0)
    assert view.minimap.isVisible()
    view.resize(320, 500)
    assert not view.minimap.isVisible()
    view.resize(600, 500)
    assert view.minimap.isVisible()


def test_an_empty_canvas_says_what_to_do(view):
    def drawn():
        return view.grab().toImage()

    view.show_graph(Graph(), analyse(Graph(), FRAME))
    before = drawn()
    view.set_empty_text("Drag a layer here.")
    assert drawn() != before
    view.show_graph(TEMPLATES["small_resnet"].build(FRAME), None)
    filled = drawn()
    view.set_empty_text("")
    assert drawn() == filled


def test_a_marked_node_and_a_box_that_stands_for_one_are_painted_otherwise(view, graph):
    frame = Comment("note", "Start", 0.0, 0.0, 400.0, 400.0)
    scene = view.graph_scene

    def picture(boxed: bool):
        shown = replace(frame, folded=("stem",)) if boxed else frame
        after = replace(graph, comments=(shown,))
        view.show_graph(after, analyse(after, FRAME))
        view.fit_area(scene.shown("stem").sceneBoundingRect())
        return view.grab().toImage()

    for boxed in (False, True):
        scene.show_searched({})
        plain = picture(boxed)
        scene.show_searched({"stem": lambda: "The tuner chooses all."})
        assert picture(boxed) != plain
    assert "tuner" in scene.comments["note"].toolTip()
