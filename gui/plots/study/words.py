"""Trials in words, as every plot of a study reads them out."""

from __future__ import annotations

import math

from engine.tune.table import Objective, TrialRow
from gui.numbers import decimal, duration
from gui.objective_words import value_words
from gui.plots.axis import Axis
from gui.plots.study.trials import Column, Trials
from gui.setting_words import choice_words, setting_name

__all__ = ["head_words", "measure", "place_words", "trial_lines"]

_MOST_SETTINGS = 10


def measure(axis: Axis, objective: Objective) -> None:
    """Lets an axis show an objective: its name and unit, and how its values are written."""
    quantity = objective.quantity
    axis.measure(
        objective.heading,
        percent=quantity == "fraction",
        whole=quantity == "count",
        thousands=quantity not in ("fraction", "score"),
    )


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
        (setting_name(address), choice_words(row.settings[address], address))
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
