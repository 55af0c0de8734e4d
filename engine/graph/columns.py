"""How far to the right everything of an ordered sheet stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from engine.graph.sheet import Item, Sheet

__all__ = ["columns"]

_SWEEPS = 6
_BESIDE = 0.5  # a lane runs between two nodes that are one column apart
_LANES = 0.125


def columns(sheet: Sheet) -> dict[str, float]:
    """The column of each node, as a number that need not be whole; neighbours are 1 apart.

    Each row is placed as near as possible to the middles of what its items are linked to, in the
    row above and in the row below in turn, without changing the order. The last turn is downward.
    """
    at: dict[Item, float] = {}
    for row in sheet.rows:
        at.update(zip(row, _offsets(row, sheet.weight), strict=True))
    for _ in range(_SWEEPS):
        for links, rows in ((sheet.below, reversed(sheet.rows)), (sheet.above, sheet.rows)):
            before = dict(at)
            for row in rows:
                _place(row, links, sheet.weight, at)
            if at == before:
                break
    return {item: x for item, x in at.items() if isinstance(item, str)}


def _offsets(row: Sequence[Item], weight: Mapping[Item, float]) -> list[float]:
    """The least distance of each item from the first of its row; lanes of shortcuts are thin."""
    offsets = [0.0]
    for left, right in pairwise(row):
        lanes = (weight[left] < 1) + (weight[right] < 1)
        offsets.append(offsets[-1] + (1.0, _BESIDE, _LANES)[lanes])
    return offsets[: len(row)]


def _place(
    row: Sequence[Item],
    links: Mapping[Item, list[Item]],
    weight: Mapping[Item, float],
    at: dict[Item, float],
) -> None:
    """Moves a row to where its items wish to be, by least squares under the order of the row.

    With the least distances taken off, that is isotonic regression, which pools neighbours that
    would overlap at their weighted mean (Barlow and others 1972).
    """
    offsets = _offsets(row, weight)
    pools: list[list[float]] = []  # weighted sum, weight, how many
    for item, offset in zip(row, offsets, strict=True):
        near = links[item]
        total = sum(weight[other] for other in near)
        wish = sum(at[other] * weight[other] for other in near) / total if near else at[item]
        heavy = weight[item] if near else weight[item] * 0.01
        pools.append([(wish - offset) * heavy, heavy, 1])
        while len(pools) > 1 and pools[-2][0] * pools[-1][1] > pools[-1][0] * pools[-2][1]:
            last = pools.pop()
            pools[-1] = [one + other for one, other in zip(pools[-1], last, strict=True)]
    place = 0
    for sum_, heavy, count in pools:
        for number in range(place, place + int(count)):
            at[row[number]] = sum_ / heavy + offsets[number]
        place += int(count)
