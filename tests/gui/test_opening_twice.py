"""Opening what the program was started for, also when another window has it."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.project import store
from engine.project.lock import acquire, other_owner
from gui.app import _parse
from gui.sessions import Sessions
from gui.window import Window
from tests.gui.pages.conftest import settle
from tests.gui.test_self_test import own_home

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from engine.project.lock import acquire
from gui.sessions import Sessions
qt = QCoreApplication([])
mine = Sessions(Path(sys.argv[1]), lambda: (print("shown", flush=True), qt.quit()))
mine.begin()
with acquire(Path(sys.argv[2])) as lock:
    print(lock.held, flush=True)
    qt.exec()
mine.end()
"""


@pytest.fixture
def holder(tmp_path: Path, project_folder: Path):
    """Another program that has the project open."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "marks"), str(project_folder)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def second(window: Window, tmp_path: Path) -> Window:
    """A window that knows of the other programs."""
    window.files.programs = Sessions(tmp_path / "marks", window.come_forward, window)
    return window


@pytest.mark.parametrize("name", ["", "project.fovea"])
def test_folder_and_file_open_the_project(
    qtbot, window: Window, project_folder: Path, name: str
) -> None:
    window.files.begin_with(_parse([str(project_folder / name)]).project)
    window._making.stop()
    assert window.session.document.folder == project_folder
    assert not window.session.document.read_only
    settle(qtbot, window.session)


def test_the_second_may_read(qtbot, second: Window, holder, project_folder: Path, answers) -> None:
    asked = answers("no", "read")
    second.files.begin_with(project_folder)
    assert second.session.document.project is None
    second.files.begin_with(project_folder / "project.fovea")
    second._making.stop()
    assert asked == ["“cells” is open elsewhere"] * 2
    assert f"process {holder.pid}" in second.session.document.read_only
    assert second.top.read_only.isVisible()
    assert other_owner(project_folder) is not None
    settle(qtbot, second.session)


def test_the_second_shows_the_first_and_goes(
    qtbot, second: Window, holder, project_folder: Path, answers
) -> None:
    answers("show")
    second.files.begin_with(project_folder)
    assert holder.stdout.readline() == "shown\n"
    assert not second.isVisible()
    assert holder.wait(20) == 0
    assert other_owner(project_folder) is None
    assert store.is_project(project_folder)


def test_a_window_that_nobody_answers_for_is_not_offered(
    qtbot, window: Window, holder, project_folder: Path, monkeypatch
) -> None:
    from gui.shell import files

    offered = []

    class Asked:
        def __init__(self, title, detail, choices, parent) -> None:
            offered.append([choice[0] for choice in choices])

        def ask(self) -> str:
            return "no"

    monkeypatch.setattr(files, "Question", Asked)
    window.files.begin_with(project_folder)
    assert offered == [["read", "no"]]


def opened(home: Path) -> list[str]:
    """The projects that the running programs of this home have open; empty for none yet."""
    found = []
    for mark in home.rglob("session-*.json"):
        with contextlib.suppress(OSError, ValueError):  # it is being replaced
            found.append(json.loads(mark.read_text("utf-8"))["project"])
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM that a program could hear")
def test_of_two_starts_at_once_one_gets_the_project(project_folder: Path, tmp_path: Path) -> None:
    """Two real programs in a race: the other asks, or, if it saw no lock yet, reads only."""
    home = tmp_path / "home"
    before = (project_folder / "project.fovea").read_bytes()
    command, env = [sys.executable, "-m", "gui.app", str(project_folder)], own_home(home)
    programs = [subprocess.Popen(command, cwd=ROOT, env=env) for _ in range(2)]
    ends = (["", str(project_folder)], [str(project_folder)] * 2)
    try:
        limit, since, owners = time.monotonic() + 90, 0.0, set()
        while time.monotonic() < limit and (not since or time.monotonic() - since < 4):
            owners.add(other_owner(project_folder))
            if sorted(opened(home)) in ends and not since:
                since = time.monotonic()
            time.sleep(0.05)
        assert sorted(opened(home)) in ends
        assert len(owners - {None}) == 1
        owner = other_owner(project_folder)
        assert owner is not None
        assert owner.process.pid in [program.pid for program in programs]
        for program in programs:
            program.send_signal(signal.SIGTERM)
        assert [program.wait(60) for program in programs] == [0, 0]
    finally:
        for program in programs:
            program.kill()
            program.wait()
    assert [path.name for path in project_folder.iterdir()] == ["project.fovea"]
    assert (project_folder / "project.fovea").read_bytes() == before
    assert opened(home) == []


def test_one_own_lock_is_no_others(project_folder: Path) -> None:
    with acquire(project_folder):
        assert other_owner(project_folder) is None
    assert other_owner(project_folder) is None
