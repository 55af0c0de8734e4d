"""Values of an objective as a person reads them, in tables, hovers and along axes."""

from __future__ import annotations

import math

from engine.tune.goals import UNITS
from engine.tune.table import Objective
from gui.numbers import compact, decimal, percent

__all__ = ["tick_words", "value_words"]

_THIN = "\u202f"
_WHOLE_FROM = 100.0


def value_words(objective: Objective, value: float) -> str:
    """A value with its unit: ``92.13 %``, ``0.4127``, ``12,345``, ``1.83 ms``, ``640 MB``."""
    if not math.isfinite(value):
        return "not finite"
    if objective.quantity == "fraction":
        return percent(value, 2)
    if objective.quantity == "score":
        return decimal(value)
    whole = objective.quantity == "count" or abs(value) >= _WHOLE_FROM
    number = f"{value:,.0f}" if whole else decimal(value, 3)
    unit = UNITS.get(objective.quantity, "")
    return f"{number}{_THIN}{unit}" if unit else number


def tick_words(objective: Objective, value: float) -> str:
    """A round value along an axis, whose heading has the unit: ``92 %``, ``20,000``, ``12.4 M``."""
    if objective.quantity == "fraction":
        return f"{value * 100:.4g}{_THIN}%"
    if objective.quantity == "score" or (objective.quantity != "count" and abs(value) < 1e3):
        return decimal(value)
    return f"{value:,.0f}" if abs(value) < 1e6 else compact(value)
