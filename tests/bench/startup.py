"""The time from the start of the process to the first picture of the window."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.rounds import compare

TITLE = "Start: process to first paint, warm, against a bare QMainWindow with the same Qt modules"

_ROOT = Path(__file__).resolve().parents[2]
_PRELUDE = """
import json, resource, sys, time
def mark(name):
    used = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    facts = {"at": time.monotonic(), "cpu": used, "peak": peak, "torch": "torch" in sys.modules}
    print(json.dumps({"mark": name} | facts), flush=True)
"""
_BARE = (
    _PRELUDE
    + """
from PySide6 import QtCore, QtGui, QtSvg, QtWidgets
app = QtWidgets.QApplication(sys.argv[:1])
class Painted(QtWidgets.QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        QtCore.QTimer.singleShot(0, self, lambda: (mark("painted"), app.quit()))
window = Painted()
window.setCentralWidget(QtWidgets.QLabel("Hello"))
window.resize(1280, 800)
window.show()
app.exec()
"""
)
_FOVEA = (
    _PRELUDE
    + """
import gui.app
from PySide6.QtCore import QTimer
class Painted(gui.app.Window):
    seen = False
    def paintEvent(self, event):
        super().paintEvent(event)
        if not self.seen:
            self.seen = True
            QTimer.singleShot(0, self, lambda: mark("painted"))
            self.session.runner.device_changed.connect(self.ready)
    def ready(self, device):
        mark("torch")
        self.close()
gui.app.Window = Painted
sys.exit(gui.app.main([]))
"""
)


def start(program: str, home: Path) -> dict[str, dict[str, float]]:
    """Runs ``program`` in a Python of its own; seconds since its start at each of its marks."""
    places = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")}
    environment = {"QT_QPA_PLATFORM": "offscreen"} | os.environ | places
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(home / "bytecode")
    begun = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    marks = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    return {mark.pop("mark"): mark | {"at": mark["at"] - begun} for mark in marks}


def report(name: str, found: list[dict[str, dict[str, float]]], mark: str) -> None:
    """Prints medians with minimum and maximum of one mark over all rounds."""
    shown = []
    for key, unit in (("at", "s"), ("cpu", "s of processor"), ("peak", "MB peak")):
        values = sorted(round_[mark][key] for round_ in found)
        middle = statistics.median(values)
        shown.append(f"{middle:.2f} {unit} ({values[0]:.2f} to {values[-1]:.2f})")
    early = sum(bool(round_[mark]["torch"]) for round_ in found)
    print(f"  {name:34s} {', '.join(shown)}; torch imported in {early} of {len(found)}")


def main(argv: list[str]) -> None:
    """Starts both in turn, warm: one round before counts for nothing."""
    parser = argparse.ArgumentParser(prog="tests.bench startup")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args(argv)
    found: dict[str, list[dict[str, dict[str, float]]]] = {"bare": [], "fovea": []}
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)

        def rate(name: str, program: str) -> float:
            found[name].append(start(program, home))
            return 1 / found[name][-1]["painted"]["at"]

        for program in (_BARE, _FOVEA):
            start(program, home)
        contestants = {
            "bare QMainWindow, first paint": lambda: rate("bare", _BARE),
            "Fovea, first paint": lambda: rate("fovea", _FOVEA),
        }
        compare(
            contestants, reference="bare QMainWindow, first paint", rounds=asked.rounds, unit="/s"
        )
    report("bare QMainWindow, first paint", found["bare"], "painted")
    report("Fovea, first paint", found["fovea"], "painted")
    report("Fovea, torch imported behind it", found["fovea"], "torch")
