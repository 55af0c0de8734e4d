"""A new user's way to a CNN of three residual blocks, by mouse alone and by keys alone."""

from __future__ import annotations

import os

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QPushButton

from engine.blocks.custom import Custom
from engine.blocks.residual import Residual
from engine.compile.module import compile_model
from engine.data.spec import DataSpec
from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.graph.records import Graph
from engine.layers.base import LAYERS
from engine.project import store
from engine.project.document import Project
from engine.templates import TEMPLATES
from gui.pages.model.group_dialog import GroupDialog
from tests.support.newcomer import Newcomer

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key
WIDTHS = (32, 64, 128)
CLASSES = ("round", "oval", "long")


@pytest.fixture
def person(qtbot, window, tmp_path):
    """Somebody at the Model page, who has just deleted everything that was there."""
    project = Project(data=DataSpec(classes=CLASSES))
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    store.create(tmp_path / "fresh", project) if (tmp_path / "fresh").mkdir() is None else None
    window.files.open(tmp_path / "fresh")
    window.go("model")
    qtbot.waitExposed(window)
    window.activateWindow()
    page = window.pages["model"]
    page.canvas.setFocus()
    qtbot.waitUntil(lambda: not page.canvas.content().isEmpty())
    qtbot.wait(1)
    made = Newcomer(window)
    made.key(Key.Key_A, CTRL)
    made.key(Key.Key_Delete)
    assert page.document.project.model.nodes == ()
    made.acts.clear()
    made.page, made.canvas, made.bot = page, page.canvas, qtbot
    yield made
    print("\n".join(f"{n:3d} {act}" for n, act in enumerate(made.acts, 1)))


def picture(person, name):
    folder = os.environ.get("NEWCOMER")
    if folder:
        person.window.grab().save(f"{folder}/{name}.png")


def model(person) -> Graph:
    return person.page.document.project.model


def wanted(widths=WIDTHS) -> int:
    """The parameters of the same network made of ready-made residual blocks."""
    make = GraphBuilder()
    make.add("image", LAYERS.get("input")())
    for number, width in enumerate(widths):
        make.add(f"block{number}", Residual(out_channels=width))
    make.add("pool", LAYERS.get("global_avg_pool")())
    make.add("scores", LAYERS.get("output")())
    frame = Project(data=DataSpec(classes=CLASSES)).frame()
    return analyse(make.graph(), frame).parameters


def finished(person) -> None:
    """The model is right, as large as the same of ready-made blocks, and gives the classes."""
    import torch

    page, graph = person.page, model(person)
    frame = page.document.project.frame()
    found = analyse(graph, frame)
    assert found.ok
    assert found.problems == ()
    page.knowing.look()
    left = {f.code for f in page.knowing.findings} - {"narrow_view"}  # three small blocks see little
    assert not left
    assert found.parameters == wanted()
    network = compile_model(graph, frame)
    assert sum(p.numel() for p in network.parameters()) == wanted()
    image = torch.zeros(2, frame.channels, frame.height, frame.width)
    assert network.eval()(image).shape == (2, len(CLASSES))
    places = [(n.x, n.y) for n in graph.nodes]
    apart = [abs(a - c) >= 168 or abs(b - d) >= 56 for a, b in places for c, d in places]
    assert apart.count(False) == len(places), "no node lies upon another"


def layer(person, kind):
    """Adds a layer behind the selection: a double click in the palette."""
    layers = person.page.palette_panel.list
    spot = person.row(layers, layers.item(kind), kind)
    person.double_click(layers.viewport(), f"“{layers.item(kind).text(0)}” in the palette", spot)


def slide(person, form, name, value):
    field = form.field(name).control
    person.slide(field.slider, name, lambda: field.field.value, value)


def own_form(person):
    return person.page.inspector.node_panel.block.form


def form(person):
    return person.page.inspector.node_panel.form


def add(person, word):
    """Adds a layer behind the selection by keys."""
    person.key(Key.Key_Tab)
    person.word(word)
    person.key(Key.Key_Return)


def first_setting(person, text):
    """Types the first setting of the selection and goes back to the canvas."""
    person.key(Key.Key_S)
    person.word(text)
    person.key(Key.Key_Return)
    person.key(Key.Key_Escape)
    assert person.canvas.hasFocus()


def test_ready_made_blocks_by_mouse_alone(person):
    layer(person, "input")
    layer(person, "residual")
    slide(person, form(person), "out_channels", 32)
    layer(person, "residual")
    layer(person, "residual")
    slide(person, form(person), "out_channels", 128)
    layer(person, "global_avg_pool")
    layer(person, "output")
    picture(person, "a")
    finished(person)
    assert len(person.acts) <= 16


def test_ready_made_blocks_by_keys_alone(person):
    add(person, "image")
    add(person, "residual")
    first_setting(person, "32")
    add(person, "residual")
    add(person, "residual")
    first_setting(person, "128")
    add(person, "global average")
    add(person, "scores")
    picture(person, "b")
    finished(person)
    assert len(person.acts) <= 30


def test_plain_layers_by_mouse_alone(person):
    layer(person, "input")
    build_block_by_mouse(person)
    fix_biases_by_mouse(person)
    picture(person, "c1")
    box_around_everything(person)
    picture(person, "c2")
    person.press(person.page.inspector.model_panel.group, "“Group into block…”")
    dialog = person.window.findChild(GroupDialog)
    top = dialog.list.topLevelItem(0)
    spot = dialog.list.visualItemRect(top).topLeft() + QPoint(12, 12)
    person.click(dialog.list.viewport(), "the tick of “Out channels of 3 nodes”", spot)
    assert len(dialog.chosen()) == 3
    person.click(dialog.make, "“Group”")
    back_to_canvas(person)
    for width in (64, 128):
        layer(person, "own:Block")
        slide(person, own_form(person), "out_channels", width)
    layer(person, "global_avg_pool")
    layer(person, "output")
    picture(person, "c3")
    own_blocks(person)
    finished(person)
    assert len(person.acts) <= 60


def build_block_by_mouse(person):
    """As :func:`build_block_by_keys`, by mouse."""
    for kind in ("conv2d", "batch_norm", "relu"):
        layer(person, kind)
    person.press(form(person).more, "“More ReLU settings”")
    person.press(form(person).field("inplace").control, "“In place”")
    assert model(person).node("relu").layer.inplace
    for kind in ("conv2d", "batch_norm", "add", "relu"):
        layer(person, kind)
    person.click(person.page.toolbar.fit, "“Show the whole model”")
    start = port(person, "input")
    person.drag(person.canvas.viewport(), "a wire from the image", start, start + QPoint(150, 60))
    box = person.page.extras.quick_add
    picture(person, "c0")
    item = box.list.item("conv2d")
    person.click(box.list.viewport(), "“Convolution”", person.row(box.list, item, "“Convolution”"))
    slide(person, form(person), "kernel_size", 1)
    layer(person, "batch_norm")
    end = port(person, "add", 1)
    person.drag(person.canvas.viewport(), "a wire to the sum", port(person, "batch_norm_3"), end)


def fix_biases_by_mouse(person):
    """Follows the advice that biases before a batch norm do nothing."""
    person.click(person.canvas.viewport(), "free ground", QPoint(20, 300))
    person.bot.waitUntil(lambda: len(person.page.knowing.findings) == 3)
    warnings = person.page.inspector.model_panel.warnings
    fix = next(b for b in warnings.findChildren(QPushButton) if b.text().startswith("Fix all"))
    person.press(fix, "“Fix all 3 of this kind”")
    assert all(n.layer.bias is False for n in model(person).nodes if n.layer.kind == "conv2d")
    assert person.canvas.hasFocus()


def box_around_everything(person):
    """Selects all by a drag from above the left to below the right."""
    area = person.canvas.content().adjusted(-20, -10, 20, 10)
    room = person.canvas.viewport().rect().adjusted(1, 1, -1, -1)
    ends = [person.canvas.mapFromScene(point) for point in (area.topLeft(), area.bottomRight())]
    start, end = (QPoint(min(max(p.x(), 1), room.right()), min(max(p.y(), 1), room.bottom())) for p in ends)
    person.drag(person.canvas.viewport(), "a box around everything", start, end)
    assert len(person.canvas.selected()) == len(model(person).nodes)


def port(person, name, number=None):
    """The middle of a port on the canvas, in its viewport."""
    item = person.canvas.graph_scene.nodes[name]
    place = item.output() if number is None else item.input(number)
    return person.canvas.mapFromScene(QPointF(place))


def test_plain_layers_by_keys_alone(person):
    add(person, "image")
    build_block_by_keys(person)
    picture(person, "d1")
    person.key(Key.Key_A, CTRL)
    person.key(Key.Key_G, CTRL)
    dialog = person.window.findChild(GroupDialog)
    person.word("Shortcut")
    person.key(Key.Key_Tab)
    tick_channels_by_keys(person, dialog)
    picture_of(dialog, "d2")
    person.key(Key.Key_Return)
    back_to_canvas(person)
    picture(person, "d3")
    for width in ("64", "128"):
        add(person, "shortcut")
        first_setting(person, width)
    add(person, "global average")
    add(person, "scores")
    picture(person, "d4")
    own_blocks(person)
    finished(person)
    assert len(person.acts) <= 110


def build_block_by_keys(person):
    """Behind the image: two convolutions with norms, a 1x1 convolution beside them, their sum."""
    for word in ("conv", "batch", "relu"):
        add(person, word)
    for key in (Key.Key_S, Key.Key_Space, Key.Key_Tab, Key.Key_Space, Key.Key_Escape):
        person.key(key)  # unfold the settings, switch “In place” on
    assert model(person).node("relu").layer.inplace
    for word in ("conv", "batch", "add", "relu"):
        add(person, word)
    person.key(Key.Key_F, CTRL)
    person.word("image")
    person.key(Key.Key_Escape)
    assert person.canvas.selected() == ("input",)
    person.key(Key.Key_W)
    picture(person, "d0")
    add(person, "conv")
    person.key(Key.Key_S)
    person.key(Key.Key_Tab)
    person.word("1")
    person.key(Key.Key_Return)
    person.key(Key.Key_Escape)
    add(person, "batch")
    person.key(Key.Key_W)
    person.word("add")
    person.key(Key.Key_Return)
    person.key(Key.Key_Escape)
    person.bot.waitUntil(lambda: len(person.page.knowing.findings) == 3)
    person.bot.wait(20)
    picture(person, "d0b")
    person.key(Key.Key_S)
    print(QApplication.focusWidget(), QApplication.focusWidget().text())
    picture(person, "d0c")
    for _ in range(2):
        person.key(Key.Key_Tab)
        print(QApplication.focusWidget(), QApplication.focusWidget().text())
    person.key(Key.Key_Space)
    assert person.canvas.hasFocus()


def picture_of(widget, name):
    folder = os.environ.get("NEWCOMER")
    if folder:
        widget.grab().save(f"{folder}/{name}.png")


def tick_channels_by_keys(person, dialog):
    """Ticks the channels of the three convolutions, by keys: they are the first row."""
    person.key(Key.Key_Space)
    assert len(dialog.chosen()) == 3


def own_blocks(person):
    """Three blocks of one's own stand in the model, alike but for their channels."""
    blocks = [n.layer for n in model(person).nodes if isinstance(n.layer, Custom)]
    assert [b.settings.out_channels for b in blocks] == list(WIDTHS)
    assert all(len(b.knobs) == 1 for b in blocks)
    layers = [n.layer for n in blocks[0].inner.nodes]
    kinds = sorted(layer.kind for layer in layers)
    assert kinds == sorted(
        ["entry", "conv2d", "batch_norm", "relu", "conv2d", "batch_norm", "conv2d", "batch_norm"]
        + ["add", "relu", "result"]
    )


def back_to_canvas(person):
    """The dialog is gone and the canvas has the keys, as soon as the window is active again."""
    person.bot.waitUntil(lambda: person.window.findChild(GroupDialog) is None)
    person.window.activateWindow()  # which a desktop does by itself
    person.bot.waitUntil(person.canvas.hasFocus)
