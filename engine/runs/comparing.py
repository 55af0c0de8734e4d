"""Several runs side by side: the settings in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.runs.listing import differences

__all__ = ["differing"]


def differing(settings: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Settings that are not the same in all projects: address to one text for each, in order.

    ``settings`` are projects in JSON, as :meth:`engine.runs.folder.RunFolder.read_project` gives
    them; what one does not have is “–”. Empty for fewer than two, and for equal ones.
    """
    if len(settings) < 2:
        return {}
    first, *others = settings
    found = [differences(first, other) for other in others]
    rows: dict[str, tuple[str, ...]] = {}
    for address in sorted({address for pairs in found for address in pairs}):
        base = next(pairs[address][0] for pairs in found if address in pairs)
        rows[address] = (base, *(pairs.get(address, ("", base))[1] for pairs in found))
    return rows
