"""TPE with pruning against random search: how long until it has found what random search finds.

Fashion-MNIST, its first 10,000 training images (8,000 to train, 2,000 to judge), from the folder of
real images (``FOVEA_TEST_IMAGES``, or ``../shared/data`` beside the repository).
"""

from __future__ import annotations

import argparse
import gzip
import math
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from engine.augment.pipeline import Pipeline
from engine.project.document import Project
from engine.project.new import new_project
from engine.project.search_presets import preset
from engine.runs.events import EpochDone
from engine.train import train
from engine.tune.events import TrialFinished
from engine.tune.folder import create_study
from engine.tune.plan import StudyPlan
from engine.tune.study import tune

TITLE = "Search: time of TPE with pruning to random search's final score (goal: half, median of 5)"
ROOT = Path(__file__).resolve().parents[2]
IMAGES = Path(os.environ.get("FOVEA_TEST_IMAGES", ROOT.parent / "shared" / "data"))

_TRAIN, _JUDGE = 8_000, 2_000
_EPOCHS = 3


@dataclass(frozen=True)
class Reached:
    """The best score so far after a trial, and what it had cost by then.

    Attributes:
        score: the best validation accuracy of all complete trials.
        seconds, work, epochs: since the study's start, by the clock and of the processor.
    """

    score: float
    seconds: float
    work: float
    epochs: int


def prepare(folder: Path, template: str) -> Project:
    """Fashion-MNIST's project, without augmentation, with the textbook's search space."""
    images, labels = (
        np.frombuffer(
            gzip.decompress((IMAGES / "fashion_mnist" / f"train-{name}-ubyte.gz").read_bytes()),
            np.uint8,
            offset=offset,
        )
        for name, offset in (("images-idx3", 16), ("labels-idx1", 8))
    )
    images, end = images.reshape(-1, 28, 28), _TRAIN + _JUDGE
    source = folder.with_suffix(".npz")
    np.savez(
        source,
        train_images=images[:_TRAIN],
        train_labels=labels[:_TRAIN],
        val_images=images[_TRAIN:end],
        val_labels=labels[_TRAIN:end],
    )
    project = new_project(folder, source, template=template)
    recipe = project.training.with_(epochs=_EPOCHS)
    project = project.with_(augment=Pipeline(), training=recipe)
    return project.with_(search=preset(project, "basic"))


def searched(
    project: Project, folder: Path, sampler: str, pruner: str, seed: int, trials: int
) -> Iterator[Reached]:
    """One study, trial by trial."""
    plan = StudyPlan(trials=trials, sampler=sampler, pruner=pruner, seed=seed, own_first=False)
    best, epochs, began, worked = 0.0, 0, time.perf_counter(), time.process_time()
    for event in tune(create_study(folder, project, plan), folder, threads=1):
        if isinstance(event, EpochDone):
            epochs += 1
        elif isinstance(event, TrialFinished):
            if event.state == "complete" and event.value is not None:
                best = max(best, event.value)
            clock, worker = time.perf_counter() - began, time.process_time() - worked
            yield Reached(best, clock, worker, epochs)


def main(arguments: list[str]) -> None:
    """Prints each repeat, and the median share of random search's cost."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench search")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--pruner", choices=("median", "hyperband"), default="median")
    parser.add_argument("--template", default="lenet")
    asked = parser.parse_args(arguments)
    shares: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "fashion"
        project = prepare(folder, asked.template)
        for _ in train(project, folder, threads=1):  # decodes, and measures what pays
            pass
        for seed in range(asked.repeats):
            plain = list(searched(project, folder, "random", "none", seed, asked.trials))
            tpe = list(searched(project, folder, "tpe", asked.pruner, seed, asked.trials))
            goal, last = plain[-1], tpe[-1]
            there = next((one for one in tpe if one.score >= goal.score), None)
            shares.append(_shares(there, goal))
            print(
                f"  repeat {seed}: random {100 * goal.score:.2f} % in {goal.seconds:.0f} s "
                f"({goal.epochs} epochs); TPE there after {shares[-1][0]:.2f} of the time, "
                f"{shares[-1][1]:.2f} of the processor's, {shares[-1][2]:.2f} of the epochs, "
                f"ends at {100 * last.score:.2f} % after {last.seconds:.0f} s",
                flush=True,
            )
    print(f"TPE's share of random search's cost to its final score, n = {asked.repeats}")
    for name, found in zip(
        ("time", "time of the processor", "epochs"), zip(*shares, strict=True), strict=True
    ):
        print(f"  {name:22s} {median(found):.2f} ({min(found):.2f} to {max(found):.2f})")


def _shares(there: Reached | None, whole: Reached) -> tuple[float, float, float]:
    """Clock, processor and epochs; endless where the score was never reached."""
    if there is None:
        return math.inf, math.inf, math.inf
    return (
        there.seconds / whole.seconds,
        there.work / whole.work,
        there.epochs / whole.epochs,
    )
