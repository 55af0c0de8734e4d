"""Who has a project open."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from engine.processes import Process, is_running, this_process
from engine.project.lock import LOCK_FILE, Lock, acquire

ROOT = Path(__file__).resolve().parents[3]


def write_lock(folder: Path, **changes: object) -> None:
    value = {"host": socket.gethostname(), "pid": os.getpid(), "started": "", "since": 1e9}
    (folder / LOCK_FILE).write_text(json.dumps(value | changes))


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_the_first_holds_the_lock_and_the_second_is_told_who(tmp_path: Path) -> None:
    with acquire(tmp_path) as first:
        assert first.held
        second = acquire(tmp_path)
        assert not second.held
        assert second.owner == first.owner
        assert "already" in second.reason
        second.release()
        assert (tmp_path / LOCK_FILE).exists()
    assert list(tmp_path.iterdir()) == []
    assert acquire(tmp_path).held


def test_another_process_is_named_with_host_number_and_time(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from engine.project.lock import acquire; "
    code += "print(acquire(Path(sys.argv[1])).held, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == b"True\n"
        blocked = acquire(tmp_path)
        assert not blocked.held
        assert str(child.pid) in blocked.reason
        assert socket.gethostname() in blocked.reason
        child.kill()
        child.wait()
        assert acquire(tmp_path).held, "the lock of a killed process is taken over"


def test_a_reused_number_is_not_the_same_process(tmp_path: Path) -> None:
    if not this_process().started:
        assert is_running(this_process()) is True
        return
    write_lock(tmp_path, started="another boot:1")
    assert acquire(tmp_path).held


def test_a_dead_process_loses_its_lock_and_a_foreign_host_never(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=dead_pid())
    lock = acquire(tmp_path)
    assert lock.held
    lock.release()
    write_lock(tmp_path, host="elsewhere", pid=1)
    blocked = acquire(tmp_path)
    assert not blocked.held
    assert "elsewhere" in blocked.reason
    assert is_running(Process("elsewhere", 1)) is None


@pytest.mark.parametrize("content", ["", "{", '{"pid": "x"}', "[]", '{"host":1,"pid":1e999}'])
def test_an_unreadable_lock_is_respected_while_fresh_and_replaced_when_old(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / LOCK_FILE
    path.write_text(content)
    assert not acquire(tmp_path).held
    os.utime(path, (time.time() - 60, time.time() - 60))
    assert acquire(tmp_path).held


def test_of_many_that_find_a_stale_lock_one_gets_it(tmp_path: Path) -> None:
    write_lock(tmp_path, pid=dead_pid())
    found: list[Lock] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        found.append(acquire(tmp_path))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(lock.held for lock in found) == 1


RACER = """
import sys, time
from pathlib import Path
from engine.project.lock import acquire
print("ready", flush=True)
begin = float(sys.stdin.readline())
held = []
for number in range(20):
    while time.time() < begin + number / 20:
        pass
    held.append(acquire(Path(sys.argv[1], str(number))).held)
print(held, flush=True)
sys.stdin.readline()
"""


def test_of_programs_that_start_at_once_one_gets_each_project(tmp_path: Path) -> None:
    """Twenty races of three processes for a project that nobody had open."""
    for number in range(20):
        (tmp_path / str(number)).mkdir()
    command = [sys.executable, "-c", RACER, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with contextlib.ExitStack() as stack:
        racers = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(3)]
        for racer in racers:
            stack.enter_context(racer)
            stack.callback(racer.kill)
        assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * 3
        begin = f"{time.time() + 0.2}\n"
        for racer in racers:
            racer.stdin.write(begin)
            racer.stdin.flush()
        held = [ast.literal_eval(racer.stdout.readline()) for racer in racers]
    assert [sum(each) for each in zip(*held, strict=True)] == [1] * 20


def test_a_folder_that_cannot_be_written_gives_a_reason(tmp_path: Path) -> None:
    lock = acquire(tmp_path / "missing")
    assert not lock.held
    assert lock.owner is None
    assert "could not be written" in lock.reason
