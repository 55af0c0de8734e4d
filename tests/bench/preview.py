"""The live preview while a hand drags a slider: pictures a second, and gaps of the event loop.

A real window with a project of 224 px colour images, flip, rotate, shift, zoom, shear, brightness
and contrast; the mouse drags the slider of “rotate” to and fro. Counted are the different previews
that were painted, each a grid of 4 by 6: the original and 23 variants.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

TITLE = "Preview: pictures a second of a 4x6 grid of 224 px variants while a slider is dragged"

_ROOT = Path(__file__).resolve().parents[2]
_SIDE = 224
_MOVE_MS = 8  # a mouse reports 125 times a second


def project(folder: Path) -> Path:
    """A project of 24 smooth colour pictures in two classes, with the seven changes as cards."""
    from PIL import Image

    from engine.project.new import new_project
    from engine.project.store import load, save
    from tests.bench.augment import pipeline

    draw = np.random.default_rng(0)
    for name in ("one", "two"):
        (folder / "images" / name).mkdir(parents=True)
        for place in range(12):
            coarse = draw.integers(0, 256, (14, 14, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
            picture.save(folder / "images" / name / f"{place}.png")
    made = folder / "made"
    new = new_project(made, folder / "images", size=_SIDE)
    save(made, new.with_(augment=pipeline()), expect_digest=load(made).digest)
    return made


def drag(folder: Path, seconds: float) -> dict[str, Any]:
    """In a process of its own: opens the page, drags, and counts."""
    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication, QSlider

    import gui.app
    from gui.settings import Settings

    app = gui.app.start(Settings(folder / "settings.ini"))
    window = app.window
    window.resize(1280, 800)
    window.show()
    window.files.open(folder)
    window.go("augment")
    page = window.pages["augment"]
    pane = page.preview
    _spin(app.qt, lambda: pane.picture is not None, 60)
    card = page.cards.cards["rotate"]
    card.set_open(True)
    _spin(app.qt, lambda: False, 1.0)
    slider = card.findChild(QSlider)
    assert slider is not None

    def mouse(kind: QEvent.Type, place: QPoint, buttons: Qt.MouseButton) -> None:
        where = QPointF(place)
        left = Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, where, slider.mapToGlobal(where), left, buttons, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(slider, event)

    def knob(part: float) -> QPoint:
        return QPoint(int(8 + part * (slider.width() - 16)), slider.height() // 2)

    seen: set[int] = set()
    pictures: list[float] = []
    gaps: list[float] = []
    began = last = time.perf_counter()

    def painted() -> None:
        if pane.picture is not None and id(pane.picture) not in seen:
            seen.add(id(pane.picture))
            kept.append(pane.picture)
            pictures.append(time.perf_counter() - began)

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append(1000 * (now - last) - _MOVE_MS)
        part = abs((now - began) / 2 % 2 - 1)  # there and back in four seconds
        mouse(QEvent.Type.MouseMove, knob(part), Qt.MouseButton.LeftButton)
        last = time.perf_counter()
        if now - began > seconds:
            timer.stop()
            app.qt.exit(0)

    kept: list[object] = []  # so that no two pictures have the same id
    watch = _Painted(painted)
    pane.grid.installEventFilter(watch.filter)
    value = (slider.value() - slider.minimum()) / max(1, slider.maximum() - slider.minimum())
    mouse(QEvent.Type.MouseButtonPress, knob(value), Qt.MouseButton.LeftButton)
    timer = QTimer(interval=_MOVE_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    began = last = time.perf_counter()
    timer.start()
    app.qt.exec()
    mouse(QEvent.Type.MouseButtonRelease, knob(0.5), Qt.MouseButton.NoButton)
    taken = time.perf_counter() - began
    tiles = len(pane.grid.tiles)
    window.end()
    return {"rate": len(pictures) / taken, "gaps": gaps, "tiles": tiles}


class _Painted:
    """Calls back after each paint of a widget."""

    def __init__(self, call: Any) -> None:
        from PySide6.QtCore import QEvent, QObject

        class Filter(QObject):
            def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
                if event.type() == QEvent.Type.Paint:
                    call()
                return False

        self.filter = Filter()


def _spin(qt: Any, until: Any, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not until():
        qt.processEvents()
        time.sleep(0.005)


def main(argv: list[str]) -> None:
    """Prints the median of the rounds, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="tests.bench preview")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args(argv)
    if asked.folder is not None:
        print(json.dumps(drag(asked.folder, asked.seconds)))
        return
    found = []
    for _ in range(asked.rounds):
        with tempfile.TemporaryDirectory() as folder:  # the drag leaves unsaved edits behind
            found.append(_child(project(Path(folder)), asked.seconds))
    rates = sorted(one["rate"] for one in found)
    gaps = np.array([gap for one in found for gap in one["gaps"]])
    print(
        f"  grids of {found[0]['tiles']}: {rates[len(rates) // 2]:.1f} a second "
        f"({rates[0]:.1f} to {rates[-1]:.1f}, n={len(rates)})"
    )
    print(
        f"  event loop late: p50 {np.percentile(gaps, 50):.1f}, p99 {np.percentile(gaps, 99):.1f}, "
        f"max {gaps.max():.1f} ms (n={len(gaps)})"
    )


def _child(made: Path, seconds: float) -> dict[str, Any]:
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ
    command = [sys.executable, "-m", "tests.bench", "preview", "--folder", str(made)]
    ended = subprocess.run(
        [*command, "--seconds", str(seconds)],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=180 + 10 * seconds,
    )
    found: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return found
