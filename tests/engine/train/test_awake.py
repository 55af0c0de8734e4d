"""The computer stays awake while it trains, and no longer (catalogue T06)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.processes import engine_environment
from engine.runs.events import Event, Notice
from engine.train import awake as module
from engine.train import drive, loop, several
from engine.train.awake import kept_awake
from engine.train.control import Control
from tests.engine.train.tiny_project import make_project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd-inhibit is Linux's")

_STAND_IN = """#!/bin/sh
echo "$$ $*" >> "{log}"
{does}
"""
_HOLDS = 'for last; do :; done\nexec "$last"'


class Log:
    """What the stand-in for ``systemd-inhibit`` was called with."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def calls(self) -> list[tuple[int, str]]:
        lines = self.path.read_text("utf-8").splitlines() if self.path.exists() else []
        return [(int(line.split()[0]), line) for line in lines]

    @property
    def running(self) -> int:
        return sum(Path(f"/proc/{pid}").exists() for pid, _ in self.calls)


def soon(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 20
    while not holds() and time.monotonic() < ends:
        time.sleep(0.01)
    return holds()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """A stand-in that holds, and no waiting."""
    monkeypatch.setattr(module, "_AFTER", 0.0)
    monkeypatch.setattr(module, "_LOOKS", 0.01)
    found = Log(tmp_path / "calls.txt")
    stand_in(tmp_path, monkeypatch, _HOLDS)
    yield found
    assert soon(lambda: not found.running), "a program was left behind"


def stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, name: str = "systemd-inhibit"
) -> None:
    program = tmp_path / "bin" / name
    program.parent.mkdir(exist_ok=True)
    program.write_text(_STAND_IN.format(log=tmp_path / "calls.txt", does=does))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.defpath}")


def test_t06_sleep_is_inhibited_within_and_no_longer_afterwards(log: Log) -> None:
    with kept_awake(Control()):
        assert soon(lambda: log.running == 1)
        assert "--what=sleep:idle --mode=block" in log.calls[0][1]
    assert log.running == 0
    assert len(log.calls) == 1


def test_t06_a_long_pause_lets_it_sleep(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSED", 0.1)
    control = Control()
    with kept_awake(control):
        assert soon(lambda: log.running == 1)
        control.pause()
        assert soon(lambda: log.running == 0)
        control.resume()
        assert soon(lambda: log.running == 1)
    assert len(log.calls) == 2


def test_a_short_run_starts_nothing(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_AFTER", 60.0)
    with kept_awake(Control()):
        time.sleep(0.1)
    assert log.calls == []


def test_where_it_is_refused_the_log_says_so_once(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    stand_in(tmp_path, monkeypatch, "echo Access denied >&2; exit 1")
    with kept_awake(Control()):
        assert soon(lambda: "Access denied" in caplog.text)
        time.sleep(0.1)
    assert len(log.calls) == 1
    assert caplog.text.count("may fall asleep") == 1


@pytest.mark.parametrize("said", ["Access denied", ""])
def test_a_program_that_ended_is_told_while_its_child_holds_the_pipe(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog, said: str
) -> None:
    child = f'sleep 60 & echo "$! child" >> "{log.path}"'
    stand_in(tmp_path, monkeypatch, f"{child}; printf '{said}' >&2; exit 3")
    with kept_awake(Control()):
        assert soon(lambda: (said or "it ended with code 3") in caplog.text)
    os.kill(log.calls[1][0], signal.SIGKILL)


def test_where_there_is_no_program_the_log_says_so(
    log: Log, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with kept_awake(Control()):
        assert soon(lambda: "systemd-inhibit" in caplog.text)


def test_t06_macos_is_asked_through_its_own_program(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "exec sleep 60", name="caffeinate")
    monkeypatch.setattr(module.sys, "platform", "darwin")
    with kept_awake(Control()):
        assert soon(lambda: log.running == 1)
        assert log.calls[0][1].endswith(f"-i -w {os.getpid()}")
    assert log.running == 0


def test_t06_windows_is_asked_by_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[int] = []
    kernel = SimpleNamespace(SetThreadExecutionState=lambda state: said.append(state) or 1)
    monkeypatch.setattr(module.ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    hold = module._Windows()
    assert hold.trouble() == ""
    hold.release()
    assert said == [0x80000001, 0x80000000]
    kernel.SetThreadExecutionState = lambda _state: 0
    assert module._Windows().trouble()


def test_t06_a_killed_program_leaves_no_process_behind(log: Log) -> None:
    code = """
import time
from engine.train import awake
from engine.train.control import Control
awake._AFTER = 0.0
with awake.kept_awake(Control()):
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], env=engine_environment()) as process:
        assert soon(lambda: log.running == 1)
        process.send_signal(signal.SIGKILL)
    assert soon(lambda: log.running == 0)


def test_t06_runs_and_sets_of_runs_keep_it_awake(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(*_: object, **__: object) -> Iterator[Event]:
        assert soon(lambda: log.running == 1)
        yield Notice("trained")

    project = make_project(tmp_path / "tiny")
    monkeypatch.setattr(drive, "_lost_here", False)
    monkeypatch.setattr(loop, "train", train)
    monkeypatch.setattr(several, "train", train)
    assert list(drive.drive(project, tmp_path / "tiny")) == [Notice("trained")]
    assert log.running == 0
    list(several.train_several(project, tmp_path / "tiny", seeds=2))
    assert len(log.calls) == 2
