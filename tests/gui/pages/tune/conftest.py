"""Studies of the tiny project, real ones and large made-up ones, for the tests of the Tune page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.project import store
from engine.search import Searched, SearchSpace
from engine.tune.folder import create_study
from engine.tune.plan import StudyPlan
from gui.pages.base import Session
from gui.pages.tune.page import TunePage
from tests.gui.pages.conftest import OpenPage, settle

SPACE = SearchSpace(
    (
        Searched("training.optimizer.lr", 1e-4, 0.1, log=True),
        Searched("training.batch_size", choices=(4, 8)),
    )
)
STUDY = "first"


@pytest.fixture(scope="session")
def searched_master(tiny_master: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``tiny_master``, with a search space and a finished study of three trials."""
    from engine.tune.study import tune

    root = tmp_path_factory.mktemp("searched") / "root"
    shutil.copytree(tiny_master, root)
    folder = root / "tiny"
    loaded = store.load(folder)
    recipe = loaded.project.training.with_(epochs=1)
    project = loaded.project.with_(search=SPACE, training=recipe)
    store.save(folder, project, expect_digest=loaded.digest)
    study = create_study(folder, project, StudyPlan(trials=3, pruner="none"), STUDY)
    *_, last = tune(study, folder, threads=1)
    assert last.complete == 3
    return root


@pytest.fixture
def searched(searched_master: Path, tmp_path: Path) -> Path:
    """A project folder of the test's own, with the study ``first``."""
    shutil.copytree(searched_master, tmp_path / "place")
    return tmp_path / "place" / "tiny"


@pytest.fixture
def page(qtbot, session: Session, show: OpenPage, searched: Path) -> TunePage:
    """The page of the searched project, its study read."""
    session.document.open(searched)
    made = show(TunePage)
    settle(qtbot, session)
    return made


@pytest.fixture
def fresh(qtbot, session: Session, show: OpenPage, tiny: Path) -> TunePage:
    """The page of a project in which nothing was ever searched."""
    session.document.open(tiny)
    made = show(TunePage)
    settle(qtbot, session)
    return made
