"""Figure 3: random damage is noticed, and what was there before is read instead."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.errors import FoveaError
from engine.project.document import Project
from engine.project.store import create, load, save
from engine.recipe import Training
from engine.runs.checkpoints import read_checkpoint, write_checkpoint
from engine.runs.events import EpochDone, Event, Notice, RunFinished, StepDone
from engine.runs.folder import RunFolder
from engine.runs.listing import replay
from tests.reliability.forked import scratch

__all__ = ["DAMAGES", "Scene", "main"]


# Damages


def flip_a_bit(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1 :]


def change_bytes(data: bytes, draw: random.Random) -> bytes:
    place, size = draw.randrange(len(data)), draw.randint(1, 16)
    return data[:place] + draw.randbytes(size) + data[place + size :]


def cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def zero_a_block(data: bytes, draw: random.Random) -> bytes:
    place, size = draw.randrange(len(data)), draw.randint(1, 512)
    hit = data[place : place + size]
    return data[:place] + bytes(len(hit)) + data[place + len(hit) :]


def take_out(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + data[place + draw.randint(1, 64) :]


def double(data: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(data))
    return data[:place] + data[place : place + draw.randint(1, 64)] + data[place:]


def empty(data: bytes, draw: random.Random) -> bytes:
    return b""


DAMAGES = (flip_a_bit, change_bytes, cut, zero_a_block, take_out, double, empty)


# What is damaged


@dataclass(frozen=True)
class Target:
    """A file, and whether its damage was withstood: noticed, and the state before it read.

    Damage that changes no value (a blank more between two words of JSON) may pass, but only when
    what is read equals what was written.
    """

    name: str
    path: Path
    withstood: Callable[[], bool]


class Scene:
    """A project saved twice, with a finished run of two generations."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        digest = create(folder, Project(name="cells", training=Training(epochs=1)))
        save(folder, Project(name="cells", training=Training(epochs=2)), expect_digest=digest)
        self.run = RunFolder.create(folder)
        self.run.begin({"epochs": 2})
        self.events = _events(self.run.id)
        for event in self.events:
            self.run.append(event)
        self.run.end("done")
        for number in (1, 2):
            values = {"model.w": torch.full((300,), number / 3), "optimizer.0.m": torch.ones(9)}
            for name in ("last", "best"):
                write_checkpoint(self.run.checkpoints, name, values, {"number": number})

    def targets(self) -> list[Target]:
        """Every file that figure 3 names."""
        place = self.run.checkpoints
        found = [
            Target(f"{name}.{suffix}", place / f"{name}-000002.{suffix}", self._checkpoint(name))
            for name in ("last", "best")
            for suffix in ("safetensors", "json")
        ]
        found.append(Target("project", self.folder / "project.fovea", self._project))
        return [*found, Target("history", self.run.path / "events.jsonl", self._history)]

    def _checkpoint(self, name: str) -> Callable[[], bool]:
        def withstood() -> bool:
            kept = read_checkpoint(self.run.checkpoints, name)
            if kept is None:
                return False
            number = 1 if kept.notices else 2  # a blank more in the description changes nothing
            whole = bool((kept.tensors["model.w"] == torch.full((300,), number / 3)).all())
            return whole and kept.facts == {"number": number}

        return withstood

    def _project(self) -> bool:
        try:
            return load(self.folder).project.training == Training(epochs=2)
        except FoveaError:
            before = load(self.folder, generation="backup")
            return before.project.training == Training(epochs=1)

    def _history(self) -> bool:
        """Nothing that was not trained is shown, and what is missing is told."""
        found = list(replay(self.run.path))
        if found == self.events:
            return True  # what was added or torn off is no part of it
        told = isinstance(found[0], Notice) and "damaged" in found[0].text if found else False
        return told and all(event in self.events for event in found[1:])


def _events(run: str) -> list[Event]:
    events: list[Event] = []
    for epoch in range(1, 9):
        loss = 1 / (epoch + 2)
        events.append(StepDone(epoch * 7, epoch, loss, 0.5, 1e-3, 900.0, epoch * 1.5))
        events.append(EpochDone(epoch, epoch * 7, loss, 0.5, loss, 0.6, 1e-3, epoch * 1.5, True))
    return [*events, RunFinished(run, "done", 8, 8, 12.0, {"val_accuracy": 0.6})]


def measure(count: int, seed: int) -> tuple[int, list[str]]:
    """How many of ``count`` damages were withstood, and what the others were."""
    draw, good, bad = random.Random(seed), 0, []
    with scratch() as place:
        targets = Scene(Path(place) / "cells").targets()
        before = {target.name: target.path.read_bytes() for target in targets}
        for number in range(count):
            target, damage = draw.choice(targets), draw.choice(DAMAGES)
            whole = before[target.name]
            while (broken := damage(whole, draw)) == whole:
                continue
            target.path.write_bytes(broken)
            try:
                held = target.withstood()
            except FoveaError as error:
                held = False
                bad.append(f"{error.code}: {error.what}")
            good += held
            if not held:
                bad.append(f"number {number}: {damage.__name__} of {target.name}")
            target.path.write_bytes(whole)
    return good, bad


def main(argv: list[str]) -> int:
    """Prints the figure; 0 when every damage was withstood."""
    parser = argparse.ArgumentParser(prog="tests.reliability damage")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    good, bad = measure(asked.count, asked.seed)
    for line in bad[:20]:
        print(f"  {line}")
    print(f"damage noticed, and the state before it read: {good} of {asked.count}")
    return int(good != asked.count)
