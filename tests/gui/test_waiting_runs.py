"""The queue in the window: one run after the other, held by a stop, unharmed by a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.project.document import Project
from engine.recipe import Training
from engine.runs.queue import RunQueue
from gui.pages.base import Session
from gui.runner import Runner
from tests.gui.conftest import FakeTraining


@pytest.fixture
def runner(session: Session, project_folder: Path, fake_training: FakeTraining) -> Runner:
    """A runner with a training that goes on until ``fake_training.go_on``."""
    session.runner.waiting.show(project_folder)
    session.runner.start_training(Project(), project_folder)
    return session.runner


def waits(qtbot, runner: Runner, *epochs: int) -> None:
    """Waits until just these entries are in the queue."""

    def there() -> bool:
        return tuple(entry.epochs for entry in runner.waiting.entries) == epochs

    qtbot.waitUntil(there, timeout=20_000)


def add(qtbot, runner: Runner, folder: Path, *epochs: int) -> None:
    for count in epochs:
        runner.waiting.add(Project(training=Training(epochs=count)), folder)
        qtbot.waitUntil(
            lambda count=count: any(e.epochs == count for e in runner.waiting.entries),
            timeout=20_000,
        )


def test_what_is_added_starts_in_order_after_the_running_one(
    qtbot, runner: Runner, project_folder: Path, fake_training: FakeTraining
) -> None:
    phases: list[str] = []
    runner.state_changed.connect(lambda job: phases.append(job.phase))
    add(qtbot, runner, project_folder, 3, 4)
    waits(qtbot, runner, 3, 4)
    fake_training.go_on.set()
    waits(qtbot, runner)
    qtbot.waitUntil(lambda: phases.count("done") == 3, timeout=20_000)
    assert runner.job.ending == "done"
    assert RunQueue(project_folder).entries() == ()


def test_a_run_that_fails_does_not_hold_the_queue(
    qtbot, runner: Runner, project_folder: Path, fake_training: FakeTraining
) -> None:
    phases: list[str] = []
    runner.state_changed.connect(lambda job: phases.append(job.phase))
    add(qtbot, runner, project_folder, 3, 4)
    fake_training.error = FoveaError("FV-T004", "The device ran out of memory.")
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: phases.count("failed") == 3, timeout=20_000)
    waits(qtbot, runner)
    assert RunQueue(project_folder).entries() == ()


@pytest.mark.parametrize("how", ["stop", "stop_after_epoch"])
def test_a_stop_holds_the_queue_until_it_is_started(
    qtbot, runner: Runner, project_folder: Path, fake_training: FakeTraining, how: str
) -> None:
    add(qtbot, runner, project_folder, 3)
    getattr(runner, how)()
    assert not runner.waiting.armed
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: runner.job.phase == "done", timeout=20_000)
    qtbot.wait(200)
    assert not runner.job.active
    waits(qtbot, runner, 3)
    fake_training.go_on.clear()
    runner.waiting.start()
    qtbot.waitUntil(lambda: runner.job.active, timeout=20_000)
    waits(qtbot, runner)
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: runner.job.phase == "done", timeout=20_000)


def test_entries_are_moved_and_removed(
    qtbot, runner: Runner, project_folder: Path, fake_training: FakeTraining
) -> None:
    add(qtbot, runner, project_folder, 3, 4, 5)
    runner.waiting.move(runner.waiting.entries[2].id, -1)
    waits(qtbot, runner, 3, 5, 4)
    runner.waiting.remove(runner.waiting.entries[0].id)
    waits(qtbot, runner, 5, 4)
    runner.waiting.hold()
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: runner.job.phase == "done", timeout=20_000)
    qtbot.wait(200)
    waits(qtbot, runner, 5, 4)
    assert not runner.job.active
    assert [entry.epochs for entry in runner.waiting.entries] == [5, 4]


def test_a_queue_that_was_left_waits_when_its_project_is_opened(
    qtbot, session: Session, project_folder: Path
) -> None:
    RunQueue(project_folder).add(Project(training=Training(epochs=7)))
    session.document.open(project_folder)
    waits(qtbot, session.runner, 7)
    assert not session.runner.waiting.armed
    assert not session.runner.job.active


def test_a_training_that_began_meanwhile_sends_the_entry_back(
    qtbot, session: Session, project_folder: Path, fake_training: FakeTraining
) -> None:
    runner = session.runner
    name = RunQueue(project_folder).add(Project(training=Training(epochs=7)))
    runner.waiting.show(project_folder)
    waits(qtbot, runner, 7)
    runner.waiting.start()
    runner.start_training(Project(), project_folder)
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=20_000)
    qtbot.wait(200)
    entry = RunQueue(project_folder).entries()[0]
    assert (entry.id, entry.state) == (name, "waiting")
    runner.stop()
    qtbot.waitUntil(lambda: not runner.job.active, timeout=20_000)


def test_a_refused_wish_is_told(qtbot, session: Session, project_folder: Path) -> None:
    told: list[FoveaError] = []
    session.runner.waiting.failed.connect(told.append)
    session.runner.waiting.show(project_folder)
    session.runner.waiting.remove("gone")
    qtbot.waitUntil(lambda: bool(told), timeout=20_000)
    assert told[0].code == "FV-T030"
