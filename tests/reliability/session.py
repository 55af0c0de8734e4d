"""One session of the window that trains while a person clicks, in this process."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO

from PySide6.QtCore import QObject, Qt, QTimer

import gui.app
from engine.runs.events import Event, StepDone
from gui.job import Job
from gui.settings import Settings
from gui.watchdog import Watchdog
from tests.reliability.acts import ACTS
from tests.reliability.gaps import Gaps
from tests.reliability.person import Person
from tests.reliability.window import Clicked

__all__ = ["Session"]

_EPOCHS = 10_000
_SETTLES_MS = 3000
_PATIENCE = 120.0  # seconds beyond those that were asked for, to do everything


class Session(QObject):
    """Opens the project in ``folder``, trains it and clicks: one call of :meth:`run`.

    With ``stacks`` there is no watchdog: both would write down the same.
    """

    def __init__(
        self, folder: Path, seed: int, *, hurry: bool = False, stacks: IO[str] | None = None
    ) -> None:
        super().__init__()
        self._app = gui.app.start(Settings(folder.parent / "settings.ini"))
        self._folder = folder
        self._gaps = Gaps(stacks)
        self._dog = Watchdog(None if stacks else folder.parent / "stuck.txt")
        self._person = Person(self._app.window, seed, self._tell, hurry=hurry)
        self._looks = QTimer(self, interval=200)
        self._seconds, self._rounds = 0.0, 0
        self._ends, self._steps = 0.0, 0
        self._uncaught: list[str] = []
        runner = self._app.session.runner
        self._app.crash.caught.connect(lambda error: self._uncaught.append(repr(error)))
        runner.device_changed.connect(self._train, Qt.ConnectionType.SingleShotConnection)
        runner.events.connect(self._count)
        runner.state_changed.connect(self._on_state)
        self._looks.timeout.connect(self._look)

    def run(self, seconds: float, rounds: int, noise: list[str]) -> Clicked:
        """Clicks for so long, and for so many rounds; ``noise`` is what Qt and the logs say."""
        self._seconds, self._rounds = seconds, rounds
        window, runner = self._app.window, self._app.session.runner
        window.resize(1280, 800)
        window.show()
        window.files.open(self._folder)
        window.go("train")
        runner.warm_up()
        self._app.qt.exec()
        error = str(runner.job.error or ("" if runner.job.active else "the training has ended"))
        window.end()
        self._app.crash.remove()
        return Clicked(
            dict(self._gaps.late),
            dict(self._gaps.busy),
            dict(self._person.done),
            self._steps,
            self._uncaught,
            list(noise),
            self._dog.dumps,
            error,
        )

    def _tell(self, name: str) -> None:
        self._gaps.doing = name

    def _train(self, _device: object) -> None:
        document = self._app.session.document
        assert document.project is not None
        assert document.folder is not None
        recipe = document.project.training.with_(epochs=_EPOCHS)
        project = document.project.with_(training=recipe)
        self._app.session.runner.start_training(project, document.folder)

    def _count(self, events: list[Event]) -> None:
        steps = sum(isinstance(event, StepDone) for event in events)
        if steps and not self._steps:
            QTimer.singleShot(_SETTLES_MS, self, self._click)
        self._steps += steps

    def _click(self) -> None:
        self._ends = time.monotonic() + self._seconds
        self._gaps.start()
        self._dog.start()
        self._person.start()
        self._looks.start()

    def _look(self) -> None:
        whole = min(self._person.done[name] for name in ACTS) >= self._rounds
        over = time.monotonic() - self._ends
        if over > _PATIENCE or (over > 0 and whole):
            self._gaps.stop()
            self._dog.stop()
            self._person.stop()
            self._looks.stop()
            self._app.qt.exit()  # quit() would ask about the training

    def _on_state(self, job: Job) -> None:
        if not job.active:
            self._app.qt.exit()  # quit() would ask about the training
