"""The Data page's gallery with 100,000 images, against Qt's own list of items."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, QSize
from PySide6.QtWidgets import QApplication, QListView, QListWidget, QListWidgetItem

from engine.project.new import new_project
from gui.document import Document
from gui.pages.base import Session
from gui.pages.data.page import DataPage
from gui.runner import Runner
from gui.theme import theme
from tests.bench.rounds import compare

TITLE = "Gallery of 100,000 images: opens within 1 s, scrolls at 30 frames a second, bounded memory"

_COUNT = 100_000
_FRAMES = 60
_MOST_SECONDS = 60.0


def project(folder: Path) -> Path:
    """A project of 100,000 grey images of 28 px in ten classes, in one array file."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 256, (_COUNT, 28, 28), dtype=np.uint8)
    labels = draw.integers(0, 10, (_COUNT, 1))
    split = {"train": slice(0, 80_000), "val": slice(80_000, 90_000), "test": slice(90_000, None)}
    arrays = {f"{name}_images": pixels[part] for name, part in split.items()}
    np.savez(folder / "many.npz", **arrays, **{f"{n}_labels": labels[p] for n, p in split.items()})
    made = folder / "many"
    new_project(made, folder / "many.npz")
    return made


class Ours:
    """The Data page of the project, in a window of its own size."""

    def __init__(self, folder: Path) -> None:
        self.session = Session(Document(), Runner(), theme())
        self.page = DataPage(self.session)
        self.page.resize(1280, 720)
        self.page.show()
        self.session.document.open(folder)
        _until(lambda: len(self.view.tiles.tiles) == _COUNT)
        _until(lambda: self.view.tiles.picture(self.view.tiles.tiles[0].key) is not None)

    @property
    def view(self) -> QListView:
        """What scrolls."""
        return self.page.gallery


class Theirs:
    """A ``QListWidget`` with an item for each image, as a script would fill it; no pictures."""

    def __init__(self) -> None:
        self.view = QListWidget()
        self.view.setViewMode(QListView.ViewMode.IconMode)
        self.view.setUniformItemSizes(True)
        self.view.setGridSize(QSize(108, 128))
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.resize(900, 600)
        for number in range(_COUNT):
            self.view.addItem(QListWidgetItem(f"image {number}"))
        self.view.show()
        QApplication.processEvents()
        self.view.viewport().repaint()


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + _MOST_SECONDS
    while not done():
        QApplication.processEvents()
        time.sleep(0.002)  # the workers read meanwhile
        if time.monotonic() > end:
            raise TimeoutError("The gallery did not fill.")


def frames(view: QListView, places: np.ndarray) -> float:
    """Frames a second while the bar goes from place to place, each drawn and its events handled."""
    bar = view.verticalScrollBar()
    begun = time.perf_counter()
    for place in places:
        bar.setValue(int(place * bar.maximum()))
        view.viewport().repaint()
        QApplication.processEvents()
    return len(places) / (time.perf_counter() - begun)


def walk(ours: Ours, places: int) -> int:
    """Rests at places all over the wall until their pictures are there; how many were read."""
    bar, tiles, read = ours.view.verticalScrollBar(), ours.view.tiles, 0
    for place in np.linspace(0, 1, places):
        bar.setValue(int(place * bar.maximum()))
        keys = [tiles.tiles[index.row()].key for index in _corners(ours.view)]
        read += len(range(min(keys), max(keys) + 1))
        _until(lambda keys=keys: all(tiles.picture(key) is not None for key in keys))
    return read


def _corners(view: QListView) -> list[QModelIndex]:
    """The first and the last tile in view."""
    area, size = view.viewport().rect(), view.gridSize()
    last = view.indexAt(QPoint(size.width() // 2, area.bottom() - size.height() // 2))
    return [view.indexAt(QPoint(size.width() // 2, size.height() // 2)), last]


def resident() -> float:
    """Megabytes that this process holds; Linux alone says it so."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(argv: list[str]) -> None:
    """Opens three times, scrolls slowly and far, and walks through everything."""
    app = QApplication.instance() or QApplication(argv)
    theme().apply(app)
    with tempfile.TemporaryDirectory() as temporary:
        folder = project(Path(temporary))
        took = []
        for _ in range(3):
            begun = time.perf_counter()
            ours = Ours(folder)
            took.append(time.perf_counter() - begun)
        spread = f"{min(took):.2f} to {max(took):.2f}, n=3"
        print(f"  project to first pictures          {median(took):.2f} s ({spread}), goal 1 s")
        theirs = Theirs()
        near, far = np.linspace(0.3, 0.31, _FRAMES), np.random.default_rng(1).random(_FRAMES)
        compare(
            {
                "QListWidget, scroll": lambda: frames(theirs.view, near),
                "Fovea, scroll": lambda: frames(ours.view, near),
                "QListWidget, jump": lambda: frames(theirs.view, far),
                "Fovea, jump": lambda: frames(ours.view, far),
            },
            reference="QListWidget, scroll",
            unit="per s",
        )
        gc.collect()
        before = resident()
        read = walk(ours, 300)
        grown = resident() - before
        print(f"  memory after {read:,} more pictures  {grown:+.0f} MB")
        ours.page.close()
        ours.session.runner.shut_down()
