"""Wires beside the same nodes keep apart: the longer ones run farther out."""

from itertools import pairwise

from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.edits import arrange
from engine.layers.base import LAYERS, Frame
from gui.canvas import GraphView


def test_nested_shortcuts_run_on_tracks_of_their_own(qtbot):
    make = GraphBuilder()
    downs = [make.add("image", LAYERS.get("input")())]
    downs += [make.add(f"down{number}", LAYERS.get("relu")()) for number in range(3)]
    for number in reversed(range(3)):
        last = make.add(f"up{number}", LAYERS.get("relu")())
        make.add(f"sum{number}", LAYERS.get("add")(), last, downs[number])
    graph = arrange(make.graph())
    view = GraphView()
    qtbot.addWidget(view)
    view.show_graph(graph, analyse(graph, Frame(3, 32, 32, 2)))
    items = [view.graph_scene.wires[w] for w in graph.wires if w.target[:3] == "sum" and w.port]
    assert [item.aside for item in items] == [1, 2, 3], "in the order of their lengths"
    right = [item._path.boundingRect().right() for item in items]
    assert all(other - one >= 10 for one, other in pairwise(right))
    assert {item.aside for item in view.graph_scene.wires.values() if item not in items} == {0}


def test_a_slanted_wire_keeps_to_its_own_column_past_other_nodes(qtbot):
    make = GraphBuilder()
    conv = LAYERS.get("conv2d")
    make.add("image", LAYERS.get("input")())
    short = make.add("short", conv(), "image")
    ends = []
    for number in range(3):
        make.add(f"first{number}", conv(), "image")
        ends.append(make.add(f"second{number}", conv()))
    make.add("join", LAYERS.get("concat")(), short, *ends)
    graph = arrange(make.graph())
    view = GraphView()
    qtbot.addWidget(view)
    view.show_graph(graph, analyse(graph, Frame(3, 32, 32, 2)))
    scene = view.graph_scene
    wire = scene.wires[next(w for w in graph.wires if w.source == "short")]
    item = scene.nodes["second0"]
    body = item.mapRectToScene(item.shape().boundingRect())
    points = [wire._path.pointAtPercent(part / 100) for part in range(101)]
    assert not any(body.contains(point) for point in points)
    middle = wire._path.pointAtPercent(0.1)
    assert middle.x() == wire.ends[0].x(), "straight down first"
