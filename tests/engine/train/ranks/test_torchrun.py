"""The command line under torchrun: a run whose second process is killed, and how it goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.runs.events import RunFailed, RunStarted
from engine.runs.listing import find_run, replay
from tests.engine.train.ranks.test_ranks import free_port
from tests.engine.train.tiny_project import make_project

ROOT = Path(__file__).resolve().parents[4]
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in /proc"),
]


def torchrun(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    launcher = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    launcher += ["--master-port", str(free_port()), "-m", "engine", "train", str(folder), *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "MARK": str(folder)}
    return subprocess.Popen([sys.executable, *launcher], cwd=ROOT, env=environment)


def second_process(folder: Path) -> int:
    """The number of the process that torchrun started as the second one, 0 while there is none."""
    for place in Path("/proc").iterdir():
        try:
            known = (place / "environ").read_bytes().split(b"\0")
        except (OSError, ValueError):
            continue
        if b"RANK=1" in known and f"MARK={folder}".encode() in known:
            return int(place.name)
    return 0


def test_a_killed_process_ends_the_run_which_one_process_can_go_on_with(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    make_project(folder, epochs=4000, device="cpu")
    runner = torchrun(folder)
    while not list(folder.glob("runs/*/checkpoints/last-*.json")):
        assert runner.poll() is None
        time.sleep(0.2)
    os.kill(second_process(folder), signal.SIGKILL)
    assert runner.wait(60) != 0
    run = find_run(folder, "last")
    assert run.status == "interrupted"
    end = list(replay(run.path))[-1]
    assert isinstance(end, RunFailed)
    assert (end.code, end.status) == ("FV-T041", "interrupted")

    alone = [sys.executable, "-m", "engine", "train", str(folder), "--resume", "last"]
    with subprocess.Popen(alone, cwd=ROOT) as resumed:
        while len([e for e in replay(run.path) if isinstance(e, RunStarted)]) < 2:
            assert resumed.poll() is None
            time.sleep(0.2)
        resumed.send_signal(signal.SIGINT)
        assert resumed.wait(60) == 0
    starts = [event for event in replay(run.path) if isinstance(event, RunStarted)]
    assert any("1 process where there were 2" in note for note in starts[-1].notes)
    assert find_run(folder, "last").status == "stopped"


def test_an_interrupt_of_torchrun_stops_both_with_a_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    make_project(folder, epochs=4000, device="cpu")
    runner = torchrun(folder)
    while not list(folder.glob("runs/*/checkpoints/last-*.json")):
        assert runner.poll() is None
        time.sleep(0.2)
    runner.send_signal(signal.SIGINT)
    runner.wait(60)
    assert find_run(folder, "last").status == "stopped"


def test_seeds_of_a_set_and_what_needs_one_process(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    make_project(folder, epochs=1, device="cpu")
    assert torchrun(folder, "--seeds", "2").wait(100) == 0
    assert len(list(folder.glob("runs/*/run.json"))) == 2
    before = sorted(folder.rglob("*"))
    assert torchrun(folder, "--isolated").wait(60) != 0
    assert sorted(folder.rglob("*")) == before
