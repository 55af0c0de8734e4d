"""Which wires that run beside the same nodes run on which track, so that none hides another."""

from __future__ import annotations

from collections.abc import Iterable

from engine.graph.layout import COLUMN, ROW
from gui.canvas.wire_item import WireItem

__all__ = ["MOST_TRACKS", "spread"]

MOST_TRACKS = 12
_MOST_ROWS = 20_000


def spread(wires: Iterable[WireItem]) -> None:
    """Gives each wire the nearest track that is free in all rows that it passes.

    Short wires come first, so that the longer ones go round them. Takes time in the rows passed;
    where there are too many, wires share the outermost track.
    """
    taken: dict[tuple[int, int], int] = {}
    rows = 0
    for item in sorted(wires, key=_length):
        start, end = item.ends
        column = round(max(start.x(), end.x()) / (COLUMN / 4))
        passed = range(int(start.y() // ROW), int(end.y() // ROW) + 1)
        rows += len(passed)
        if rows > _MOST_ROWS:
            item.set_ends(start, end, aside=MOST_TRACKS)
            continue
        track = 1 + max(taken.get((column, row), 0) for row in passed)
        for row in passed:
            taken[column, row] = track
        item.set_ends(start, end, aside=min(track, MOST_TRACKS))


def _length(item: WireItem) -> tuple[float, float]:
    start, end = item.ends
    return end.y() - start.y(), start.y()
