"""Training in a process of its own, from the window: its death leaves the window as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runs.events import Notice, RunStarted, StepDone
from engine.runs.listing import find_run
from gui.job import Job
from gui.pages.base import Session
from gui.shell.jobbar import JobBar
from tests.engine.train.apart import DEATHS, failing_child
from tests.engine.train.tiny_project import make_project


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_t12_the_window_outlives_the_process_that_trains(
    qtbot, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    failing_child(monkeypatch, DEATHS["SIGKILL"], at=12, mark=str(tmp_path / "died"))
    folder, runner = tmp_path / "tiny", session.runner
    project = make_project(folder)
    heard: list[object] = []
    runner.events.connect(heard.extend)
    runner.apart = True
    runner.start_training(project, folder)
    qtbot.waitUntil(lambda: not runner.job.active, timeout=200_000)
    assert runner.job.phase == "failed"
    assert runner.job.error is not None
    assert runner.job.error.code == "FV-T031"
    assert find_run(folder, "last").status == "interrupted"
    assert any("about to fail" in event.text for event in heard if isinstance(event, Notice))
    runner.start_training(project, folder, find_run(folder, "last").id)
    qtbot.waitUntil(lambda: not runner.job.active, timeout=200_000)
    assert (runner.job.phase, runner.job.ending) == ("done", "done")
    assert find_run(folder, "last").status == "done"


def test_o01_waiting_for_room_is_seen_until_the_run_goes_on(looks, session: Session) -> None:
    started = RunStarted("r1", 2, 10, 8, 0, 80, 20, ("a", "b"), 10, "CPU", "fp32")
    bar = JobBar(session.runner)
    job = Job(phase="starting").after(started)
    waiting = job.after(Notice("The run waits: no room.", "warning", state="waiting"))
    bar.show_job(waiting)
    assert bar.head.text() == "Waiting for room on the disc"
    assert "no room" in bar.facts.text()
    assert bar.stop.isEnabled()
    going = waiting.after(Notice("It goes on.", state="going on"))
    assert going.after(StepDone(1, 1, 0.5, 0.5, 0.1, 9.0, 1.0)).waits_for == ""
    bar.show_job(going)
    assert bar.head.text() == "Training"
    bar.deleteLater()
