"""What a study's file holds, read in one go: Optuna's own way takes seconds for 1,000 trials."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from engine.tune.storage import local_time

__all__ = ["Rows", "read_rows"]

_NUMBERS = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}
"""By the type of a value that SQLite cannot hold; another one is in the next column."""

Parts = dict[int, dict[Any, Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """One study of a file.

    Attributes:
        study, name, directions, user_attrs, system_attrs: the study.
        keys, trials: its trials in the order of their numbers, and their keys in the file.
    """

    study: int
    name: str
    directions: tuple[StudyDirection, ...]
    user_attrs: dict[str, Any]
    system_attrs: dict[str, Any]
    keys: tuple[int, ...]
    trials: tuple[FrozenTrial, ...]


def read_rows(file: Path, name: str) -> Rows:
    """The study of a name in an Optuna file of the schema that this Optuna knows.

    Values are numbers and JSON. Raises sqlite3.Error, ValueError, KeyError, TypeError or IndexError
    where they are not, or trials are missing between others.
    """
    with contextlib.closing(sqlite3.connect(file)) as connection:
        query = "SELECT study_id FROM studies WHERE study_name = ?"
        ((study,),) = connection.execute(query, (name,)).fetchall()
        query = "SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective"
        directions = tuple(StudyDirection[one] for (one,) in connection.execute(query, (study,)))
        user, system = (
            _texts(connection, f"study_id, key, value_json FROM study_{which}_attributes")[study]
            for which in ("user", "system")
        )
        keys, trials = _trials(connection, study, len(directions))
    return Rows(study, name, directions, user, system, keys, trials)


def _trials(
    connection: sqlite3.Connection, study: int, objectives: int
) -> tuple[tuple[int, ...], tuple[FrozenTrial, ...]]:
    values = _numbers(connection, "objective, value_type, value FROM trial_values")
    reports = _numbers(
        connection,
        "step, intermediate_value_type, intermediate_value FROM trial_intermediate_values",
    )
    user, system = (
        _texts(connection, f"trial_id, key, value_json FROM trial_{which}_attributes")
        for which in ("user", "system")
    )
    params, distributions = _params(connection)
    query = (
        "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials "
        "WHERE study_id = ? ORDER BY number"
    )
    keys: list[int] = []
    trials: list[FrozenTrial] = []
    for place, (key, number, state, begun, ended) in enumerate(connection.execute(query, (study,))):
        found = [values[key][objective] for objective in range(len(values[key]))]
        if number != place or (state == "COMPLETE" and len(found) != objectives):
            raise ValueError(f"Trial {place} is missing, or has no value")
        keys.append(key)
        trials.append(
            FrozenTrial(
                number=number,
                state=TrialState[state],
                value=None,
                values=found or None,
                datetime_start=local_time(begun),
                datetime_complete=local_time(ended),
                params=params[key],
                distributions=distributions[key],
                user_attrs=user[key],
                system_attrs=system[key],
                intermediate_values=reports[key],
                trial_id=number,
            )
        )
    return tuple(keys), tuple(trials)


def _numbers(connection: sqlite3.Connection, what: str) -> Parts:
    found: Parts = defaultdict(dict)
    for key, name, kind, number in connection.execute(f"SELECT trial_id, {what} ORDER BY 1, 2"):
        found[key][int(name)] = float(number) if kind == "FINITE" else _NUMBERS[kind]
    return found


def _texts(connection: sqlite3.Connection, what: str) -> Parts:
    found: Parts = defaultdict(dict)
    for key, name, text in connection.execute(f"SELECT {what}"):
        found[key][name] = json.loads(text)
    return found


def _params(connection: sqlite3.Connection) -> tuple[Parts, Parts]:
    """The settings in the order in which they were chosen, and their distributions."""
    params: Parts = defaultdict(dict)
    distributions: Parts = defaultdict(dict)
    known = lru_cache(maxsize=1024)(json_to_distribution)
    query = "trial_id, param_name, param_value, distribution_json FROM trial_params"
    for key, name, number, text in connection.execute(f"SELECT {query} ORDER BY param_id"):
        distribution: BaseDistribution = known(text)
        params[key][name] = distribution.to_external_repr(float(number))
        distributions[key][name] = distribution
    return params, distributions
