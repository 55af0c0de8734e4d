"""The model's canvas against bare Qt items: a rectangle, a text and a line, without any logic."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from engine.graph import edits
from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.base import LAYERS, Frame
from gui.canvas import GraphView
from gui.canvas.moving import MoveNodes
from gui.theme import theme
from tests.bench.rounds import compare

TITLE = "Canvas: create, repaint, edit and drag with 500 and 2,000 nodes, against bare Qt items"
FRAME = Frame(3, 64, 64, 4)
# Milliseconds for create, repaint, edit to checked canvas, drag step.
GOALS = {500: (60.0, 16.0, 16.0, 4.0), 2000: (250.0, 60.0, 60.0, 4.0)}


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


def told(name: str, work: Callable[[], object], goal: float | None, rounds: int = 9) -> None:
    """Prints how long the work takes, by the clock and by the processor, after one for practice.

    What earlier figures left behind, such as views to be deleted, is cleared away before.
    """
    work()
    gc.collect()
    QApplication.processEvents()
    walls, processor = [], []
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        work()
        walls.append(1000 * (time.perf_counter() - begun))
        processor.append(1000 * (time.process_time() - used))
    wall = f"{median(walls):6.1f} ms ({min(walls):.1f} to {max(walls):.1f})"
    used_up = f"processor {median(processor):6.1f} ms"
    print(f"  {name:34s} {wall:32s} {used_up:22s} {f'goal {goal:g}' if goal else ''}")


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

    def step() -> None:
        hand.move(hand_at + QPointF(8 * (next(turns) % 9), 40))

    def seen_step() -> None:
        step()
        QApplication.processEvents()

    def drag() -> None:
        step()
        view.viewport().repaint()

    hand_at = view.graph_scene.nodes["conv30"].pos()
    view.centerOn(hand_at)
    hand = MoveNodes(view, view.graph_scene.nodes["conv30"].pos(), "conv30")
    contestants = {
        "bare items, create": lambda: rate(lambda: bare_view(graph)),
        "canvas, create": lambda: rate(lambda: shown(graph)),
        "bare items, repaint at 100 %": lambda: rate(bare.viewport().repaint),
        "canvas, repaint at 100 %": lambda: rate(view.viewport().repaint),
        "canvas, drag step and repaint": lambda: rate(drag),
    }
    compare(contestants, reference="bare items, create", unit="per s", rounds=9)
    goals = GOALS[count]
    told("create", lambda: shown(graph), goals[0])
    told("full repaint at 100 %", view.viewport().repaint, goals[1])
    told("drag step, without its repaint", step, goals[3], rounds=100)
    told("drag step and what it repaints", seen_step, goals[3], rounds=100)
    hand.cancel()
    told("edit, check and full repaint", edit, goals[2])
    view.fit()
    told("full repaint of everything", view.viewport().repaint, goals[1])
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
