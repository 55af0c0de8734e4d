"""Fine-tuning on the Model page: load weights by the menu, freeze by switch, key and menu."""

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from engine.compile.module import compile_model
from engine.search import Searched, SearchSpace
from gui.canvas.words import describe
from tests.gui.pages.conftest import click, settle
from tests.support.canvas import SHIFT


def state(page, seed=5):
    project = page.document.project
    return dict(compile_model(project.model, project.frame(), seed=seed).state_dict())


@pytest.fixture
def given(page, tmp_path):
    path = tmp_path / "given.pth"
    torch.save(state(page), path)
    return path


def choose(qtbot, page, monkeypatch, path: Path):
    """Loads a file through the button's menu; the dialog."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    menu = page.weights.menu
    menu.aboutToShow.emit()
    next(a for a in menu.actions() if a.text() == "Load weights…").trigger()
    settle(qtbot, page.session)
    return page.weights.dialog


def entries(page):
    page.weights.menu.aboutToShow.emit()
    return {a.text(): a.isEnabled() for a in page.weights.menu.actions() if a.text()}


def rows(dialog):
    items = (dialog.table.topLevelItem(i) for i in range(dialog.table.topLevelItemCount()))
    return [tuple(item.text(place) for place in range(4)) for item in items]


def test_weights_are_loaded_shown_and_undone(qtbot, page, monkeypatch, given, unpickled):
    before = page.document.project
    assert not entries(page)["Start at random"]
    dialog = choose(qtbot, page, monkeypatch, given)
    assert dialog.isVisible()
    assert "matched by name" in dialog.summary.text()
    assert {row[2] for row in rows(dialog)} == {"loaded"}
    assert dialog.load.text() == "Load"
    assert dialog.load.isDefault()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    settle(qtbot, page.session)
    project = page.document.project
    assert project.start.source == "given.pth"
    assert project.start.path(page.document.folder).is_file()
    assert project.model is before.model
    assert page.document.undo_stack.undoText() == "Load weights from given.pth"
    assert "Starts from given.pth" in page.weights.button.toolTip()
    page.canvas.select(["block1"])
    assert page.inspector.node_panel.training.source.text() == "Starts from given.pth."
    assert entries(page)["Start at random"]
    page.canvas.select(["stem"])
    name = page.inspector.node_panel.name
    name.selectAll()
    qtbot.keyClicks(name, "first")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert page.document.project.start.renamed == (("first", "stem"),)
    assert page.inspector.node_panel.training.source.text() == "Starts from given.pth."
    page.document.undo_stack.undo()
    assert page.document.project is project
    page.document.undo_stack.undo()
    assert page.document.project == before
    assert page.inspector.node_panel.training.source.text() == ""
    assert unpickled == []


def test_another_template_lets_go_of_the_weights(qtbot, page, monkeypatch, given):
    click(qtbot, choose(qtbot, page, monkeypatch, given).load)
    settle(qtbot, page.session)
    loaded = page.document.project
    page.start_from("small_cnn")
    assert page.document.project.start is None
    page.document.undo_stack.undo()
    assert page.document.project is loaded


def test_cancel_changes_nothing(qtbot, page, monkeypatch, given):
    before = page.document.project
    dialog = choose(qtbot, page, monkeypatch, given)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert page.document.project is before
    assert not (page.document.folder / "weights").exists()


def test_loaded_layers_can_be_frozen_at_once(qtbot, page, monkeypatch, given):
    tensors = state(page)
    for name in ("scores.weight", "scores.bias"):
        tensors[name] = torch.zeros(7, *tensors[name].shape[1:])
    torch.save(tensors, given)
    dialog = choose(qtbot, page, monkeypatch, given)
    assert [row[2] for row in rows(dialog)][:2] == ["new head", "new head"]
    box = dialog.freeze
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(12, box.height() // 2))
    assert box.isChecked()
    click(qtbot, dialog.load)
    settle(qtbot, page.session)
    nodes = page.document.project.model.nodes
    frozen = {node.id for node in nodes if node.lr_factor == 0}
    assert frozen == {"stem", "stem_norm", "block1", "block2", "block3"}
    assert page.state() == "ready"
    page.weights.menu.aboutToShow.emit()
    next(a for a in page.weights.menu.actions() if a.text() == "Unfreeze all nodes").trigger()
    assert all(node.lr_factor == 1 for node in page.document.project.model.nodes)


def test_a_file_that_does_not_fit_can_only_be_left(qtbot, page, monkeypatch, given):
    torch.save({"weight": torch.zeros(3, 3)}, given)
    dialog = choose(qtbot, page, monkeypatch, given)
    assert not dialog.load.isEnabled()
    assert "None of its tensors" in dialog.summary.text()


def test_a_part_that_fits_is_loaded_knowingly(qtbot, page, monkeypatch, given):
    tensors = state(page)
    tensors["block2.conv1.weight"] = torch.zeros(2, 2)
    torch.save(tensors, given)
    dialog = choose(qtbot, page, monkeypatch, given)
    assert dialog.load.text() == "Load what fits"
    assert dialog.filter.current == "other"
    assert [row[2] for row in rows(dialog)] == ["other shape"]
    click(qtbot, dialog.filter.button("all"))
    assert len(rows(dialog)) == len(tensors)
    click(qtbot, dialog.load)
    settle(qtbot, page.session)
    page.canvas.select(["block2"])
    assert "of its weights start from" in page.inspector.node_panel.training.source.text()


def test_a_hostile_file_is_refused_with_an_error(qtbot, page, monkeypatch, given, unpickled):
    torch.save(torch.nn.Linear(2, 2), given)
    errors = []
    page.session.error_requested.connect(errors.append)
    assert choose(qtbot, page, monkeypatch, given) is None
    assert [error.code for error in errors] == ["FV-M013"]
    assert page.weights.button.isEnabled()
    assert unpickled == []


def factor(page, name):
    return page.document.project.model.node(name).lr_factor


def test_the_switch_freezes_the_selected_node(qtbot, page, hand):
    page.canvas.select(["stem"])
    training = page.inspector.node_panel.training
    assert training.form.isVisible()
    click(qtbot, training.freeze)
    assert factor(page, "stem") == 0
    assert hand.label == "Freeze stem"
    assert not training.form.isVisible()
    item = page.canvas.graph_scene.nodes["stem"]
    assert "Frozen" in item.toolTip()
    assert "frozen" in describe(item.node, item.facts)
    click(qtbot, training.freeze)
    assert factor(page, "stem") == 1
    hand.undo()
    assert factor(page, "stem") == 0


def test_a_lock_is_painted_on_frozen_nodes(qtbot, page, hand):
    page.canvas.set_zoom(1.0)
    page.canvas.select(["stem"])
    hand.key(Qt.Key.Key_L)
    page.canvas.select(["pool"])
    page.canvas.reveal(hand.scene.nodes["stem"].sceneBoundingRect())
    frozen = corner(hand)
    hand.undo()
    assert corner(hand) != frozen


def corner(hand):
    """The picture of the stem's upper right corner."""
    end = hand.on("stem", 164, 26)
    start = hand.on("stem", 144, 10)
    picture = hand.viewport.grab().toImage()
    return picture.copy(start.x(), start.y(), end.x() - start.x(), end.y() - start.y())


def test_the_factor_is_typed(qtbot, page, hand):
    page.canvas.select(["block1"])
    field = page.inspector.node_panel.training.form.field("lr_factor").findChild(QLineEdit)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.1")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert factor(page, "block1") == 0.1
    assert "factor of block1" in hand.label
    assert "0.1 times" in hand.scene.nodes["block1"].toolTip()
    qtbot.keyClicks(field, "-3")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert factor(page, "block1") == 0.1


def test_l_freezes_the_selection_and_lets_it_go(page, hand):
    hand.canvas.select(["stem", "stem_relu", "block1"])
    hand.key(Qt.Key.Key_L)
    assert [factor(page, n) for n in ("stem", "stem_relu", "block1")] == [0, 1, 0]
    assert hand.label == "Freeze 2 nodes"
    hand.key(Qt.Key.Key_L)
    assert factor(page, "stem") == factor(page, "block1") == 1


def test_all_before_here_is_frozen_by_menu_and_key(page, hand):
    menu = hand.menu(hand.on("block2"))
    hand.choose(menu, "Freeze all before here")
    nodes = page.document.project.model.nodes
    assert {n.id for n in nodes if n.lr_factor == 0} == {"stem", "stem_norm", "block1"}
    assert hand.label == "Freeze all before block2"
    hand.undo()
    hand.canvas.select(["block1"])
    hand.key(Qt.Key.Key_L, SHIFT)
    nodes = page.document.project.model.nodes
    assert {n.id for n in nodes if n.lr_factor == 0} == {"stem", "stem_norm"}


def test_nodes_without_weights_have_no_switch(page, hand):
    hand.canvas.select(["pool"])
    assert not page.inspector.node_panel.training.isVisible()
    before = hand.graph
    hand.key(Qt.Key.Key_L)
    assert hand.graph is before


def test_a_renamed_node_stays_searched(qtbot, page):
    rows = SearchSpace((Searched("model.stem.out_channels", 8, 64),))
    page.document.apply(page.document.project.with_(search=rows), "Search the stem")
    page.canvas.select(["stem"])
    name = page.inspector.node_panel.name
    name.selectAll()
    qtbot.keyClicks(name, "first")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    (row,) = page.document.project.search.entries
    assert row.address == "model.first.out_channels"
    page.document.undo_stack.undo()
    assert page.document.project.search == rows
