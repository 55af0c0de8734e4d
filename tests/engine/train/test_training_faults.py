"""Rows of the catalogue of faults (T01 to T18) that a training meets, each by its number.

Elsewhere are: T01 and T02 in ``test_kill`` and ``tests/reliability``, T05 and T12 in
``test_isolated``, T09 in ``test_loop`` and ``test_fit``, T10 with the guards, T13 in ``test_fit``
and ``tests/gui/test_runner``, the order of T18 in ``test_position``.
"""

from __future__ import annotations

import _multiprocessing
import io
import json
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from engine.data.scan import scan
from engine.processes import Process, this_process
from engine.project.document import Project
from engine.project.new import new_project
from engine.project.store import load
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import (
    EpochDone,
    Event,
    Notice,
    RunFailed,
    RunFinished,
    RunStarted,
    Saved,
    StepDone,
)
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run, list_runs, replay
from engine.train import Control, drive, heartbeat, train
from engine.train.fit import fit
from engine.train.heartbeat import Heartbeat
from engine.train.keeper import Keeper
from engine.train.position import Position
from engine.train.prepare import prepare
from engine.train.trainer import Trainer
from engine.train.validation import Validation
from tests.engine.data.pictures import class_folders
from tests.engine.train.apart import Forked
from tests.engine.train.hand_made import run_folder
from tests.engine.train.test_loop import epochs, weights
from tests.engine.train.tiny_project import make_project


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tiny"


def at_step(monkeypatch: pytest.MonkeyPatch, number: int, fault: Callable[[Trainer], None]) -> None:
    """Lets ``fault`` happen when update ``number`` (0-based) is about to begin."""
    usual = Trainer.step

    def step(self: Trainer, *rest: object) -> None:
        if self.position.step == number:
            fault(self)
        usual(self, *rest)

    monkeypatch.setattr(Trainer, "step", step)


def stopped_after(folder: Path, project: Project, epoch: int) -> list[Event]:
    """A run that somebody stopped after this epoch."""
    control = Control()
    events: list[Event] = []
    for event in train(project, folder, control=control):
        events.append(event)
        if isinstance(event, EpochDone) and event.epoch == epoch:
            control.stop()
    return events


def as_if_killed(folder: Path) -> None:
    """Makes the last run look as if its process had been killed before it said how it ended."""
    path = find_run(folder, "last").path / "run.json"
    gone = asdict(Process(this_process().host, 2**22 + 1, ""))
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"status": "running", "process": gone})
    )


def test_t03_a_kill_after_the_last_checkpoint_resumes_to_the_same_end(folder: Path) -> None:
    whole = list(train(make_project(folder), folder))
    before = weights(folder)
    as_if_killed(folder)
    assert find_run(folder, "last").status == "interrupted"
    for _ in range(2):
        end = list(train(None, folder, resume="last"))[-1]
        assert isinstance(end, RunFinished)
        assert end.metrics == whole[-1].metrics
        assert weights(folder) == before
        assert epochs(list(replay(find_run(folder, "last").path))) == epochs(whole)


def test_t03_a_resume_between_the_last_step_of_an_epoch_and_its_validation(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(train(make_project(tmp_path / "whole"), tmp_path / "whole"))
    project, control = make_project(folder), Control()
    at_step(monkeypatch, 15, lambda _trainer: control.stop())
    list(train(project, folder, control=control))
    kept = read_checkpoint(find_run(folder, "last").path / "checkpoints", "last")
    assert kept is not None
    assert (kept.facts["position"]["step"], kept.facts["position"]["epoch"]) == (16, 1)
    list(train(None, folder, resume="last"))
    assert weights(folder) == weights(tmp_path / "whole")
    assert epochs(list(replay(find_run(folder, "last").path))) == epochs(whole)


@pytest.mark.parametrize("ending", ["closed", "killed"])
def test_t13_a_paused_run_is_on_disc_and_goes_on_after_a_restart(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Closing the program stops the run; a crash interrupts it; both resume where it was paused."""
    whole = list(train(make_project(tmp_path / "whole"), tmp_path / "whole"))
    project, control = make_project(folder), Control()
    with monkeypatch.context() as patch:
        at_step(patch, 12, lambda _trainer: control.pause())
        events = train(project, folder, control=control)
        saved = next(e for e in events if isinstance(e, Saved) and e.which == "last" and e.step > 8)
        assert saved.step == 13
        if ending == "closed":
            control.stop()
            assert isinstance(list(events)[-1], RunFinished)
        else:
            events.close()
    run = find_run(folder, "last")
    assert run.status == ("stopped" if ending == "closed" else "interrupted")
    rest = list(train(None, folder, resume=run.id))
    assert isinstance(rest[0], RunStarted)
    assert rest[0].step == 13
    assert weights(folder) == weights(tmp_path / "whole")
    assert epochs(list(replay(run.path))) == epochs(whole)


def test_t04_out_of_memory_keeps_the_state_and_names_a_batch_that_fits(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card has room for three images."""
    list(train(make_project(tmp_path / "whole"), tmp_path / "whole"))
    project = make_project(folder)

    def no_room(_module: object, inputs: tuple[torch.Tensor, ...]) -> None:
        if inputs[0].shape[0] > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    with monkeypatch.context() as patch:
        at_step(patch, 12, lambda t: t.model.register_forward_pre_hook(no_room) and None)
        events = list(train(project, folder))
    failed = events[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == "FV-T004"
    assert failed.where == "training.batch_size"
    assert "Tried to allocate 2.00 GiB" in failed.why
    assert "available" in failed.why
    assert "batch size of 2" in failed.fix
    assert "accumulation of 4" in failed.fix
    assert all(failed.error().fields().values())
    kept = read_checkpoint(find_run(folder, "last").path / "checkpoints", "last")
    assert kept is not None
    assert kept.facts["position"]["step"] == 8
    rest = list(train(None, folder, resume="last"))
    assert isinstance(rest[0], RunStarted)
    assert rest[0].batch_size == 8, "no silent change of the batch"
    assert weights(folder) == weights(tmp_path / "whole")


def test_t04_without_a_batch_that_fits_the_general_advice_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_module: object, _inputs: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    at_step(monkeypatch, 3, lambda t: t.model.register_forward_pre_hook(no_room) and None)
    failed = list(train(make_project(folder), folder))[-1]
    assert isinstance(failed, RunFailed)
    assert "tried just now" not in failed.fix
    assert "smaller" in failed.fix


def test_t06_a_beat_that_stayed_away_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(heartbeat, "_now", lambda: now)
    heart = Heartbeat()
    for _ in range(5):
        now += 1.25
        assert heart.beat() == 0
    now += 120
    assert heart.silence == 120
    assert heart.beat() == 120
    assert heart.beat() == 0


def test_t05_a_label_that_is_no_class_is_found_and_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cards answer such a label with an assert that says nothing, and cannot be used again."""

    def fail(_trainer: Trainer) -> None:
        raise torch.AcceleratorError("CUDA error: device-side assert triggered")

    project = make_project(folder)
    usual = drive.open_dataset

    def wrong(*arguments: object) -> object:
        data = usual(*arguments)
        labels = data.labels.copy()
        labels[3] = 7
        return replace(data, labels=labels)

    monkeypatch.setattr(drive, "_lost_here", False)
    monkeypatch.setattr(drive, "open_dataset", wrong)
    with monkeypatch.context() as patch:
        at_step(patch, 12, fail)
        failed = list(drive.drive(project, folder))[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == "FV-T032"
    assert "from 0 to 7" in failed.why
    assert all(failed.error().fields().values())
    assert drive._lost_here, "later runs of this process get a process of their own"


@pytest.mark.parametrize("_row", ["T07", "T08"])
def test_t07_t08_no_process_is_started_to_load_images(
    folder: Path, monkeypatch: pytest.MonkeyPatch, _row: str
) -> None:
    """Decoding uses threads: there is no worker to die or to hang, and nothing in /dev/shm.

    So a system that forbids shared semaphores trains as any other: nobody asks for one.
    """
    started: list[object] = []

    def refuse(*_: object, **__: object) -> None:
        started.append("a semaphore")
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(_multiprocessing, "SemLock", refuse)
    for place, name in ((os, "fork"), (os, "posix_spawn"), (subprocess, "Popen")):
        monkeypatch.setattr(place, name, lambda *a, **k: started.append(a))
    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", started.append)
    shared = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    assert isinstance(list(train(make_project(folder), folder))[-1], RunFinished)
    assert started == []
    if shared:
        mine = {n for n in set(os.listdir("/dev/shm")) - shared if str(os.getpid()) in n}
        assert mine == set()


def test_t09_a_loss_that_is_no_number_changes_no_weight_and_reaches_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned: list[dict[str, torch.Tensor]] = []

    def poison(trainer: Trainer) -> None:
        trainer.model.get_submodule("stem").weight.data[0] = float("nan")
        poisoned.append({name: value.clone() for name, value in trainer.weights().items()})

    at_step(monkeypatch, 13, poison)
    failed = list(train(make_project(folder), folder))[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == "FV-T009"
    assert "step 14" in failed.why
    assert "learning rate" in failed.why
    run = find_run(folder, "last")
    assert run.status == "failed"
    for name in ("last", "best"):
        kept = read_checkpoint(run.path / "checkpoints", name)
        assert kept is not None
        assert all(np.isfinite(value.float().numpy()).all() for value in kept.tensors.values())


class Jumping:
    """A time of day that goes back and forth by a day."""

    def __init__(self) -> None:
        self._usual, self._calls = time.time, 0

    def __call__(self) -> float:
        self._calls += 1
        return self._usual() + (-1) ** self._calls * 86_400


def test_t15_a_clock_that_jumps_by_a_day_changes_no_duration(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project(folder, epochs=6)
    begun = time.monotonic()
    monkeypatch.setattr(time, "time", Jumping())
    events = list(train(project, folder))
    took = time.monotonic() - begun
    monkeypatch.undo()
    seconds = [e.seconds for e in events if isinstance(e, (StepDone, EpochDone))]
    assert seconds == sorted(seconds)
    assert 0 < seconds[-1] <= took
    assert all(e.images_per_second > 0 for e in events if isinstance(e, StepDone))


def test_t16_another_number_of_threads_is_told_and_the_run_goes_on(folder: Path) -> None:
    stopped_after(folder, make_project(folder), 1)
    events = list(train(None, folder, resume="last", threads=2))
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    told = [note for note in events[0].notes if "different machine set-up" in note]
    assert len(told) == 1
    assert "device was CPU, 1 thread, is CPU, 2 threads" in told[0]


def test_t16_another_machine_is_told_by_what_differs(folder: Path) -> None:
    stopped_after(folder, make_project(folder), 1)
    path = find_run(folder, "last").path / "run.json"
    facts = json.loads(path.read_text())
    facts["fingerprint"] |= {"instructions": "NO AVX", "torch": "1.0"}
    path.write_text(json.dumps(facts))
    events = list(train(None, folder, resume="last"))
    told = [note for note in events[0].notes if "different machine set-up" in note]
    assert "instructions was NO AVX" in told[0]
    assert "torch was 1.0" in told[0]
    assert "device was" not in told[0]
    assert isinstance(events[-1], RunFinished)


def test_t16_the_same_machine_is_not_mentioned(folder: Path) -> None:
    stopped_after(folder, make_project(folder), 1)
    events = list(train(None, folder, resume="last"))
    assert not [note for note in events[0].notes if "machine" in note]


def test_t17_images_that_were_added_do_not_enter_a_run_that_goes_on(tmp_path: Path) -> None:
    """The run goes on with the list of images that it began with; a new run takes the new one."""
    source, folder = tmp_path / "images", tmp_path / "cells"
    class_folders(source, {"ants": 12, "bees": 12})
    new_project(folder, source, size=8)
    recipe = {"epochs": 3, "batch_size": 8}
    project = load(folder).project
    project = project.with_(training=project.training.with_(**recipe))
    first = stopped_after(folder, project, 1)[0]
    assert isinstance(first, RunStarted)
    one = next(source.rglob("*.png"))
    (one.parent / "added.png").write_bytes(_another(one))
    scanned = scan(source, folder).spec
    changed = project.with_(data=project.data.with_(manifest=scanned.manifest))
    assert changed.data.manifest != project.data.manifest
    rest = list(train(changed, folder, resume="last"))
    assert isinstance(rest[0], RunStarted)
    assert rest[0].train_images + rest[0].val_images == first.train_images + first.val_images
    told = [e.text for e in rest if isinstance(e, Notice)]
    assert any("data.manifest" in text for text in told)
    assert isinstance(rest[-1], RunFinished)


def _another(path: Path) -> bytes:
    """The bytes of an image that differs from ``path`` in every pixel."""
    with Image.open(path) as image:
        changed = image.point(lambda value: 255 - value)
    file = io.BytesIO()
    changed.save(file, "PNG")
    return file.getvalue()


def test_t18_without_validation_the_last_epoch_is_the_best(folder: Path, tmp_path: Path) -> None:
    prepared = prepare(make_project(folder), folder, device="cpu", known={})
    assert len(prepared.pieces.val_rows) > 0
    pieces = replace(prepared.pieces, val_rows=np.array([], dtype=np.int64))
    trainer = Trainer(pieces, Position())
    done = [
        event
        for event in fit(trainer, Keeper(run_folder(tmp_path)), Control())
        if isinstance(event, EpochDone)
    ]
    assert [event.best for event in done] == [True, True, True]
    assert [event.val_loss for event in done] == [None, None, None]
    assert trainer.position.best["epoch"] == 3
    assert not {"val_loss", "val_accuracy"} & trainer.position.best.keys()


@pytest.mark.parametrize("worst", [float("nan"), float("inf")])
def test_t18_a_metric_that_is_no_number_is_never_the_best(
    folder: Path, monkeypatch: pytest.MonkeyPatch, worst: float
) -> None:
    usual = Trainer.validate

    def validate(self: Trainer, *rest: object) -> object:
        found = usual(self, *rest)
        return found if self.position.epoch == 1 else Validation(worst, worst)

    monkeypatch.setattr(Trainer, "validate", validate)
    events = list(train(make_project(folder), folder))
    done = [event for event in events if isinstance(event, EpochDone)]
    assert [event.best for event in done][1:] == [True, False]
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert end.best_epoch == 2
    assert all(np.isfinite(value) for value in end.metrics.values())


# In processes of their own


@pytest.fixture
def own_process(folder: Path) -> Iterator[Forked]:
    """``fovea train --json`` of a run that would take for ever."""
    make_project(folder, epochs=100_000)
    words = ["train", str(folder), "--json"]
    child = Forked([f"from engine.cli.main import main; main({words!r})"])
    yield child
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        pipe.close()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_t14_a_log_out_stops_the_run_with_a_checkpoint(
    folder: Path, own_process: Forked, name: str
) -> None:
    while b"epoch_done" not in (line := own_process.stdout.readline()):
        assert line, "it ended too early"
    os.kill(own_process.pid, getattr(signal, name))
    rest = own_process.stdout.read()
    assert own_process.wait() == 0
    assert json.loads(rest.splitlines()[-1])["status"] == "stopped"
    run = find_run(folder, "last")
    assert run.status == "stopped"
    kept = read_checkpoint(run.path / "checkpoints", "last")
    assert kept is not None
    assert kept.facts["position"]["epoch"] == run.epochs_done >= 1
    assert len(list_runs(folder)) == 1
    assert RunFolder(run.path).status() == "stopped"
