"""The model's canvas against bare Qt items: a rectangle, a text and a line, without any logic."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from engine.graph import edits
from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.base import LAYERS, Frame
from gui.canvas import GraphView
from gui.canvas.gestures import MoveNodes
from gui.theme import theme
from tests.bench.rounds import compare

TITLE = "Canvas: create, repaint, edit and drag with 500 and 2,000 nodes, against bare Qt items"
FRAME = Frame(3, 64, 64, 4)


def residual_chain(count: int) -> Graph:
    """About ``count`` nodes: residual groups of five, each with a shortcut past three rows."""
    kinds = {kind: LAYERS.get(kind) for kind in LAYERS.kinds()}
    make = GraphBuilder()
    last = make.add("image", kinds["input"]())
    for number in range((count - 3) // 5):
        first = make.add(f"conv{number}", kinds["conv2d"](out_channels=16), last)
        make.add(f"norm{number}", kinds["batch_norm"]())
        make.add(f"relu{number}", kinds["relu"]())
        second = make.add(f"more{number}", kinds["conv2d"](out_channels=16))
        last = make.add(f"sum{number}", kinds["add"](), second, first)
    make.add("pool", kinds["global_avg_pool"]())
    make.add("scores", kinds["output"]())
    return edits.arrange(make.graph())


def bare_view(graph: Graph) -> QGraphicsView:
    """The same picture from Qt's own items."""
    scene = QGraphicsScene()
    for node in graph.nodes:
        scene.addRect(node.x, node.y, 168, 56)
        scene.addSimpleText(node.layer.title).setPos(node.x + 8, node.y + 8)
    for wire in graph.wires:
        start, end = graph.node(wire.source), graph.node(wire.target)
        scene.addLine(start.x + 84, start.y + 56, end.x + 84, end.y)
    view = QGraphicsView(scene)
    view.resize(1280, 720)
    return view


def shown(graph: Graph) -> GraphView:
    """The canvas with a graph on it."""
    view = GraphView()
    view.resize(1280, 720)
    view.show_graph(graph, analyse(graph, FRAME))
    return view


def rate(work: Callable[[], object]) -> float:
    """How often a second the work could be done."""
    begun = time.perf_counter()
    work()
    return 1 / (time.perf_counter() - begun)


def measure(count: int) -> None:
    """Prints the figures for one size."""
    graph = residual_chain(count)
    print(f"\n{len(graph.nodes)} nodes, {len(graph.wires)} wires; 1000 / rate = milliseconds")
    view, bare = shown(graph), bare_view(graph)
    for made in (view, bare):
        made.show()
        made.centerOn(0, 3000)
    QApplication.processEvents()
    turns = iter(range(1000))
    state = [graph]

    def edit() -> None:
        width = 16 + 16 * (next(turns) % 2)
        layer = state[0].node("conv0").layer.with_(out_channels=width)
        state[0] = edits.set_layer(state[0], "conv0", layer)
        view.show_graph(state[0], analyse(state[0], FRAME))
        view.viewport().repaint()

    def drag() -> None:
        hand.move(QPointF(8 * (next(turns) % 9), 40))
        view.viewport().repaint()

    hand = MoveNodes(view, QPointF(), "conv30")
    contestants = {
        "bare items, create": lambda: rate(lambda: bare_view(graph)),
        "canvas, create": lambda: rate(lambda: shown(graph)),
        "bare items, repaint at 100 %": lambda: rate(bare.viewport().repaint),
        "canvas, repaint at 100 %": lambda: rate(view.viewport().repaint),
        "canvas, drag step and repaint": lambda: rate(drag),
    }
    compare(contestants, reference="bare items, create", unit="per s", rounds=9)
    hand.cancel()
    bare_repaint = {"bare items, repaint at 100 %": lambda: rate(bare.viewport().repaint)}
    edit_all = {"canvas, edit, check and repaint": lambda: rate(edit)}
    reference = "bare items, repaint at 100 %"
    compare(bare_repaint | edit_all, reference=reference, unit="per s", rounds=9)


def main(argv: list[str]) -> None:
    """Measures both sizes."""
    app = QApplication.instance() or QApplication(argv)
    assert isinstance(app, QApplication)
    theme().apply(app)
    for count in (500, 2000):
        measure(count)
