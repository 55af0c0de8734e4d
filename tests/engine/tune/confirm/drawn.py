"""A real study on disc whose trainings are draws, for what depends on their scores alone."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from engine.project.document import Project
from engine.runs.events import Event, RunFinished
from engine.search import Searched, SearchSpace
from engine.tune import study as coordinator
from engine.tune.confirm import running
from engine.tune.folder import StudyFolder, create_study, find_study
from engine.tune.outcome import Outcome
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from engine.tune.table import read_table
from tests.engine.train.tiny_project import make_project

SPACE = SearchSpace((Searched("training.optimizer.lr", 1e-4, 0.1, log=True),))

Score = Callable[[Project], float]


def make_study(folder: Path, trials: int) -> StudyFolder:
    """A study of a tiny project, its trials drawn at random and complete, all with one score."""

    def train(*_: object) -> Iterator[Event]:
        yield from ()
        return Outcome("complete", 0.5)

    project = make_project(folder, epochs=1).with_(search=SPACE)
    plan = StudyPlan(trials=trials, sampler="random", pruner="none")
    study = create_study(folder, project, plan, "drawn")
    with mock.patch.object(coordinator, "train_trial", train):
        for _ in tune(study, folder):
            pass
    return study


def redrawn(study: StudyFolder, folder: Path, score: Score) -> StudyFolder:
    """A copy of the study in another project's folder, each trial with a score of its own."""
    target = folder / "studies" / study.name
    shutil.copytree(study.path, target)
    made = find_study(folder, study.name)
    rows = read_table(made).rows
    with contextlib.closing(sqlite3.connect(made.database)) as connection, connection:
        for row in rows:
            value = score(with_lr(made.project, row.settings))
            change = "UPDATE trial_values SET value = ? WHERE trial_id = ?"
            connection.execute(change, (value, row.number + 1))
    return made


def with_lr(project: Project, settings: Mapping[str, Any]) -> Project:
    """The project with a trial's learning rate."""
    optimizer = project.training.optimizer.with_(lr=settings["training.optimizer.lr"])
    return project.with_(training=project.training.with_(optimizer=optimizer))


def learning_rate(project: Project) -> float:
    """The project's own."""
    return float(project.training.optimizer.values()["lr"])


@contextlib.contextmanager
def drawn_trainings(score: Score) -> Iterator[list[Project]]:
    """Trainings end at once with a drawn score; gives what was trained."""
    trained: list[Project] = []

    def train(project: Project, *_: object, run_id: str, **__: object) -> Iterator[Event]:
        trained.append(project)
        yield RunFinished(run_id, "done", 1, 1, 0.0, {"val_accuracy": score(project)})

    with mock.patch.object(running, "train", train):
        yield trained
