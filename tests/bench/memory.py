"""Memory of a training beyond what any loop needs, from the peaks of two child processes.

Both train the same network on the same number of images; the data, which the minimal loop holds
as floats and Fovea as integers, are left out of both, and the libraries, the model, its gradients,
the optimizer's averages and the activations are in both. What Fovea imports counts.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import subprocess
import sys

import numpy as np
import torch

from tests.bench.minimal import WORKS, Contest, minimal

TITLE = "Memory: peak of a training beyond the minimal loop's, without the data (goal: 150 MB)"

_FLOATS = {"minimal": 1 + 4, "fovea": 1}
"""Bytes held for a pixel: both keep the integers that the images were made as."""


def main(argv: list[str]) -> None:
    """Prints both peaks and their difference, or, as the child, trains and prints its own."""
    parser = argparse.ArgumentParser(prog="tests.bench memory")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--works", nargs="+", choices=list(WORKS), default=["small", "resnet"])
    parser.add_argument("--child", choices=list(_FLOATS), help=argparse.SUPPRESS)
    asked = parser.parse_args(argv)
    if asked.child:
        print(_trained(asked.child, asked.works[0]))
        return
    for name in asked.works:
        work = WORKS[name]
        print(f"{work.title}, batch {work.batch}")
        peaks = {who: [_peak(who, name) for _ in range(asked.rounds)] for who in _FLOATS}
        for who, found in peaks.items():
            print(f"  {who:8s} {statistics.median(found):7.1f} MB ({_range(found)})")
        beyond = [a - b for a, b in zip(peaks["fovea"], peaks["minimal"], strict=True)]
        print(
            f"  beyond   {statistics.median(beyond):7.1f} MB ({_range(beyond)}, n={asked.rounds})"
        )


def _range(values: list[float]) -> str:
    return f"{min(values):.1f} to {max(values):.1f}"


def _peak(who: str, work: str) -> float:
    """Megabytes that a child held at its peak, without the data."""
    command = [sys.executable, "-m", "tests.bench.memory", "--child", who, "--works", work]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def _trained(who: str, name: str) -> float:
    import resource

    torch.set_num_threads(1)
    work = WORKS[name]
    pixels, labels = work.data(4 * work.batch)
    if who == "minimal":
        minimal(work, pixels, labels)
    else:
        _fovea(work, pixels, labels)
    unit = 1e6 if sys.platform == "darwin" else 1e3  # macOS counts bytes, Linux kilobytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return peak - pixels.size * _FLOATS[who] / 1e6


def _fovea(work: Contest, pixels: np.ndarray, labels: np.ndarray) -> None:
    """Imports here: the minimal loop's child must not carry Fovea."""
    importlib.import_module("engine.train.prepare")  # what a run has loaded when it trains
    importlib.import_module("engine.train.loop")
    from engine.compute.device import Arithmetic
    from tests.bench.loops import fovea, pieces_of

    fovea(pieces_of(work, pixels, labels, Arithmetic(torch.device("cpu"))))


if __name__ == "__main__":
    main(sys.argv[1:])
