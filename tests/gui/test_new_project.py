"""Making a project: from the dialog, with errors in place, cancelled, and of the sample."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.errors import Cancelled
from engine.project import store
from engine.project.document import Project
from gui.pages.base import Session
from gui.shell.new_project import NewProjectDialog
from gui.window import Window

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot, session: Session, tmp_path: Path) -> NewProjectDialog:
    """The dialog for a folder that is not there."""
    made = NewProjectDialog(session.runner, tmp_path / "projects", tmp_path / "leaves")
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_name_follows_the_images_until_it_is_typed(
    qtbot, dialog: NewProjectDialog, tmp_path: Path
) -> None:
    assert dialog.folder == tmp_path / "projects" / "leaves"
    (tmp_path / "projects" / "roots").mkdir(parents=True)
    dialog.source.setText(str(tmp_path / "roots"))
    assert dialog.name.text() == "roots 2"
    dialog.name.selectAll()
    qtbot.keyClicks(dialog.name, "mine")
    dialog.source.setText(str(tmp_path / "stems"))
    assert dialog.folder == tmp_path / "projects" / "mine"


def test_what_is_wrong_is_told_in_the_dialog(
    qtbot, dialog: NewProjectDialog, tmp_path: Path
) -> None:
    qtbot.mouseClick(dialog.make, LEFT)
    qtbot.waitUntil(dialog.problem.isVisible, timeout=20_000)
    assert dialog.make.isVisible()
    assert dialog.make.isEnabled()
    assert not (tmp_path / "projects").exists()
    dialog.source.setText(str(tmp_path))
    assert not dialog.problem.isVisible()


def test_a_project_is_made(qtbot, dialog: NewProjectDialog, monkeypatch) -> None:
    def make(folder: Path, source: Path, *, progress) -> None:
        progress(1, 2, "a.png")
        folder.mkdir(parents=True)
        store.create(folder, Project(name=folder.name))

    monkeypatch.setattr("engine.project.new.new_project", make)
    with qtbot.waitSignal(dialog.made, timeout=20_000) as made:
        qtbot.mouseClick(dialog.make, LEFT)
    assert store.is_project(made.args[0])
    assert not dialog.isVisible()


def test_a_scan_can_be_cancelled(qtbot, dialog: NewProjectDialog, monkeypatch) -> None:
    ended = threading.Event()

    def scan(folder: Path, source: Path, *, progress) -> None:
        try:
            while True:
                progress(1, 100, "a.png")
        except Cancelled:
            ended.set()
            raise

    monkeypatch.setattr("engine.project.new.new_project", scan)
    qtbot.mouseClick(dialog.make, LEFT)
    qtbot.waitUntil(lambda: dialog.busy.bar.maximum() == 100, timeout=20_000)
    qtbot.mouseClick(dialog.busy.cancel, LEFT)
    assert ended.wait(2)
    assert dialog.make.isVisible()
    assert not dialog.problem.isVisible()


def test_the_sample_opens_at_the_train_page(
    qtbot, window: Window, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("gui.shell.files.documents_folder", lambda: tmp_path)
    qtbot.mouseClick(window.welcome.sample, LEFT)
    qtbot.waitUntil(lambda: window.session.document.project is not None, timeout=15_000)
    window._making.stop()
    assert window.current == "train"
    assert len(window.session.document.project.data.classes) == 4
    assert window.top.primary.text() == "Train"
    assert window.top.primary.isEnabled()
