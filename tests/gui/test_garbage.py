"""No object of Qt dies on another thread than the window's, whoever lets go of it last."""

from __future__ import annotations

import threading
import weakref

import pytest
from PySide6.QtCore import QObject

from gui.pages.base import Session
from gui.task import Task

Deaths = list[threading.Thread]
HERE = [threading.main_thread()]


class Mortal(QObject):
    """Notes the thread that it dies on."""

    def __init__(self, deaths: Deaths) -> None:
        super().__init__()
        weakref.finalize(self, lambda: deaths.append(threading.current_thread()))

    def hear(self, _result: object) -> None:
        """For a task's end."""


@pytest.fixture
def deaths() -> Deaths:
    """The threads on which objects died."""
    return []


def wait(qtbot, task: Task) -> None:
    """Until its end was delivered."""
    qtbot.waitUntil(lambda: task.finished, timeout=20_000)


@pytest.mark.parametrize("known", ["work", "on_done", "owner"])
def test_what_a_task_knows_dies_in_the_window_with_its_end(
    qtbot, session: Session, deaths: Deaths, known: str
) -> None:
    mortal = Mortal(deaths)
    runner, given = session.runner, {"work": lambda _progress: None}
    given[known] = mortal if known == "owner" else mortal.hear
    task = runner.task(**given)
    del mortal, given
    wait(qtbot, task)
    del task
    qtbot.wait(1)  # the drain that delivered it has returned
    assert deaths == HERE, "an idle worker holds what it did last"


def test_a_task_that_its_worker_still_holds_is_not_over(
    qtbot, session: Session, deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker that is slow to return would be the last to let go."""
    holding, go_on = threading.Event(), threading.Event()
    run = Task.run

    def slow(task: Task) -> None:
        run(task)
        holding.set()
        assert go_on.wait(20)

    monkeypatch.setattr(Task, "run", slow)
    mortal, heard = Mortal(deaths), []
    task = session.runner.task(mortal.hear, heard.append)
    del mortal
    assert holding.wait(20)
    qtbot.wait(100)  # some drains
    early = list(heard), task.finished
    go_on.set()
    assert early == ([], False)
    wait(qtbot, task)
    del task
    qtbot.wait(1)
    assert heard == [None]
    assert deaths == HERE
