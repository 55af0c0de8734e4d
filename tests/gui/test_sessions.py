"""Marks of running programs: crashes are told once, and another window is asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from engine.processes import Process, this_process
from gui.crash import keep_crashes
from gui.sessions import Crash, Sessions
from gui.window import Window
from tests.gui.pages.conftest import click, settle

ROOT = Path(__file__).resolve().parents[2]
OTHER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from gui.sessions import Sessions
qt = QCoreApplication([])
mine = Sessions(Path(sys.argv[1]), lambda: (print("shown", flush=True), qt.quit()))
mine.begin()
mine.note_project(Path(sys.argv[2]))
print("ready", flush=True)
qt.exec()
mine.end()
"""
CRASH = """
import ctypes, sys
from pathlib import Path
from gui.crash import keep_crashes
keep_crashes(Path(sys.argv[1]))
ctypes.string_at(0)
"""


@pytest.fixture
def other(tmp_path: Path):
    """Another program with a project open, as a process of its own."""
    command = [sys.executable, "-c", OTHER, str(tmp_path), str(tmp_path / "cells")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_program_that_was_killed_is_told_once(qapp, other, tmp_path: Path) -> None:
    mine = Sessions(tmp_path, lambda: None)
    assert mine.crashed() == [], "it runs"
    os.kill(other.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    other.wait()
    (crash,) = mine.crashed()
    assert crash.project == tmp_path / "cells"
    assert abs(crash.since - time.time()) < 300
    assert mine.crashed() == []


def test_a_program_that_closes_leaves_nothing(qapp, tmp_path: Path) -> None:
    mine = Sessions(tmp_path, lambda: None)
    mine.begin()
    assert len(list(tmp_path.iterdir())) == 1
    mine.end()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "session-9.json").write_text("{")
    assert mine.crashed() == []


def test_another_window_is_asked_for(qapp, other, tmp_path: Path) -> None:
    mine = Sessions(tmp_path, lambda: None)
    assert not mine.show_other(Process("elsewhere", other.pid))
    assert not mine.show_other(this_process())
    from gui.sessions import _read

    mark = _read(tmp_path / f"session-{other.pid}.json")
    assert mark is not None
    assert mine.show_other(mark[0])
    assert other.stdout.readline() == "shown\n"
    assert other.wait(20) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_crash_below_python_leaves_its_stack(tmp_path: Path) -> None:
    path = tmp_path / "crash.txt"
    done = subprocess.run([sys.executable, "-c", CRASH, str(path)], cwd=ROOT, check=False)
    assert done.returncode != 0
    assert "string_at" in path.read_text("utf-8")
    assert keep_crashes(tmp_path / "no" / "crash.txt") is None


def test_the_next_start_offers_the_project_and_diagnostics(
    qtbot, window: Window, project_folder: Path, tmp_path: Path, monkeypatch
) -> None:
    target = tmp_path / "out.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.crash_offer.show_crashes([])
    assert not window.crash_offer.isVisible()
    window.crash_offer.show_crashes([Crash(project_folder, time.time())])
    assert "ended without being closed" in window.crash_offer.words.text()
    qtbot.waitUntil(window.crash_offer.save.isVisible)
    click(qtbot, window.crash_offer.save)
    settle(qtbot, window.session)
    assert target.is_file()
    click(qtbot, window.crash_offer.open)
    window._making.stop()
    assert window.session.document.folder == project_folder
    assert not window.crash_offer.isVisible()
    window.crash_offer.show_crashes([Crash(project_folder, time.time())])
    assert not window.crash_offer.open.isVisible(), "it is open"
    settle(qtbot, window.session)
