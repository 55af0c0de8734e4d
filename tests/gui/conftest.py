"""A project on disk, a session and a window for the tests of the GUI."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from engine.project import store
from engine.project.document import Project
from engine.runs.events import EpochDone, Event, RunFinished, RunStarted, StepDone
from engine.runs.queue import RunQueue
from engine.train.control import Control
from gui.document import Document
from gui.pages.base import Session
from gui.runner import Runner
from gui.settings import Settings
from gui.theme import theme
from gui.window import Window


@pytest.fixture
def looks(qapp: QApplication) -> QApplication:
    """The application in Fovea's light look."""
    if not qapp.styleSheet():
        theme().apply(qapp)
    theme().set_mode("light")
    return qapp


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    """The folder of an empty project."""
    folder = tmp_path / "cells"
    folder.mkdir()
    store.create(folder, Project(name="cells"))
    return folder


@pytest.fixture
def session(looks: QApplication) -> Iterator[Session]:
    """A session with nothing open; its threads end with the test."""
    runner = Runner()
    made = Session(Document(runner.background), runner, theme())
    yield made
    assert runner.shut_down(5), "a worker hangs"
    made.document.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of their own."""
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def window(qtbot, session: Session, settings: Settings) -> Window:
    """The main window, shown."""
    made = Window(session, settings)
    qtbot.addWidget(made, before_close_func=lambda w: setattr(w, "_ready_to_close", True))
    made.resize(1280, 720)
    made.show()
    return made


class FakeTraining:
    """Stands in for the engine's ``train``: yields what a test wants, when it wants."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.go_on = threading.Event()
        self.error: BaseException | None = None
        self.control: Control | None = None

    def plan(self, epochs: int = 2, steps: int = 10) -> None:
        """Prepares the events of a whole run."""
        self.events = [RunStarted("r1", epochs, steps, 8, 0, 80, 20, ("a", "b"), 10, "CPU", "fp32")]
        for epoch in range(1, epochs + 1):
            at = epoch * steps
            self.events += [
                StepDone(at - 1, epoch, 1.0 / epoch, 0.5, 0.01, 400.0, at * 0.1 - 0.05),
                EpochDone(epoch, at, 0.5, 0.7, 0.6, 0.6 + epoch / 100, 0.01, at * 0.1, True),
            ]

    def __call__(
        self, project, folder, *, resume=None, control: Control, queued: str = ""
    ) -> Iterator[Event]:
        self.control = control
        if queued:
            RunQueue(folder).begun(queued)
        yield from self.events
        while not self.go_on.wait(0.005) and not control.stopping:
            pass
        if self.error is not None:
            raise self.error
        status = "stopped" if control.stopping else "done"
        yield RunFinished("r1", status, 2, 2, 2.0, {"val_accuracy": 0.62})


@pytest.fixture
def fake_training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    """Replaces the engine's training by one that the test steers; it waits for ``go_on``."""
    fake = FakeTraining()
    fake.plan()
    monkeypatch.setattr("engine.train.loop.train", fake)
    return fake


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """``answers("save")`` answers the next questions with these keys; gives their titles."""
    from gui.shell import files

    asked: list[str] = []

    def use(*keys: str) -> list[str]:
        left = list(keys)

        class Answered:
            def __init__(self, title, detail, choices, parent) -> None:
                asked.append(title)
                self.known = [choice[0] for choice in choices]

            def ask(self) -> str:
                key = left.pop(0)
                assert key in self.known
                return key

        monkeypatch.setattr(files, "Question", Answered)
        return asked

    return use
