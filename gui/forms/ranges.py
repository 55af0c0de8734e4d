"""Ranges of a search as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.parameter import Param
from engine.registry import Registry
from engine.search import Searched
from gui.forms.fields import words

__all__ = ["choice_words", "number_words", "range_words"]

_MOST_NAMED = 6


def range_words(entry: Searched, item: Param | None) -> str:
    """``1e-5 to 0.1, log``; ``16 to 256, step 16``; ``Adam, RMSprop or SGD``."""
    if entry.choices:
        return _listed([choice_words(one, item) for one in entry.choices])
    low, high = ("?" if end is None else number_words(end) for end in (entry.low, entry.high))
    step = f", step {number_words(entry.step)}" if entry.step is not None else ""
    return f"{low} to {high}{', log' if entry.log else ''}{step}"


def choice_words(value: object, item: Param | None) -> str:
    """One choice: the title of a kind, on or off, a number, two ends, or a word."""
    if value is None:
        return "As it is" if item is not None and item.name == "model" else "Not set"
    if isinstance(value, bool):
        return "On" if value else "Off"
    if isinstance(value, tuple):
        return " to ".join(map(number_words, value))
    if isinstance(value, (int, float)):
        return number_words(value)
    family = item.family if item is not None else None
    if isinstance(family, Registry) and value in family:
        return family.get(str(value)).title or words(value)
    return words(value)


def number_words(value: float) -> str:
    """A number in six figures, small ones as people write them: ``1e-5``."""
    return f"{value:.6g}".replace("e-0", "e-").replace("e+0", "e")


def _listed(parts: Sequence[str]) -> str:
    if len(parts) > _MOST_NAMED:
        return f"{', '.join(parts[: _MOST_NAMED - 1])} and {len(parts) - _MOST_NAMED + 1} more"
    return " or ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
