"""The Train page of the tiny project, and events of runs that nobody has to wait for."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.project import store
from engine.runs.events import EpochDone, Event, RunFinished, RunStarted, StepDone
from engine.runs.folder import RunFolder
from gui.pages.base import Session
from gui.pages.train.page import TrainPage
from gui.settings import Settings
from tests.gui.pages.conftest import OpenPage

STEPS = 10


def events_of(run: str, epochs: int = 3, *, rich: bool = False, better: float = 0.0) -> list[Event]:
    """A whole run; ``rich`` ones have AUC and gradient norms."""
    made: list[Event] = [
        RunStarted(run, epochs, STEPS, 8, 0, 80, 20, ("a", "b"), 10, "CPU", "fp32")
    ]
    for epoch in range(1, epochs + 1):
        for step in (5, 10):
            at = (epoch - 1) * STEPS + step
            norm = 3.0 / at if rich else None
            made.append(StepDone(at, epoch, 2.0 / at, 0.5, 0.1 / at, 400.0, at * 0.1, norm))
        auc = 0.6 + epoch / 100 if rich else None
        accuracy = 0.5 + epoch / 50 + better
        at = epoch * STEPS
        made.append(
            EpochDone(epoch, at, 0.5, 0.7, 1 / epoch, accuracy, 0.1 / at, at * 0.1, True, auc)
        )
    return made


def keep_run(
    folder: Path, run: str, *, epochs: int = 3, rich: bool = False, better: float = 0.0, **recipe
) -> None:
    """Puts a finished run on disc, as the engine leaves it."""
    kept = RunFolder.create(folder, run)
    project = store.load(folder).project
    kept.write_project(project.with_(training=project.training.with_(**recipe)).to_json())
    kept.begin({"epochs": epochs})
    events = events_of(run, epochs, rich=rich, better=better)
    last = events[-1]
    assert isinstance(last, EpochDone)
    metrics = {"val_accuracy": last.val_accuracy, "val_loss": last.val_loss, "train_loss": 0.5}
    if rich:
        metrics["val_auc"] = last.val_auc
    events.append(RunFinished(run, "done", epochs, epochs, 3.0, metrics))
    for event in events:
        kept.append(event)
    kept.end("done", seconds=3.0, epochs_done=epochs, best={"epoch": epochs, **metrics})


@pytest.fixture
def remembered(session: Session, tmp_path: Path) -> Settings:
    """Settings that the session has."""
    session.settings = Settings(tmp_path / "settings.ini")
    return session.settings


@pytest.fixture
def page(session: Session, remembered: Settings, tiny: Path, show: OpenPage) -> TrainPage:
    """The page with three runs: plain, rich, and with another learning rate."""
    keep_run(tiny, "2026-01-01-001", better=0.1)
    keep_run(tiny, "2026-01-01-002", rich=True, epochs=4)
    keep_run(tiny, "2026-01-01-003", batch_size=16)
    session.document.open(tiny)
    return show(TrainPage)
