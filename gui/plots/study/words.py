"""Trials in words, as every plot of a study reads them out."""

from __future__ import annotations

import math

from engine.tune.table import Objective, TrialRow
from gui.numbers import compact, decimal, duration, percent
from gui.plots.study.trials import Column, Trials
from gui.setting_words import choice_words, setting_name

__all__ = ["head_words", "is_share", "place_words", "trial_lines", "value_words"]

_MOST_SETTINGS = 10
_LARGE = 1e5


def is_share(objective: Objective) -> bool:
    """Whether an objective is written in per cent."""
    return objective.label.endswith("accuracy")


def value_words(objective: Objective, value: float) -> str:
    """A value of an objective: "92.13 %", "0.4127", "12.4 M"."""
    if not math.isfinite(value):
        return "not finite"
    if is_share(objective):
        return percent(value, 2)
    return compact(value) if abs(value) >= _LARGE else decimal(value)


def place_words(column: Column, place: float) -> str:
    """A place along the axis of a setting, as its value."""
    if not math.isfinite(place):
        return "none"
    if column.names:
        return column.names[min(max(round(place), 0), len(column.names) - 1)]
    return decimal(10.0**place if column.log else place, 3)


def head_words(row: TrialRow) -> str:
    """The trial and how it stands: "Trial 12, pruned after epoch 3"."""
    if row.state == "pruned" and row.reports:
        return f"Trial {row.number}, pruned after epoch {row.reports[-1][0]}"
    return f"Trial {row.number}, {row.state}"


def trial_lines(trials: Trials, row: TrialRow) -> list[tuple[str, str]]:
    """What it reached, its settings and its time, as names and values."""
    lines = _value_lines(trials, row)
    settings = [
        (setting_name(address), choice_words(row.settings[address]))
        for address in trials.addresses
        if address in row.settings
    ]
    left = len(settings) - _MOST_SETTINGS
    lines += settings if left <= 1 else settings[:_MOST_SETTINGS]
    lines += [(f"and {left} settings more", "")] if left > 1 else []
    if row.seconds is not None:
        lines.append(("Time", duration(row.seconds)))
    return lines + ([("Why", row.why)] if row.why else [])


def _value_lines(trials: Trials, row: TrialRow) -> list[tuple[str, str]]:
    objectives = trials.table.objectives
    if row.values:
        pairs = zip(objectives, row.values, strict=False)
        return [(one.label, value_words(one, value)) for one, value in pairs]
    if row.reports:
        epoch, value = row.reports[-1]
        return [(f"{objectives[0].label} at epoch {epoch}", value_words(objectives[0], value))]
    return []
