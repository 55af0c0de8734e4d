"""What the desktop asks to open by an event: opened, or told; never lost, never a crash."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QDialog

from engine.project import store
from engine.project.document import Project
from gui.app import App, _begin, _parse
from gui.application import Application
from gui.crash import CrashReporter
from gui.pages.base import Session
from gui.shell.dialogs import ErrorDialog
from gui.shell.documents import AskedDocuments
from gui.shell.new_project import NewProjectDialog
from gui.window import Window
from tests.gui.conftest import FakeTraining
from tests.gui.pages.conftest import settle


def ask(*documents: str | Path | QUrl) -> None:
    """Sends the application what macOS sends it for a double click in Finder."""
    app = QApplication.instance()
    assert isinstance(app, Application)
    for document in documents:
        asked = document if isinstance(document, QUrl) else QUrl.fromLocalFile(str(document))
        assert QCoreApplication.sendEvent(app, QFileOpenEvent(asked))


@pytest.fixture
def listening(qapp: Application, window: Window) -> Window:
    """A window that hears the desktop, as the program's own."""
    qapp.take_documents()
    AskedDocuments(qapp, window)
    return window


@pytest.fixture
def other_folder(tmp_path: Path) -> Path:
    """The folder of another project."""
    folder = tmp_path / "Zellen, größer"
    folder.mkdir()
    store.create(folder, Project(name="other"))
    return folder


def arrives(qtbot, window: Window, folder: Path) -> None:
    qtbot.waitUntil(lambda: window.session.document.folder == folder, timeout=10_000)
    window._making.stop()
    settle(qtbot, window.session)


def edit(window: Window) -> None:
    document = window.session.document
    assert document.project is not None
    training = document.project.training.with_(epochs=3)
    document.apply(document.project.with_(training=training), "Set epochs")


def error(window: Window) -> ErrorDialog | None:
    found = [made for made in window.findChildren(ErrorDialog) if made.isVisible()]
    return found[0] if found else None


@pytest.mark.parametrize("name", ["", "project.fovea"])
def test_a_project_is_opened(qtbot, listening: Window, other_folder: Path, name: str) -> None:
    listening.showMinimized()
    ask(other_folder / name)
    arrives(qtbot, listening, other_folder)
    assert not listening.isMinimized()


def test_what_came_before_the_window_is_opened(
    qtbot, qapp: Application, window: Window, project_folder: Path
) -> None:
    qapp.take_documents()
    ask(project_folder / "project.fovea")
    assert window.session.document.folder is None
    AskedDocuments(qapp, window)
    arrives(qtbot, window, project_folder)
    assert qapp.take_documents() == []


def test_a_start_hears_what_the_desktop_asks_for(
    qtbot, qapp: Application, session: Session, window: Window, project_folder: Path
) -> None:
    """As a start by Finder: no argument, and the event comes once the program runs."""
    window.settings.met_computer = True
    _begin(App(qapp, session, window, CrashReporter(window.show_error)), _parse([]))
    assert session.document.folder is None
    ask(project_folder / "project.fovea")
    arrives(qtbot, window, project_folder)
    assert session.document.folder == project_folder
    assert qapp.take_documents() == []


def test_one_is_opened_of_several_and_the_others_are_named(
    qtbot, listening: Window, project_folder: Path, other_folder: Path, tmp_path: Path
) -> None:
    file = other_folder / "project.fovea"
    ask(tmp_path / "gone" / "project.fovea", project_folder / "project.fovea", file, file)
    arrives(qtbot, listening, other_folder)
    said = listening.toast.text
    assert said == "One project is open at a time: “gone” and 1 more were not opened."
    ask(other_folder, project_folder)
    arrives(qtbot, listening, project_folder)
    assert "“Zellen, größer” was not opened" in listening.toast.text


def test_the_open_project_keeps_its_edits_without_a_question(
    qtbot, listening: Window, project_folder: Path, answers
) -> None:
    asked = answers()
    ask(project_folder)
    arrives(qtbot, listening, project_folder)
    edit(listening)
    ask(project_folder / "project.fovea")
    qtbot.wait(300)
    assert listening.session.document.dirty
    assert asked == []


def test_unsaved_edits_are_asked_for(
    qtbot, listening: Window, project_folder: Path, other_folder: Path, answers
) -> None:
    asked = answers("stay", "save")
    ask(project_folder)
    arrives(qtbot, listening, project_folder)
    edit(listening)
    ask(other_folder)
    qtbot.waitUntil(lambda: asked == ["Save the edits in “cells”?"], timeout=5000)
    assert listening.session.document.folder == project_folder
    ask(other_folder)
    arrives(qtbot, listening, other_folder)
    assert store.load(project_folder).project.training.epochs == 3


def test_a_training_is_asked_for(
    qtbot,
    listening: Window,
    project_folder: Path,
    other_folder: Path,
    answers,
    fake_training: FakeTraining,
) -> None:
    asked = answers("stay", "stop")
    ask(project_folder)
    arrives(qtbot, listening, project_folder)
    session = listening.session
    assert session.document.project is not None
    session.runner.start_training(session.document.project, project_folder)
    ask(other_folder)
    qtbot.waitUntil(lambda: asked == ["A training is running"], timeout=5000)
    assert session.runner.job.active
    assert session.document.folder == project_folder
    ask(other_folder)
    qtbot.waitUntil(lambda: session.document.folder == other_folder, timeout=10_000)
    listening._making.stop()
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=10_000)
    settle(qtbot, session)


def test_it_waits_for_the_answer_to_a_dialog(
    qtbot, listening: Window, project_folder: Path
) -> None:
    dialog = QDialog(listening)
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.open()
    ask(project_folder)
    qtbot.wait(350)
    assert listening.session.document.folder is None
    dialog.reject()
    arrives(qtbot, listening, project_folder)


def test_a_folder_of_images_becomes_the_source_of_a_new_project(
    qtbot, listening: Window, tmp_path: Path
) -> None:
    (tmp_path / "images" / "a").mkdir(parents=True)
    ask(tmp_path / "images")
    qtbot.waitUntil(lambda: bool(listening.findChildren(NewProjectDialog)), timeout=5000)
    dialog = listening.findChildren(NewProjectDialog)[0]
    assert dialog.isVisible()
    dialog.reject()
    settle(qtbot, listening.session)


@pytest.mark.parametrize(
    "strange",
    [
        QUrl.fromLocalFile("/nowhere/cells/project.fovea"),
        QUrl.fromLocalFile("/nowhere/" + "long" * 2000),
        QUrl("file:///nowhere/%00/project.fovea"),
        QUrl("file://elsewhere/cells/project.fovea"),
        QUrl("https://example.org/project.fovea"),
        QUrl("fovea:open"),
        QUrl(),
    ],
    ids=["missing", "long", "zero byte", "share", "web", "own scheme", "empty"],
)
def test_what_cannot_be_opened_is_told(qtbot, listening: Window, strange: QUrl, caplog) -> None:
    with caplog.at_level(logging.ERROR):
        ask(strange)
        qtbot.waitUntil(lambda: error(listening) is not None, timeout=5000)
    shown = error(listening)
    assert shown is not None
    assert shown.error.code == "FV-P003"
    assert shown.error.where
    assert listening.session.document.folder is None
    assert caplog.records == []
    shown.reject()


def test_a_damaged_project_is_told(qtbot, listening: Window, project_folder: Path) -> None:
    (project_folder / "project.fovea").write_bytes(b"\x00 no project")
    ask(project_folder / "project.fovea")
    qtbot.waitUntil(lambda: error(listening) is not None, timeout=5000)
    shown = error(listening)
    assert shown is not None
    assert shown.error.code.startswith("FV-P")
    shown.reject()
