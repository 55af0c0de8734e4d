"""The Model page: what a person does with mouse and keys ends as named undo steps."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QPushButton

from engine.data.spec import DataSpec
from engine.graph.records import Graph, Wire
from engine.layers.base import LAYERS
from engine.project import store
from engine.project.document import Project
from engine.templates import TEMPLATES
from gui.canvas import layer_mime
from gui.pages.model import ModelPage
from tests.support.mouse import drag

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot, session, tmp_path):
    project = Project(data=DataSpec(classes=("round", "oval", "long")))
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    store.create(tmp_path, project)
    session.document.open(tmp_path)
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.resize(1200, 900)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.fit()
    return made


def model(page):
    return page.document.project.model


def undo_label(page):
    return page.document.undo_stack.undoText()


def press_key(qtbot, page, key, modifiers=Qt.KeyboardModifier.NoModifier):
    page.canvas.setFocus()
    qtbot.keyClick(page.canvas, key, modifiers)


def on_node(page, name):
    item = page.canvas.graph_scene.nodes[name]
    return page.canvas.mapFromScene(item.pos() + QPointF(84, 28))


def drop(page, kind, at):
    args = (
        Qt.DropAction.CopyAction,
        layer_mime(kind),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    viewport = page.canvas.viewport()
    QApplication.sendEvent(viewport, QDragEnterEvent(at, *args))
    QApplication.sendEvent(viewport, QDragMoveEvent(at, *args))
    QApplication.sendEvent(viewport, QDropEvent(QPointF(at), *args))


def test_a_dropped_layer_is_added_selected_and_undone(page):
    before = model(page)
    drop(page, "conv2d", on_node(page, "stem") + QPoint(200, 0))
    assert "conv2d" in model(page)
    assert page.canvas.selected() == ("conv2d",)
    assert undo_label(page) == "Add convolution"
    page.document.undo_stack.undo()
    assert model(page) is before
    assert "conv2d" not in page.canvas.graph_scene.nodes
    page.document.undo_stack.redo()
    assert "conv2d" in page.canvas.graph_scene.nodes


def test_a_layer_dropped_on_a_wire_is_inserted_with_room(page):
    middle = (on_node(page, "stem") + on_node(page, "stem_norm")) / 2
    drop(page, "dropout2d", middle)
    graph = model(page)
    assert graph.arriving("dropout2d")[0].source == "stem"
    assert graph.arriving("stem_norm")[0].source == "dropout2d"
    assert graph.node("stem_norm").y >= graph.node("dropout2d").y + 90
    assert undo_label(page) == "Insert channel dropout"


def test_double_click_in_the_palette_adds_behind_the_selection(page, qtbot):
    page.canvas.select(["dropout"])
    layers = page.palette_panel.list
    item = layers.item("gelu")
    layers.scrollToItem(item)
    spot = layers.visualItemRect(item).center()
    qtbot.mouseClick(layers.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.mouseDClick(layers.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    graph = model(page)
    assert graph.arriving("gelu")[0].source == "dropout"
    assert graph.arriving("scores")[0].source == "gelu"
    assert undo_label(page) == "Add GELU"


def test_search_then_enter_adds_the_best_match(page, qtbot):
    page.canvas.select(["stem"])
    field = page.palette_panel.search
    qtbot.keyClicks(field, "max pool")
    shown = [i.text(0) for i in page.palette_panel.list.layer_items() if not i.isHidden()]
    assert "Max pooling" in shown
    assert "Convolution" not in shown
    assert "window" in page.palette_panel.about.text()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "max_pool" in model(page)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""


def test_a_model_built_by_keyboard_alone(page, qtbot):
    page.document.apply(page.document.project.with_(model=Graph()), "Empty")
    field = page.palette_panel.search
    for word in ("image", "convolution", "relu", "global average", "class scores"):
        field.clear()
        qtbot.keyClicks(field, word)
        qtbot.keyClick(field, Qt.Key.Key_Return)
    graph = model(page)
    assert [node.layer.kind for node in graph.nodes] == [
        "input",
        "conv2d",
        "relu",
        "global_avg_pool",
        "output",
    ]
    assert len(graph.wires) == 4
    assert page.state() == "ready"


def test_a_wire_by_drag_and_an_illegal_one_refused(page, qtbot):
    drop(page, "add", on_node(page, "block2") + QPoint(220, 0))
    scene, view = page.canvas.graph_scene, page.canvas
    start = view.mapFromScene(scene.nodes["block1"].output())
    drag(view.viewport(), [start, on_node(page, "add")])
    assert Wire("block1", "add", 0) in model(page).wires
    assert undo_label(page) == "Connect block1 to add"
    before = model(page)
    start = view.mapFromScene(scene.nodes["pool"].output())
    with qtbot.waitSignal(page.session.toast_requested) as told:
        drag(view.viewport(), [start, on_node(page, "stem")])
    assert "loop" in told.args[0]
    assert model(page) is before


def test_moving_is_one_step_and_comes_back(page, qtbot):
    page.canvas.select(["pool"])
    before = model(page).node("pool")
    for _ in range(3):
        press_key(qtbot, page, Qt.Key.Key_Right, CTRL)
    assert model(page).node("pool").x == before.x + 24
    assert undo_label(page) == "Move pool"
    page.document.undo_stack.undo()
    assert model(page).node("pool") is before
    at = on_node(page, "pool")
    drag(page.canvas.viewport(), [at, at + QPoint(100, 0)])
    assert model(page).node("pool").x > before.x


def test_delete_heals_and_duplicate_copies(page, qtbot):
    page.canvas.select(["stem_norm"])
    press_key(qtbot, page, Qt.Key.Key_Delete)
    assert model(page).arriving("stem_relu")[0].source == "stem"
    assert undo_label(page) == "Delete stem_norm"
    page.canvas.select(["block1", "block2"])
    press_key(qtbot, page, Qt.Key.Key_D, CTRL)
    copies = page.canvas.selected()
    assert len(copies) == 2
    assert any((w.source, w.target) == copies for w in model(page).wires)
    assert undo_label(page) == "Duplicate 2 nodes"


def test_the_inspector_edits_names_and_merges(page, qtbot):
    page.canvas.select(["stem"])
    panel = page.inspector.node_panel
    before = model(page)
    spec = before.node("stem").layer
    panel.form.edited.emit(spec.with_(kernel_size=7), "kernel_size")
    panel.form.edited.emit(spec.with_(kernel_size=9), "kernel_size")
    assert model(page).node("stem").layer.kernel_size == 9
    assert undo_label(page) == "Change kernel size of stem"
    assert panel.facts.value("Receptive field") == "9 × 9 px"
    page.document.undo_stack.undo()
    assert model(page) is before
    assert panel.form.value is spec


def test_renaming_keeps_the_selection_and_says_what_is_no_name(page, qtbot):
    page.canvas.select(["stem"])
    panel = page.inspector.node_panel
    panel.name.setFocus()
    panel.name.selectAll()
    qtbot.keyClicks(panel.name, "first_layer")
    qtbot.keyClick(panel.name, Qt.Key.Key_Return)
    assert "first_layer" in model(page)
    assert page.canvas.selected() == ("first_layer",)
    assert undo_label(page) == "Rename stem to first_layer"
    panel.name.selectAll()
    qtbot.keyClicks(panel.name, "Not a name")
    qtbot.keyClick(panel.name, Qt.Key.Key_Return)
    assert "letters" in panel.name_trouble.text()
    assert "first_layer" in model(page)


def test_problems_are_listed_and_select_their_node(page, qtbot):
    page.canvas.select(["pool"])
    press_key(qtbot, page, Qt.Key.Key_Delete)
    assert page.state() == "attention"
    assert page.toolbar.state.text == "1 problem"
    page.canvas.select([])
    show = next(
        b for b in page.inspector.model_panel.findChildren(QPushButton) if b.text() == "Show scores"
    )
    qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
    assert page.canvas.selected() == ("scores",)
    assert "pooling" in page.inspector.node_panel.problem.what.text()
    page.document.undo_stack.undo()
    assert page.state() == "ready"


def test_a_parameter_at_fault_is_told_at_its_field(page):
    layer = LAYERS.get("conv2d")(out_channels=10, groups=2)
    page.wishes.set_layer("stem", layer, "groups")
    page.canvas.select(["stem"])
    panel = page.inspector.node_panel
    assert panel.form.trouble("groups") == panel.problem.what.text() != ""
    assert "Waits" in page.canvas.graph_scene.nodes["block1"].toolTip()


def test_other_images_give_other_shapes(page):
    project = page.document.project
    page.canvas.select(["image"])
    page.document.apply(project.with_(data=project.data.with_(size=128)), "Change size")
    assert page.inspector.node_panel.facts.value("Output") == "3 × 128 × 128"


def test_double_click_on_a_node_goes_to_its_first_field(page, qtbot):
    qtbot.mouseDClick(page.canvas.viewport(), Qt.MouseButton.LeftButton, pos=on_node(page, "stem"))
    form = page.inspector.node_panel.form
    qtbot.waitUntil(lambda: form.isAncestorOf(QApplication.focusWidget()))
    assert page.canvas.selected() == ("stem",)


def test_closing_the_project_empties_the_page(page):
    page.document.close()
    assert page.canvas.graph_scene.nodes == {}
    assert page.state() == "nothing"
