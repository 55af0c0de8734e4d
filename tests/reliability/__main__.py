"""Measures one figure: ``python -m tests.reliability kill --count 200``."""

from __future__ import annotations

import importlib
import os
import sys

FIGURES = {
    "kill": "figure 1: kill -9 while training, resumed to the same bits",
    "disk": "figure 2: kill, full disc and I/O errors at every point of writing",
    "damage": "figure 3: random damage of checkpoints, weights, project and history",
    "window": "figure 11: gaps of the event loop while training and clicking",
    "isolated": "figure 12: deaths of an isolated run",
    "installer": "kill -9 of the installer for one user: the old program or the new one starts",
    "study": "figure 13: kill -9 of a study, ended as the uninterrupted one",
}


def main(argv: list[str]) -> int:
    """Runs the figure that ``argv`` names, or lists them; 1 when it is missed, 2 if unknown."""
    if not argv or argv[0] not in FIGURES:
        for name, text in FIGURES.items():
            print(f"{name:10s} {text}")
        return 2 if argv else 0
    return int(importlib.import_module(f"tests.reliability.{argv[0]}").main(argv[1:]))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    sys.exit(main(sys.argv[1:]))
