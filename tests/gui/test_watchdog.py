"""A window that stands still is counted, and what held it is written down."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QTimer

from gui.watchdog import Watchdog


def hold(seconds: float) -> None:
    """What holds the loop; its name is in the stack."""
    time.sleep(seconds)


def watch(qtbot, path: Path | None, held: float, seconds: float = 0.3) -> Watchdog:
    dog = Watchdog(path, seconds=seconds)
    dog.start()
    QTimer.singleShot(0, lambda: hold(held))
    qtbot.wait(900)
    dog.stop()
    return dog


def test_a_long_stand_leaves_the_stack_of_what_held_it(qtbot, tmp_path: Path) -> None:
    path = tmp_path / "stuck.txt"
    assert watch(qtbot, path, 0.8).slow == 1
    assert "in hold" in path.read_text("utf-8")


def test_a_short_stand_leaves_nothing(qtbot, tmp_path: Path) -> None:
    path = tmp_path / "stuck.txt"
    watch(qtbot, path, 0.01, seconds=20)
    assert path.read_text("utf-8") == ""


def test_it_counts_where_nothing_can_be_written(qtbot, tmp_path: Path, caplog) -> None:
    (tmp_path / "file").touch()
    assert watch(qtbot, tmp_path / "file" / "stuck.txt", 0.8).slow == 1
    assert "no stacks can be written" in caplog.text
    assert watch(qtbot, None, 0.8).slow == 1


def test_an_old_file_that_has_grown_large_is_begun_anew(tmp_path: Path, qapp) -> None:
    path = tmp_path / "stuck.txt"
    path.write_text("x" * 1_000_001)
    Watchdog(path).stop()
    assert path.read_text("utf-8") == ""
    path.write_text("kept\n")
    Watchdog(path).stop()
    assert path.read_text("utf-8") == "kept\n"
