"""Runs that repeat whole updates: what they keep, how they stop, resume and repair themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.project.document import Project
from engine.runs.events import Event, RunFinished, RunStarted
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run
from engine.train import Control, train
from engine.train.recording import choice
from engine.train.recording.recording import Recording
from tests.engine.train.guards.test_repair import broken, once, stopped_at, texts
from tests.engine.train.recording.tape import record_on_tape
from tests.engine.train.recording.test_choice import failing
from tests.engine.train.test_loop import epochs, weights
from tests.engine.train.tiny_project import make_project


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Has an entry for each update that was repeated, trials included."""
    done: list[int] = []
    usual = Recording.replay

    def replay(self: Recording, *given: Any, **named: Any) -> Any:
        done.append(1)
        return usual(self, *given, **named)

    monkeypatch.setattr(Recording, "replay", replay)
    return done


def project(folder: Path, **recipe: Any) -> Project:
    return make_project(folder, **({"cuda_graphs": "update"} | recipe))


def facts(folder: Path) -> dict[str, Any]:
    return dict(RunFolder(find_run(folder, "last").path).read())


def started(events: list[Event]) -> RunStarted:
    return next(event for event in events if isinstance(event, RunStarted))


def test_a_run_says_and_keeps_that_it_repeats_updates(tmp_path: Path, repeated: list[int]) -> None:
    """60 images make 7 whole batches of 8 an epoch, and 3 updates prove the recording."""
    folder = tmp_path / "p"
    events = list(train(project(folder), folder))
    assert isinstance(events[-1], RunFinished)
    assert "Updates: whole ones as CUDA graphs, as the recipe asks." in started(events).notes
    assert facts(folder)["passes"] == choice.UPDATE
    assert len(repeated) == 3 + 3 * 7


def test_a_stop_and_a_resume_end_the_same(tmp_path: Path, repeated: list[int]) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    one = list(train(project(whole), whole))
    made, control, two = project(parts), Control(), []
    for event in train(made, parts, control=control):
        two.append(event)
        if len(epochs(two)) == 1:
            control.stop()
    repeated.clear()
    resumed = list(train(None, parts, resume="last"))
    assert "as the run began" in " ".join(started(resumed).notes)
    assert repeated
    assert epochs(two + resumed) == epochs(one)
    assert weights(parts) == weights(whole)


def test_a_resume_that_cannot_repeat_says_so_and_goes_on(
    tmp_path: Path, repeated: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "p"
    list(stopped_at(project(folder), folder, 4))
    monkeypatch.setattr(choice, "recorder_for", lambda device: failing)
    repeated.clear()
    events = list(train(None, folder, resume="last"))
    assert isinstance(events[-1], RunFinished)
    assert "are not used: out of memory." in " ".join(started(events).notes)
    assert facts(folder)["passes"] == "plain"
    assert not repeated


@pytest.mark.parametrize("again", [True, False])
def test_a_run_that_repairs_itself_records_anew_or_says_why_not(
    tmp_path: Path, repeated: list[int], monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    folder, made = tmp_path / "p", []

    def record(*given: Any) -> Any:
        made.append(len(repeated))
        return record_on_tape(*given) if again or len(made) == 1 else failing(*given)

    monkeypatch.setattr(choice, "recorder_for", lambda device: record)
    with broken(once(20)):
        events = list(train(project(folder, epochs=5, self_repair=True), folder))
    assert isinstance(events[-1], RunFinished)
    assert ("are not used: out of memory." in texts(events)) is not again
    assert "repairs itself" in texts(events)
    assert len(made) == 2
    assert len(repeated) - made[1] == (3 + 3 * 7 if again else 0)


def test_a_repaired_run_that_was_stopped_ends_the_same(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    with broken(once(20)):
        list(train(project(whole, epochs=5, self_repair=True), whole))
        list(stopped_at(project(parts, epochs=5, self_repair=True), parts, 29))
        list(train(None, parts, resume="last"))
    assert weights(parts) == weights(whole)
