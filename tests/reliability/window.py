"""Figure 11: the longest gaps of the event loop while the window trains and somebody clicks."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from tests.bench import responsiveness

__all__ = ["main"]

LATE_MS, LONGEST_MS = 16.0, 100.0


def main(argv: list[str]) -> int:
    """Trains in the window and prints the gaps; 0 when they are within the goals."""
    parser = argparse.ArgumentParser(prog="tests.reliability window")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--work", choices=("sample", "tiny"), default="tiny")
    asked = parser.parse_args(argv)
    _, make = next(responsiveness.works(asked.work))
    with tempfile.TemporaryDirectory() as place:
        folder = make(Path(place))
        found = responsiveness.child("probed", folder, 60 * asked.minutes)
    gaps = np.array(found["gaps"]["training"])
    late = float(np.percentile(gaps, 99))
    print(
        f"event-loop gap over {asked.minutes:g} min of training: p99 {late:.1f} ms (goal "
        f"{LATE_MS:.0f}), max {gaps.max():.0f} ms (goal {LONGEST_MS:.0f}), n={len(gaps)}"
    )
    return int(late > LATE_MS or gaps.max() > LONGEST_MS)
