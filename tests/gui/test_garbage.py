"""No object of Qt dies on another thread than the window's, whoever lets go of it last."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
import torch
from PySide6.QtCore import QObject

from engine.project.document import Project
from engine.train.tools.workbench import release
from gui.pages.base import Session
from gui.runner import Runner
from gui.task import Task
from gui.watchdog import Watchdog

Deaths = list[threading.Thread]
HERE = [threading.main_thread()]


class Mortal(QObject):
    """Notes the thread that it dies on; ``tied`` to itself, only the collector can destroy it."""

    def __init__(self, deaths: Deaths, *, tied: bool = False) -> None:
        super().__init__()
        self.tie = self if tied else None
        weakref.finalize(self, lambda: deaths.append(threading.current_thread()))

    def hear(self, _result: object) -> None:
        """For a task's end."""


@pytest.fixture
def deaths() -> Deaths:
    """The threads on which objects died."""
    return []


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker waits for the window as long as it takes: a full collection late in a run of all
    tests, beside other work, took more than the two seconds."""
    monkeypatch.setattr("gui.garbage._PATIENCE_SECONDS", 60.0)


def wait(qtbot, task: Task) -> None:
    """Until its end was delivered."""
    qtbot.waitUntil(lambda: task.finished, timeout=20_000)


# The collector


@pytest.mark.parametrize(
    "collect",
    [lambda: gc.collect(), lambda: gc.collect(2), lambda: release(torch.device("cpu"))],
    ids=["library", "generation", "tool"],
)
def test_what_a_worker_wants_collected_dies_in_the_window(
    qtbot, session: Session, deaths: Deaths, collect: Callable[[], object]
) -> None:
    Mortal(deaths, tied=True)
    seen: list[Deaths] = []

    def work(_progress) -> None:
        collect()
        seen.append(list(deaths))

    wait(qtbot, session.runner.task(work))
    assert deaths == HERE
    assert seen == [HERE], "the worker went on before it was done"


def test_what_training_wants_collected_dies_in_the_window(
    qtbot, session: Session, project_folder, deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(*_given, **_more) -> Iterator[object]:
        gc.collect()  # as torch does after it has translated a network
        yield from ()

    monkeypatch.setattr("engine.train.loop.train", train)
    Mortal(deaths, tied=True)
    session.runner.start_training(Project(), project_folder)
    qtbot.waitUntil(lambda: not session.runner.job.active, timeout=20_000)
    assert deaths == HERE


def test_what_waits_for_a_collection_does_not_hold_up_the_end(qtbot, looks, deaths: Deaths) -> None:
    runner = Runner()
    Mortal(deaths, tied=True)
    begun, found = threading.Event(), []

    def work(_progress) -> None:
        begun.set()
        found.append(gc.collect())

    runner.task(work)
    assert begun.wait(20)
    assert runner.shut_down()
    assert deaths == HERE
    assert found[0] > 0, "it was not waited for"


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
def test_the_collector_is_off_as_long_as_any_window_lives(looks, on: bool) -> None:
    if on:
        gc.enable()
    own = gc.collect
    first, second = Runner(), Runner()
    second.shut_down()
    assert not gc.isenabled()
    assert gc.collect is not own
    first.shut_down()
    assert gc.isenabled() is on, "it is left as it was found"
    assert gc.collect is own


# Tasks


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


# The watchdog


def test_what_a_stack_knows_dies_in_the_window(
    qtbot, tmp_path, deaths: Deaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function of a frame may return while the watchdog writes it."""
    reading, go_on = threading.Event(), threading.Event()

    def write(_file: object) -> None:
        reading.set()
        assert go_on.wait(20)

    def hold() -> None:
        mortal = Mortal(deaths)
        assert reading.wait(20)
        mortal.hear(None)

    monkeypatch.setattr("gui.watchdog.faulthandler.dump_traceback", write)
    dog = Watchdog(tmp_path / "stuck.txt", seconds=0.1)
    dog.start()
    try:
        hold()
        assert deaths == HERE, "at once, as no frame is held"
    finally:
        go_on.set()
        dog.stop()
