"""What the tools say before a run, held against the run: on the sample's cells, at full length."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engine.data.scan import scan
from engine.project.document import Project
from engine.project.store import create
from engine.recipe import Training
from engine.runs.events import EpochDone, RunFinished
from engine.sample import make_sample
from engine.templates import TEMPLATES
from engine.train.loop import train
from engine.train.tools.dry_run import dry_run
from engine.train.tools.lr_test import lr_test, with_rate

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

FACTOR = 1.5
"""How far the time of a run may be from its estimate, either way, on a machine that is otherwise
idle or as busy as it was while the estimate was made."""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's 600 images."""
    folder = tmp_path_factory.mktemp("sample") / "cells"
    make_sample(folder)
    return folder


def made(folder: Path, cells: Path, **recipe: object) -> Project:
    """A residual network for the cells at 32 px."""
    folder.mkdir()
    project = Project(
        name="cells",
        data=scan(cells, folder).spec.with_(size=32),
        training=Training(batch_size=32, **recipe),
    )
    project = project.with_(model=TEMPLATES["small_resnet"].build(project.frame()))
    create(folder, project)
    return project


def test_the_estimate_of_the_time_holds(tmp_path: Path, cells: Path) -> None:
    folder = tmp_path / "p"
    project = made(folder, cells, epochs=3)
    found = dry_run(project, folder)
    assert found.estimate is not None
    begun = time.monotonic()
    end = list(train(project, folder))[-1]
    took = time.monotonic() - begun
    assert isinstance(end, RunFinished)
    assert 1 / FACTOR < took / found.estimate.seconds.middle < FACTOR


def test_the_suggested_rate_trains_no_worse_than_the_default(tmp_path: Path, cells: Path) -> None:
    folder = tmp_path / "p"
    project = made(folder, cells, epochs=10)
    rate = lr_test(project, folder).suggestion
    assert rate is not None
    reached: list[float] = []
    for each in (project, with_rate(project, rate)):
        epochs = [e for e in train(each, folder) if isinstance(e, EpochDone)]
        assert epochs[-1].train_loss < 0.7 * epochs[0].train_loss
        reached.append(max(e.val_accuracy or 0.0 for e in epochs))
    usual, suggested = reached
    assert suggested >= usual - 0.05  # a standard error of the accuracy on 90 images
