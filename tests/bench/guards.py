"""What the guards cost: the processor time spent in them against that of the whole run."""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from torch import nn

from engine.augment.pipeline import Pipeline
from engine.compute.device import Arithmetic, describe
from engine.compute.images import Images, measure
from engine.recipe import Training
from engine.runs.events import EpochDone, Event
from engine.runs.folder import RunFolder
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.guards.guards import Guards
from engine.train.keeper import Keeper
from engine.train.pieces import Pieces
from engine.train.places import Place
from engine.train.position import Position
from engine.train.probe import NormProbe
from engine.train.trainer import Trainer
from tests.bench.train import small_cnn, tiny_net

TITLE = "Guards: their share of a run's processor time (goal: below 1 %)"


def timed(method: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """The method, whose processor time is added to ``spent``; of a generator, until its end."""

    def call(*given: Any) -> Any:
        begun = time.thread_time()
        result = method(*given)
        if isinstance(result, Iterator):
            result = iter(list(result))
        spent.append(time.thread_time() - begun)
        return result

    return call


def share(make: Callable[[int], nn.Module], side: int, images: int, epochs: int) -> float:
    """The guards' part of a run's processor time; images are noise, batches of 128."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (images, 1, side, side), dtype=np.uint8)
    labels, rows = draw.integers(0, 10, images), np.arange(images)
    how, model = Arithmetic(torch.device("cpu")), make(side)
    pieces = Pieces(
        model=model,
        images=Images(pixels, labels, how.device),
        train_rows=rows,
        val_rows=rows[: images // 5],
        scale=1 / 255,
        normalisation=measure(pixels, rows, 1 / 255),
        pipeline=Pipeline(),
        recipe=Training(epochs=epochs, batch_size=128),
        arithmetic=how,
        places={name: Place(name) for name, _ in model.named_children()},
    )
    spent: list[float] = []
    with tempfile.TemporaryDirectory() as folder, watched(spent):
        run = RunFolder.create(Path(folder))
        run.begin({})
        begun = time.thread_time()
        events: list[Event] = list(fit(Trainer(pieces, Position()), Keeper(run), Control()))
        total = time.thread_time() - begun
        run.end("done")
    assert sum(isinstance(event, EpochDone) for event in events) == epochs
    return sum(spent) / total


@contextmanager
def watched(spent: list[float]) -> Iterator[None]:
    """Within it all that is done for the guards is counted, the norms of an update included."""
    parts = [(Guards, name) for name in ("__init__", "begin", "take", "end_epoch")]
    parts += [(NormProbe, name) for name in ("__init__", "before_update", "after_update", "read")]
    with ExitStack() as stack:
        for owner, name in parts:
            method = timed(getattr(owner, name), spent)
            stack.enter_context(patch.object(owner, name, lambda *a, m=method: m(*a)))
        yield


def main(argv: list[str]) -> None:
    """Prints the shares of two networks."""
    parser = argparse.ArgumentParser(prog="tests.bench guards")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=12_800)
    parser.add_argument("--epochs", type=int, default=6)
    asked = parser.parse_args(argv)
    print(describe(torch.device("cpu")))
    works = (
        ("tiny net, 8 px, batch 128", tiny_net, 8),
        ("small CNN, 28 px, batch 128", small_cnn, 28),
    )
    for title, make, side in works:
        found = [share(make, side, asked.images, asked.epochs) for _ in range(asked.rounds)]
        middle, low, high = (f(found) for f in (statistics.median, min, max))
        print(f"  {title:34s} {middle:.2%} ({low:.2%} to {high:.2%}, n={asked.rounds})", flush=True)
