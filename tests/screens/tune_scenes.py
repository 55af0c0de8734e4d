"""Scenes of the Tune page, and of the marks on other pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.project import store
from engine.project.document import Project
from engine.project.search_presets import preset
from engine.search import Searched
from engine.tune.folder import StudyFolder, create_study
from engine.tune.plan import StudyPlan
from engine.tune.study import tune
from gui.pages.model.page import ModelPage
from gui.pages.tune.page import TunePage
from tests.screens.studio import Studio

__all__ = ["TUNE_SCENES"]

TUNE_SCENES: dict[str, Callable[[Studio], None]] = {}
_TRIALS = 5


def scene(function: Callable[[Studio], None]) -> Callable[[Studio], None]:
    """Puts a scene into the table under its function's name."""
    TUNE_SCENES[function.__name__.replace("_", "-")] = function
    return function


def searching(project: Project) -> Project:
    """One epoch of small images a trial; the preset "basic", a card, and the size of images."""
    recipe = project.training.with_(epochs=1, batch_size=64)
    space = preset(project, "basic")
    for entry in (
        Searched(f"augment.{project.augment.cards[0].id}.on", choices=(False, True)),
        Searched("data.size", choices=(16, 24, 32)),
    ):
        space = space.putting(entry)
    data = project.data.with_(size=16)
    return project.with_(search=space, training=recipe, data=data)


def tune_page(studio: Studio) -> TunePage:
    """The page of the scene's project, with rows."""
    page = studio.open("tune", searching)
    assert isinstance(page, TunePage)
    return page


def searched(studio: Studio) -> TunePage:
    """The page after a search of a few trials."""
    folder = studio.project(searching)
    study = _study(folder)
    list(tune(study, folder))
    studio.window.files.open(folder)
    studio.window.go("tune")
    studio.settle()
    page = studio.window.pages["tune"]
    assert isinstance(page, TunePage)
    return page


def _study(folder: Path, name: str = "2026-11-28-01") -> StudyFolder:
    plan = StudyPlan(trials=_TRIALS, startup=3)
    return create_study(folder, store.load(folder).project, plan, name)


@scene
def tune_empty(studio: Studio) -> None:
    """Nothing is searched, nothing was."""
    studio.open("tune")


@scene
def tune_ready(studio: Studio) -> None:
    """A search that is planned."""
    page = tune_page(studio)
    page.plan.fold.click()
    studio.settle()


@scene
def tune_failing(studio: Studio) -> None:
    """Rows that cannot be searched as they stand."""
    page = tune_page(studio)
    document = studio.window.session.document
    project = document.project
    assert project is not None
    space = project.search.putting(Searched("training.optimizer.lr", 0.1, 1e-5, log=True))
    space = space.putting(Searched("training.batch_size", choices=(32,)))
    space = space.putting(Searched("model.gone.out_channels", 8, 64))
    document.apply(project.with_(search=space), "Edit")
    studio.settle()
    assert page.space.rows["training.batch_size"].trouble.text()


@scene
def tune_running(studio: Studio) -> None:
    """A search that runs."""
    page = tune_page(studio)
    page.search()
    studio.until(lambda: page.trials.table.trials.total >= 2)


@scene
def tune_finished(studio: Studio) -> None:
    """A search that is done, its best trial marked."""
    page = searched(studio)
    best = page.trials.table.trials.best
    assert best is not None
    page.trials.show_trial(best)


@scene
def tune_plots(studio: Studio) -> None:
    """The plots of a search that is done."""
    page = searched(studio)
    page.results.tabs.setCurrentWidget(page.results.plots)
    studio.settle()


@scene
def tune_damaged(studio: Studio) -> None:
    """Two studies whose trials cannot be read; the younger one has a backup."""
    damaged(studio)


@scene
def tune_restored(studio: Studio) -> None:
    """A study that went back to its backup."""
    page = damaged(studio)
    page.problem.button.click()
    studio.settle()


def damaged(studio: Studio) -> TunePage:
    """The page of a project whose studies are damaged."""
    folder = studio.project(searching)
    older, study = _study(folder, "2026-11-27-01"), _study(folder)
    list(tune(study, folder))
    for one in (older, study):
        one.database.write_bytes(b"no database" * 100)
    studio.window.files.open(folder)
    studio.window.go("tune")
    studio.settle()
    page = studio.window.pages["tune"]
    assert isinstance(page, TunePage)
    return page


@scene
def tune_small(studio: Studio) -> None:
    """The smallest window."""
    studio.window.resize(960, 600)
    searched(studio)


@scene
def tune_marks_train(studio: Studio) -> None:
    """Marks in the recipe."""
    studio.open("train", searching)


@scene
def tune_marks_augment(studio: Studio) -> None:
    """Marks on the cards."""
    studio.open("augment", searching)


@scene
def tune_marks_model(studio: Studio) -> None:
    """Marks of a node."""

    def change(project: Project) -> Project:
        node = next(n.id for n in project.model.nodes if hasattr(n.layer, "out_channels"))
        space = project.search.putting(Searched(f"model.{node}.present", choices=(False, True)))
        space = space.putting(Searched(f"model.{node}.out_channels", 16, 64, step=16))
        last = project.model.nodes[-2].id
        space = space.putting(Searched(f"model.{last}", choices=("global_avg_pool", "flatten")))
        return project.with_(search=space)

    page = studio.open("model", change)
    assert isinstance(page, ModelPage)
    project = studio.window.session.document.project
    assert project is not None
    page.canvas.select([project.search.entries[0].address.split(".")[1]])
    studio.settle()
