"""Figure 1: a run that is killed at a random moment resumes to the same bits."""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from engine.errors import FoveaError
from engine.files import tensors
from engine.project.document import Project
from engine.runs import checkpoints
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone
from engine.runs.listing import find_run, replay
from engine.train import keeper, train
from tests.engine.train.tiny_project import make_project
from tests.reliability.forked import forked, kill, scratch

__all__ = ["main", "outcome", "resumed", "run_to_end", "saver_in_place", "survived"]

Outcome = dict[str, Any]


def outcome(folder: Path) -> Outcome:
    """All that a finished run leaves, without times: every tensor, its position, its history."""
    run = find_run(folder, "last")
    assert run.status == "done", run.status
    found: Outcome = {"history": [_numbers(event) for event in replay(run.path)]}
    found["history"] = [numbers for numbers in found["history"] if numbers]
    for name in ("last", "best"):
        kept = read_checkpoint(run.path / "checkpoints", name)
        assert kept is not None
        found |= {f"{name}.{key}": _bits(value) for key, value in kept.tensors.items()}
        facts = dict(kept.facts)
        facts["position"] = {k: v for k, v in facts.get("position", {}).items() if k != "seconds"}
        found[f"{name}.facts"] = facts
    return found


def _numbers(event: object) -> dict[str, Any] | None:
    if not isinstance(event, EpochDone):
        return None
    return {name: value for name, value in event.to_json().items() if name != "seconds"}


def _bits(tensor: Any) -> tuple[str, tuple[int, ...], bytes]:
    import torch

    flat = tensor.contiguous().reshape(-1).view(torch.uint8)
    return str(tensor.dtype), tuple(tensor.shape), flat.numpy().tobytes()


def run_to_end(project: Project | None, folder: Path, resume: str | None = None) -> None:
    """Trains with a checkpoint after every step."""
    with mock.patch.object(keeper.Keeper, "due", return_value=True):
        for _ in train(project, folder, resume=resume, threads=1):
            pass


def survived(project: Project, folder: Path, whole: Outcome, delays: list[float]) -> bool | None:
    """Kills a run once per delay (seconds after its start, then after each resume).

    Whether it then resumes to what the uninterrupted run left; ``None`` when no kill met it.
    """
    met = 0
    for delay in delays:
        resume = "last" if _has_run(folder) else None
        start = None if resume else project
        child = forked(lambda start=start, resume=resume: run_to_end(start, folder, resume))
        time.sleep(delay)
        met += kill(child)
    return resumed(project, folder, whole) if met else None


def resumed(project: Project, folder: Path, whole: Outcome) -> bool:
    """Whether a run goes on to what the uninterrupted one left."""
    try:
        resume = "last" if _has_run(folder) else None
        run_to_end(None if resume else project, folder, resume)
        return outcome(folder) == whole
    except FoveaError as error:
        print(f"    {error.code}: {error.what} {error.why}")
        return False


def _has_run(folder: Path) -> bool:
    with contextlib.suppress(FoveaError):
        return bool(find_run(folder, "last"))
    return False


@contextlib.contextmanager
def saver_in_place(dies_at: int = 0) -> Iterator[None]:
    """The control: one file, written where it is, piece by piece, as ``torch.save`` does.

    Kills its process amid write number ``dies_at``, if that is not 0, else it writes at the
    pace of a busy disc: what is written here is thousands of times smaller than a usual network.
    """
    writes = 0

    def write(path: str | os.PathLike[str], pieces: Iterable[bytes | memoryview], _: int) -> None:
        nonlocal writes
        writes += 1
        data = b"".join(pieces)
        with open(path, "wb", buffering=0) as file:
            if writes == dies_at:
                file.write(data[: len(data) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            for start in range(0, len(data), 64):
                file.write(data[start : start + 64])
                time.sleep(2e-4)

    def only_one(folder: Path, name: str, suffix: str) -> list[int]:
        return [0] if (folder / f"{name}-000001.{suffix}").exists() else []

    def numbers(folder: Path, name: str, suffix: str) -> list[int]:
        return [1] if (folder / f"{name}-000001.{suffix}").exists() else []

    usual = checkpoints.write_checkpoint

    def checkpoint(folder: Path, name: str, tensors: Any, facts: Any) -> int:
        with mock.patch.object(checkpoints, "_numbers", only_one):
            return usual(folder, name, tensors, facts)

    with (
        mock.patch.object(tensors, "write_pieces", write),
        mock.patch.object(checkpoints, "_numbers", numbers),
        mock.patch.object(checkpoints, "_sweep"),
        mock.patch.object(keeper, "write_checkpoint", checkpoint),
    ):
        yield


def measure(count: int, *, seed: int, epochs: int, tell: Callable[[str], object]) -> int:
    """How many of ``count`` killed runs ended as the uninterrupted one."""
    draw, good, done, tried = random.Random(seed), 0, 0, 0
    with scratch() as place:
        project = make_project(Path(place) / "whole", epochs=epochs)
        run_to_end(project, Path(place) / "whole")  # imports what victims then have from the start
        begun = time.monotonic()
        run_to_end(project, Path(place) / "whole")
        length = time.monotonic() - begun
        whole = outcome(Path(place) / "whole")
        while done < count:
            tried += 1
            folder = Path(place) / f"killed{tried}"
            delays = [draw.random() * length for _ in range(draw.randint(1, 3))]
            held = survived(make_project(folder, epochs=epochs), folder, whole, delays)
            shutil.rmtree(folder)
            if held is not None:
                done += 1
                good += held
                tell(f"{good} of {done}")
    return good


def main(argv: list[str]) -> int:
    """Prints the figure; 0 when every run survived and the control did not."""
    parser = argparse.ArgumentParser(prog="tests.reliability kill")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--control", type=int, default=20, help="runs with the in-place saver")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=5)
    asked = parser.parse_args(argv)
    sizes = {"seed": asked.seed, "epochs": asked.epochs}
    good = measure(asked.count, **sizes, tell=lambda text: print(f"\r  {text}", end="", flush=True))
    print(f"\nkill -9 while training: {good} of {asked.count} resumed to the same bits")
    with saver_in_place():
        control = measure(asked.control, **sizes, tell=lambda text: None)
    print(f"control, a saver in place: {control} of {asked.control} (must be fewer)")
    return int(good != asked.count or control == asked.control)
