"""Values of an objective as a person reads them, in tables, hovers and along axes."""

from __future__ import annotations

from engine.numbers import THIN
from engine.tune.table import Objective
from engine.tune.words import quantity_words
from gui.numbers import compact, decimal

__all__ = ["tick_words", "value_words"]


def value_words(objective: Objective, value: float) -> str:
    """A value with its unit: ``92.13 %``, ``0.4127``, ``12,345``, ``1.83 ms``, ``640 MB``."""
    return quantity_words(objective.quantity, value, space=THIN)


def tick_words(objective: Objective, value: float) -> str:
    """A round value along an axis, whose heading has the unit: ``92 %``, ``20,000``, ``12.4 M``."""
    if objective.quantity == "fraction":
        return f"{value * 100:.4g}{THIN}%"
    if objective.quantity == "score" or (objective.quantity != "count" and abs(value) < 1e3):
        return decimal(value)
    return f"{value:,.0f}" if abs(value) < 1e6 else compact(value)
