"""A new user's way to a CNN of three residual blocks, by mouse alone and by keys alone.

The block is example 2 of the text that the program was asked for with: 3x3 convolution, batch norm,
in-place ReLU, 3x3 convolution, batch norm; a shortcut of a 1x1 convolution with batch norm, since
the channels change; their sum; ReLU. The bounds leave room for two actions more than were needed.
"""

from __future__ import annotations

import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QPushButton

from engine.blocks.custom import Custom
from engine.blocks.residual import Residual
from engine.compile.module import compile_model
from engine.data.spec import DataSpec
from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.layers.base import LAYERS
from engine.project import store
from engine.project.document import Project
from engine.templates import TEMPLATES
from gui.pages.model.group_dialog import GroupDialog
from tests.support.newcomer import Newcomer

CTRL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key
WIDTHS = (32, 64, 128)
CLASSES = ("round", "oval", "long")
BLOCK = "conv2d batch_norm relu conv2d batch_norm conv2d batch_norm add relu"


class Builder(Newcomer):
    """Somebody at the Model page."""

    def __init__(self, qtbot, window) -> None:
        super().__init__(window)
        self.bot, self.page = qtbot, window.pages["model"]
        self.canvas, self.layers = self.page.canvas, self.page.palette_panel.list
        self.panel = self.page.inspector.node_panel
        self.port = self.canvas.viewport()

    @property
    def model(self):
        return self.page.document.project.model

    def choose(self, kind: str) -> None:
        """Adds a layer behind the selection by mouse."""
        spot = self.row(self.layers, self.layers.item(kind), kind)
        self.double_click(self.layers.viewport(), f"“{self.layers.item(kind).text(0)}”", spot)

    def slide_to(self, form, name: str, value: int) -> None:
        """Drags the slider of a setting."""
        field = form.field(name).control
        self.slide(field.slider, name, lambda: field.field.value, value)

    def place(self, name: str, number: int | None = None) -> QPoint:
        """The middle of a port: an input, or the output."""
        item = self.canvas.graph_scene.nodes[name]
        return self.canvas.mapFromScene(item.output() if number is None else item.input(number))

    def add(self, word: str) -> None:
        """Adds a layer behind the selection by keys."""
        self.key(Key.Key_Tab)
        self.word(word)
        self.key(Key.Key_Return)

    def set_first(self, text: str) -> None:
        """Types the first setting of the selection and goes back to the canvas."""
        self.keys(Key.Key_S)
        self.word(text)
        self.keys(Key.Key_Return, Key.Key_Escape)
        assert self.canvas.hasFocus()

    def dialog(self) -> GroupDialog:
        """The dialog that has just been opened."""
        found = self.window.findChild(GroupDialog)
        assert found is not None
        assert found.isVisible()
        return found

    def back(self) -> None:
        """The dialog is gone; the canvas has the keys once the window is active again."""
        self.bot.waitUntil(lambda: self.window.findChild(GroupDialog) is None)
        self.window.activateWindow()  # which a desktop does by itself
        self.bot.waitUntil(self.canvas.hasFocus)


@pytest.fixture
def person(qtbot, window, tmp_path):
    """Somebody who has just deleted everything that was on the canvas."""
    project = Project(data=DataSpec(classes=CLASSES))
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    folder = tmp_path / "fresh"
    folder.mkdir()
    store.create(folder, project)
    window.files.open(folder)
    window.go("model")
    qtbot.waitExposed(window)
    window.activateWindow()
    made = Builder(qtbot, window)
    made.canvas.setFocus()
    qtbot.waitUntil(lambda: not made.canvas.content().isEmpty())
    qtbot.wait(1)  # the page shows the model's start by a timer of its own
    made.key(Key.Key_A, CTRL)
    made.key(Key.Key_Delete)
    assert made.model.nodes == ()
    made.acts.clear()
    return made


def wanted() -> int:
    """The parameters of the same network, made of ready-made residual blocks."""
    make = GraphBuilder()
    make.add("image", LAYERS.get("input")())
    for number, width in enumerate(WIDTHS):
        make.add(f"block{number}", Residual(out_channels=width))
    make.add("pool", LAYERS.get("global_avg_pool")())
    make.add("scores", LAYERS.get("output")())
    return analyse(make.graph(), Project(data=DataSpec(classes=CLASSES)).frame()).parameters


def finished(person: Builder, most: int) -> None:
    """The model is right, as large as the same of ready-made blocks, and gives the classes."""
    graph, frame = person.model, person.page.document.project.frame()
    found = analyse(graph, frame)
    assert found.ok
    assert found.problems == ()
    person.page.knowing.look()
    codes = {finding.code for finding in person.page.knowing.findings}
    assert codes <= {"narrow_view"}, "three blocks without a stride see little, which is told"
    assert found.parameters == wanted()
    network = compile_model(graph, frame)
    assert sum(p.numel() for p in network.parameters()) == wanted()
    images = torch.zeros(2, frame.channels, frame.height, frame.width)
    assert network.eval()(images).shape == (2, len(CLASSES))
    places = [(node.x, node.y) for node in graph.nodes]
    apart = [abs(a - c) >= 168 or abs(b - d) >= 56 for a, b in places for c, d in places]
    assert apart.count(False) == len(places), "no node lies upon another"
    assert len(person.acts) <= most, "\n".join(person.acts)


def own_blocks(person: Builder) -> None:
    """Three blocks of one's own stand in the model, alike but for their channels."""
    blocks = [node.layer for node in person.model.nodes if isinstance(node.layer, Custom)]
    assert [block.settings.out_channels for block in blocks] == list(WIDTHS)
    for block in blocks:
        assert len(block.knobs) == 1
        kinds = sorted(node.layer.kind for node in block.inner.nodes)
        assert kinds == sorted([*BLOCK.split(), "entry", "result"])
        assert block.inner.node("relu").layer.inplace


def test_ready_made_blocks_by_mouse_alone(person):
    person.choose("input")
    person.choose("residual")
    person.slide_to(person.panel.form, "out_channels", 32)
    person.choose("residual")
    person.choose("residual")
    person.slide_to(person.panel.form, "out_channels", 128)
    person.choose("global_avg_pool")
    person.choose("output")
    finished(person, most=13)


def test_ready_made_blocks_by_keys_alone(person):
    person.add("image")
    person.add("residual")
    person.set_first("32")
    person.add("residual")
    person.add("residual")
    person.set_first("128")
    person.add("global average")
    person.add("scores")
    finished(person, most=28)


def test_plain_layers_by_mouse_alone(person):
    person.choose("input")
    chain_by_mouse(person)
    shortcut_by_mouse(person)
    fix_biases_by_mouse(person)
    box_around_everything(person)
    person.press(person.page.inspector.model_panel.group, "“Group into block…”")
    dialog = person.dialog()
    spot = dialog.list.visualItemRect(dialog.list.topLevelItem(0)).topLeft() + QPoint(12, 12)
    person.click(dialog.list.viewport(), "the tick of “Out channels of 3 nodes”", spot)
    assert len(dialog.chosen()) == 3
    person.click(dialog.make, "“Group”")
    person.back()
    for width in WIDTHS[1:]:
        person.choose("own:Block")
        person.slide_to(person.panel.block.form, "out_channels", width)
    person.choose("global_avg_pool")
    person.choose("output")
    own_blocks(person)
    finished(person, most=37)


def chain_by_mouse(person: Builder) -> None:
    """What follows the image, down to the last ReLU."""
    for kind in ("conv2d", "batch_norm", "relu"):
        person.choose(kind)
    person.press(person.panel.form.more, "“More ReLU settings”")
    person.press(person.panel.form.field("inplace").control, "“In place”")
    for kind in ("conv2d", "batch_norm", "add", "relu"):
        person.choose(kind)
    person.click(person.page.toolbar.fit, "“Show the whole model”")


def shortcut_by_mouse(person: Builder) -> None:
    """From the image, through a 1x1 convolution with batch norm, into the sum."""
    start = person.place("input")
    person.drag(person.port, "a wire from the image to free ground", start, start + QPoint(150, 60))
    box = person.page.extras.quick_add
    spot = person.row(box.list, box.list.item("conv2d"), "“Convolution”")
    person.click(box.list.viewport(), "“Convolution”", spot)
    person.slide_to(person.panel.form, "kernel_size", 1)
    person.choose("batch_norm")
    end = person.place("add", 1)
    person.drag(person.port, "a wire to the sum", person.place("batch_norm_3"), end)


def fix_biases_by_mouse(person: Builder) -> None:
    """Follows the advice that biases before a batch norm do nothing."""
    person.click(person.port, "free ground", QPoint(20, 300))
    person.bot.waitUntil(lambda: len(person.page.knowing.findings) == 3)
    buttons = person.page.inspector.model_panel.warnings.findChildren(QPushButton)
    fix = next(button for button in buttons if button.text() == "Fix all 3 of this kind")
    person.bot.waitUntil(fix.isVisible)
    person.press(fix, "“Fix all 3 of this kind”")
    assert person.canvas.hasFocus(), "the button is gone, the keys are not"


def box_around_everything(person: Builder) -> None:
    """Selects all by a drag from above the left to below the right."""
    area = person.canvas.content().adjusted(-20, -10, 20, 10)
    corners: list[QPointF] = [area.topLeft(), area.bottomRight()]
    start, end = (person.canvas.mapFromScene(corner) for corner in corners)
    person.drag(person.port, "a box around everything", start, end)
    assert len(person.canvas.selected()) == len(person.model.nodes)


def test_plain_layers_by_keys_alone(person):
    person.add("image")
    chain_by_keys(person)
    shortcut_by_keys(person)
    fix_biases_by_keys(person)
    person.key(Key.Key_A, CTRL)
    person.key(Key.Key_G, CTRL)
    dialog = person.dialog()
    person.word("Shortcut")
    person.keys(Key.Key_Tab, Key.Key_Space)
    assert len(dialog.chosen()) == 3
    person.key(Key.Key_Return)
    person.back()
    for width in WIDTHS[1:]:
        person.add("shortcut")
        person.set_first(str(width))
    person.add("global average")
    person.add("scores")
    own_blocks(person)
    finished(person, most=80)


def chain_by_keys(person: Builder) -> None:
    """As :func:`chain_by_mouse`."""
    for word in ("conv", "batch", "relu"):
        person.add(word)
    person.keys(Key.Key_S, Key.Key_Space, Key.Key_Tab, Key.Key_Space, Key.Key_Escape)  # in place
    for word in ("conv", "batch", "add", "relu"):
        person.add(word)


def shortcut_by_keys(person: Builder) -> None:
    """As :func:`shortcut_by_mouse`."""
    person.key(Key.Key_F, CTRL)
    person.word("image")
    person.keys(Key.Key_Escape, Key.Key_W)
    person.add("conv")
    person.keys(Key.Key_S, Key.Key_Tab)
    person.word("1")
    person.keys(Key.Key_Return, Key.Key_Escape)
    person.add("batch")
    person.key(Key.Key_W)
    person.word("add")
    person.key(Key.Key_Return)


def fix_biases_by_keys(person: Builder) -> None:
    """As :func:`fix_biases_by_mouse`."""
    person.key(Key.Key_Escape)
    person.bot.waitUntil(lambda: len(person.page.knowing.findings) == 3)
    person.bot.waitUntil(person.page.inspector.model_panel.warnings.isVisible)
    person.keys(Key.Key_S, Key.Key_Tab, Key.Key_Tab, Key.Key_Space)
    assert person.canvas.hasFocus(), "the button is gone, the keys are not"
