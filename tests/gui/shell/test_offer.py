"""A run that a crash cut off is offered when its project is opened."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.project.document import Project
from engine.runs.folder import RunFolder
from gui.window import Window
from tests.gui.conftest import FakeTraining

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def cut_off(project_folder: Path) -> str:
    """The id of a run whose process is gone."""
    run = RunFolder.create(project_folder)
    run.write_project(Project(name="cells").to_json())
    run.begin({"epochs": 40})
    run.update(epochs_done=11)
    run.end("interrupted")
    return run.id


def open_project(qtbot, window: Window, folder: Path) -> None:
    window.files.open(folder)
    window._making.stop()
    qtbot.waitUntil(lambda: not window.session.runner._tasks, timeout=20_000)


def test_it_says_where_it_stood_and_resumes(
    qtbot, window: Window, project_folder: Path, cut_off: str, fake_training: FakeTraining
) -> None:
    open_project(qtbot, window, project_folder)
    assert window.offer.isVisible()
    assert window.offer.words.text() == f"Run {cut_off} was interrupted in epoch 12 of 40."
    qtbot.mouseClick(window.offer.resume, LEFT)
    assert not window.offer.isVisible()
    assert window.current == "train"
    assert window.session.runner.job.active
    qtbot.waitUntil(lambda: fake_training.resumed == cut_off, timeout=20_000)
    window.session.runner.stop()
    qtbot.waitUntil(lambda: not window.session.runner.job.active, timeout=20_000)


def test_not_now_is_remembered(qtbot, window: Window, project_folder: Path, cut_off: str) -> None:
    open_project(qtbot, window, project_folder)
    qtbot.mouseClick(window.offer.later, LEFT)
    assert not window.offer.isVisible()
    window.session.document.close()
    open_project(qtbot, window, project_folder)
    assert not window.offer.isVisible()


@pytest.mark.parametrize("status", ["done", "stopped", "failed"])
def test_other_endings_offer_nothing(
    qtbot, window: Window, project_folder: Path, cut_off: str, status: str
) -> None:
    later = RunFolder.create(project_folder)
    later.begin({"epochs": 2})
    later.end(status)
    open_project(qtbot, window, project_folder)
    assert not window.offer.isVisible()


def test_a_training_hides_it(
    qtbot, window: Window, project_folder: Path, cut_off: str, fake_training: FakeTraining
) -> None:
    open_project(qtbot, window, project_folder)
    window.session.runner.start_training(Project(), project_folder)
    assert not window.offer.isVisible()
    window.session.runner.stop()
    qtbot.waitUntil(lambda: not window.session.runner.job.active, timeout=20_000)


def test_training_apart_is_a_choice_that_is_remembered(window: Window) -> None:
    assert not window.session.runner.apart
    window.menus.apart.trigger()
    assert window.session.runner.apart
    assert window.settings.apart
    window.menus.apart.trigger()
    assert not window.session.runner.apart
    assert not window.settings.apart
