"""A window that stands still is counted, and what held it is written down."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QTimer

import gui.watchdog
from gui.watchdog import Watchdog


class Clock:
    """The watchdog's time, which only the test moves: a busy machine changes no count."""

    def __init__(self) -> None:
        self.now = 1.0

    def add(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    told = SimpleNamespace(monotonic=lambda: clock.now, strftime=time.strftime)
    monkeypatch.setattr(gui.watchdog, "time", told)
    return clock


def hold(clock: Clock, dog: Watchdog, dumps: int) -> None:
    """What holds the loop, for 0.8 s of the clock; its name is in the stack."""
    clock.add(0.8)
    ends = time.monotonic() + 20
    while dog.dumps < dumps and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(0.2)  # two looks more: they must add nothing


def watch(qtbot, clock: Clock, path: Path | None, dumps: int) -> Watchdog:
    dog = Watchdog(path, seconds=0.3)
    dog.start()
    QTimer.singleShot(0, lambda: hold(clock, dog, dumps))
    qtbot.waitUntil(lambda: dog.slow > 0, timeout=30_000)
    qtbot.wait(500)
    dog.stop()
    return dog


def test_a_long_stand_leaves_the_stack_of_what_held_it_once(
    qtbot, tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "stuck.txt"
    dog = watch(qtbot, clock, path, 1)
    assert (dog.slow, dog.dumps) == (1, 1)
    text = path.read_text("utf-8")
    assert text.count("the window has stood still for 0.6 s") == 1
    ident = f"{threading.main_thread().ident:#018x}"
    assert f"Thread {ident}: MainThread\n" in text
    stack = text.split(f"Thread {ident} (most recent call first):", 1)[1]
    assert " in hold\n" in stack.split("\nThread ", 1)[0]
    assert "watchdog" not in [thread.name for thread in threading.enumerate()]


def test_short_stands_longer_than_the_limit_together_leave_nothing(
    qtbot, tmp_path: Path, clock: Clock
) -> None:
    path = tmp_path / "stuck.txt"
    dog = Watchdog(path, seconds=0.5)
    dog.start()
    moves = QTimer(interval=100)  # at most 0.3 s of the clock between two beats
    moves.timeout.connect(lambda: clock.add(0.1))
    moves.start()
    qtbot.waitUntil(lambda: clock.now > 2.5, timeout=30_000)
    dog.stop()
    assert (dog.slow, dog.dumps, path.read_text("utf-8")) == (0, 0, "")


def test_it_counts_where_nothing_can_be_written(
    qtbot, tmp_path: Path, clock: Clock, caplog
) -> None:
    (tmp_path / "file").touch()
    assert watch(qtbot, clock, tmp_path / "file" / "stuck.txt", 0).slow == 1
    assert "no stacks can be written" in caplog.text
    assert watch(qtbot, clock, None, 0).slow == 1


def test_an_old_file_that_has_grown_large_is_begun_anew(tmp_path: Path, qapp) -> None:
    path = tmp_path / "stuck.txt"
    path.write_text("x" * 1_000_001)
    Watchdog(path).stop()
    assert path.read_text("utf-8") == ""
    path.write_text("kept\n")
    Watchdog(path).stop()
    assert path.read_text("utf-8") == "kept\n"
