"""The main job on the sample, without a hand: in the window, or offscreen with files as the result.

Offscreen it does what a person would do: opens the sample, shortens the recipe, trains on the Train
page, evaluates; it prints what happens and leaves the evidence in a folder.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from engine.errors import FoveaError
from engine.files.atomic import write_json
from engine.runs.events import EpochDone, Event, RunStarted
from gui.job import Job
from gui.numbers import duration, percent
from gui.sample_project import create_sample

if TYPE_CHECKING:
    from gui.crash import CrashReporter
    from gui.runner import Progress
    from gui.window import Window

__all__ = ["run_offscreen", "start_demo"]

_EPOCHS = 10
_SECONDS = 55
_SIZE = (1280, 800)


def start_demo(window: Window) -> None:
    """Opens the sample in ``window`` and starts training at once."""

    def train() -> None:
        window.go("train")
        document = window.session.document
        if document.project is not None and document.folder is not None:
            window.session.runner.start_training(document.project, document.folder)

    window.files.open_sample(then=train)


def run_offscreen(window: Window, crash: CrashReporter, out: Path) -> int:
    """Does the demo in a window that nobody sees; 0 when everything went well.

    Leaves in ``out``: the sample project, ``screenshot.png`` of the Train page, ``evaluation.json``
    of the validation and test images, and ``run``, a copy of the run's folder.
    """
    demo = _Offscreen(window, crash, out)
    QTimer.singleShot(0, demo, demo.begin)
    return QApplication.exec()


class _Offscreen(QObject):
    """The steps, each started by the end of the one before."""

    def __init__(self, window: Window, crash: CrashReporter, out: Path) -> None:
        super().__init__()
        self._out = out
        self._window = window
        self._session = window.session
        self._began = time.monotonic()
        self._session.runner.events.connect(self._on_events)
        self._session.runner.state_changed.connect(self._on_state)
        self._session.error_requested.connect(self._fail)
        crash.caught.connect(self._fail)

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began:5.1f} s] {text}", flush=True)

    def begin(self) -> None:
        """Makes the sample."""
        self._window.resize(*_SIZE)
        self._window.show()
        self._say("Making the sample: 600 synthetic cell images in 4 classes")
        self._session.runner.task(lambda p: create_sample(self._out, p), self._train, self._fail)

    def _train(self, folder: Path) -> None:
        document = self._session.document
        self._window.files.open(folder)
        self._window.go("train")
        project = document.project
        if project is None or document.folder is None:
            self._fail(FoveaError("FV-P003", "The sample could not be opened."))
            return
        recipe = project.training.with_(epochs=min(_EPOCHS, project.training.epochs))
        short = project.with_(training=recipe)
        document.apply(short, "Shorten the recipe")
        document.save()
        self._say(f"Training {recipe.epochs} epochs")
        self._session.runner.start_training(short, document.folder)
        QTimer.singleShot(_SECONDS * 1000, self, self._session.runner.stop_after_epoch)

    def _on_events(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, RunStarted):
                self._say(f"{event.device}, {event.parameters:,} parameters, run {event.run}")
            elif isinstance(event, EpochDone):
                left = self._session.runner.job.eta
                accuracy = event.val_accuracy
                shown = "none" if accuracy is None else percent(accuracy)
                self._say(
                    f"epoch {event.epoch:3d}   loss {event.train_loss:.3f}   "
                    f"validation accuracy {shown}" + (f"   {duration(left)} left" if left else "")
                )

    def _on_state(self, job: Job) -> None:
        if job.phase == "failed":
            self._fail(job.error)
        elif job.phase == "done":
            self._say("Evaluating on the validation and test images")
            folder, run = job.folder, job.run
            assert folder is not None
            self._session.runner.task(lambda p: _evaluate(folder, run, p), self._finish, self._fail)

    def _finish(self, results: dict[str, dict[str, Any]]) -> None:
        job = self._session.runner.job
        assert job.folder is not None
        write_json(self._out / "evaluation.json", results)
        self._window.grab().save(str(self._out / "screenshot.png"))
        copy = self._out / "run"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(job.folder / "runs" / job.run, copy)
        for split, result in results.items():
            self._say(f"{split}: accuracy {percent(result['accuracy'])} of {result['n']} images")
        self._say(f"Screenshot and results are in {self._out}")
        self._leave(0)

    def _fail(self, error: object) -> None:
        print(f"fovea: {error}", file=sys.stderr, flush=True)
        self._leave(1)

    def _leave(self, code: int) -> None:
        self._session.runner.shut_down()
        self._session.document.close()
        QApplication.exit(code)


def _evaluate(folder: Path, run: str, progress: Progress) -> dict[str, dict[str, Any]]:
    from engine.evaluate import evaluate

    return {
        split: evaluate(folder, run, split, progress=progress).to_json()
        for split in ("val", "test")
    }
