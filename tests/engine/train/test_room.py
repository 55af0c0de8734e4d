"""Rows O01, O03, O05 and O06 for a run: a disc that refuses makes it wait, and costs it nothing."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from engine.errors import FoveaError
from engine.files import atomic
from engine.files.tensors import write_tensors
from engine.runs import checkpoints
from engine.runs.checkpoints import read_checkpoint
from engine.runs.event_file import EventFile
from engine.runs.events import EpochDone, Event, Notice, RunFailed, RunFinished, Saved, StepDone
from engine.runs.listing import find_run, replay
from engine.train import Control, keeper, room, train
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces
from tests.engine.train.test_loop import epochs, weights
from tests.engine.train.tiny_project import make_project


class Disc:
    """What the checkpoints' disc does: full or not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.asked = 0
        monkeypatch.setattr(checkpoints, "write_tensors", self._write)
        monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.02)

    def _write(self, path: Path, tensors: Mapping[str, torch.Tensor]) -> tuple[int, str]:
        self.asked += 1
        if self.full:
            why = "No space left on device; 9 bytes are needed and 0 bytes are free there."
            raise FoveaError("FV-O001", "The file could not be written.", where=str(path), why=why)
        return write_tensors(path, tensors)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tiny"


@pytest.fixture
def disc(monkeypatch: pytest.MonkeyPatch) -> Disc:
    return Disc(monkeypatch)


def states(events: list[Event]) -> list[str]:
    return [e.state for e in events if isinstance(e, Notice) and e.state]


def test_o01_a_full_disc_holds_the_run_until_there_is_room(
    folder: Path, tmp_path: Path, disc: Disc
) -> None:
    whole = list(train(make_project(tmp_path / "whole"), tmp_path / "whole"))
    project = make_project(folder)
    disc.full = True
    events: list[Event] = []
    for event in train(project, folder):
        events.append(event)
        if isinstance(event, Notice) and event.state == "waiting":
            assert disc.asked
            disc.full = False
    assert states(events) == ["waiting", "going on"]
    notice = next(e for e in events if isinstance(e, Notice) and e.state == "waiting")
    assert notice.severity == "warning"
    assert notice.path.endswith("best-000001.safetensors")
    assert notice.needed > 1000
    assert notice.free > 0
    assert "No space left" in notice.text
    assert isinstance(events[-1], RunFinished)
    assert epochs(events) == epochs(whole)
    assert weights(folder) == weights(tmp_path / "whole")
    assert list(replay(find_run(folder, "last").path)) == events


def test_o01_a_run_that_waits_trains_no_step_and_tells_it_once(
    folder: Path, disc: Disc, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(folder)
    tries = 0

    def wait(_self: Control, seconds: float) -> float:
        nonlocal tries
        tries += 1
        disc.full = tries < 20
        return seconds

    monkeypatch.setattr(Control, "wait", wait)
    disc.full = True
    events = list(train(project, folder))
    assert states(events) == ["waiting", "going on"]
    assert tries == 20
    first = next(i for i, e in enumerate(events) if isinstance(e, Notice) and e.state)
    assert isinstance(events[first + 1], Saved)


def test_o01_a_stop_without_room_says_so_and_what_is_kept(folder: Path, disc: Disc) -> None:
    control = Control()
    events: list[Event] = []
    for event in train(make_project(folder), folder, control=control):
        events.append(event)
        if isinstance(event, EpochDone) and event.epoch == 2:
            disc.full = True
        if isinstance(event, Notice) and event.state == "waiting":
            control.stop()
    failed = events[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == "FV-O001"
    assert "could not be saved" in failed.what
    assert all(failed.error().fields().values())
    run = find_run(folder, "last")
    assert run.status == "failed"
    kept = read_checkpoint(run.path / "checkpoints", "last")
    assert kept is not None
    assert kept.facts["position"]["epoch"] == 1
    disc.full = False
    assert isinstance(list(train(None, folder, resume="last"))[-1], RunFinished)


def test_o01_the_history_gets_what_a_full_disc_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(folder)
    usual = EventFile._write
    refuse = False

    def write(self: EventFile, *, sync: bool) -> None:
        if refuse:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        usual(self, sync=sync)

    monkeypatch.setattr(EventFile, "_write", write)
    events: list[Event] = []
    for event in train(project, folder):
        refuse = isinstance(event, (StepDone, EpochDone)) and event.epoch == 2
        events.append(event)
    told = [e for e in events if isinstance(e, Notice) and "No space left" in e.text]
    assert len(told) >= 1
    assert isinstance(events[-1], RunFinished)
    assert list(replay(find_run(folder, "last").path)) == [e for e in events if e not in told]


def test_o01_a_half_written_line_is_finished_when_there_is_room(tmp_path: Path) -> None:
    """A disc with room for some bytes takes the part of a line that fits."""
    path = tmp_path / "events.jsonl"
    file = EventFile(path)
    assert file.append(Notice("one")) == ""

    class Filling:
        def __init__(self, within: object) -> None:
            self.within = within
            self.left = 7

        def write(self, data: bytes) -> int:
            if not self.left:
                raise OSError(errno.ENOSPC, "No space left on device")
            count, self.left = self.within.write(bytes(data[: self.left])), 0
            return count

        def __getattr__(self, name: str) -> object:
            return getattr(self.within, name)

    real = file._file
    file._file = Filling(real)
    assert file.append(Notice("two")) == "No space left on device"
    assert file.append(Notice("three")) == "", "told once"
    assert path.read_bytes().count(b"\n") == 1
    file._file = real
    assert file.append(Notice("four")) == ""
    file.close()
    texts = [e.text for e in replay(tmp_path) if isinstance(e, Notice)]
    assert texts == ["one", "two", "three", "four"]


def test_o03_too_little_room_is_warned_before_the_first_step(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(folder, epochs=2)
    monkeypatch.setattr(room, "free_bytes", lambda path: 500)
    events = list(train(project, folder))
    warning = events[1]
    assert isinstance(warning, Notice)
    assert warning.severity == "warning"
    assert warning.free == 500
    assert warning.path == str(find_run(folder, "last").path / "checkpoints")
    assert 2 * warning.needed > 500
    assert sum(isinstance(e, Notice) for e in events) == 1, "told once, not at every checkpoint"


def test_o03_a_run_that_repairs_itself_needs_room_for_two_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "free_bytes", lambda path: 500)
    needed = []
    for repairing in (False, True):
        place = tmp_path / str(repairing)
        project = make_project(place, epochs=1, self_repair=repairing)
        needed.append(next(e.needed for e in train(project, place) if isinstance(e, Notice)))
    assert needed[1] == 2 * needed[0]


def test_o01_what_is_kept_to_go_back_to_counts_as_needed(tmp_path: Path) -> None:
    trainer = Trainer(pieces(), Position())
    trainer.step()
    refused = FoveaError("FV-O001", "The file could not be written.", where=str(tmp_path))
    one = keeper._waiting(refused, trainer).needed
    trainer.good = {name: value.clone() for name, value in trainer.tensors().items()}
    assert keeper._waiting(refused, trainer).needed == 2 * one


def test_o03_enough_room_is_not_mentioned(folder: Path) -> None:
    events = list(train(make_project(folder, epochs=1), folder))
    assert not [e for e in events if isinstance(e, Notice)]


def test_o03_room_is_looked_at_again_with_every_checkpoint(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 10**9
    monkeypatch.setattr(room, "free_bytes", lambda path: free)
    monkeypatch.setattr(keeper.Keeper, "due", lambda self, after_epoch: after_epoch)
    told: list[int] = []
    for event in train(make_project(folder, epochs=8), folder):
        if isinstance(event, EpochDone):
            free = 500 if event.epoch in (3, 7) else 10**9
        if isinstance(event, Notice):
            told.append(free)
    assert told == [500, 500]


def test_o05_permission_lost_in_a_run_holds_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.02)
    project = make_project(folder)
    usual = os.open
    locked = False

    def refuse(path: str, flags: int, *rest: int) -> int:
        if locked and flags & os.O_CREAT and ".tmp" in str(path):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return usual(path, flags, *rest)

    monkeypatch.setattr(atomic.os, "open", refuse)
    events: list[Event] = []
    for event in train(project, folder):
        events.append(event)
        if isinstance(event, EpochDone):
            locked = event.epoch == 1
        if isinstance(event, Notice) and event.state == "waiting":
            assert "Read-only" in event.text
            locked = False
    assert states(events) == ["waiting", "going on"]
    assert isinstance(events[-1], RunFinished)


def test_o06_a_run_whose_folder_is_removed_gets_it_back(folder: Path) -> None:
    events: list[Event] = []
    for event in train(make_project(folder, epochs=4), folder):
        events.append(event)
        if isinstance(event, EpochDone) and event.epoch == 2:
            shutil.rmtree(folder / "runs")
    assert isinstance(events[-1], RunFinished)
    run = find_run(folder, "last")
    assert run.status == "done"
    assert run.metrics == events[-1].metrics
    assert read_checkpoint(run.path / "checkpoints", "last") is not None
    assert list(replay(run.path))[-1] == events[-1]


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (999, "999 bytes"), (12_400_000, "12.4 MB")]
)
def test_sizes_read_well(count: int, words: str) -> None:
    assert room.readable(count) == words
