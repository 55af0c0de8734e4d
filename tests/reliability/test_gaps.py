"""The stacks of what holds the event loop up are of the moment, and nothing of them is kept."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from PySide6.QtCore import QTimer

from tests.reliability.gaps import Gaps


def hold_up() -> None:
    """Keeps the event loop from going on, as slow code of the window does."""
    time.sleep(0.4)


def looking() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name == "looker"]


def test_a_long_gap_leaves_the_stacks_of_all_threads(qtbot, tmp_path: Path) -> None:
    path, other = tmp_path / "stacks.txt", threading.Event()
    beside = threading.Thread(target=other.wait, name="beside")
    beside.start()
    with path.open("w") as file:
        gaps = Gaps(file)
        gaps.doing = "sleep"
        gaps.start()
        QTimer.singleShot(20, hold_up)
        qtbot.waitUntil(lambda: "^^^" in path.read_text().partition("in hold_up")[2])
        assert looking()
        gaps.stop()
    other.set()
    beside.join()
    text = path.read_text()
    assert text.count("in hold_up\n") == 1, "once a gap"
    assert f"{beside.ident:#018x} beside" in text
    assert f"Thread {beside.ident:#018x} (most recent call first)" in text
    assert text.rstrip().endswith("busy: sleep")
    assert max(gaps.late["sleep"]) > 100
    assert not looking()


def test_a_stack_is_read_without_holding_its_frames(qtbot, tmp_path: Path, monkeypatch) -> None:
    """A painter would outlive its paint event."""
    monkeypatch.setattr(sys, "_current_frames", None)
    with (tmp_path / "stacks.txt").open("w") as file:
        gaps = Gaps(file)
        gaps.start()
        QTimer.singleShot(20, hold_up)
        qtbot.waitUntil(lambda: "in hold_up" in (tmp_path / "stacks.txt").read_text())
        gaps.stop()
    assert "in hold_up" in (tmp_path / "stacks.txt").read_text()
    assert not looking()


def test_without_a_file_nobody_looks(qtbot) -> None:
    gaps = Gaps()
    gaps.start()
    qtbot.waitUntil(lambda: len(gaps.late[""]) > 3)
    assert not looking()
    gaps.stop()
