"""Blocks on the Model page, with mouse and keys: group, open, edit inside, expose, undo."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLineEdit, QMenu

from engine.blocks.custom import Custom
from engine.blocks.residual import Residual
from engine.data.spec import DataSpec
from engine.project import store
from engine.project.document import Project
from engine.templates import TEMPLATES
from gui.pages.model import ModelPage
from gui.pages.model.group_dialog import GroupDialog
from tests.gui.pages.conftest import click, type_into

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, session, tmp_path):
    project = Project(data=DataSpec(classes=("round", "oval", "long")))
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    store.create(tmp_path, project)
    session.document.open(tmp_path)
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.fit()
    return made


def model(page):
    return page.document.project.model


def undo_label(page):
    return page.document.undo_stack.undoText()


def press(qtbot, page, key, modifiers=Qt.KeyboardModifier.NoModifier):
    page.canvas.setFocus()
    qtbot.keyClick(page.canvas, key, modifiers)


def on_node(page, name):
    item = page.canvas.graph_scene.nodes[name]
    return page.canvas.mapFromScene(item.pos() + QPointF(84, 28))


def double_click(qtbot, page, name):
    qtbot.mouseDClick(page.canvas.viewport(), LEFT, pos=on_node(page, name))


def shown(page):
    return set(page.canvas.graph_scene.nodes)


def grouped(page, qtbot, names=("block1", "block2"), title="Body", exposed=()):
    """A block made of nodes by keys, as a person makes it; its id."""
    page.canvas.select(names)
    press(qtbot, page, Qt.Key.Key_G, CTRL)
    dialog = page.window().findChild(GroupDialog)
    assert dialog.isVisible()
    qtbot.keyClicks(dialog.name, title)
    for target in exposed:
        dialog.item(target).setCheckState(0, Qt.CheckState.Checked)
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: page.window().findChild(GroupDialog) is None)
    return page.canvas.selected()[0]


def test_ctrl_g_groups_names_and_undoes(page, qtbot):
    before = model(page)
    name = grouped(page, qtbot, exposed=("block1.stride",))
    assert name == "body"
    block = model(page).node("body").layer
    assert isinstance(block, Custom)
    assert (block.label, list(block.knobs.by_id)) == ("Body", ["stride"])
    assert undo_label(page) == "Group 2 nodes into Body"
    assert page.state() == "ready"
    assert "block1" not in shown(page)
    page.document.undo_stack.undo()
    assert model(page) is before
    assert {"block1", "block2"} <= shown(page)


def test_a_clicked_tick_and_a_typed_name_make_a_parameter(page, qtbot):
    page.canvas.select(["block1"])
    press(qtbot, page, Qt.Key.Key_G, CTRL)
    dialog = page.window().findChild(GroupDialog)
    item = dialog.item("block1.out_channels")
    spot = dialog.list.visualItemRect(item)
    qtbot.mouseClick(dialog.list.viewport(), LEFT, pos=spot.topLeft() + QPointF(12, 10).toPoint())
    assert item.checkState(0) == Qt.CheckState.Checked
    dialog.list.setCurrentItem(item)
    qtbot.keyClick(dialog.list, Qt.Key.Key_F2)
    editor = dialog.list.viewport().findChild(QLineEdit)
    qtbot.keyClicks(editor, "Width")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.chosen() == [("block1.out_channels", "Width")])
    click(qtbot, dialog.make)
    assert model(page).node("block").layer.knobs.by_id["width"].label == "Width"


def test_the_dialog_says_what_is_no_name_and_escape_changes_nothing(page, qtbot):
    before = model(page)
    page.canvas.select(["block1"])
    press(qtbot, page, Qt.Key.Key_G, CTRL)
    dialog = page.window().findChild(GroupDialog)
    dialog.name.clear()
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert "name" in dialog.trouble.text()
    assert dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert model(page) is before


def test_what_cannot_be_grouped_is_told(page, qtbot):
    page.canvas.select(["image"])
    with qtbot.waitSignal(page.session.toast_requested) as told:
        press(qtbot, page, Qt.Key.Key_G, CTRL)
    assert "“image” is an end" in told.args[0]
    assert page.window().findChild(GroupDialog) is None


def test_the_ends_are_left_out_of_a_block_of_everything(page, qtbot):
    press(qtbot, page, Qt.Key.Key_A, CTRL)
    press(qtbot, page, Qt.Key.Key_G, CTRL)
    dialog = page.window().findChild(GroupDialog)
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert {n.layer.kind for n in model(page).nodes} == {"input", "custom", "output"}
    assert page.state() == "ready"


def test_alike_settings_are_ticked_and_named_together(page, qtbot):
    page.canvas.select(["block1", "block2"])
    click(qtbot, page.inspector.model_panel.group)
    dialog = page.window().findChild(GroupDialog)
    rows = [dialog.list.topLevelItem(n) for n in range(dialog.list.topLevelItemCount())]
    top = next(row for row in rows if row.text(0) == "Bias of 2 nodes")
    dialog.list.scrollToItem(top)
    top.setText(2, "Shared")
    spot = dialog.list.visualItemRect(top).topLeft() + QPointF(12, 10).toPoint()
    qtbot.mouseClick(dialog.list.viewport(), LEFT, pos=spot)
    assert [label for _, label in dialog.chosen()] == ["Shared", "Shared"]
    click(qtbot, dialog.make)
    (knob,) = model(page).node("block").layer.knobs
    assert (knob.label, len(knob.targets)) == ("Shared", 2)


def test_a_block_stands_where_its_nodes_began_and_ungrouping_makes_room(page, qtbot):
    before = {n.id: (n.x, n.y) for n in model(page).nodes}
    grouped(page, qtbot, ("block1", "block2"))
    grown = model(page)
    assert (grown.node("body").x, grown.node("body").y) == before["block1"]
    follower = grown.leaving("body")[0].target
    assert grown.node(follower).y == before["block1"][1] + 96
    press(qtbot, page, Qt.Key.Key_G, CTRL | SHIFT)
    assert {n.id: (n.x, n.y) for n in model(page).nodes} == before


def test_the_menu_groups_opens_and_ungroups(page, qtbot):
    from gui.canvas.menu import context_menu

    def entries():
        menu = context_menu(page.canvas)
        found = {action.text(): action for action in menu.actions()}
        return menu, found

    page.canvas.select(["stem"])
    menu, found = entries()
    assert "Group into block…" in found
    assert not {"Open block", "Ungroup"} & set(found)
    menu.close()
    page.canvas.select(["block1"])
    menu, found = entries()
    found["Ungroup"].trigger()
    menu.close()
    assert "conv1" in model(page)


def test_ctrl_shift_g_takes_apart(page, qtbot):
    before = model(page)
    grouped(page, qtbot)
    press(qtbot, page, Qt.Key.Key_G, CTRL | SHIFT)
    assert undo_label(page) == "Ungroup body"
    assert set(model(page).by_id) == set(before.by_id)
    assert set(model(page).wires) == set(before.wires)
    assert page.canvas.selected() == ("block1", "block2")
    page.canvas.select(["stem"])
    with qtbot.waitSignal(page.session.toast_requested):
        press(qtbot, page, Qt.Key.Key_G, CTRL | SHIFT)


def test_a_ready_made_block_can_be_taken_apart(page, qtbot):
    page.canvas.select(["block1"])
    press(qtbot, page, Qt.Key.Key_G, CTRL | SHIFT)
    assert "conv1" in model(page)
    assert page.state() == "ready"


def test_double_click_opens_and_escape_leaves(page, qtbot):
    grouped(page, qtbot)
    double_click(qtbot, page, "body")
    assert shown(page) == {"input", "block1", "block2", "output"}
    assert page.blocks.breadcrumb.isVisible()
    assert page.blocks.breadcrumb.words == ("Model", "Body")
    assert page.canvas.graph_scene.nodes["block1"].facts.shape is not None
    double_click(qtbot, page, "block1")
    assert page.blocks.breadcrumb.words == ("Model", "Body", "Residual block")
    assert "conv1" in shown(page)
    page.canvas.select(["conv1"])
    press(qtbot, page, Qt.Key.Key_Escape)
    assert "conv1" in shown(page), "the first Escape takes the selection away"
    press(qtbot, page, Qt.Key.Key_Escape)
    assert page.canvas.selected() == ("block1",)
    press(qtbot, page, Qt.Key.Key_Escape)
    press(qtbot, page, Qt.Key.Key_Backspace)
    assert page.place.path == ()
    assert not page.blocks.breadcrumb.isVisible()
    assert page.canvas.selected() == ("body",)


def test_enter_opens_and_the_way_leads_back(page, qtbot):
    grouped(page, qtbot)
    press(qtbot, page, Qt.Key.Key_Return)
    page.canvas.select(["block2"])
    press(qtbot, page, Qt.Key.Key_Return)
    assert page.place.path == ("body", "block2")
    qtbot.waitUntil(page.blocks.breadcrumb.step(0).isVisible)
    click(qtbot, page.blocks.breadcrumb.step(0))
    assert page.place.path == ()
    press(qtbot, page, Qt.Key.Key_Return)
    click(qtbot, page.blocks.breadcrumb.back)
    assert page.place.path == ()


def test_looking_into_a_ready_made_block_changes_nothing_until_an_edit(page, qtbot):
    before = model(page)
    page.canvas.select(["block2"])
    opener = page.inspector.node_panel.block.open
    assert opener.text() == "Edit inside"
    click(qtbot, opener)
    assert page.place.path == ("block2",)
    assert model(page) is before
    page.canvas.select(["conv1"])
    type_into(qtbot, page.inspector.node_panel.form, "kernel_size", "5")
    type_into(qtbot, page.inspector.node_panel.form, "padding", "2")
    assert isinstance(model(page).node("block2").layer, Custom)
    assert undo_label(page) == "Change padding of conv1 in Residual block"
    assert page.canvas.graph_scene.nodes["conv1"].node.layer.kernel_size == 5
    for _ in range(2):
        page.document.undo_stack.undo()
    assert model(page) is before
    assert isinstance(model(page).node("block2").layer, Residual)
    assert page.place.path == ("block2",)


def test_gestures_inside_are_steps_of_the_block(page, qtbot):
    grouped(page, qtbot)
    press(qtbot, page, Qt.Key.Key_Return)
    page.canvas.select(["block2"])
    press(qtbot, page, Qt.Key.Key_Delete)
    assert "block2" not in model(page).node("body").layer.inner
    assert undo_label(page) == "Delete block2 in Body"
    page.canvas.select(["block1"])
    press(qtbot, page, Qt.Key.Key_D, CTRL)
    assert "block1_2" in model(page).node("body").layer.inner
    page.document.undo_stack.undo()
    page.document.undo_stack.undo()
    assert "block2" in shown(page)
    page.document.undo_stack.undo()
    assert page.place.path == ()
    assert "body" not in shown(page)


def test_a_node_inside_gets_its_parameter_by_menu_and_back(page, qtbot):
    grouped(page, qtbot)
    press(qtbot, page, Qt.Key.Key_Return)
    page.canvas.select(["block1"])
    row = page.inspector.node_panel.exposed
    assert row.isVisible()
    row.fill()
    action = next(a for a in row.menu.actions() if a.text().startswith("Stride"))
    action.trigger()
    assert undo_label(page) == "Give stride to Body"
    assert "“Stride” of the block" in row.told.text()
    assert list(model(page).node("body").layer.knobs.by_id) == ["stride"]
    row.fill()
    ticked = [a.text() for a in row.menu.actions() if a.isChecked()]
    assert len(ticked) == 1
    next(a for a in row.menu.actions() if a.isChecked()).trigger()
    assert undo_label(page) == "Take parameter stride from Body"
    assert len(model(page).node("body").layer.knobs) == 0


def test_the_context_menu_of_a_field_offers_the_parameter(page, qtbot):
    grouped(page, qtbot)
    press(qtbot, page, Qt.Key.Key_Return)
    page.canvas.select(["block1"])
    form = page.inspector.node_panel.form
    menu = QMenu()
    form.menu_opening.emit(menu, "out_channels")
    (action,) = menu.actions()
    assert action.text() == "Make a parameter of “Body”"
    action.trigger()
    assert list(model(page).node("body").layer.knobs.by_id) == ["out_channels"]


def test_the_inspector_sets_parameters_repetitions_and_title(page, qtbot):
    grouped(page, qtbot, ("block1",), exposed=("block1.stride", "block1.out_channels"))
    panel = page.inspector.node_panel
    assert panel.block.isVisible()
    type_into(qtbot, panel.block.form, "out_channels", "24")
    assert model(page).node("body").layer.settings.out_channels == 24
    assert undo_label(page) == "Change out channels of Body"
    type_into(qtbot, panel.form, "repeats", "3")
    assert model(page).node("body").layer.repeats == 3
    type_into(qtbot, panel.form, "repeats", "101")
    assert "Repeats cannot be 101" in panel.form.trouble("repeats")
    panel.block.title.setFocus()
    panel.block.title.selectAll()
    qtbot.keyClicks(panel.block.title, "Stage 2")
    qtbot.keyClick(panel.block.title, Qt.Key.Key_Return)
    assert model(page).node("body").layer.label == "Stage 2"
    assert panel.heading.text() == "Stage 2"
    name = panel.block.name_field("stride")
    qtbot.waitUntil(name.isVisible)
    name.setFocus()
    name.selectAll()
    qtbot.keyClicks(name, "Step")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert model(page).node("body").layer.settings.param("stride").label == "Step"
    assert undo_label(page) == "Call parameter Stride Step"


def test_a_parameter_can_be_for_the_first_repetition(page, qtbot):
    grouped(page, qtbot, ("block1",), exposed=("block1.stride",))
    panel = page.inspector.node_panel
    type_into(qtbot, panel.form, "repeats", "3")
    type_into(qtbot, panel.block.form, "stride", "2")
    before = panel.facts.value("Output")
    qtbot.waitUntil(panel.block.first_only("stride").isVisible)
    click(qtbot, panel.block.first_only("stride"))
    block = model(page).node("body").layer
    assert block.knobs.by_id["stride"].later == 1
    assert panel.facts.value("Output") != before
    qtbot.waitUntil(panel.block.removal("stride").isVisible)
    click(qtbot, panel.block.removal("stride"))
    assert len(model(page).node("body").layer.knobs) == 0


def test_alike_blocks_change_together_when_asked(page, qtbot):
    grouped(page, qtbot, ("block1",), title="Unit")
    page.palette_panel.wish_add.emit("own:Unit")
    copy = page.canvas.selected()[0]
    assert isinstance(model(page).node(copy).layer, Custom)
    assert undo_label(page) == "Add unit"
    press(qtbot, page, Qt.Key.Key_Return)
    crumb = page.blocks.breadcrumb
    assert crumb.reach.isVisible()
    assert crumb.reach.button("all").text() == "All 2 alike"
    click(qtbot, crumb.reach.button("all"))
    page.palette_panel.wish_add.emit("dropout2d")
    inner = [model(page).node(n).layer.inner for n in ("unit", copy)]
    assert all("dropout2d" in graph for graph in inner)
    assert crumb.reach.current == "all"
    click(qtbot, crumb.reach.button("this"))
    page.palette_panel.wish_add.emit("gelu")
    inner = [model(page).node(n).layer.inner for n in ("unit", copy)]
    assert ["gelu" in graph for graph in inner] == [False, True]
    assert not crumb.reach.isVisible()


def test_the_palette_offers_own_blocks_and_the_ends_that_fit(page, qtbot):
    layers = page.palette_panel.list
    assert layers.item("entry").isHidden()
    assert not layers.item("input").isHidden()
    grouped(page, qtbot, ("block1",), title="Unit")
    assert layers.item("own:Unit").text(0) == "Unit"
    press(qtbot, page, Qt.Key.Key_Return)
    assert not layers.item("entry").isHidden()
    assert layers.item("input").isHidden()
    field = page.palette_panel.search
    qtbot.keyClicks(field, "unit")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    block = model(page).node("unit").layer
    assert block.nesting == 2, "a copy, not the block itself"


def test_other_blocks_alike_are_grouped_again_as_blocks_of_blocks(page, qtbot):
    grouped(page, qtbot, ("block1",), title="Inner")
    name = grouped(page, qtbot, ("inner", "block2"), title="Outer")
    assert model(page).node(name).layer.nesting == 2
    press(qtbot, page, Qt.Key.Key_Return)
    double_click(qtbot, page, "inner")
    assert page.blocks.breadcrumb.words == ("Model", "Outer", "Inner")
    page.document.close()
    assert page.place.path == ()
    assert shown(page) == set()


def test_inside_the_panel_is_about_the_block_and_not_about_the_model(page, qtbot):
    page.knowing.look()
    panel = page.inspector.model_panel
    assert panel.memory.isVisible()
    page.blocks.open("block1")
    page.knowing.look()
    assert panel.heading.text() == "Residual block"
    assert not panel.memory.isVisible()  # of the whole model
    page.canvas.select(["conv1"])
    facts = page.inspector.node_panel.facts
    assert facts.value("Receptive field") == "3 × 3"  # of the block's input, in no pixels
    assert not page.knowing.field.isVisible()
    page.blocks.leave_to(())
    assert facts.value("Receptive field").endswith("px")
    assert page.knowing.field.isVisible()


def test_a_node_inside_is_not_given_the_memory_of_a_namesake_outside(page, qtbot):
    page.canvas.select(["stem"])
    page.wishes.rename("stem", "conv1")
    page.canvas.select(["conv1"])
    page.knowing.look()
    facts = page.inspector.node_panel.facts
    assert facts.value("Activation memory")
    page.blocks.open("block1")
    page.canvas.select(["conv1"])
    page.knowing.look()
    with pytest.raises(KeyError):
        facts.value("Activation memory")


def test_names_within_undo_labels_keep_their_letters(page, qtbot):
    page.wishes.add("gem_pool", QPointF())
    assert undo_label(page) == "Add GeM pooling"
