"""Training in a process of its own: the same run, and a death that costs nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.processes import engine_command, engine_environment
from engine.runs.events import (
    EpochDone,
    Notice,
    RunFailed,
    RunFinished,
    RunStarted,
    StepDone,
)
from engine.runs.glimpses import MapsRead, NormsRead
from engine.runs.listing import find_run, list_runs, replay
from engine.runs.queue import RunQueue
from engine.train import Control, train
from engine.train.drive import drive
from engine.train.isolated import train_isolated
from tests.engine.train.apart import DEATHS, failing_fork
from tests.engine.train.test_loop import epochs, weights
from tests.engine.train.tiny_project import make_project

pytestmark = [
    pytest.mark.slow,  # a child that does not fork imports torch
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tiny"


@pytest.fixture(autouse=True)
def one_thread_in_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def test_an_isolated_run_is_the_same_run(folder: Path, tmp_path: Path) -> None:
    project = make_project(folder)
    told: list[object] = []
    here = list(train(make_project(tmp_path / "here"), tmp_path / "here"))
    apart = list(train_isolated(project, folder, progress=lambda *news: told.append(news)))
    assert isinstance(apart[0], RunStarted)
    assert isinstance(apart[-1], RunFinished)
    assert epochs(apart) == epochs(here)
    assert weights(folder) == weights(tmp_path / "here")
    assert list(replay(find_run(folder, "last").path)) == apart
    assert told[-1] == (90, 90, "Decoding images")


def test_its_switches_and_its_watch_work_from_here(folder: Path) -> None:
    control = Control()
    control.watch.norms = True
    control.watch.ask_maps(3, "stem")
    seen: set[type] = set()
    begun = 0.0
    for event in train_isolated(make_project(folder, epochs=5000), folder, control=control):
        seen.add(type(event))
        if isinstance(event, MapsRead):
            assert len(event.pixels) == event.shape[0] * event.shape[1] * event.shape[2] > 0
        if isinstance(event, NormsRead):
            assert not event.nodes["stem"].frozen
        if isinstance(event, EpochDone) and not begun:
            control.pause()
            control.stop()
            begun = time.monotonic()
    assert time.monotonic() - begun < 20
    assert {MapsRead, NormsRead, RunFinished} <= seen
    run = find_run(folder, "last")
    assert run.status == "stopped"
    assert run.epochs_done < 100


def test_what_cannot_begin_is_raised_here(folder: Path) -> None:
    project = make_project(folder)
    with pytest.raises(FoveaError) as caught:
        list(train_isolated(project.with_(model=type(project.model)()), folder))
    assert caught.value.code == "FV-T007"
    assert not (folder / "runs").exists()


@pytest.mark.parametrize("death", DEATHS)
def test_t12_a_child_that_dies_leaves_an_interrupted_run_that_resumes_equal(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, death: str
) -> None:
    list(train(make_project(tmp_path / "whole"), tmp_path / "whole"))
    project = make_project(folder)
    with monkeypatch.context() as patch:
        failing_fork(patch, DEATHS[death], at=12, every_step=True)
        events = list(train_isolated(project, folder))
    failed = events[-1]
    assert isinstance(failed, RunFailed)
    assert (failed.code, failed.status) == ("FV-T031", "interrupted")
    assert death in failed.why
    assert all(failed.error().fields().values())
    log = events[-2]
    assert isinstance(log, Notice)
    assert log.text.endswith("about to fail")
    run = find_run(folder, "last")
    assert run.status == "interrupted"
    assert list(replay(run.path))[-1] == failed
    rest = list(train(None, folder, resume=run.id))
    assert isinstance(rest[0], RunStarted)
    assert rest[0].step == 12
    assert isinstance(rest[-1], RunFinished)
    assert weights(folder) == weights(tmp_path / "whole")


def test_t12_a_child_that_dies_before_its_run_gives_its_place_in_the_queue_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_project(folder)
    queue = RunQueue(folder)
    queue.add(make_project(folder.parent / "other"))
    taken = queue.take()
    assert taken is not None
    from engine.train import isolated

    monkeypatch.setattr(isolated, "engine_command", lambda *_: [sys.executable, "-c", "1/0"])
    with pytest.raises(FoveaError) as caught:
        list(train_isolated(taken[1], folder, queued=taken[0]))
    assert caught.value.code == "FV-T031"
    assert queue.entries()[0].state == "failed"
    assert list_runs(folder) == []


def test_t05_a_lost_card_is_replaced_by_a_child_that_goes_on_equal(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(train(make_project(tmp_path / "whole"), tmp_path / "whole"))
    fault = "raise torch.AcceleratorError('CUDA error: device-side assert triggered')"
    failing_fork(monkeypatch, fault, at=12, mark=str(tmp_path / "failed"), every_step=True)
    events = list(drive(make_project(folder), folder, apart=True))
    assert (tmp_path / "failed").exists()
    told = [e for e in events if isinstance(e, Notice) and "graphics card" in e.text]
    assert len(told) == 1
    assert "device-side assert" in told[0].text
    assert not [e for e in events if isinstance(e, RunFailed)]
    assert isinstance(events[-1], RunFinished)
    replayed = list(replay(find_run(folder, "last").path))
    assert epochs(replayed) == epochs(whole)
    assert weights(folder) == weights(tmp_path / "whole")


def test_t05_a_card_that_fails_again_fails_the_run_and_leaves_it_to_be_resumed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = "raise torch.AcceleratorError('CUDA error: device-side assert triggered')"
    failing_fork(monkeypatch, fault, at=3)
    events = list(drive(make_project(folder), folder, apart=True))
    assert sum(isinstance(e, RunStarted) for e in events) == 2
    assert isinstance(events[-1], RunFailed)
    assert events[-1].code == "FV-T005"
    assert all(events[-1].error().fields().values())
    monkeypatch.undo()
    assert isinstance(list(drive(None, folder, resume="last"))[-1], RunFinished)


def test_a_child_ends_with_a_checkpoint_when_its_parent_dies(folder: Path) -> None:
    make_project(folder, epochs=100_000)
    parent = f"""
import os, signal
from pathlib import Path
from engine.project.store import load
from engine.runs.events import EpochDone
from engine.train.isolated import train_isolated
folder = Path({str(folder)!r})
for event in train_isolated(load(folder).project, folder):
    if isinstance(event, EpochDone) and event.epoch == 2:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", parent], env=engine_environment(), check=False)
    assert killed.returncode == -9
    ends = time.monotonic() + 60
    while find_run(folder, "last").status == "running" and time.monotonic() < ends:
        time.sleep(0.05)
    run = find_run(folder, "last")
    assert run.status == "stopped"
    assert run.epochs_done >= 2


def test_a_closed_generator_ends_its_child(folder: Path) -> None:
    events = train_isolated(make_project(folder, epochs=100_000), folder)
    while not isinstance(next(events), StepDone):
        pass
    events.close()
    assert find_run(folder, "last").status == "interrupted"


def test_the_command_that_starts_it_is_the_engines_own() -> None:
    found = subprocess.run(
        [*engine_command("isolated"), "--help"],
        env=engine_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "standard input" in found.stdout


def test_t06_a_process_that_was_held_is_recognised_and_goes_on(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.train import heartbeat

    list(train(make_project(tmp_path / "whole"), tmp_path / "whole"))
    monkeypatch.setattr(heartbeat, "_LONGEST", 2.5)
    held = "os.kill(int(os.environ['HOLDER']), signal.SIGUSR1); time.sleep(1)"
    failing_fork(monkeypatch, f"import time; {held}", at=12, mark=str(tmp_path / "held"))
    project = make_project(folder)

    def hold(*_: object) -> None:
        """Stops the child for four seconds, as a suspended computer does."""
        child = next(iter(_children()))
        os.kill(child, signal.SIGSTOP)
        time.sleep(4)
        os.kill(child, signal.SIGCONT)

    before = signal.signal(signal.SIGUSR1, hold)
    monkeypatch.setenv("HOLDER", str(os.getpid()))
    try:
        events = list(train_isolated(project, folder))
    finally:
        signal.signal(signal.SIGUSR1, before)
    told = [e.text for e in events if isinstance(e, Notice) and "stood still" in e.text]
    assert told
    assert isinstance(events[-1], RunFinished)
    assert weights(folder) == weights(tmp_path / "whole")


def _children() -> list[int]:
    path = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return [int(pid) for pid in path.read_text().split()]


def test_t11_memory_that_is_refused_ends_the_child_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = (
        "import resource; "
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 33, 1 << 33)); "
        "torch.empty(1 << 34, dtype=torch.uint8)"
    )
    failing_fork(monkeypatch, fault, at=12, every_step=True)
    failed = list(train_isolated(make_project(folder), folder))[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == "FV-T004"
    assert f"{1 << 34}" in failed.why
    assert "available" in failed.why
    assert find_run(folder, "last").status == "failed"
    assert isinstance(list(train(None, folder, resume="last"))[-1], RunFinished)
