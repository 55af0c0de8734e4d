"""The demo without a display: what it prints and leaves, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from engine.errors import FoveaError
from gui import demo
from gui.crash import CrashReporter
from gui.window import Window
from tests.gui.conftest import FakeTraining


class Exits:
    """Notes the exit code instead of leaving."""

    def __init__(self) -> None:
        self.codes: list[int] = []

    def exit(self, code: int) -> None:
        """What QApplication.exit would be told."""
        self.codes.append(code)


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> Exits:
    """Stands in for the application's exit."""
    made = Exits()
    monkeypatch.setattr(demo, "QApplication", made)
    return made


def test_it_leaves_screenshot_results_and_run(
    qtbot,
    window: Window,
    exits: Exits,
    fake_training: FakeTraining,
    project_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (project_folder / "runs" / "r1").mkdir(parents=True)
    (project_folder / "runs" / "r1" / "run.json").write_text("{}")
    (project_folder / "runs" / "r1" / "events.jsonl").touch()
    results = {"val": {"accuracy": 0.9, "n": 20}, "test": {"accuracy": 0.8, "n": 20}}
    monkeypatch.setattr(demo, "create_sample", lambda _parent, _progress: project_folder)
    monkeypatch.setattr(demo, "_evaluate", lambda *_: results)
    fake_training.go_on.set()
    steps = demo._Offscreen(window, CrashReporter(window.show_error), out)
    steps.begin()
    qtbot.waitUntil(lambda: bool(exits.codes), timeout=10_000)
    window._making.stop()
    assert exits.codes == [0]
    assert json.loads((out / "evaluation.json").read_text()) == results
    assert (out / "run" / "run.json").is_file()
    assert QImage(str(out / "screenshot.png")).width() >= 960
    printed = capsys.readouterr().out
    assert "epoch   2" in printed
    assert "test: accuracy 80.0\u202f% of 20 images" in printed
    assert str(out) in printed


def test_it_fails_with_the_reason(
    qtbot, window: Window, exits: Exits, tmp_path: Path, monkeypatch, capsys
) -> None:
    def refuse(_parent: Path, _progress: object) -> Path:
        raise FoveaError("FV-O001", "The disk is full.")

    monkeypatch.setattr(demo, "create_sample", refuse)
    steps = demo._Offscreen(window, CrashReporter(window.show_error), tmp_path)
    steps.begin()
    qtbot.waitUntil(lambda: bool(exits.codes), timeout=20_000)
    assert exits.codes == [1]
    assert "The disk is full. [FV-O001]" in capsys.readouterr().err
    assert isinstance(QApplication.instance(), QApplication)
