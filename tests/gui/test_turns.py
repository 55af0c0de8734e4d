"""Works that wait for turns of the event loop: one in each, the newest of a name, in order."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from pytestqt.qtbot import QtBot

from gui.widgets import Turns

_KIND = QEvent.Type(QEvent.registerEventType())


class Heard(QObject):
    """Notes what is done, and the events that it posts to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []

    def do(self, name: str) -> None:
        """Notes a work, whose event is to come before the next one."""
        self.notes.append(name)
        QCoreApplication.postEvent(self, QEvent(_KIND))

    def customEvent(self, event: QEvent) -> None:
        """Notes the event."""
        self.notes.append("event")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def turns(heard: Heard) -> Turns:
    """Belongs to what it works for."""
    return Turns(heard)


def test_what_a_work_asks_for_comes_before_the_next_one(
    qtbot: QtBot, heard: Heard, turns: Turns
) -> None:
    for name in "abc":
        turns.add(name, lambda name=name: heard.do(name))
    assert heard.notes == []
    qtbot.waitUntil(lambda: len(heard.notes) == 6)
    assert heard.notes == ["a", "event", "b", "event", "c", "event"]


def test_the_newest_work_of_a_name_takes_the_place_of_the_older_one(
    qtbot: QtBot, heard: Heard, turns: Turns
) -> None:
    turns.add("a", lambda: heard.do("old a"))
    turns.add("b", lambda: heard.do("b"))
    turns.add("a", lambda: heard.do("new a"))
    qtbot.waitUntil(lambda: len(heard.notes) == 4)
    assert heard.notes == ["new a", "event", "b", "event"]


def test_what_was_done_can_be_asked_for_again(qtbot: QtBot, heard: Heard, turns: Turns) -> None:
    turns.add("a", lambda: turns.add("a", lambda: heard.do("again")))
    qtbot.waitUntil(lambda: len(heard.notes) == 2)
    assert heard.notes == ["again", "event"]
    assert not turns.any_waiting
