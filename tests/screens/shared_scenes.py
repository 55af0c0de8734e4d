"""Scenes of a study that several computers share; a file stands for the database they share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from unittest import mock

import optuna
import sqlalchemy

from engine.project import store
from engine.tune.folder import StudyFolder, create_study
from engine.tune.plan import StudyPlan
from engine.tune.remote.address import StorageAddress, explained
from engine.tune.remote.looking import Onlooker
from engine.tune.study import tune
from gui.pages.tune import shared_bar
from gui.pages.tune.page import TunePage
from tests.screens.studio import Studio
from tests.screens.tune_scenes import searching

__all__ = ["SHARED_SCENES"]

SHARED_SCENES: dict[str, Callable[[Studio], None]] = {}
_OPEN = "grpc://tuning.lab.example:13000"
_CLOSED = "postgresql://imaging:***@tuning.lab.example/studies"
_TRIALS = 4


def scene(function: Callable[[Studio], None]) -> Callable[[Studio], None]:
    """Puts a scene into the table under its function's name."""
    SHARED_SCENES[function.__name__.replace("_", "-")] = function
    return function


def shared(studio: Studio, storage: str) -> TunePage:
    """The page of a study whose first trials were copied from a storage."""
    folder = studio.project(searching)
    plan = StudyPlan(trials=_TRIALS, startup=3, pruner="none")
    study = create_study(folder, store.load(folder).project, plan, "2026-11-28-01")
    list(tune(study, folder))
    replace(study, storage=storage).write()
    studio.window.files.open(folder)
    studio.window.go("tune")
    studio.settle()
    page = studio.window.pages["tune"]
    assert isinstance(page, TunePage)
    assert page.shared.isVisible()
    return page


def server(study: StudyFolder, file: str) -> None:
    """A storage with the study, more trials than were copied, and two that run elsewhere."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = optuna.storages.RDBStorage(file, engine_kwargs={"poolclass": sqlalchemy.NullPool})
    theirs = optuna.create_study(storage=storage, study_name=study.name, direction="maximize")
    space = study.project.search.entries[0]
    for number in range(_TRIALS + 5):
        trial = theirs.ask()
        trial.suggest_float(space.address, float(space.low or 0), float(space.high or 1), log=True)
        trial.set_user_attr("worker", "microscope-2" if number % 2 else "lab-7")
        if number < _TRIALS + 3:
            theirs.tell(trial, 0.8 + number % 7 / 50)


@contextlib.contextmanager
def reached(studio: Studio, storage: str) -> Iterator[str]:
    """Stands a file in the place of the storage; its URL."""
    file = f"sqlite:///{(studio.place / 'server.db').as_posix()}"
    address = StorageAddress(storage, "sqlite", file, "")
    with mock.patch.object(shared_bar, "address_of", return_value=address):
        yield file


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """As if no server listened there."""

    def look(onlooker: Onlooker) -> bool:
        with explained(onlooker._address):
            raise ConnectionRefusedError("connection to tuning.lab.example refused")

    with mock.patch.object(Onlooker, "look", look):
        yield


def connect(studio: Studio, page: TunePage) -> None:
    """Types a password where one is asked for, and presses Connect."""
    page.shared.password.setText("hush")
    page.shared.connect_button.click()
    studio.settle()


@scene
def tune_shared(studio: Studio) -> None:
    """Its trials are read from the storage, where two run."""
    page = shared(studio, _CLOSED)
    assert page.study is not None
    with reached(studio, _CLOSED) as file:
        server(page.study, file)
        connect(studio, page)
    assert page.shared.follower.at is not None
    assert len(page.trials.table.trials.current_table().rows) > _TRIALS


@scene
def tune_shared_password(studio: Studio) -> None:
    """The storage asks for a password."""
    page = shared(studio, _CLOSED)
    page.shared.password.setFocus()


@scene
def tune_shared_older(studio: Studio) -> None:
    """The copy here is older than what the storage has; nobody has connected."""
    shared(studio, _OPEN)


@scene
def tune_shared_failing(studio: Studio) -> None:
    """The storage does not answer."""
    page = shared(studio, _CLOSED)
    with reached(studio, _CLOSED), refusing():
        connect(studio, page)
    assert page.shared.follower.error is not None


@scene
def tune_shared_lost(studio: Studio) -> None:
    """The storage has answered, and then no more."""
    tune_shared(studio)
    page = studio.window.pages["tune"]
    assert isinstance(page, TunePage)
    with refusing():
        page.shared.follower._look()
        studio.settle()
    assert page.shared.follower.error is not None


@scene
def tune_shared_small(studio: Studio) -> None:
    """The smallest window, and a storage that does not answer."""
    studio.window.resize(960, 600)
    tune_shared_failing(studio)


@scene
def tune_shared_small_lost(studio: Studio) -> None:
    """The smallest window, and a storage that was lost."""
    studio.window.resize(960, 600)
    tune_shared_lost(studio)
