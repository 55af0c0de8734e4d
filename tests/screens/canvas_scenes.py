"""Scenes of the Model page's canvas: what lies over it, what is drawn on it, gestures half way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from engine.graph import edits
from engine.graph.builder import GraphBuilder
from engine.graph.comment_edits import add_comment, collapse
from engine.graph.records import Graph
from engine.layers.base import LAYERS
from engine.project.document import Project
from gui.canvas import GraphView
from gui.canvas.commands import command
from gui.pages.model.page import ModelPage
from tests.screens.studio import Studio

__all__ = ["CANVAS_SCENES", "inception", "skips"]

CANVAS_SCENES: dict[str, Callable[[Studio], None]] = {}


def scene(function: Callable[[Studio], None]) -> Callable[[Studio], None]:
    """Puts a scene into the table under its function's name."""
    CANVAS_SCENES[function.__name__.replace("_", "-")] = function
    return function


def inception() -> Graph:
    """Two modules of four branches each, as in GoogLeNet."""
    kind = LAYERS.get
    make = GraphBuilder()
    make.add("image", kind("input")())
    last = make.add("stem", kind("conv2d")(out_channels=32))
    for module in ("a", "b"):
        one = make.add(f"{module}_1x1", kind("conv2d")(out_channels=16, kernel_size=1), last)
        make.add(f"{module}_3x3_reduce", kind("conv2d")(out_channels=16, kernel_size=1), last)
        three = make.add(f"{module}_3x3", kind("conv2d")(out_channels=24))
        make.add(f"{module}_5x5_reduce", kind("conv2d")(out_channels=8, kernel_size=1), last)
        five = make.add(f"{module}_5x5", kind("conv2d")(out_channels=8, kernel_size=5))
        make.add(f"{module}_pool", kind("max_pool")(kernel_size=3, stride=1, padding=1), last)
        pooled = make.add(f"{module}_project", kind("conv2d")(out_channels=8, kernel_size=1))
        last = make.add(f"{module}_join", kind("concat")(), one, three, five, pooled)
    make.add("pool", kind("global_avg_pool")())
    make.add("scores", kind("output")())
    return edits.arrange(make.graph())


def skips(depth: int = 3) -> Graph:
    """Shortcuts within shortcuts, as in a U-shaped network."""
    kind = LAYERS.get
    make = GraphBuilder()
    make.add("image", kind("input")())
    downs = []
    for level in range(depth):
        make.add(f"down{level}", kind("conv2d")(out_channels=8))
        downs.append(make.add(f"down{level}_relu", kind("relu")()))
    make.add("bottom", kind("conv2d")(out_channels=8))
    for level in reversed(range(depth)):
        last = make.add(f"up{level}", kind("conv2d")(out_channels=8))
        make.add(f"sum{level}", kind("add")(), last, downs[level])
    make.add("pool", kind("global_avg_pool")())
    make.add("scores", kind("output")())
    return edits.arrange(make.graph())


def _opened(studio: Studio, graph: Graph | None = None) -> GraphView:
    def change(project: Project) -> Project:
        return project if graph is None else project.with_(model=graph)

    page = studio.open("model", change)
    assert isinstance(page, ModelPage)
    page.canvas.setFocus()
    return page.canvas


def _mouse(view: GraphView, kind: QEvent.Type, at: QPoint) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    everywhere = QPointF(view.viewport().mapToGlobal(at))
    event = QMouseEvent(kind, QPointF(at), everywhere, left, left, none)
    QApplication.sendEvent(view.viewport(), event)


def _hold(view: GraphView, start: QPoint, end: QPoint) -> None:
    _mouse(view, QEvent.Type.MouseButtonPress, start)
    _mouse(view, QEvent.Type.MouseMove, (start + end) / 2)
    _mouse(view, QEvent.Type.MouseMove, end)


def _on(view: GraphView, name: str) -> QPoint:
    return view.mapFromScene(view.graph_scene.nodes[name].pos() + QPointF(84, 28))


@scene
def model_canvas_inception(studio: Studio) -> None:
    """Branches side by side, arranged."""
    _opened(studio, inception()).fit()


@scene
def model_canvas_skips(studio: Studio) -> None:
    """Shortcuts within shortcuts, arranged."""
    _opened(studio, skips()).fit()


@scene
def model_canvas_comments(studio: Studio) -> None:
    """Frames, one of them selected, and a collapsed box."""
    graph = inception()
    one = [n.id for n in graph.nodes if n.id.startswith("a_")]
    two = [n.id for n in graph.nodes if n.id.startswith("b_")]
    graph, _ = add_comment(graph, "First module: four views of the same features", one)
    graph, name = add_comment(graph, "Second module", two, colour=2)
    view = _opened(studio, collapse(graph, name))
    view.fit()
    view.select((), ["comment_1"])


@scene
def model_canvas_quick_add(studio: Studio) -> None:
    """The box that adds a layer, opened by Tab behind a node."""
    view = _opened(studio)
    view.select(["stem"])
    command("add").run(view)
    page = studio.window.pages["model"]
    assert isinstance(page, ModelPage)
    page.extras.quick_add.search.setText("pool")


@scene
def model_canvas_find(studio: Studio) -> None:
    """The bar that finds nodes."""
    view = _opened(studio)
    command("find").run(view)
    page = studio.window.pages["model"]
    assert isinstance(page, ModelPage)
    page.extras.find_bar.field.setText("block")


@scene
def model_canvas_map(studio: Studio) -> None:
    """The map in the corner of a model that is larger than the canvas."""
    view = _opened(studio, inception())
    view.set_zoom(1.0)
    view.centerOn(view.graph_scene.nodes["a_3x3"])


@scene
def model_canvas_guides(studio: Studio) -> None:
    """Two nodes in the hand, in line with others."""
    view = _opened(studio, inception())
    view.set_zoom(0.8)
    view.centerOn(view.graph_scene.nodes["a_3x3"])
    view.select(["a_1x1", "a_3x3"])
    start = _on(view, "a_1x1")
    _hold(view, start, start + QPoint(3, round(96 * view.zoom) + 3))


@scene
def model_canvas_wire(studio: Studio) -> None:
    """A wire in the hand: lights, and a warning about shapes."""
    view = _opened(studio, skips())
    view.set_zoom(0.8)
    view.centerOn(view.graph_scene.nodes["sum2"])
    output = view.graph_scene.nodes["bottom"].output()
    assert output is not None
    _hold(view, view.mapFromScene(output), _on(view, "down2"))


@scene
def model_canvas_keys(studio: Studio) -> None:
    """A wire drawn by keyboard."""
    view = _opened(studio, skips())
    view.set_zoom(0.8)
    view.centerOn(view.graph_scene.nodes["sum2"])
    view.select(["down2"])
    for key in (Qt.Key.Key_W, Qt.Key.Key_Down, Qt.Key.Key_Down):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(view, event)


@scene
def model_canvas_rename(studio: Studio) -> None:
    """The field over a node's name."""
    view = _opened(studio)
    view.select(["stem_norm"])
    command("rename").run(view)


def _menu(view: GraphView, at: QPoint) -> None:
    reason = QContextMenuEvent.Reason.Mouse
    event = QContextMenuEvent(reason, at, view.viewport().mapToGlobal(at))
    QApplication.sendEvent(view.viewport(), event)


@scene
def model_canvas_menu_node(studio: Studio) -> None:
    """The context menu of a node."""
    view = _opened(studio)
    _menu(view, _on(view, "stem_norm"))


@scene
def model_canvas_menu_ground(studio: Studio) -> None:
    """The context menu of free ground."""
    view = _opened(studio)
    _menu(view, QPoint(30, 60))


@scene
def model_canvas_far(studio: Studio) -> None:
    """A small zoom: no words."""
    graph = inception()
    graph, _ = add_comment(graph, "First module", [n.id for n in graph.nodes if n.id[0] == "a"])
    _opened(studio, graph).set_zoom(0.25)


@scene
def help_shortcuts_canvas(studio: Studio) -> None:
    """The list of shortcuts on the Model page."""
    _opened(studio)
    studio.window.menus._show_shortcuts()
