"""A study's trials as columns of numbers, for drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.tune.table import Objective, StudyTable, TrialRow
from gui.plots.series import Floats
from gui.setting_words import choice_words, setting_name

__all__ = ["STATES", "Column", "Trials"]

STATES = ("complete", "pruned", "failed", "running", "waiting")
"""By the numbers that :attr:`Trials.states` holds."""


@dataclass(frozen=True)
class Column:
    """One setting of all trials, as places along an axis.

    Attributes:
        address, label: the setting, for the program and for people.
        places: the value of each trial, its logarithm to base 10 where ``log``, the index of its
            name where there are ``names``; NaN where the trial has not got the setting.
        low, high: what is searched, and what was tried.
        log: whether equal factors are equal distances.
        names: the choices; empty for numbers.
    """

    address: str
    label: str
    places: Floats
    low: float
    high: float
    log: bool = False
    names: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[float, float]:
        """Where an axis begins and ends; never the same place."""
        if self.names:
            return -0.5, len(self.names) - 0.5
        if self.high > self.low:
            return self.low, self.high
        room = abs(self.low) * 0.1 or 0.5
        return self.low - room, self.high + room


class Trials:
    """The trials of a table, worked out column by column when a plot asks for one.

    It knows nothing of Qt: a worker may ask, too. ``objective`` is the one that is looked at.
    """

    def __init__(self, table: StudyTable, objective: int = 0) -> None:
        self.table = table
        self.number = objective
        self._columns: dict[str, Column] = {}

    def __len__(self) -> int:
        return len(self.table.rows)

    @property
    def rows(self) -> tuple[TrialRow, ...]:
        """The trials, in the order of all columns."""
        return self.table.rows

    @property
    def objective(self) -> Objective:
        """What the values are."""
        return self.table.objectives[self.number]

    @cached_property
    def numbers(self) -> Floats:
        """The trials' numbers."""
        return np.array([row.number for row in self.rows], dtype=np.float64)

    @cached_property
    def states(self) -> NDArray[np.int8]:
        """Indices into :data:`STATES`."""
        known = {state: number for number, state in enumerate(STATES)}
        return np.array([known[row.state] for row in self.rows], dtype=np.int8)

    @cached_property
    def values(self) -> Floats:
        """The objective of the complete trials; NaN where there is none, or it is not finite."""
        return self.of_objective(self.number)

    def of_objective(self, number: int) -> Floats:
        """The values of another objective."""
        found = [row.values[number] if len(row.values) > number else math.nan for row in self.rows]
        return _finite(found)

    @cached_property
    def shown(self) -> Floats:
        """The values, and of pruned and running trials the last report, where it is of this one."""
        if self.number:
            return self.values
        reports = [row.reports[-1][1] if row.reports else math.nan for row in self.rows]
        last = _finite(reports)
        open_ends = (self.states == STATES.index("pruned")) | (
            self.states == STATES.index("running")
        )
        return np.where(open_ends, last, self.values)

    @cached_property
    def best(self) -> Floats:
        """The best value of a complete trial up to each trial; NaN before there is one."""
        if not len(self):
            return self.values
        sign = -1.0 if self.objective.maximise else 1.0
        filled = np.where(np.isnan(self.values), np.inf, sign * self.values)
        least = np.minimum.accumulate(filled)
        return np.where(np.isinf(least), np.nan, sign * least)

    @cached_property
    def ranks(self) -> Floats:
        """0 for the worst shown value to 1 for the best; NaN where there is none."""
        sign = 1.0 if self.objective.maximise else -1.0
        found = np.full(len(self), np.nan)
        good = np.flatnonzero(np.isfinite(self.shown))
        ordered = np.unique(sign * self.shown[good], return_inverse=True)[1]
        most = int(ordered.max(initial=0))
        found[good] = ordered / most if most else 1.0
        return found

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The settings that any trial has: those that are searched, then others."""
        there = dict.fromkeys(address for row in self.rows for address in row.settings)
        searched = [address for address in self.table.addresses if address in there]
        return tuple(dict.fromkeys((*searched, *there)))

    def column(self, address: str) -> Column:
        """One setting of all trials."""
        if address not in self._columns:
            self._columns[address] = self._column(address)
        return self._columns[address]

    def _column(self, address: str) -> Column:
        entry = self.table.space.get(address)
        given = [row.settings[address] for row in self.rows if address in row.settings]
        declared = entry.choices if entry is not None else ()
        if declared or not all(map(_is_number, given)):
            return self._choices(address, (*declared, *given))
        ends = [] if entry is None else [end for end in (entry.low, entry.high) if end is not None]
        values = _finite([row.settings.get(address, math.nan) for row in self.rows])
        log = entry is not None and entry.log
        places, limits = (_log(values), _log(np.array(ends, np.float64))) if log else (values, ends)
        known = np.append(places, limits)
        known = known[np.isfinite(known)]
        low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
        return Column(address, setting_name(address), places, float(low), float(high), log)

    def _choices(self, address: str, choices: tuple[Any, ...]) -> Column:
        different = dict.fromkeys(map(_kept_apart, choices))
        known = {choice: place for place, choice in enumerate(different)}
        names = tuple(choice_words(choice, address) for _, choice in different)
        missing = object()
        given = (row.settings.get(address, missing) for row in self.rows)
        places = [known.get(_kept_apart(value), math.nan) for value in given]
        high = float(max(0, len(names) - 1))
        return Column(address, setting_name(address), np.array(places), 0.0, high, names=names)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _kept_apart(choice: object) -> tuple[bool, Any]:
    """True and 1 are equal to Python, and two choices to a person."""
    return isinstance(choice, bool), choice


def _finite(values: Sequence[Any]) -> Floats:
    found = np.array(values, dtype=np.float64)
    found[~np.isfinite(found)] = np.nan
    return found


def _log(values: Floats) -> Floats:
    return np.log10(values, out=np.full(len(values), np.nan), where=values > 0)
