"""The Model page's warnings, memory and receptive field, by mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QPushButton

from engine.compile.memory import Machine
from engine.data.spec import DataSpec
from engine.graph.edits import connect, set_layer
from engine.graph.records import Graph, Wire
from engine.layers.convolution import Conv2d
from engine.layers.normalisation import BatchNorm
from engine.layers.pooling import GlobalAvgPool
from engine.project import store
from engine.project.document import Project
from engine.recipe import Training
from engine.templates import TEMPLATES
from gui.pages.model import ModelPage
from gui.pages.model.field_panel import to_image
from tests.engine.graph.advice.cases import line
from tests.gui.pages.conftest import change, click, settle

CARD = Machine("Card", graphics=True, memory=8 * 2**30, bf16=True)


@pytest.fixture
def page(qtbot, session, tmp_path) -> ModelPage:
    """The default template for images of 32 px that are not there."""
    project = Project(data=DataSpec(classes=("round", "oval"), size=32))
    store.create(tmp_path, project.with_(model=TEMPLATES["small_resnet"].build(project.frame())))
    session.document.open(tmp_path)
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.resize(1280, 900)
    made.show()
    qtbot.waitExposed(made)
    settle(qtbot, session)
    made.knowing.look()
    return made


@pytest.fixture
def wasteful(page) -> ModelPage:
    """With two biases before batch norms and a stride that skips pixels."""
    graph = model(page)
    stem = graph.node("stem").layer
    change(page.session, model=set_layer(graph, "stem", stem.with_(bias=True, stride=4)))
    page.knowing.look()
    return page


def model(page) -> Graph:
    return page.document.project.model


def fix_buttons(widget) -> list[QPushButton]:
    found = [b for b in widget.findChildren(QPushButton) if b.text() == "Fix"]
    return [b for b in found if b.isVisible()]


def codes(page) -> list[str]:
    return [found.code for found in page.knowing.findings]


def test_a_good_model_has_no_warnings(page) -> None:
    assert page.knowing.findings == ()
    assert not page.inspector.model_panel.warnings.isVisible()
    assert "parameters" in page.toolbar.state.text
    assert page.knowing.marks.names() == set()


def test_warnings_are_listed_counted_and_marked(wasteful, qtbot) -> None:
    assert codes(wasteful) == ["bias_before_norm", "skipped_pixels"]
    panel = wasteful.inspector.model_panel.warnings
    assert panel.heading.text() == "2 warnings"
    assert not wasteful.inspector.model_panel.list_heading.isVisible()
    qtbot.waitUntil(lambda: len(fix_buttons(panel)) == 2)
    assert wasteful.toolbar.state.text == "2 warnings"
    assert wasteful.knowing.marks.names() == {"stem"}
    tip = wasteful.canvas.graph_scene.nodes["stem"].toolTip()
    assert "no effect" in tip
    assert "never looks" in tip
    assert wasteful.state() == "ready"


def test_fix_is_one_undo_step_with_a_name(wasteful, qtbot) -> None:
    before = model(wasteful)
    qtbot.waitUntil(lambda: len(fix_buttons(wasteful.inspector.model_panel)) == 2)
    fix = fix_buttons(wasteful.inspector.model_panel)[0]
    assert fix.accessibleName() == "Fix: Switch off the bias of stem"
    click(qtbot, fix)
    assert model(wasteful).node("stem").layer.bias is False
    stack = wasteful.document.undo_stack
    assert stack.undoText() == "Switch off the bias of stem"
    qtbot.waitUntil(lambda: codes(wasteful) == ["skipped_pixels"])
    assert wasteful.toolbar.state.text == "1 warning"
    stack.undo()
    assert model(wasteful) is before
    qtbot.waitUntil(lambda: len(fix_buttons(wasteful.inspector.model_panel)) == 2)
    click(qtbot, fix_buttons(wasteful.inspector.model_panel)[1])
    assert model(wasteful).node("stem").layer.kernel_size == 5


def test_a_node_shows_its_own_warnings_and_fixes_them(wasteful, qtbot) -> None:
    wasteful.canvas.select(["block1"])
    panel = wasteful.inspector.node_panel
    assert not panel.warnings.isVisible()
    wasteful.canvas.select(["stem"])
    assert len(panel.warnings.findings) == 2
    for _ in range(2):
        qtbot.waitUntil(lambda: fix_buttons(panel) != [])
        click(qtbot, fix_buttons(panel)[0])
        wasteful.knowing.look()
    assert wasteful.knowing.findings == ()
    assert not panel.warnings.isVisible()
    assert wasteful.knowing.marks.names() == set()
    assert "no effect" not in wasteful.canvas.graph_scene.nodes["stem"].toolTip()


def test_all_of_a_kind_are_fixed_in_one_step(page, qtbot) -> None:
    layers = [Conv2d(out_channels=8, kernel_size=9), BatchNorm()] * 3
    change(page.session, model=line(*layers, GlobalAvgPool()))
    page.knowing.look()
    assert codes(page) == ["bias_before_norm"] * 3
    buttons = page.inspector.model_panel.findChildren(QPushButton)
    every = next(b for b in buttons if b.text() == "Fix all 3 of this kind")
    qtbot.waitUntil(every.isVisible)
    click(qtbot, every)
    page.knowing.look()
    assert page.knowing.findings == ()
    assert page.document.undo_stack.undoText() == "Apply 3 remedies"
    page.document.undo_stack.undo()
    page.knowing.look()
    assert codes(page) == ["bias_before_norm"] * 3


def test_show_selects_the_nodes_of_a_warning(wasteful, qtbot) -> None:
    buttons = wasteful.inspector.model_panel.findChildren(QPushButton)
    show = next(b for b in buttons if b.text() == "Show stem")
    qtbot.waitUntil(show.isVisible)
    click(qtbot, show)
    assert wasteful.canvas.selected() == ("stem",)


def test_m01_the_nodes_of_a_loop_are_selected(page, qtbot) -> None:
    graph = model(page)
    looped = Graph(graph.nodes, (*graph.wires, Wire("block2", "block1", 1)))
    change(page.session, model=looped)
    buttons = page.inspector.model_panel.findChildren(QPushButton)
    every = next(b for b in buttons if b.text() == "Show all 2 nodes")
    qtbot.waitUntil(every.isVisible)
    click(qtbot, every)
    assert set(page.canvas.selected()) == {"block1", "block2"}


def test_advice_follows_an_edit_by_itself(page, qtbot) -> None:
    graph = model(page)
    stem = graph.node("stem").layer
    page.wishes.set_layer("stem", stem.with_(bias=True), "bias")
    qtbot.waitUntil(lambda: codes(page) == ["bias_before_norm"])
    page.document.undo_stack.undo()
    qtbot.waitUntil(lambda: codes(page) == [])
    assert "parameters" in page.toolbar.state.text


def test_memory_is_told_for_the_batch_and_the_machine(page, qtbot) -> None:
    memory = page.inspector.model_panel.memory
    assert memory.value("Memory at batch 32").endswith("B")
    with pytest.raises(KeyError):
        memory.value("Fits in this GPU")  # the machine is not known yet
    page.runner._found_machine(CARD)
    qtbot.waitUntil(lambda: "Fits in this GPU" in names(memory))
    assert memory.value("Fits in this GPU").startswith("up to batch")
    change(page.session, training=Training(batch_size=65_536))
    qtbot.waitUntil(lambda: "Memory at batch 65,536" in names(memory))
    change(page.session, training=Training(batch_size=65_536, device="cpu"))
    qtbot.waitUntil(lambda: "Fits in this GPU" not in names(memory))
    page.runner._found_machine(Machine("Small", graphics=False, memory=2**30, bf16=False))
    qtbot.waitUntil(lambda: "Fits in main memory" in names(memory))
    assert memory.value("Fits in main memory").startswith("no, up to batch")
    page.runner._found_machine(Machine("Tiny", graphics=False, memory=2**20, bf16=False))
    qtbot.waitUntil(lambda: memory.value("Fits in main memory") == "not even one image")


def names(table) -> list[str]:
    return [row[0] for row in table._rows]


def test_a_node_tells_its_stride_and_memory(page) -> None:
    page.canvas.select(["block1"])
    facts = page.inspector.node_panel.facts
    assert facts.value("Effective stride") == "2 px"
    assert facts.value("Activation memory").endswith("B")
    page.canvas.select(["stem_relu"])
    assert facts.value("Activation memory") == "0\u202fB"  # in place
    page.canvas.select(["block1", "block2"])
    assert not page.inspector.model_panel.memory.isVisible()
    assert not page.inspector.model_panel.warnings.isVisible()


# The receptive field over one of the project's images


@pytest.fixture
def pictured(session, tiny, show) -> ModelPage:
    """The page of a project with images of 16 px and one convolution."""
    session.document.open(tiny)
    made = show(ModelPage)
    made.resize(1280, 1100)
    return made


def select(page, qtbot, name: str):
    page.canvas.select([name])
    field = page.knowing.field
    qtbot.waitUntil(lambda: field.view.image is not None)
    return field


def point(view, x: float, y: float) -> None:
    """The mouse over a pixel of the 16 x 16 image."""
    side = min(view.width(), view.height()) / 16
    left = (view.width() - 16 * side) / 2
    top = (view.height() - 16 * side) / 2
    at = QPointF(left + (x + 0.5) * side, top + (y + 0.5) * side)
    QApplication.sendEvent(view, QEnterEvent(at, at, view.mapToGlobal(at)))


def test_the_field_lies_in_the_middle_of_an_image(pictured, qtbot) -> None:
    field = select(pictured, qtbot, "stem")
    assert (field.view.image.width(), field.view.image.height()) == (16, 16)
    found = field.view.field
    assert (found.top, found.left, found.height, found.width) == (7, 7, 3, 3)
    assert "3 × 3 px, 4\u202f% of the image" in field.words.text()
    assert field.name.text().endswith(".png")


def test_the_field_follows_the_mouse_and_comes_back(pictured, qtbot) -> None:
    field = select(pictured, qtbot, "stem")
    point(field.view, 12, 3)
    assert field.view.place == (3, 12)
    assert "row 4, column 13" in field.words.text()
    point(field.view, 0, 0)
    assert field.view.field.top == -1
    assert "2\u202f% of the image" in field.words.text()  # 2 x 2 of 256 pixels
    QApplication.sendEvent(field.view, QEvent(QEvent.Type.Leave))
    assert field.view.place == (8, 8)


def test_the_field_follows_the_arrow_keys(pictured, qtbot) -> None:
    field = select(pictured, qtbot, "stem")
    field.view.setFocus()
    qtbot.keyClick(field.view, Qt.Key.Key_Up)
    qtbot.keyClick(field.view, Qt.Key.Key_Right)
    assert field.view.place == (7, 9)
    for _ in range(20):
        qtbot.keyClick(field.view, Qt.Key.Key_Down)
    assert field.view.place == (15, 9)


def test_what_sees_everything_says_so(pictured, qtbot) -> None:
    for name in ("pool", "scores"):
        field = select(pictured, qtbot, name)
        assert field.view.field is None
        assert "whole image" in field.words.text()
        point(field.view, 3, 3)
        assert field.view.place == (0, 0)


def test_images_are_gone_through_by_clicks(pictured, qtbot) -> None:
    field = select(pictured, qtbot, "stem")
    first = field.name.text()
    click(qtbot, field.forth)
    settle(qtbot, pictured.session)
    assert field.name.text() != first
    click(qtbot, field.back)
    click(qtbot, field.back)
    settle(qtbot, pictured.session)
    assert field.position == len(field._rows) - 1
    rows = field._set.splits[field._rows]
    assert set(rows.tolist()) == {0}  # training images


def test_a_wrong_node_has_no_field(pictured, qtbot) -> None:
    graph = model(pictured)
    change(pictured.session, model=Graph(graph.nodes, graph.wires[1:]))
    field = select(pictured, qtbot, "relu")
    assert "Known once" in field.words.text()
    assert field.view.field is None
    click(qtbot, field.view)
    assert field.view.place == (0, 0)
    change(pictured.session, model=connect(model(pictured), "image", "stem"))
    assert "3 × 3 px" in field.words.text()


def test_without_images_the_panel_says_so(page) -> None:
    page.canvas.select(["stem"])
    field = page.knowing.field
    assert field.view.image is None
    assert field.view.text == "No images yet."
    assert not field.forth.isEnabled()
    field.step(1)
    assert field.position == 0
    assert "px" in field.words.text()
    field.view.repaint()


def test_while_images_are_read_the_panel_says_so(qtbot, session, tiny, monkeypatch) -> None:
    session.document.open(tiny)
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.show()
    made.canvas.select(["stem"])
    assert session.images.loading
    assert made.knowing.field.view.text == "Reading the list of images…"
    settle(qtbot, session)
    assert made.knowing.field.view.image is not None


def test_an_image_that_is_gone_is_told_in_its_place(pictured, qtbot, tiny) -> None:
    field = select(pictured, qtbot, "stem")
    path = tiny.parent / "images" / field._set.manifest.items[int(field._rows[1])].path
    path.unlink()
    click(qtbot, field.forth)
    settle(qtbot, pictured.session)
    assert field.view.image is None
    assert field.view.text
    assert field.view.text.endswith(".")


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.full((1, 2, 3), 7, np.uint8), (7, 7, 7)),
        (np.full((1, 2, 3), 7 << 8, np.uint16), (7, 7, 7)),
        (np.stack([np.full((2, 3), v, np.uint8) for v in (1, 2, 3)]), (1, 2, 3)),
        (np.stack([np.full((2, 3), v, np.uint8) for v in (1, 2, 3, 4)]), (1, 2, 3)),
        (np.stack([np.full((2, 3), v, np.uint8) for v in (5, 6)]), (5, 5, 5)),
    ],
)
def test_pixels_of_any_kind_become_an_image(pixels, expected) -> None:
    image = to_image(pixels)
    assert (image.width(), image.height()) == (3, 2)
    colour = image.pixelColor(QPoint(2, 1))
    assert (colour.red(), colour.green(), colour.blue()) == expected
