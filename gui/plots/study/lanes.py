"""Which lane of a timeline a trial lies in: that of who trained it, or the lowest that is free."""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence

import numpy as np

from gui.plots.series import Floats

__all__ = ["UNKNOWN", "lanes", "worker_lanes"]

UNKNOWN = "–"
"""The name of lanes of trials that were trained before workers were noted."""


def worker_lanes(
    starts: Floats, ends: Floats, workers: Sequence[str]
) -> tuple[Floats, tuple[str, ...]]:
    """The lane of each span, and the names of the lanes from 0; NaN for a span without a start.

    Workers follow each other by name, those with numbers by these, and the unnamed last. One whose
    spans overlap has several lanes: two programs on a computer, or a trial that was taken for lost.
    Where nobody is named, lanes are counted.
    """
    found = np.full(len(starts), np.nan)
    names: list[str] = []
    there = np.isfinite(starts)
    for worker in sorted(
        {one for one, begun in zip(workers, there, strict=True) if begun}, key=_by
    ):
        mine = np.flatnonzero(there & (np.array(workers, dtype=object) == worker))
        inside = lanes(starts[mine], ends[mine])
        found[mine] = inside + len(names)
        names += [worker or UNKNOWN] * (int(inside.max()) + 1)
    if set(names) == {UNKNOWN}:
        names = [str(lane + 1) for lane in range(len(names))]
    return found, tuple(names)


def _by(worker: str) -> tuple[bool, list[tuple[int, str]]]:
    parts = re.findall(r"\d{1,9}|\D+|\d", worker)
    return not worker, [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def lanes(starts: Floats, ends: Floats) -> Floats:
    """For each span the lowest lane in which no earlier one is still under way; NaN without one."""
    found = np.full(len(starts), np.nan)
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    order = np.argsort(starts, kind="stable")
    for index in order[: int(np.isfinite(starts).sum())].tolist():
        while busy and busy[0][0] <= starts[index]:
            heapq.heappush(free, heapq.heappop(busy)[1])
        lane = heapq.heappop(free) if free else len(busy)
        found[index] = lane
        heapq.heappush(busy, (float(ends[index]), lane))
    return found
