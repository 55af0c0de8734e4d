"""The Train page: real short runs, started, held, stopped, resumed and looked back at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from engine.graph.edits import disconnect
from engine.optimizers.sgd import SGD
from engine.runs.events import EpochDone, RunStarted, StepDone
from engine.runs.listing import find_run, list_runs, replay
from gui.job import Job
from gui.pages.base import Session
from gui.pages.train.curves import RATE, TRAINING, VALIDATION
from gui.pages.train.page import TrainPage
from tests.gui.pages.conftest import FIRST, LEFT, OpenPage, change, click, settle, type_into


@pytest.fixture
def page(session: Session, tiny: Path, show: OpenPage) -> TrainPage:
    """The page of the tiny project, without runs."""
    session.document.open(tiny)
    return show(TrainPage)


@pytest.fixture
def experienced(session: Session, trained: Path, show: OpenPage) -> TrainPage:
    """The page of the tiny project with its run."""
    session.document.open(trained)
    return show(TrainPage)


def train(qtbot, page: TrainPage, epochs: int = 2) -> None:
    """Starts training and waits until it is under way."""
    if epochs != page.document.project.training.epochs:
        type_into(qtbot, page.form, "epochs", str(epochs))
    page.primary_action().run()
    qtbot.waitUntil(lambda: page.shown != "" or not page.runner.job.active, timeout=30_000)


def end(qtbot, page: TrainPage) -> str:
    """Waits for the end of the training; its phase."""
    qtbot.waitUntil(lambda: not page.runner.job.active, timeout=30_000)
    settle(qtbot, page.session)
    return page.runner.job.phase


def curves(page: TrainPage) -> dict[str, tuple[list[float], list[float]]]:
    """Every curve that is shown, as positions and values."""
    shown = {
        "loss": page.curves.loss.points(TRAINING),
        "val_loss": page.curves.loss.points(VALIDATION),
        "accuracy": page.curves.accuracy.points(TRAINING),
        "val_accuracy": page.curves.accuracy.points(VALIDATION),
        "rate": page.curves.rate.points(RATE),
    }
    return {name: (np.array(x).tolist(), np.array(y).tolist()) for name, (x, y) in shown.items()}


def test_nothing_yet_is_an_empty_page_that_can_train(page: TrainPage) -> None:
    assert page.state() == "ready"
    assert page.table.runs.rowCount() == 0
    assert page.primary_action().text == "Train"
    assert page.primary_action().reason == ""
    assert not page.resume.isEnabled()
    assert not page.adopt.isEnabled()


def test_train_runs_to_its_end_with_live_curves(qtbot, page: TrainPage, tiny: Path) -> None:
    heard = []
    page.runner.events.connect(heard.extend)
    train(qtbot, page)
    assert page.state() == "running"
    assert page.primary_action().text == "Stop"
    assert end(qtbot, page) == "done"
    drawn = curves(page)
    assert isinstance(heard[0], RunStarted)
    assert drawn["loss"][1] == [event.loss for event in heard if isinstance(event, StepDone)]
    assert len(drawn["loss"][0]) >= 2
    assert drawn["val_loss"][0] == [1.0, 2.0]
    losses = [event.val_loss for event in heard if isinstance(event, EpochDone)]
    assert drawn["val_loss"][1] == losses
    run = find_run(tiny, "last")
    assert run.status == "done"
    assert page.table.current().id == page.shown == run.id
    assert page.figures.epoch.value == "2 of 2"
    assert "The run is done." in page.messages.texts()[-1]
    assert page.evaluate.isEnabled()


def test_an_old_run_shows_the_curves_that_were_live(qtbot, page: TrainPage) -> None:
    train(qtbot, page)
    end(qtbot, page)
    live, run, said = curves(page), page.shown, page.messages.texts()
    best = page.figures.best.value
    page._clear()
    assert curves(page)["loss"] == ([], [])
    page.show_run(run)
    settle(qtbot, page.session)
    assert curves(page) == live
    assert page.figures.best.value == best
    assert page.messages.texts() == said


def test_a_stopped_run_is_resumed_with_its_curves(qtbot, page: TrainPage, tiny: Path) -> None:
    train(qtbot, page, epochs=40)
    qtbot.waitUntil(lambda: len(page.curves.loss.points(TRAINING)[0]) > 0, timeout=20_000)
    page.primary_action().run()
    assert page.runner.job.phase == "stopping"
    assert page.primary_action().reason
    assert end(qtbot, page) == "done"
    run = find_run(tiny, "last")
    assert run.status == "stopped"
    assert "can be resumed" in page.messages.texts()[-1]
    before = curves(page)["loss"][0]
    click(qtbot, page.resume)
    qtbot.waitUntil(lambda: len(curves(page)["loss"][0]) > len(before), timeout=30_000)
    page.runner.stop()
    end(qtbot, page)
    assert [info.id for info in list_runs(tiny)] == [run.id]
    positions = curves(page)["loss"][0]
    assert positions[: len(before)] == before
    assert positions == sorted(positions), "a step is drawn twice"
    page.show_run(run.id)
    settle(qtbot, page.session)
    assert curves(page)["loss"][0] == positions


def test_the_row_of_a_run_follows_it(qtbot, page: TrainPage) -> None:
    train(qtbot, page, epochs=2000)
    qtbot.waitUntil(lambda: page.table.runs.rowCount() == 1, timeout=10_000)
    qtbot.waitUntil(lambda: page.table.runs.runs[0].epochs_done > 3, timeout=20_000)
    best, epochs = (page.table.runs.index(0, column).data() for column in (2, 5))
    assert best != "–"
    assert epochs == f"{page.table.runs.runs[0].epochs_done} of 2000"
    page.runner.stop()
    assert end(qtbot, page) == "done"


def test_pause_holds_and_resume_goes_on(qtbot, page: TrainPage) -> None:
    train(qtbot, page, epochs=2000)
    page.runner.pause()
    qtbot.wait(300)
    held = page.runner.job.step
    assert page.state() == "running"
    qtbot.wait(300)
    assert page.runner.job.step == held
    page.runner.resume()
    qtbot.waitUntil(lambda: page.runner.job.step > held, timeout=10_000)
    page.runner.stop()
    assert end(qtbot, page) == "done"


def test_runs_are_listed_and_chosen_by_a_click(qtbot, experienced: TrainPage) -> None:
    page = experienced
    assert page.shown == FIRST
    train(qtbot, page, epochs=1)
    end(qtbot, page)
    assert [run.id for run in page.table.runs.runs][1] == FIRST
    assert "training.epochs" in page.table.runs.runs[0].differing
    second = curves(page)
    page.tabs.setCurrentIndex(0)
    page.table.scrollTo(page.table.runs.index(1, 1))
    area = page.table.visualRect(page.table.runs.index(1, 1))
    qtbot.mouseClick(page.table.viewport(), LEFT, pos=area.center())
    settle(qtbot, page.session)
    assert page.shown == FIRST
    assert curves(page) != second
    assert curves(page)["val_loss"][0] == [1.0, 2.0]


def test_a_tick_lays_a_run_behind(qtbot, experienced: TrainPage, trained: Path) -> None:
    page = experienced
    area = page.table.visualRect(page.table.runs.index(0, 0))
    box = area.topLeft() + QPoint(12, area.height() // 2)
    qtbot.mouseClick(page.table.viewport(), LEFT, pos=box)
    settle(qtbot, page.session)
    events = list(replay(trained / "runs" / FIRST))
    wanted = [event.val_loss for event in events if isinstance(event, EpochDone)]
    assert page.curves.loss.points(FIRST)[1].tolist() == wanted
    qtbot.mouseClick(page.table.viewport(), LEFT, pos=box)
    settle(qtbot, page.session)
    with pytest.raises(KeyError):
        page.curves.loss.points(FIRST)


def test_use_its_settings_is_one_step(qtbot, experienced: TrainPage) -> None:
    page, document = experienced, experienced.document
    before = document.project
    change(page.session, training=before.training.with_(epochs=77, batch_size=4))
    click(qtbot, page.adopt)
    assert document.project.training == before.training
    assert page.form.value.epochs == 2
    assert FIRST in document.undo_stack.undoText()
    document.undo_stack.undo()
    assert document.project.training.epochs == 77


def test_settings_of_a_run_on_other_images_leave_the_images(qtbot, experienced: TrainPage) -> None:
    page, document = experienced, experienced.document
    trained = document.project.training
    other = document.project.data.with_(manifest="0" * 64)
    change(page.session, name="renamed", data=other, training=trained.with_(epochs=77))
    click(qtbot, page.adopt)
    assert document.project.training == trained
    assert document.project.data is other
    assert document.project.name == "renamed"


def test_the_recipe_is_edited_and_undone(qtbot, page: TrainPage) -> None:
    type_into(qtbot, page.form, "batch_size", "4")
    assert page.document.project.training.batch_size == 4
    page.document.undo_stack.undo()
    assert page.form.value.batch_size == 8
    type_into(qtbot, page.form, "batch_size", "1")
    assert page.form.trouble("batch_size")
    assert page.document.project.training.batch_size == 8


def test_a_model_that_does_not_fit_is_explained_and_shown(qtbot, page: TrainPage) -> None:
    went = []
    page.session.go_requested.connect(went.append)
    model = page.document.project.model
    change(page.session, model=disconnect(model, model.wires[2]))
    assert page.state() == "attention"
    assert page.primary_action().reason
    assert page.problem.isVisible()
    click(qtbot, page.problem.button)
    assert went == ["model"]
    page.document.undo_stack.undo()
    assert not page.problem.isVisible()
    assert page.primary_action().reason == ""


def test_a_hidden_page_knows_that_the_model_does_not_fit(page: TrainPage) -> None:
    page.hide()
    model = page.document.project.model
    change(page.session, model=disconnect(model, model.wires[2]))
    assert page.state() == "attention"
    page.document.undo_stack.undo()
    assert page.state() == "ready"


def test_a_run_that_fails_says_why(qtbot, page: TrainPage, tiny: Path) -> None:
    recipe = page.document.project.training
    wild = SGD(lr=10.0, weight_decay=1.0)
    change(page.session, training=recipe.with_(optimizer=wild, epochs=60))
    train(qtbot, page, epochs=60)
    assert end(qtbot, page) == "failed"
    assert find_run(tiny, "last").status == "failed"
    assert page.state() == "attention"
    assert page.problem.isVisible()
    assert "loss" in page.problem.accessibleName()
    assert "loss" in page.messages.texts()[-1]
    assert page.primary_action().reason == ""


def test_another_projects_failure_is_no_concern_of_this_one(page: TrainPage, tiny: Path) -> None:
    page.runner.job = Job(phase="failed", folder=tiny.parent / "other")
    assert page.state() == "ready"
    page.runner.job = Job(phase="failed", folder=tiny)
    assert page.state() == "attention"


def test_images_that_are_gone_stop_the_training_before_it_has_a_run(
    qtbot, page: TrainPage, tiny: Path
) -> None:
    (tiny.parent / "images").rename(tiny.parent / "elsewhere")
    train(qtbot, page)
    assert end(qtbot, page) == "failed"
    assert page.problem.isVisible()
    assert list_runs(tiny) == []


def test_evaluate_goes_to_its_page(qtbot, experienced: TrainPage) -> None:
    went = []
    experienced.session.go_requested.connect(went.append)
    click(qtbot, experienced.evaluate)
    assert went == ["evaluate"]


def test_the_runs_are_walked_by_keys(qtbot, experienced: TrainPage) -> None:
    experienced.table.setFocus()
    qtbot.keyClick(experienced.table, Qt.Key.Key_Space)
    settle(qtbot, experienced.session)
    assert experienced.table.current().id == FIRST
