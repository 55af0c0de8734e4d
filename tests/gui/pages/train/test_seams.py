"""Where the parts of the Train page meet: other projects, the queue, a note in hand, a repair."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from engine.project import store
from engine.project.document import Project
from engine.runs.events import Event, Notice, RunFinished, RunStarted, StepDone
from engine.runs.folder import RunFolder
from engine.runs.listing import list_runs
from engine.runs.notes import write_note
from gui.pages.base import Session
from gui.pages.train.page import TrainPage
from gui.window import Window
from tests.gui.conftest import FakeTraining
from tests.gui.pages.conftest import OpenPage, click, settle
from tests.gui.pages.train.conftest import keep_run


def train_page(qtbot, window: Window, folder: Path) -> TrainPage:
    window.files.open(folder)
    window._making.stop()
    window.go("train")
    settle(qtbot, window.session)
    page = window.pages["train"]
    assert isinstance(page, TrainPage)
    return page


def started(qtbot, window: Window, folder: Path) -> None:
    window.session.runner.start_training(window.session.document.project, folder)
    qtbot.waitUntil(lambda: window.session.runner.job.phase == "running", timeout=90_000)
    settle(qtbot, window.session)


def ended(qtbot, session: Session) -> None:
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=20_000)
    settle(qtbot, session)


def test_a_project_that_comes_back_shows_its_own_runs(
    qtbot, window: Window, tiny: Path, project_folder: Path, fake_training: FakeTraining
) -> None:
    keep_run(tiny, "2026-01-01-001")
    keep_run(project_folder, "2026-02-02-001")
    page = train_page(qtbot, window, tiny)
    started(qtbot, window, tiny)
    window.files.open(project_folder)  # stops the run; its end lists the runs anew
    window._making.stop()
    ended(qtbot, window.session)
    train_page(qtbot, window, tiny)
    assert {run.path.parent for run in page.table.runs.runs} == {tiny / "runs"}


def test_a_project_that_was_closed_shows_how_its_run_ended(
    qtbot, window: Window, tiny: Path, fake_training: FakeTraining
) -> None:
    kept = RunFolder.create(tiny, "r1")
    kept.write_project(store.load(tiny).project.to_json())
    kept.begin({"epochs": 2})
    page = train_page(qtbot, window, tiny)
    started(qtbot, window, tiny)
    assert page.table.runs.runs[0].status == "running"
    window.session.runner.stop()
    window.session.document.close()
    kept.end("stopped")
    ended(qtbot, window.session)
    train_page(qtbot, window, tiny)
    assert page.table.runs.runs[0].status == "stopped"


def test_a_stop_holds_the_queue_at_once_and_adding_does_not_start_it(
    qtbot, session: Session, tiny: Path, show: OpenPage, fake_training: FakeTraining
) -> None:
    session.document.open(tiny)
    page = show(TrainPage)
    page.primary_action().run()
    qtbot.waitUntil(lambda: session.runner.job.phase == "running", timeout=90_000)
    settle(qtbot, session)
    click(qtbot, page.enqueue)
    settle(qtbot, session)
    assert session.runner.waiting.armed
    session.runner.stop()
    assert not session.runner.waiting.armed
    assert page.queue.hold.text() == "Start"
    click(qtbot, page.enqueue)
    ended(qtbot, session)
    qtbot.waitUntil(lambda: len(session.runner.waiting.entries) == 2, timeout=20_000)
    qtbot.wait(100)
    assert not session.runner.job.active


def test_a_note_in_hand_outlives_a_fresh_list(qtbot, page: TrainPage) -> None:
    settle(qtbot, page.session)
    page.table.setFocus()
    page.table.write_note()
    editor = page.table.viewport().findChild(QLineEdit)
    qtbot.keyClicks(editor, "warm room")
    page.refresh_runs()
    settle(qtbot, page.session)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: "warm room" in [run.note for run in page.table.runs.runs], timeout=20_000
    )
    assert [run.note for run in page.table.runs.runs].count("warm room") == 1


def test_a_damaged_run_keeps_its_note(page: TrainPage) -> None:
    run = page.table.runs.runs[0]
    (run.path / "run.json").write_text("{")
    write_note(run.path, "the disc was full")
    notes = {found.id: found.note for found in list_runs(run.path.parents[1])}
    assert notes[run.id] == "the disc was full"


def test_what_came_before_a_run_went_back_is_not_drawn(
    qtbot, session: Session, tiny: Path, show: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = RunStarted("r1", 2, 10, 8, 0, 80, 20, ("a", "b"), 10, "CPU", "fp32")
    again = RunStarted("r1", 2, 10, 8, 10, 80, 20, ("a", "b"), 10, "CPU", "fp32", epochs_done=1)

    def step(number: int) -> StepDone:
        return StepDone(number, 1 + number // 11, 1.0, 0.5, 0.1, 100.0, number / 10)

    told: list[Event] = [head, step(5), step(10), step(15), step(18)]
    told += [again, Notice("The run repairs itself."), step(13), step(16)]
    told.append(RunFinished("r1", "done", 1, 2, 2.0, {}))
    kept = RunFolder.create(tiny, "r1")
    kept.write_project(store.load(tiny).project.to_json())
    kept.begin({"epochs": 2})

    def train(*_: object, **__: object) -> Iterator[Event]:
        for event in told:
            kept.append(event)
            yield event
        kept.end("done")

    monkeypatch.setattr("engine.train.loop.train", train)
    session.document.open(tiny)
    page = show(TrainPage)
    page.primary_action().run()
    qtbot.waitUntil(lambda: session.runner.job.phase == "done", timeout=90_000)
    settle(qtbot, session)
    xs = page.curves.loss.points("Training")[0].tolist()
    assert xs == sorted(xs)
    assert sum("repairs itself" in text for text in page.messages.texts()) == 1


def test_undo_works_while_a_number_has_the_focus(qtbot, window: Window, tiny: Path) -> None:
    page = train_page(qtbot, window, tiny)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    before = window.session.document.project.training.epochs
    field = page.form.field("epochs")
    while field.focusProxy() is not None:
        field = field.focusProxy()
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.session.document.project.training.epochs == 7
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.session.document.project.training.epochs == before


def test_an_offer_waits_for_another_projects_run_to_end(
    qtbot, window: Window, tiny: Path, project_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def train(*_: object, **__: object) -> Iterator[Event]:
        yield RunStarted("r1", 2, 10, 8, 0, 80, 20, ("a", "b"), 10, "CPU", "fp32")
        release.wait(20)
        yield RunFinished("r1", "stopped", 0, 0, 1.0, {})

    monkeypatch.setattr("engine.train.loop.train", train)
    run = RunFolder.create(project_folder)
    run.write_project(Project(name="cells").to_json())
    run.begin({"epochs": 40})
    run.update(epochs_done=11)
    run.end("interrupted")
    train_page(qtbot, window, tiny)
    started(qtbot, window, tiny)
    window.files.open(project_folder)
    window._making.stop()
    settle(qtbot, window.session)
    assert not window.offer.isVisible()
    release.set()
    ended(qtbot, window.session)
    qtbot.waitUntil(window.offer.isVisible, timeout=20_000)
