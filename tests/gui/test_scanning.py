"""A scan belongs to the project that it was started for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.data.spec import DataSpec
from engine.errors import FoveaError
from engine.project import store
from engine.project.document import Project
from gui.pages.base import Session
from gui.pages.data.scanning import Scanning


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Replaces the engine's scan by one that finds ``"a scan"`` when the event is set."""
    go_on = threading.Event()

    def scan(source: Path, folder: Path, *, group_by, progress) -> str:
        assert go_on.wait(5)
        if source.name == "missing":
            raise FoveaError("FV-D001", "The images cannot be found.")
        return "a scan"

    monkeypatch.setattr("engine.data.scan.scan", scan)
    return go_on


@pytest.fixture
def scanning(session: Session, project_folder: Path) -> Scanning:
    session.document.open(project_folder)
    return Scanning(session.document, session.runner, session)


def test_what_a_scan_finds_is_told_after_its_end(qtbot, scanning, looked, project_folder) -> None:
    said: list[object] = []
    scanning.ended.connect(lambda: said.append("ended"))
    scanning.found.connect(said.append)
    scanning.start(Path("images"), project_folder, DataSpec())
    assert scanning.active
    looked.set()
    qtbot.waitUntil(lambda: len(said) == 2, timeout=20_000)
    assert said == ["ended", "a scan"]
    assert not scanning.active


def test_why_a_scan_failed_is_told(qtbot, scanning, looked, project_folder) -> None:
    scanning.start(Path("missing"), project_folder, DataSpec())
    with qtbot.waitSignal(scanning.failed) as told:
        looked.set()
    assert told.args[0].code == "FV-D001"


def test_a_scan_ends_when_another_project_is_opened(
    qtbot, session, scanning, looked, project_folder, tmp_path
) -> None:
    found: list[object] = []
    scanning.found.connect(found.append)
    scanning.start(Path("images"), project_folder, DataSpec())
    other = tmp_path / "other"
    other.mkdir()
    store.create(other, Project(name="other"))
    with qtbot.waitSignal(scanning.ended):
        session.document.open(other)
    looked.set()
    qtbot.waitUntil(lambda: not session.runner._tasks, timeout=20_000)
    assert found == []
    assert not scanning.active


def test_an_edit_does_not_end_a_scan(session, scanning, looked, project_folder) -> None:
    scanning.start(Path("images"), project_folder, DataSpec())
    project = session.document.project
    session.document.apply(project.with_(training=project.training.with_(epochs=3)), "Edit")
    assert scanning.active
    looked.set()
