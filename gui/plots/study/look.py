"""How trials look in every plot of a study: a mark for each state, colours from worst to best."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from gui.plots.caption import Entry
from gui.plots.marks import Form, Mark
from gui.plots.series import Floats
from gui.plots.study.trials import STATES
from gui.theme import theme

__all__ = ["TONES", "entries", "fade", "mark", "ramp", "tones"]

TONES = 12
"""How many colours there are from the worst trial to the best."""

_FORMS: dict[str, Form] = {
    "complete": "disc",
    "pruned": "triangle",
    "failed": "cross",
    "running": "ring",
    "waiting": "square",
}
_COLOURS = {"complete": 0, "pruned": 1, "running": 2, "waiting": 7}
_LEAST = 0.28  # of the way from the ground to the full colour: still seen


def mark(state: str, size: float = 3.5) -> Mark:
    """The mark of a trial's state in the theme's colours."""
    look = theme()
    colour = look.colour("danger") if state == "failed" else look.series_colour(_COLOURS[state])
    return Mark(_FORMS[state], colour.name(), size)


def entries(states: NDArray[np.int8]) -> tuple[Entry, ...]:
    """The key's entries for the states that occur."""
    there = cast("set[int]", set(states.tolist()))
    names = [state for number, state in enumerate(STATES) if number in there]
    return tuple(Entry(name.capitalize(), mark=mark(name)) for name in names if name != "waiting")


def ramp(count: int = TONES) -> list[QColor]:
    """One hue from faint to full, for values from worst to best: told apart by lightness alone."""
    ground, full = theme().colour("surface"), theme().series_colour(0)
    parts = [_LEAST + (1 - _LEAST) * place / max(1, count - 1) for place in range(count)]
    return [_between(ground, full, part) for part in parts]


def fade() -> QColor:
    """The colour of what is not chosen."""
    return _between(theme().colour("surface"), theme().colour("muted"), 0.22)


def tones(ranks: Floats) -> NDArray[np.int8]:
    """For ranks from 0 to 1 the index of a colour of :func:`ramp`; the faintest without one."""
    known = np.nan_to_num(ranks, nan=0.0)
    return np.minimum(known * TONES, TONES - 1).astype(np.int8)


def _between(one: QColor, other: QColor, part: float) -> QColor:
    pairs = zip(one.getRgb()[:3], other.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(a + (b - a) * part) for a, b in pairs))
