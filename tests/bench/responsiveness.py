"""How the window answers while its worker thread trains, and what that costs the training."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.augment.pipeline import Pipeline
from engine.graph.builder import GraphBuilder
from engine.layers.base import LAYERS
from engine.project.document import Project
from engine.project.store import load, save
from engine.runs.events import StepDone
from tests.bench.rounds import compare

TITLE = "Window while training, live curves shown: gaps of the event loop, and the rate kept"

_ROOT = Path(__file__).resolve().parents[2]
_TICK_MS = 5
_SETTLE_SECONDS = 1.5  # of training, before the rate is taken
_PHASES = ("torch imported", "training begins", "training", "training ends")


# The work


def sample(folder: Path) -> Path:
    """The sample project, with more epochs than anybody waits for."""
    from gui.sample_project import create_sample

    made = create_sample(folder)
    opened = load(made)
    _save(made, opened.project.with_(training=opened.project.training.with_(epochs=10_000)))
    return made


def tiny(folder: Path) -> Path:
    """A net so small that only the loop's own work counts: hundreds of steps a second."""
    from engine.project.new import new_project

    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (4000, 16, 16), dtype=np.uint8)
    labels = draw.integers(0, 4, (4000, 1))
    arrays = {"train_images": pixels, "train_labels": labels}
    np.savez(folder / "tiny.npz", **arrays, test_images=pixels[:400], test_labels=labels[:400])
    made = folder / "tiny"
    project = new_project(made, folder / "tiny.npz", size=16)
    make = GraphBuilder()
    for kind, settings in (("input", {}), ("conv2d", {"out_channels": 4}), ("relu", {})):
        make.add(kind, LAYERS.get(kind)(**settings))
    make.add("pool", LAYERS.get("global_avg_pool")())
    make.add("scores", LAYERS.get("output")())
    recipe = project.training.with_(epochs=10_000, batch_size=32)
    _save(made, project.with_(model=make.graph(), augment=Pipeline(), training=recipe))
    return made


def _save(folder: Path, project: Project) -> None:
    save(folder, project, expect_digest=load(folder).digest)


# What a child process measures


class Rate:
    """Steps a second of active training, from the events of a run."""

    def __init__(self) -> None:
        self.first: StepDone | None = None
        self.last: StepDone | None = None

    def take(self, event: object) -> None:
        """Looks at one event."""
        if isinstance(event, StepDone):
            if self.first is None and event.seconds >= _SETTLE_SECONDS:
                self.first = event
            self.last = event

    @property
    def seconds(self) -> float:
        """How long training has been going on since it has settled."""
        if self.first is None or self.last is None:
            return 0.0
        return self.last.seconds - self.first.seconds

    @property
    def value(self) -> float:
        """Steps a second in that time."""
        assert self.first is not None
        assert self.last is not None
        return (self.last.step - self.first.step) / self.seconds


def headless(folder: Path, seconds: float) -> dict[str, object]:
    """The same training without a window."""
    from engine.train import Control, train

    control, rate = Control(), Rate()
    for event in train(load(folder).project, folder, control=control):
        rate.take(event)
        if rate.seconds >= seconds:
            control.stop()
    return {"rate": rate.value}


def windowed(folder: Path, seconds: float, probing: bool) -> dict[str, object]:
    """Training from the Train page, measured by a timer of 5 ms and an event that it posts."""
    from PySide6.QtCore import Qt

    import gui.app
    from gui.settings import Settings

    app = gui.app.start(Settings(folder / "settings.ini"))
    window, runner = app.window, app.session.runner
    rate, probe = Rate(), _probe(probing)

    def began(_device: object) -> None:
        probe.phase = "training begins"
        document = app.session.document
        assert document.project is not None
        assert document.folder is not None
        runner.start_training(document.project, document.folder)

    def took(events: list[object]) -> None:
        for event in events:
            rate.take(event)
        if rate.seconds and probe.phase != "training ends":
            probe.phase = "training"
            if rate.seconds >= seconds:
                probe.phase = "training ends"
                runner.stop()

    def ended(job: object) -> None:
        if not runner.job.active:
            probe.stop()
            app.qt.exit(0 if runner.job.phase == "done" else 1)

    window.resize(1280, 800)
    window.show()
    window.files.open(folder)
    window.go("train")
    _until_quiet(app.qt, 1.0)
    runner.device_changed.connect(began, Qt.ConnectionType.SingleShotConnection)
    runner.events.connect(took)
    runner.state_changed.connect(ended)
    probe.start()
    runner.warm_up()
    code = app.qt.exec()
    window.end()
    assert code == 0, runner.job.error
    return {"rate": rate.value, "gaps": probe.gaps, "pings": probe.pings}


def _until_quiet(qt: Any, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        qt.processEvents()
        time.sleep(0.01)


def _probe(on: bool) -> Any:
    """A timer that notes how late it comes, and how long an event that it posts takes."""
    from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer

    kind = QEvent.Type(QEvent.registerEventType())

    class Probe(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.phase = _PHASES[0]
            self.gaps: dict[str, list[float]] = {name: [] for name in _PHASES}
            self.pings: dict[str, list[float]] = {name: [] for name in _PHASES}
            self._last = self._posted = 0.0
            self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
            self._timer.timeout.connect(self._tick)

        def start(self) -> None:
            self._last = time.perf_counter()
            if on:
                self._timer.start()

        def stop(self) -> None:
            self._timer.stop()

        def _tick(self) -> None:
            now = time.perf_counter()
            late = 1000 * (now - self._last) - _TICK_MS
            self.gaps[self.phase].append(round(max(0.0, late), 2))
            self._last = self._posted = now
            QCoreApplication.postEvent(self, QEvent(kind))

        def customEvent(self, event: QEvent) -> None:
            taken = 1000 * (time.perf_counter() - self._posted)
            self.pings[self.phase].append(round(taken, 2))

    return Probe()


# The parent


def child(how: str, folder: Path, seconds: float) -> dict[str, Any]:
    """Runs one contestant in a Python of its own and returns what it measured."""
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ
    command = [sys.executable, "-m", "tests.bench", "responsiveness", "--child", how]
    ended = subprocess.run(
        [*command, "--folder", str(folder), "--seconds", str(seconds)],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120 + 10 * seconds,
    )
    found = json.loads(ended.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def report(title: str, rounds: list[dict[str, dict[str, list[float]]]], key: str) -> None:
    """Prints the median, the 99th percentile and the longest of every phase."""
    for phase in _PHASES:
        pooled = np.array([value for found in rounds for value in found[key][phase]])
        if len(pooled):
            middle, late = np.percentile(pooled, (50, 99))
            longest = ", ".join(f"{max(found[key][phase], default=0):.0f}" for found in rounds)
            print(
                f"  {title:12s} {phase:16s} p50 {middle:5.1f}  p99 {late:6.1f}  "
                f"max {pooled.max():6.1f} ms  (n={len(pooled)}, per round: {longest})"
            )


def measure(title: str, folder: Path, seconds: float, rounds: int) -> None:
    """Prints the rate kept and the gaps of one work."""
    found: list[dict[str, dict[str, list[float]]]] = []

    def run(how: str) -> float:
        result = child(how, folder, seconds)
        if how == "probed":
            found.append(result)
        return float(result["rate"])

    print(f"\n{title}")
    contestants: dict[str, Callable[[], float]] = {
        "without a window": lambda: run("headless"),
        "in the window": lambda: run("windowed"),
        "in the window, gaps measured": lambda: run("probed"),
    }
    compare(contestants, reference="without a window", rounds=rounds, unit="steps/s")
    report("timer late", found, "gaps")
    report("posted event", found, "pings")


def works(asked: str) -> Iterator[tuple[str, Callable[[Path], Path]]]:
    """Title and maker of the projects to train."""
    if asked in ("sample", "both"):
        yield "the sample (64 px, its own model, recipe and augmentation)", sample
    if asked in ("tiny", "both"):
        yield "an overhead-bound net (16 px, 4 channels, batch 32)", tiny


def main(argv: list[str]) -> None:
    """Measures in interleaved rounds, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="tests.bench responsiveness")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15, help="of training, each time")
    parser.add_argument("--work", choices=("sample", "tiny", "both"), default="both")
    parser.add_argument("--child", choices=("headless", "windowed", "probed"))
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args(argv)
    if asked.child == "headless":
        print(json.dumps(headless(asked.folder, asked.seconds)))
    elif asked.child:
        print(json.dumps(windowed(asked.folder, asked.seconds, asked.child == "probed")))
    else:
        for title, make in works(asked.work):
            with tempfile.TemporaryDirectory() as folder:
                measure(title, make(Path(folder)), asked.seconds, asked.rounds)
