"""Following a run: what is read back and what arrives live make one row of events, each once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.errors import FoveaError
from engine.runs.events import Event, StepDone
from gui.pages.base import Session
from gui.pages.train.following import Following


def step(number: int) -> StepDone:
    return StepDone(number, 1, 1.0 / number, 0.5, 0.01, 100.0, float(number))


class Disk:
    """Stands in for the engine's ``replay``: reads when the test lets it."""

    def __init__(self) -> None:
        self.runs: dict[str, list[Event]] = {}
        self.read = threading.Event()

    def __call__(self, path: Path) -> list[Event]:
        assert self.read.wait(5)
        if path.name not in self.runs:
            raise FoveaError("FV-T002", "The history of this run cannot be read.")
        return self.runs[path.name]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr("gui.pages.train.following.replay", made)
    return made


@pytest.fixture
def heard(session: Session) -> tuple[Following, list[Event]]:
    """A follower, and the events that are drawn at the moment."""
    following, drawn = Following(session.runner, session), []
    following.turned.connect(drawn.clear)
    following.took.connect(drawn.extend)
    return following, drawn


def test_steps_that_arrive_while_a_run_is_read_back_are_drawn_once(qtbot, heard, disk) -> None:
    following, drawn = heard
    disk.runs["a"] = [step(1), step(2), step(3)]
    following.show(Path("p"), "a")
    following.take([step(2), step(3), step(4)])  # two are in the file, one came after
    assert drawn == []
    with qtbot.waitSignal(following.settled):
        disk.read.set()
    following.take([step(5)])
    assert [event.step for event in drawn] == [1, 2, 3, 4, 5]


def test_a_file_that_ends_before_what_arrives_loses_nothing(qtbot, heard, disk) -> None:
    following, drawn = heard
    disk.runs["a"] = [step(1)]
    following.show(Path("p"), "a")
    following.take([step(2)])
    with qtbot.waitSignal(following.settled):
        disk.read.set()
    assert [event.step for event in drawn] == [1, 2]


def test_turning_away_drops_what_was_being_read(qtbot, heard, disk) -> None:
    following, drawn = heard
    disk.runs = {"a": [step(1)], "b": [step(9)]}
    following.show(Path("p"), "a")
    following.show(Path("p"), "b")
    with qtbot.waitSignal(following.settled):
        disk.read.set()
    assert following.run == "b"
    assert [event.step for event in drawn] == [9]


def test_a_history_that_cannot_be_read_is_told_and_live_events_go_on(qtbot, heard, disk) -> None:
    following, drawn = heard
    following.show(Path("p"), "gone")
    following.take([step(4)])
    with qtbot.waitSignal(following.failed):
        disk.read.set()
    following.take([step(5)])
    assert [event.step for event in drawn] == [4, 5]


def test_the_drawing_is_emptied_when_the_next_run_is_there_or_takes_long(
    qtbot, heard, disk
) -> None:
    following, drawn = heard
    disk.runs = {"a": [step(1)], "b": [step(9)]}
    disk.read.set()
    with qtbot.waitSignal(following.settled):
        following.show(Path("p"), "a")
    drawing = list(drawn)
    disk.read.clear()
    following.show(Path("p"), "b")
    assert drawn == drawing, "nothing flickers in a moment"
    qtbot.waitUntil(lambda: drawn == [])
    with qtbot.waitSignal(following.settled):
        disk.read.set()
    assert [event.step for event in drawn] == [9]
