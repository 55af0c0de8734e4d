"""A model from an ONNX file: one undo step and a report, or an error and nothing changed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from safetensors.numpy import load_file

from gui.pages.model.import_model import ImportReport
from tests.engine.onnx_import.samples import model as onnx_model
from tests.engine.onnx_import.samples import node
from tests.engine.onnx_import.test_hostile import CONSTANTS, PLAIN
from tests.gui.pages.conftest import click, settle

CHOOSE = "gui.pages.model.import_model.QFileDialog.getOpenFileName"


@pytest.fixture
def choose(page, tmp_path, monkeypatch):
    """``choose(model)`` lets the file dialog answer with a file of that model."""

    def use(made):
        path = tmp_path / "net.onnx"
        path.write_bytes(made.SerializeToString())
        monkeypatch.setattr(CHOOSE, lambda *_: (str(path), ""))

    return use


def report(page) -> ImportReport:
    [found] = [d for d in page.window().findChildren(ImportReport) if d.isVisible()]
    return found


def test_the_model_is_replaced_as_one_step_and_told(qtbot, page, session, choose):
    before = page.document.project.model
    choose(onnx_model(PLAIN, CONSTANTS))
    click(qtbot, page.toolbar.load)
    assert page.importing.overlay.isVisible()
    settle(qtbot, session)
    assert not page.importing.overlay.isVisible()
    assert [n.layer.kind for n in page.document.project.model.nodes][1:3] == ["conv2d", "relu"]
    assert page.document.undo_stack.undoText() == "Import net.onnx"
    start = page.document.project.start
    assert start.source == "net.onnx"
    assert start.path(page.document.folder).is_file(), "the weights are kept with the project"
    told = " ".join(part.text() for part in report(page).findChildren(QLabel))
    assert "5 nodes" in told
    assert "The file knows 2 classes, the project 3" in told
    qtbot.keyClick(report(page), Qt.Key.Key_Escape)
    page.document.undo_stack.undo()
    assert page.document.project.model is before
    assert page.document.project.start is None


def test_the_weights_are_saved_from_the_report(qtbot, page, session, choose, tmp_path, monkeypatch):
    choose(onnx_model(PLAIN, CONSTANTS))
    click(qtbot, page.toolbar.load)
    settle(qtbot, session)
    target = tmp_path / "start.safetensors"
    monkeypatch.setattr(
        "gui.pages.model.import_model.QFileDialog.getSaveFileName", lambda *_: (str(target), "")
    )
    click(qtbot, report(page).save)
    conv = page.document.project.model.nodes[1].id
    assert set(load_file(target)) == {f"{conv}.weight", f"{conv}.bias"}
    report(page).reject()


def test_what_cannot_be_mapped_is_an_error_and_changes_nothing(qtbot, page, session, choose):
    before = page.document.project
    choose(onnx_model([node("Det", "x", "y")]))
    with qtbot.waitSignal(session.error_requested) as told:
        click(qtbot, page.toolbar.load)
    assert told.args[0].code == "FV-M041"
    assert page.document.project is before
    assert not page.importing.overlay.isVisible()


def test_cancelling_and_closing_forget_the_file(qtbot, page, session, choose):
    before = page.document.project
    choose(onnx_model(PLAIN, CONSTANTS))
    click(qtbot, page.toolbar.load)
    click(qtbot, page.importing.overlay.panel.cancel)
    settle(qtbot, session)
    assert page.document.project is before
    click(qtbot, page.toolbar.load)
    page.document.close()
    settle(qtbot, session)
    assert page.document.project is None
