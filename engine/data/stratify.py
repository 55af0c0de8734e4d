"""Dealing images of several classes, so that each part gets its share of every class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

__all__ = ["stratify"]


def stratify(
    labels: Sequence[Counter[int]], sizes: Sequence[int], shares: Mapping[int, float]
) -> list[int]:
    """A part (a key of ``shares``) for each unit of images, in the order given.

    Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011): the class with the fewest
    images left is dealt first, each of its units to the part that lacks most of the class, then to
    the one that lacks most images, then to the first. Rare classes so are spread while there is
    still a choice. ``labels`` counts the classes of each unit, ``sizes`` its images. A part whose
    share is 0 gets nothing. Pure.
    """
    parts = [part for part, share in shares.items() if share > 0]
    total = Counter[int]()
    for own in labels:
        total.update(own)
    lacks = {part: {k: shares[part] * n for k, n in total.items()} for part in parts}
    room = {part: shares[part] * sum(sizes) for part in parts}
    codes: list[int | None] = [None] * len(labels)

    def give(unit: int, part: int) -> None:
        codes[unit] = part
        room[part] -= sizes[unit]
        for label, count in labels[unit].items():
            lacks[part][label] -= count
            total[label] -= count

    holders: dict[int, list[int]] = {label: [] for label in total}
    for unit, own in enumerate(labels):
        for label in own:
            holders[label].append(unit)
    left = dict(total)
    while left:
        rarest = min(left, key=lambda label: (total[label], label))
        del left[rarest]
        for unit in holders[rarest]:
            if codes[unit] is None:
                give(unit, max(parts, key=lambda part: (lacks[part][rarest], room[part])))
    for unit in range(len(labels)):
        if codes[unit] is None:
            give(unit, max(parts, key=lambda part: room[part]))
    return [code for code in codes if code is not None]
