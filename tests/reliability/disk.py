"""Figure 2: a fault at any point of writing leaves every file exactly old or new."""

from __future__ import annotations

import argparse
import builtins
import errno
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from engine.errors import FoveaError
from engine.files import atomic
from engine.files.hashing import sha256_bytes
from engine.project.document import Project
from engine.project.store import create, load, save
from engine.recipe import Training
from engine.runs.checkpoints import read_checkpoint, write_checkpoint
from engine.runs.folder import RunFolder
from engine.runs.queue import RunQueue
from tests.reliability.forked import forked, reap, scratch

__all__ = ["FAULTS", "check", "main", "points", "struck"]

FAULTS = ("KILL", "ENOSPC", "EIO")


# The faults, at the writer's own calls


class Seams:
    """Stands between the writer and the system: counts its calls, and fails at one of them.

    Each write counts three times: before it, amid it (half of it done), and after it. ``log`` takes
    what the writer is about to publish: target and checksum.
    """

    def __init__(self, point: int, fault: str, log: Callable[[str, str], None]) -> None:
        self.count = 0
        self._point, self._fault, self._log = point, fault, log

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def _reach(self) -> None:
        self.count += 1
        if self.count != self._point:
            return
        if self._fault == "KILL":
            os.kill(os.getpid(), signal.SIGKILL)
        number = getattr(errno, self._fault)
        raise OSError(number, os.strerror(number))

    def open(self, *arguments: Any) -> int:
        self._reach()
        return os.open(*arguments)

    def fsync(self, descriptor: int) -> None:
        self._reach()
        os.fsync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        self._log(str(target), sha256_bytes(Path(source).read_bytes()))
        self._reach()
        os.replace(source, target)
        if self._fault == "KILL":  # the system reports no error for what it has done
            self._reach()

    def opened(self, *arguments: Any, **options: Any) -> Any:
        return _Written(builtins.open(*arguments, **options), self._reach)


class _Written:
    """A file whose writes fail where the seams say."""

    def __init__(self, file: Any, reach: Callable[[], None]) -> None:
        self._file, self._reach = file, reach

    def __enter__(self) -> _Written:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, data: bytes) -> int:
        self._reach()
        half = len(data) // 2
        self._file.write(data[:half])
        self._file.flush()
        self._reach()
        self._file.write(data[half:])
        self._file.flush()
        self._reach()
        return len(data)


# The work


def work(folder: Path, rounds: int) -> None:
    """Saves a project, a run's facts, checkpoints and a queue, again and again."""
    digest = create(folder, Project(name="cells"))
    run = RunFolder.create(folder)
    run.write_project(Project(name="cells").to_json())
    run.begin({"epochs": rounds})
    queue = RunQueue(folder)
    for number in range(1, rounds + 1):
        project = Project(name="cells", training=Training(epochs=number))
        digest = save(folder, project, expect_digest=digest)
        for name in ("best", "last"):
            values = {"model.w": torch.full((40 * number,), float(number))}
            write_checkpoint(run.checkpoints, name, values, {"number": number})
        run.update(epochs_done=number)
        queue.add(project)
        queue.move(queue.entries()[0].id, 1)


def struck(folder: Path, rounds: int, point: int, fault: str) -> tuple[int, list[tuple[str, str]]]:
    """Does the work in a child, with a fault at one point; its exit code, and what it published."""
    log = folder.with_suffix(".log")

    def victim() -> None:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        seams = Seams(point, fault, lambda *news: os.write(file, json.dumps(news).encode() + b"\n"))
        atomic.os, atomic.open = seams, seams.opened
        try:
            work(folder, rounds)
        except FoveaError as error:
            if error.code != "FV-O001":
                raise
        os.write(file, json.dumps(["", str(seams.count)]).encode() + b"\n")

    folder.mkdir()
    code = reap(forked(victim))
    lines = log.read_text().splitlines() if log.exists() else []
    return code, [tuple(json.loads(line)) for line in lines]


def points(rounds: int) -> int:
    """How many points the work has."""
    with scratch() as place:
        code, published = struck(Path(place) / "whole", rounds, 0, "KILL")
        assert code == 0
        return int(published[-1][1])


def check(folder: Path, fault: str, code: int, published: list[tuple[str, str]]) -> list[str]:
    """What is wrong after the fault, a line each; nothing is what must come out.

    Every file is as it was last published or, only for the last one of all, as it was before.
    What the system refused is told as FV-O001, so that the victim ends in order.
    """
    published = [entry for entry in published if entry[0]]
    known: dict[str, list[str]] = {}
    expected = -signal.SIGKILL if fault == "KILL" else 0
    for path, digest in published:
        known.setdefault(path, [""]).append(digest)
    wrong = [] if code == expected else [f"the victim ended with {code}"]
    for path, digests in known.items():
        there = sha256_bytes(Path(path).read_bytes()) if Path(path).exists() else ""
        may_be_old = path == published[-1][0]
        swept = "/checkpoints/" in path and not there
        if there not in digests[-1 - may_be_old :] and not swept:
            wrong.append(f"{path} is neither old nor new")
    for path in folder.rglob("*.json"):
        if str(path) not in known:
            wrong.append(f"{path} was never published")
    return wrong + _unreadable(folder)


def _unreadable(folder: Path) -> list[str]:
    wrong: list[str] = []
    if (folder / "project.fovea").exists():
        load(folder)
    for run in (folder / "runs").glob("*"):
        for name in ("best", "last"):
            kept = read_checkpoint(run / "checkpoints", name)
            if kept is None:
                continue
            number = float(kept.facts["number"])
            if kept.notices or not bool((kept.tensors["model.w"] == number).all()):
                wrong.append(f"{run}: {name} is not whole: {kept.notices}")
    wrong += [f"{e.id} is damaged" for e in RunQueue(folder).entries() if e.state == "damaged"]
    return wrong


def main(argv: list[str]) -> int:
    """Strikes at evenly spread points with each fault; 0 when no file was ever in between."""
    parser = argparse.ArgumentParser(prog="tests.reliability disk")
    parser.add_argument("--points", type=int, default=1000)
    asked = parser.parse_args(argv)
    rounds = 1
    while (total := points(rounds)) < asked.points:
        rounds = max(rounds + 1, rounds * asked.points // total)
    chosen = [1 + index * total // asked.points for index in range(asked.points)]
    bad = 0
    with scratch() as place:
        for index, point in enumerate(chosen):
            for fault in FAULTS:
                folder = Path(place) / f"{point}-{fault}"
                wrong = check(folder, fault, *struck(folder, rounds, point, fault))
                bad += bool(wrong)
                for line in wrong:
                    print(f"\n  point {point}, {fault}: {line}")
                _remove(folder)
            print(f"\r  {index + 1} of {len(chosen)} points", end="", flush=True)
    tried = len(chosen) * len(FAULTS)
    print(f"\nold or new: {tried - bad} of {tried} ({len(chosen)} of {total} points x {FAULTS})")
    return int(bad > 0)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.with_suffix(".log").unlink(missing_ok=True)
