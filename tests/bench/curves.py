"""Live curves against pyqtgraph's own plot item: append and draw, pan and zoom."""

from __future__ import annotations

import os
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication

from gui.plots import CurvePlot
from gui.theme import theme
from tests.bench.rounds import compare

TITLE = "Curves: append and draw, pan and zoom, against pyqtgraph's PlotWidget with downsampling"
_FRAMES = 20


class Ours:
    """The plot of the Train page."""

    def __init__(self, runs: int, points: int) -> None:
        self.plot = CurvePlot("Loss")
        self.plot.resize(900, 420)
        self.names = [f"run {number}" for number in range(runs)]
        for name in self.names:
            self.plot.append(name, np.arange(points), noise(points))
        self.plot.flush()
        self.plot.show()
        self.view = self.plot.view
        self.box = self.view.box

    def append(self, step: int) -> None:
        """Some new points, drawn."""
        self.plot.append(self.names[0], np.arange(step, step + 10), np.ones(10))
        self.plot.flush()


class Theirs:
    """pyqtgraph as its manual shows it, with automatic downsampling and clipping on."""

    def __init__(self, runs: int, points: int) -> None:
        self.view = pg.PlotWidget()
        self.view.resize(900, 420)
        self.x, self.y = np.arange(points, dtype=float), noise(points)
        self.items = [self.view.plot(self.x, noise(points)) for _ in range(runs)]
        for item in self.items:
            item.setClipToView(True)
            item.setDownsampling(auto=True, method="peak")
        self.view.show()
        self.box = self.view.getViewBox()

    def append(self, step: int) -> None:
        """Some new points, drawn."""
        self.x = np.append(self.x, np.arange(step, step + 10))
        self.y = np.append(self.y, np.ones(10))
        self.items[0].setData(self.x, self.y)


def noise(points: int) -> np.ndarray:
    """A falling loss with noise."""
    steps = np.arange(points)
    return 2 * np.exp(-steps / points * 4) + np.random.default_rng(0).normal(0, 0.1, points)


def append_rate(plot: Ours | Theirs, start: int) -> float:
    """Appends and redraws a second."""
    begun = time.perf_counter()
    for frame in range(_FRAMES):
        plot.append(start + 10 * frame)
        plot.view.viewport().repaint()
    return _FRAMES / (time.perf_counter() - begun)


def pan_rate(plot: Ours | Theirs, points: int) -> float:
    """Frames a second while the view is panned and zoomed."""
    begun = time.perf_counter()
    for frame in range(_FRAMES):
        left = points * 0.02 * frame
        plot.box.setRange(xRange=(left, left + points * (0.4 + 0.01 * frame)), padding=0)
        plot.view.viewport().repaint()
    return _FRAMES / (time.perf_counter() - begun)


def main(argv: list[str]) -> None:
    """12 runs of 100,000 points, then one of 1,000,000."""
    app = QApplication.instance() or QApplication(argv)
    assert isinstance(app, QApplication)
    theme().apply(app)
    for runs, points in ((12, 100_000), (1, 1_000_000)):
        print(f"\n{runs} × {points:,} points; 1000 / rate = milliseconds")
        ours, theirs = Ours(runs, points), Theirs(runs, points)
        QApplication.processEvents()
        ends = {"ours": points, "theirs": points}

        def grow(name: str, plot: Ours | Theirs, ends: dict[str, int] = ends) -> float:
            ends[name] += 10 * _FRAMES
            return append_rate(plot, ends[name])

        compare(
            {
                "PlotWidget, append and draw": lambda plot=theirs, grow=grow: grow("theirs", plot),
                "Fovea, append and draw": lambda plot=ours, grow=grow: grow("ours", plot),
                "PlotWidget, pan and zoom": lambda plot=theirs, n=points: pan_rate(plot, n),
                "Fovea, pan and zoom": lambda plot=ours, n=points: pan_rate(plot, n),
            },
            reference="PlotWidget, append and draw",
            unit="per s",
        )
