"""The bridge between threads: results, errors and events arrive on the GUI thread, and it ends."""

from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QObject

from engine.errors import FoveaError
from engine.project.document import Project
from engine.runs.events import EpochDone, StepDone
from gui.job import Job
from gui.pages.base import Session
from gui.runner import Runner, _Pace


def test_a_result_arrives_on_the_gui_thread(qtbot, session: Session) -> None:
    seen: list[tuple[object, threading.Thread]] = []
    session.runner.task(
        lambda _p: 42, lambda value: seen.append((value, threading.current_thread()))
    )
    qtbot.waitUntil(lambda: bool(seen), timeout=20_000)
    assert seen == [(42, threading.main_thread())]


def test_progress_then_result(qtbot, session: Session) -> None:
    steps: list[object] = []
    release = threading.Event()

    def work(progress) -> str:
        progress(1, 2, "half")
        release.wait(2)
        return "done"

    session.runner.task(work, steps.append, on_progress=lambda *facts: steps.append(facts))
    qtbot.waitUntil(lambda: bool(steps), timeout=20_000)
    release.set()
    qtbot.waitUntil(lambda: len(steps) == 2, timeout=20_000)
    assert steps == [(1, 2, "half"), "done"]


def test_errors_arrive_as_errors_for_people(qtbot, session: Session) -> None:
    errors: list[FoveaError] = []

    def fail(_progress) -> None:
        raise FoveaError("FV-D001", "No images.")

    session.runner.task(fail, on_error=errors.append)
    qtbot.waitUntil(lambda: bool(errors), timeout=20_000)
    assert errors[0].code == "FV-D001"


def test_a_bug_in_a_worker_is_told_and_logged(qtbot, session: Session, expected_noise) -> None:
    errors: list[FoveaError] = []
    session.runner.task(lambda _p: 1 // 0, on_error=errors.append)
    qtbot.waitUntil(lambda: bool(errors), timeout=20_000)
    assert errors[0].code == "FV-U900"
    assert "ZeroDivisionError" in errors[0].why
    assert any("unexpected in a worker" in line for line in expected_noise)


def test_a_cancelled_task_delivers_nothing(qtbot, session: Session) -> None:
    delivered: list[object] = []
    started, stopped = threading.Event(), threading.Event()

    def work(progress) -> None:
        started.set()
        try:
            while True:
                progress(0, 0, "")
                time.sleep(0.002)
        finally:
            stopped.set()

    task = session.runner.task(work, delivered.append, delivered.append)
    assert started.wait(2)
    task.cancel()
    assert stopped.wait(2)
    qtbot.waitUntil(lambda: task.finished, timeout=20_000)
    assert delivered == []


def test_nothing_is_delivered_to_a_deleted_owner(qtbot, session: Session) -> None:
    import shiboken6

    delivered: list[object] = []
    owner = QObject()
    task = session.runner.task(lambda _p: 1, delivered.append, owner=owner)
    shiboken6.delete(owner)
    qtbot.waitUntil(lambda: task.finished, timeout=20_000)
    assert delivered == []


def test_an_end_that_comes_amid_its_progress_is_delivered_once(qtbot, session: Session) -> None:
    go_on, heard = threading.Event(), []

    def work(progress) -> int:
        progress(1, 2, "half")
        assert go_on.wait(20)
        return 42

    def advance(*_stage) -> None:
        go_on.set()
        assert task.left.wait(20)

    task = session.runner.task(work, heard.append, on_progress=advance)
    qtbot.waitUntil(lambda: not session.runner._tasks, timeout=20_000)
    assert heard == [42]


def test_an_end_is_delivered_once_while_another_one_shows_a_dialog(qtbot, session: Session) -> None:
    heard = []
    first = session.runner.task(lambda _p: 1, lambda _one: qtbot.wait(100), prompt=True)
    second = session.runner.task(lambda _p: 2, heard.append, prompt=True)
    assert all(task.left.wait(20) for task in (first, second))
    qtbot.waitUntil(lambda: not session.runner._tasks, timeout=20_000)
    qtbot.wait(1)  # the drain that waited for the dialog has returned
    assert heard == [2]


def test_training_is_drained_in_few_signals(qtbot, session, project_folder, fake_training) -> None:
    fake_training.plan(epochs=500)
    batches: list[list[object]] = []
    session.runner.events.connect(batches.append)
    session.runner.start_training(Project(), project_folder)
    fake_training.go_on.set()
    qtbot.waitUntil(lambda: session.runner.job.phase == "done", timeout=20_000)
    events = [event for batch in batches for event in batch]
    assert len(events) == 1 + 2 * 500 + 1
    assert len(batches) < 60
    assert session.runner.job.ending == "done"
    assert session.runner.job.best == pytest.approx(0.6 + 5.0)


def test_pause_resume_stop_storm_ends_in_one_stop(
    qtbot, session, project_folder, fake_training
) -> None:
    runner = session.runner
    runner.start_training(Project(), project_folder)
    qtbot.waitUntil(lambda: runner.job.phase == "running", timeout=20_000)
    phases: list[str] = []
    runner.state_changed.connect(lambda job: phases.append(job.phase))
    for _ in range(20):
        runner.pause()
        runner.resume()
    for _ in range(50):
        runner.stop()
    qtbot.waitUntil(lambda: runner.job.phase == "done", timeout=20_000)
    assert phases.count("stopping") == 1
    assert runner.job.ending == "stopped"


def test_only_one_training_at_a_time(qtbot, session, project_folder, fake_training) -> None:
    session.runner.start_training(Project(), project_folder)
    with pytest.raises(FoveaError) as caught:
        session.runner.start_training(Project(), project_folder)
    assert caught.value.code == "FV-T010"
    session.runner.stop()
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=20_000)


def test_a_failing_training_says_why(qtbot, session, project_folder, fake_training) -> None:
    fake_training.error = FoveaError("FV-T004", "The device ran out of memory.")
    fake_training.go_on.set()
    session.runner.start_training(Project(), project_folder)
    qtbot.waitUntil(lambda: session.runner.job.phase == "failed", timeout=20_000)
    assert session.runner.job.error is fake_training.error


def test_shutting_down_ends_every_thread(qtbot, looks, project_folder, fake_training) -> None:
    before = set(threading.enumerate())
    runner = Runner()
    runner.task(lambda _p: None)
    runner.start_training(Project(), project_folder)
    qtbot.waitUntil(lambda: fake_training.control is not None, timeout=20_000)  # torch is imported
    begun = time.monotonic()
    assert runner.shut_down()
    assert time.monotonic() - begun < 2
    assert set(threading.enumerate()) <= before


def test_short_steps_are_drawn_less_often() -> None:
    def interval(steps_per_second: float) -> int:
        pace = _Pace()
        for seconds in (1.0, 2.0):
            at = round(steps_per_second * seconds)
            shown = pace.interval(StepDone(at, 1, 0.0, 0.0, 0.0, 0.0, seconds))
        return shown

    assert interval(10) == 33
    assert interval(100) == 100
    assert interval(1600) == 250


def test_time_left_comes_from_active_time() -> None:
    job = Job(phase="running", total_steps=100)
    job = job.after(EpochDone(1, 25, 0.5, 0.7, None, None, 0.1, 50.0, True))
    assert job.eta == pytest.approx(150.0)
    assert job.fraction == pytest.approx(0.25)
