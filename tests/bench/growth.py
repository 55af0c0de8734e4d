"""What ten times as much costs: images, nodes, epochs, curves. Ten times, or less."""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import torch
from PySide6.QtWidgets import QApplication

from engine.augment.pipeline import Pipeline
from engine.data.dataset import open_dataset
from engine.data.manifest import load_manifest
from engine.graph import edits
from engine.graph.analysis import analyse
from engine.graph.builder import GraphBuilder
from engine.layers.base import LAYERS, Frame
from engine.project.document import Project
from engine.project.new import new_project
from engine.runs.folder import runs_dir
from engine.runs.listing import replay
from engine.train import train
from gui.theme import theme
from tests.bench.canvas import FRAME, residual_chain
from tests.bench.curves import Ours

TITLE = "Growth: the cost of ten times as much, by processor time (goal: 8 to 12 times, or less)"

Work = Callable[[], object]


def images(count: int, folder: Path) -> Iterator[tuple[str, Work]]:
    """Reading, listing and decoding ``count`` images of 28 px from one array file."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    labels = draw.integers(0, 10, (count, 1))
    source = folder / f"{count}.npz"
    np.savez(source, train_images=pixels, train_labels=labels)
    numbers = iter(range(1000))
    made: list[tuple[Path, Project]] = []

    def scan() -> None:
        target = folder / f"{count}-{next(numbers)}"
        made.append((target, new_project(target, source)))

    def open_again() -> None:
        target, project = made[-1]
        open_dataset(project.data, load_manifest(target, project.data.manifest), target)

    yield "images: import into a project", scan
    yield "images: open the cache", open_again


def nodes(count: int, folder: Path) -> Iterator[tuple[str, Work]]:
    """Checking a graph: all of it, for another size of images each time, and after one edit."""
    graph = residual_chain(count)
    sides = iter(range(64, 10_000))
    widths = iter(range(1, 10_000))

    def edit() -> None:
        layer = graph.node("conv0").layer.with_(out_channels=next(widths))
        analyse(edits.set_layer(graph, "conv0", layer), FRAME)

    yield "nodes: check", lambda: analyse(graph, Frame(3, next(sides), 64, 4))
    yield "nodes: edit the first and check", edit


def epochs(count: int, folder: Path) -> Iterator[tuple[str, Work]]:
    """Training ``count`` epochs of two steps, with all that is kept of each."""
    draw = np.random.default_rng(0)
    source = folder / f"epochs-{count}.npz"
    arrays = {"train_images": draw.integers(0, 256, (64, 8, 8), dtype=np.uint8)}
    arrays["train_labels"] = draw.integers(0, 2, (64, 1))
    np.savez(source, **arrays)
    place = folder / f"epochs-{count}"
    project = new_project(place, source, size=8)
    make = GraphBuilder()
    for kind, settings in (("input", {}), ("conv2d", {"out_channels": 4}), ("relu", {})):
        make.add(kind, LAYERS.get(kind)(**settings))
    make.add("pool", LAYERS.get("global_avg_pool")())
    make.add("scores", LAYERS.get("output")())
    recipe = project.training.with_(epochs=count, batch_size=32)
    project = project.with_(model=make.graph(), augment=Pipeline(), training=recipe)

    def run() -> None:
        for _ in train(project, place):
            pass

    def read() -> None:
        for _ in replay(max(runs_dir(place).iterdir())):
            pass

    yield "epochs: train", run
    yield "epochs: read the history", read


def curves(count: int, folder: Path) -> Iterator[tuple[str, Work]]:
    """A curve of ``count`` points: its start, and a growing one."""
    steps = iter(range(count, 10**9, 10))
    plots: list[Ours] = []

    def draw() -> None:
        plots[:] = [Ours(1, count)]
        plots[0].view.viewport().repaint()

    def grow() -> None:
        for _ in range(20):
            plots[0].append(next(steps))
            plots[0].view.viewport().repaint()

    yield "curves: draw", draw
    yield "curves: append and draw", grow


SUBJECTS = {images: 5_000, nodes: 500, epochs: 30, curves: 100_000}
"""How many the smaller one is; the larger is ten times as many."""


def seconds(work: Work, rounds: int) -> list[float]:
    """Processor seconds of each round, after one for practice."""
    work()
    taken = []
    for _ in range(rounds):
        gc.collect()
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return taken


def main(argv: list[str]) -> None:
    """Prints each work's time for the smaller and the larger number, and their ratio."""
    parser = argparse.ArgumentParser(prog="tests.bench growth")
    parser.add_argument("--rounds", type=int, default=5)
    names = [subject.__name__ for subject in SUBJECTS]
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    asked = parser.parse_args(argv)
    app = QApplication.instance() or QApplication(argv)
    assert isinstance(app, QApplication)
    theme().apply(app)
    torch.set_num_threads(1)
    gc.freeze()  # the 300,000 objects of torch, which no import of images has to look through
    with tempfile.TemporaryDirectory() as temporary:
        for subject, count in SUBJECTS.items():
            if subject.__name__ not in asked.only:
                continue
            print(f"\n{count:,} and {10 * count:,} {subject.__name__}")
            small, large = subject(count, Path(temporary)), subject(10 * count, Path(temporary))
            for (name, less), (_, more) in zip(small, large, strict=True):
                once, tenfold = seconds(less, asked.rounds), seconds(more, asked.rounds)
                ratio = median(tenfold) / median(once)
                print(
                    f"  {name:34s} {1000 * median(once):9.1f} ms {1000 * median(tenfold):9.1f} ms"
                    f"   ratio {ratio:5.1f} ({min(tenfold) / max(once):.1f} to "
                    f"{max(tenfold) / min(once):.1f}, n={asked.rounds})"
                )
