"""TPE with pruning against random search: how long until it has found what random search finds.

Fashion-MNIST, its first 10,000 training images (8,000 to train, 2,000 to judge), from the folder of
real images (``FOVEA_TEST_IMAGES``, or ``../shared/data`` beside the repository).
"""

from __future__ import annotations

import argparse
import gzip
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
        seconds, epochs: since the study's start.
    """

    score: float
    seconds: float
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
    best, epochs, began = 0.0, 0, time.perf_counter()
    for event in tune(create_study(folder, project, plan), folder, threads=1):
        if isinstance(event, EpochDone):
            epochs += 1
        elif isinstance(event, TrialFinished):
            if event.state == "complete" and event.value is not None:
                best = max(best, event.value)
            yield Reached(best, time.perf_counter() - began, epochs)


def main(arguments: list[str]) -> None:
    """Prints each repeat, and the median share of random search's time and epochs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench search")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--pruner", choices=("median", "hyperband"), default="median")
    parser.add_argument("--template", default="lenet")
    asked = parser.parse_args(arguments)
    times, counts = [], []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "fashion"
        project = prepare(folder, asked.template)
        for _ in train(project, folder, threads=1):  # decodes, and measures what pays
            pass
        for seed in range(asked.repeats):
            plain = list(searched(project, folder, "random", "none", seed, asked.trials))
            tpe = list(searched(project, folder, "tpe", asked.pruner, seed, asked.trials))
            goal = plain[-1]
            there = next((one for one in tpe if one.score >= goal.score), None)
            times.append(there.seconds / goal.seconds if there else float("inf"))
            counts.append(there.epochs / goal.epochs if there else float("inf"))
            print(
                f"  repeat {seed}: random {100 * goal.score:.2f} % in {goal.seconds:.0f} s "
                f"({goal.epochs} epochs); TPE there after {times[-1]:.2f} of the time, "
                f"{counts[-1]:.2f} of the epochs, ends at {100 * tpe[-1].score:.2f} % after "
                f"{tpe[-1].seconds:.0f} s",
                flush=True,
            )
    print(
        f"share of random search's cost to its final score, median of {asked.repeats}: time "
        f"{median(times):.2f} ({min(times):.2f} to {max(times):.2f}), epochs {median(counts):.2f}"
    )
