"""Scenes of the check of a winner on the Tune page; trainings are draws, all else is real."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np

from engine.project import store
from engine.project.document import Project
from engine.runs.events import Event
from engine.search import Searched, SearchSpace
from engine.tune import study as coordinator
from engine.tune.confirm.running import confirm
from engine.tune.folder import StudyFolder, create_study
from engine.tune.outcome import Outcome
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from gui.pages.tune.page import TunePage
from tests.engine.tune.confirm.drawn import drawn_trainings, learning_rate
from tests.screens.studio import Studio

__all__ = ["WINNER_SCENES"]

WINNER_SCENES: dict[str, Callable[[Studio], None]] = {}
_SPACE = SearchSpace((Searched("training.optimizer.lr", 1e-4, 0.1, log=True),))


def scene(function: Callable[[Studio], None]) -> Callable[[Studio], None]:
    """Puts a scene into the table under its function's name."""
    WINNER_SCENES[function.__name__.replace("_", "-")] = function
    return function


@scene
def tune_winner_ready(studio: Studio) -> None:
    """A study whose winner was not checked."""
    with drawn(0.0) as study_of:
        show(studio, study_of(studio))


@scene
def tune_winner_lucky(studio: Studio) -> None:
    """A winner that was lucky."""
    checked(studio, 0.0)


@scene
def tune_winner_help(studio: Studio) -> None:
    """What over-tuning is."""
    checked(studio, 0.0).results.winner.explain.click()
    studio.settle()


@scene
def tune_winner_better(studio: Studio) -> None:
    """A winner that is better."""
    checked(studio, 0.03)


def checked(studio: Studio, gain: float) -> TunePage:
    """The page with the answer of a check."""
    with drawn(gain) as study_of:
        study = study_of(studio)
        list(confirm(study, study.path.parent.parent))
        return show(studio, study)


@contextlib.contextmanager
def drawn(gain: float) -> Iterator[Callable[[Studio], StudyFolder]]:
    """Scores are draws, higher by ``gain`` for learning rates above 0.01."""
    draw = np.random.default_rng(3)

    def score(project: Project) -> float:
        better = gain * (learning_rate(project) > 0.01)
        return 0.9 + better + 0.008 * float(draw.standard_normal())

    def train(_study: object, _trial: object, project: Project, *_: object) -> Iterator[Event]:
        yield from ()
        return Outcome("complete", score(project))

    def study_of(studio: Studio) -> StudyFolder:
        return searched(studio.project(lambda project: project.with_(search=_SPACE)))

    with mock.patch.object(coordinator, "train_trial", train), drawn_trainings(score):
        yield study_of


def searched(folder: Path) -> StudyFolder:
    """A study of 40 trials."""
    plan = StudyPlan(trials=40, sampler="random", pruner="none")
    study = create_study(folder, store.load(folder).project, plan, "2026-11-28-01")
    for _ in tune(study, folder):
        pass
    return study


def show(studio: Studio, study: StudyFolder) -> TunePage:
    """The page with the panel in sight."""
    studio.window.files.open(study.path.parent.parent)
    studio.window.go("tune")
    studio.settle()
    page = studio.window.pages["tune"]
    assert isinstance(page, TunePage)
    page.results.tabs.setCurrentWidget(page.results.winner)
    studio.settle()
    return page
