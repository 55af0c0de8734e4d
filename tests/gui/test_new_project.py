"""Making a project: from the dialog, with errors in place, cancelled, and of the sample."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from engine.errors import Cancelled
from engine.project import store
from engine.project.document import Project
from gui.pages.base import Session
from gui.shell.new_project import NewProjectDialog
from gui.window import Window
from tests.gui.pages.conftest import settle

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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows takes any name for a neighbour's")
@pytest.mark.parametrize("field", ["source", "place"])
def test_the_home_of_an_unknown_person_is_told(qtbot, dialog: NewProjectDialog, field: str) -> None:
    getattr(dialog, field).setText("~nobody-of-this-name/images")
    qtbot.mouseClick(dialog.make, LEFT)
    assert dialog.problem.isVisible()
    words = " ".join(label.text() for label in dialog.problem.findChildren(QLabel))
    assert "no person of this name" in words
    assert dialog.make.isEnabled()


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


@pytest.fixture
def slow_sample(window: Window, project_folder: Path, tmp_path: Path, monkeypatch) -> Iterator:
    """Try the sample has been clicked; it is there once this event is set."""
    ready = threading.Event()
    made = tmp_path / "made" / "Sample cells"
    shutil.copytree(project_folder, made)

    def make(_parent: Path, _progress: object) -> Path:
        assert ready.wait(20)
        return made

    monkeypatch.setattr("gui.shell.files.create_sample", make)
    window.try_sample()
    yield ready
    ready.set()


def finish_sample(qtbot, window: Window, ready: threading.Event) -> None:
    ready.set()
    qtbot.waitUntil(lambda: not window.files._making_sample, timeout=20_000)
    window._making.stop()


def test_the_sample_waits_while_another_project_is_edited(
    qtbot, window: Window, slow_sample, project_folder: Path, answers
) -> None:
    asked = answers("stay", "discard")
    document = window.session.document
    window.files.open_path(project_folder)
    document.apply(document.project.with_(name="mine"), "Rename")
    finish_sample(qtbot, window, slow_sample)
    assert document.folder == project_folder
    assert document.dirty
    assert asked == []
    notice = window.sample_notice
    assert notice.isVisible()
    assert "made" in notice.words.text()
    assert str(Path("made", "Sample cells")) in notice.words.text()
    qtbot.mouseClick(notice.action, LEFT)
    assert asked == ["Save the edits in “cells”?"]
    assert document.dirty, "the person stayed"
    assert not notice.isVisible()


def test_the_sample_that_waited_opens_at_the_train_page(
    qtbot, window: Window, slow_sample, project_folder: Path, answers
) -> None:
    answers("discard")
    document = window.session.document
    window.files.open_path(project_folder)
    document.apply(document.project.with_(name="mine"), "Rename")
    finish_sample(qtbot, window, slow_sample)
    qtbot.mouseClick(window.sample_notice.action, LEFT)
    window._making.stop()
    assert document.folder.name == "Sample cells"
    assert window.current == "train"
    assert not window.sample_notice.isVisible()
    settle(qtbot, window.session)


def test_the_sample_waits_while_the_same_project_is_edited_or_trained(
    qtbot, window: Window, project_folder: Path, tmp_path: Path, monkeypatch, fake_training
) -> None:
    document, runner = window.session.document, window.session.runner
    window.files.open_path(project_folder)
    window._making.stop()
    ready = threading.Event()
    monkeypatch.setattr("gui.shell.files.create_sample", lambda *_: ready.wait(20) and tmp_path)
    window.try_sample()
    runner.start_training(document.project, project_folder)
    finish_sample(qtbot, window, ready)
    assert runner.job.active
    assert document.folder == project_folder
    assert window.sample_notice.isVisible()
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: not runner.job.active, timeout=20_000)
    window.sample_notice.hide()
    ready.clear()
    window.try_sample()
    document.apply(document.project.with_(name="mine"), "Rename")
    finish_sample(qtbot, window, ready)
    assert document.dirty
    assert window.sample_notice.isVisible()
    settle(qtbot, window.session)


def test_edits_that_the_person_gave_up_do_not_hold_the_sample(
    qtbot, window: Window, project_folder: Path, tmp_path: Path, monkeypatch, answers
) -> None:
    answers("discard")
    document = window.session.document
    window.files.open_path(project_folder)
    document.apply(document.project.with_(name="mine"), "Rename")
    made = tmp_path / "Sample cells"
    shutil.copytree(project_folder, made)
    monkeypatch.setattr("gui.shell.files.create_sample", lambda *_: made)
    window.try_sample()
    finish_sample(qtbot, window, threading.Event())
    assert document.folder == made
    assert window.current == "train"
    settle(qtbot, window.session)
