"""The plots of a study of 10,000 trials: the time to show them, and frames while hands move."""

from __future__ import annotations

import argparse
import datetime
import math
import os
import random
import time
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QWidget

from engine.search import Searched, SearchSpace
from engine.tune.table import Objective, StudyTable, TrialRow
from gui.plots.study.panel import StudyPlots
from gui.plots.study.parallel import ParallelPlot
from gui.plots.study.plot import StudyPlot
from gui.plots.study.view_plot import ViewPlot
from gui.runner import Runner
from gui.theme import theme
from tests.support.mouse import move, press, release

TITLE = "Plots of a study: 10,000 trials, panned and read (goal above 30 frames/s)"
_FRAMES = 40
_KINDS = ("adamw", "sgd", "rmsprop")
_RATE, _KIND, _MOMENTUM = (
    "training.optimizer.lr",
    "training.optimizer",
    "training.optimizer.momentum",
)
_SPACE = SearchSpace(
    (
        Searched(_RATE, 1e-5, 0.1, log=True),
        Searched(_KIND, choices=_KINDS),
        Searched(_MOMENTUM, 0.5, 0.99),
        Searched("training.batch_size", choices=(32, 64, 128)),
        Searched("training.optimizer.weight_decay", 1e-6, 1e-2, log=True),
        Searched("augment.rotate.degrees", 0.0, 45.0),
        Searched("model.conv1.filters", 8, 64),
        Searched("augment.flip.on", choices=(True, False)),
    )
)


def study(count: int, epochs: int = 10) -> StudyTable:
    """Trials of eight settings and two objectives, a third of them pruned, some failed."""
    draw = random.Random(0)
    start = datetime.datetime(2026, 1, 1)
    rows = []
    for number in range(count):
        settings = {
            _RATE: 10 ** draw.uniform(-5, -1),
            _KIND: draw.choice(_KINDS),
            "training.batch_size": draw.choice((32, 64, 128)),
            "training.optimizer.weight_decay": 10 ** draw.uniform(-6, -2),
            "augment.rotate.degrees": draw.uniform(0, 45),
            "model.conv1.filters": draw.randint(8, 64),
            "augment.flip.on": draw.random() < 0.5,
        }
        if settings[_KIND] == "sgd":
            settings[_MOMENTUM] = draw.uniform(0.5, 0.99)
        value = 0.9 - 0.05 * (math.log10(settings[_RATE]) + 2.5) ** 2 + draw.gauss(0, 0.02)
        state = draw.choices(("complete", "pruned", "failed"), (0.62, 0.32, 0.06))[0]
        length = {"complete": epochs, "pruned": draw.randint(1, 5), "failed": 1}[state]
        reports = [
            (epoch, value * (1 - math.exp(-epoch / 3)) + draw.gauss(0, 0.01))
            for epoch in range(1, length + 1)
        ]
        begun = start + datetime.timedelta(seconds=20 * number + draw.uniform(0, 5))
        ended = begun + datetime.timedelta(seconds=6 * length)
        values = (value, 1e4 * settings["model.conv1.filters"]) if state == "complete" else ()
        rows.append(TrialRow(number, state, values, settings, tuple(reports), begun, ended))
    objectives = (
        Objective("Validation accuracy", True, "fraction"),
        Objective("Parameters", False, "count"),
    )
    addresses = tuple(entry.address for entry in _SPACE.entries)
    return StudyTable("many", objectives, addresses, tuple(rows), _SPACE)


def _surface(plot: StudyPlot) -> QWidget:
    body = plot.body
    return body.viewport() if isinstance(body, QAbstractScrollArea) else body


class _Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def reading_rate(plot: StudyPlot) -> float:
    """Frames a second while the cursor goes across the plot, each reading a trial."""
    surface = _surface(plot)
    paints = _Paints(surface)
    begun = time.perf_counter()
    for frame in range(_FRAMES):
        part = frame / _FRAMES
        x = (0.15 + 0.7 * part) * surface.width()
        y = (0.3 + 0.4 * abs(math.sin(9 * part))) * surface.height()
        before = paints.count
        move(surface, QPointF(x, y))
        if paints.count == before:  # the same trial as before
            surface.repaint()
    return _FRAMES / (time.perf_counter() - begun)


def pan_rate(plot: ViewPlot) -> float:
    """Frames a second while the view is panned and zoomed."""
    (left, right), (low, high) = plot.view.box.viewRange()
    wide, tall = right - left, high - low
    begun = time.perf_counter()
    for frame in range(_FRAMES):
        x, y = left + 0.01 * frame * wide, low + 0.005 * frame * tall
        ranges = {"xRange": (x, x + wide * (1 - 0.01 * frame)), "yRange": (y, y + tall)}
        plot.view.box.setRange(**ranges, padding=0)
        plot.view.viewport().repaint()
    rate = _FRAMES / (time.perf_counter() - begun)
    plot.fit()
    return rate


def brush_rate(plot: ParallelPlot) -> float:
    """Frames a second while a range is dragged along an axis."""
    canvas, area = plot.canvas, plot.canvas.area()
    x = canvas.axis_x(0)
    press(canvas, QPointF(x, area.bottom() - 10))
    paints = _Paints(canvas)
    begun = time.perf_counter()
    for frame in range(_FRAMES):
        y = area.bottom() - 10 - (area.height() - 20) * (frame + 1) / _FRAMES
        move(canvas, QPointF(x, y), Qt.MouseButton.LeftButton)
    rate = _FRAMES / (time.perf_counter() - begun)
    assert paints.count >= _FRAMES - 1, f"only {paints.count} of {_FRAMES} frames were painted"
    release(canvas, QPointF(x, area.top() + 10))
    canvas.reset()
    return rate


def settle(plot: StudyPlot, until: float) -> float:
    """Lets the window work until the plot is drawn; the longest that a turn of it took."""
    longest, drawn = 0.0, False
    while not drawn and time.perf_counter() < until:
        drawn = not plot.busy
        turn = time.perf_counter()
        QApplication.processEvents()
        longest = max(longest, time.perf_counter() - turn)
        time.sleep(0.001)
    return longest


def main(arguments: list[str]) -> None:
    """Prints, for each plot, the time from the table to the drawing, and the frames."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench studyplots", description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    app = QApplication.instance() or QApplication(["fovea"])
    assert isinstance(app, QApplication)
    theme().apply(app)
    runner = Runner()
    panel = StudyPlots(runner)
    panel.resize(1000, 520)
    panel.show()
    table = study(asked.trials)
    begun = time.perf_counter()
    panel.set_table(table)
    print(f"set_table returns after {1000 * (time.perf_counter() - begun):.1f} ms")
    for place in range(panel.choice.count()):
        key = panel.choice.tabData(place)
        begun = time.perf_counter()
        plot = panel.choose(key)
        held = time.perf_counter() - begun
        held = max(held, settle(plot, begun + 60))
        shown = time.perf_counter() - begun
        rates = {"read": [reading_rate(plot) for _ in range(asked.rounds)]}
        if isinstance(plot, ViewPlot):
            rates["pan"] = [pan_rate(plot) for _ in range(asked.rounds)]
        if isinstance(plot, ParallelPlot):
            rates["brush"] = [brush_rate(plot) for _ in range(asked.rounds)]
        words = ", ".join(
            f"{name} {median(found):.0f} frames/s ({min(found):.0f} to {max(found):.0f})"
            for name, found in rates.items()
        )
        print(
            f"{plot.TITLE:22s} shown after {1000 * shown:6.0f} ms (held {1000 * held:.0f}): {words}"
        )
    runner.shut_down()
