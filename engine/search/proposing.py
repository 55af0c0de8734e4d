"""The range that is proposed when somebody lets the tuner choose a setting."""

from __future__ import annotations

import math
from typing import Any

from engine.parameter import Param
from engine.registry import Registry
from engine.search.records import Searched
from engine.spec import Spec

__all__ = ["propose"]

_WIDER = 4.0
"""Without a declared range: from a quarter to four times the present value."""


def propose(address: str, item: Param, value: Any) -> Searched:
    """What to search at an address whose setting is ``item`` and whose value is ``value`` now.

    The declared range where there is one (``search=`` of its declaration): two numbers of a number
    are ends, anything else is a list of choices. Else every choice of a choice, on and off of a
    switch, of a number a quarter to four times its value, and of a pair of ends the same span at
    half and at twice its width, each within its bounds. The present value is always among them,
    so that the search can say that nothing beats it.
    """
    if item.type in ("int", "float"):
        return _of_number(address, item, value)
    if item.type == "bool":
        return Searched(address, choices=(False, True))
    if item.type == "choice":
        return Searched(address, choices=_with(item.search or item.choices, value))
    if item.type == "spec" and isinstance(item.family, Registry):
        kind = value.kind if isinstance(value, Spec) else None
        return Searched(address, choices=_with(item.search or (), kind))
    if item.type == "pair" and value is not None:
        return Searched(address, choices=_spans(item, value))
    return Searched(address, choices=_with(item.search or (), value))


def _spans(item: Param, value: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """The span at half its width, as it is, and at twice its width."""
    middle, half = sum(value) / 2, (value[1] - value[0]) / 2
    low = -math.inf if item.minimum is None else item.minimum
    high = math.inf if item.maximum is None else item.maximum
    spans = [
        value if by == 1 else (max(low, middle - by * half), min(high, middle + by * half))
        for by in (0.5, 1, 2)
    ]
    return tuple(dict.fromkeys((round(a, 6), round(b, 6)) for a, b in spans))


def _of_number(address: str, item: Param, value: float | None) -> Searched:
    declared = item.search
    if declared is not None and len(declared) != 2:
        return Searched(address, choices=_with(declared, value))
    if declared is not None:
        low, high = declared
        low, high = (low, high) if value is None else (min(low, value), max(high, value))
    else:
        low, high = _around(item, value)
    log = item.scale == "log" and low > 0
    step = item.step if item.type == "int" and not log and item.step else None
    return Searched(address, low, high, log, step)


def _around(item: Param, value: float | None) -> tuple[float, float]:
    """A quarter to four times a value, within the bounds; from nothing, half of what is allowed."""
    start = value or (item.default if isinstance(item.default, (int, float)) else 0)
    lowest, highest = item.minimum, item.maximum
    if not start:
        low = lowest or 0
        high = low + 1 if highest is None else (low + highest) / 2
    else:
        low, high = sorted((start / _WIDER, start * _WIDER))
    low = low if lowest is None else max(low, lowest)
    high = high if highest is None else min(high, highest)
    if item.above and low == lowest:
        low = (low + high) / 2
    if item.below and high == highest:
        high = (start + high) / 2
    if item.type == "int":
        low, high = round(low), max(round(high), round(low) + 1)
    return low, high


def _with(choices: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    return choices if value in choices else (*choices, value)
