"""What a study costs besides its training: a trial among many, and opening ten thousand."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from engine.tune import study as coordinator
from engine.tune.events import TrialStarted
from engine.tune.folder import StudyFolder, create_study
from engine.tune.outcome import Outcome
from engine.tune.plan import StudyPlan
from engine.tune.storage import open_study
from engine.tune.study import tune
from tests.reliability.study import prepare

TITLE = "Tuning: processor and disc beside the training (goals: 50 ms a trial, 10,000 open in 2 s)"

REPORTS = 10


def filled(place: Path, count: int, more: int) -> StudyFolder:
    """A study with ``count`` trials of ten reports each on file, and room for ``more``."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution
    from optuna.trial import create_trial

    project = prepare(place)
    made = create_study(place / "p", project, StudyPlan(trials=count + more, goal="loss"), "many")
    study = open_study(made.database, maximise=False, new=True)
    draw = random.Random(1)
    kinds = ("adamw", "sgd")
    known: dict[str, Any] = {
        "training.optimizer.lr": FloatDistribution(1e-4, 0.1, log=True),
        "training.optimizer": CategoricalDistribution(kinds),
        "training.batch_size": CategoricalDistribution((8, 16)),
    }
    momentum = {"training.optimizer.momentum": FloatDistribution(0.5, 0.95)}
    for _ in range(count):
        values: dict[str, Any] = {
            "training.optimizer.lr": 10 ** draw.uniform(-4, -1),
            "training.optimizer": draw.choice(kinds),
            "training.batch_size": draw.choice((8, 16)),
        }
        of_sgd = values["training.optimizer"] == "sgd"
        values |= {name: draw.uniform(0.5, 0.95) for name in momentum if of_sgd}
        reports = {step: draw.random() for step in range(REPORTS)}
        study.add_trial(
            create_trial(
                params=values,
                distributions=known | (momentum if of_sgd else {}),
                value=draw.random(),
                intermediate_values=reports,
            )
        )
    study._storage.close()
    return made


def untrained(_: object, trial: Any, *__: object) -> Iterator[Any]:
    """Stands in for a trial's training: ten reports, each with a look whether to go on."""
    for step in range(REPORTS):
        trial.report(random.random(), step)
        trial.should_prune()
    yield from ()
    return Outcome("complete", random.random())


def times(study: StudyFolder, project_dir: Path) -> tuple[float, list[float]]:
    """Seconds from opening the study to its next trial, and from each trial to the one after."""
    with mock.patch.object(coordinator, "train_trial", untrained):
        last, first, each = time.perf_counter(), 0.0, []
        for event in tune(study, project_dir):
            if isinstance(event, TrialStarted):
                now = time.perf_counter()
                if first:
                    each.append(now - last)
                else:
                    first = now - last
                last = now
    return first, each


def main(arguments: list[str]) -> None:
    """Prints both for studies of two sizes."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench tuning", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--trials", type=int, default=20, help="how many more are run and timed")
    asked = parser.parse_args(arguments)
    for size in asked.sizes:
        with tempfile.TemporaryDirectory() as place:
            study = filled(Path(place), size, asked.trials)
            first, each = times(study, Path(place) / "p")
        print(
            f"{size:6,} trials on file: {first:.2f} s to the next trial; a trial of {REPORTS} "
            f"reports {1000 * median(each):.1f} ms ({1000 * min(each):.1f} to "
            f"{1000 * max(each):.1f}, n={len(each)}), by TPE with the median pruner"
        )
