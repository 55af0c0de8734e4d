"""The trials of a study as plain rows, for those who look at it: a page, a plot, an export.

Read without Optuna, which takes a second to load, and without a lock: a study may be looked at
while another process runs it.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from engine.runs.folder import runs_dir
from engine.search.records import EMPTY, Choice, SearchSpace
from engine.tune.folder import StudyFolder
from engine.tune.goals import COSTS, GOALS, UNITS, Quantity
from engine.tune.outcome import WORKER, run_id, run_ids
from engine.tune.storage import UnusableStudy, local_time, unusable

__all__ = ["Objective", "StudyTable", "TrialRow", "damage", "read_table"]

TrialState = Literal["waiting", "running", "complete", "pruned", "failed"]

_STATES: dict[str, TrialState] = {
    "WAITING": "waiting",
    "RUNNING": "running",
    "COMPLETE": "complete",
    "PRUNED": "pruned",
    "FAIL": "failed",
}
_LONGEST_NAME = 120
_NUMBERS = {"INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}


@dataclass(frozen=True, slots=True)
class Objective:
    """What trials are judged by: its name, whether more of it is better, and what it measures."""

    label: str
    maximise: bool
    quantity: Quantity = "score"

    @property
    def heading(self) -> str:
        """The label with the unit, where there is one: for an axis or a column of bare numbers."""
        unit = UNITS.get(self.quantity, "")
        return f"{self.label} ({unit})" if unit else self.label


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One trial.

    Attributes:
        number: from 0, in the order in which they were begun.
        state: how it stands.
        values: one for each objective; none before it is complete. Of a pruned trial the last
            report stands in :attr:`reports`.
        settings: what was chosen, by address; settings that did not matter are missing.
        reports: epochs (from 1) and the first objective after each; with the Wilcoxon pruner, runs
            (from 1) and the value of each.
        begun, ended: local times; ``None`` where it did not.
        run: the id of its run in the study's folder, the first of several; empty where there is
            none.
        why: why it failed or was not trained, in a sentence; else empty.
        spread: standard deviation of the first value between its runs; ``None`` for fewer than two.
        borrowed: ``STUDY/NUMBER`` of the trial of an earlier study that it was taken from, which
            has its run; else empty.
        worker: who trained it: the place of a worker from 1, or, of a shared study, the computer,
            and the place where it has several; empty in studies that are older than this.
    """

    number: int
    state: TrialState
    values: tuple[float, ...] = ()
    settings: Mapping[str, Choice] = field(default_factory=dict)
    reports: tuple[tuple[int, float], ...] = ()
    begun: datetime.datetime | None = None
    ended: datetime.datetime | None = None
    run: str = ""
    why: str = ""
    spread: float | None = None
    borrowed: str = ""
    worker: str = ""

    @property
    def seconds(self) -> float | None:
        """How long it took from its start to its end; ``None`` while it is not over."""
        if self.begun is None or self.ended is None:
            return None
        return (self.ended - self.begun).total_seconds()


@dataclass(frozen=True, slots=True)
class StudyTable:
    """A study's trials by number, and what they are judged by.

    Attributes:
        study: the study's name.
        objectives: at least one; the first is the one that is reported after every epoch.
        addresses: the settings that are searched, in the order of their rows.
        rows: the trials by number.
        space: their ranges and choices, as far as they are known; trials that came from an earlier
            study may lie outside.
    """

    study: str
    objectives: tuple[Objective, ...]
    addresses: tuple[str, ...]
    rows: tuple[TrialRow, ...] = ()
    space: SearchSpace = EMPTY

    def best(self) -> TrialRow | None:
        """The complete trial with the best first objective, of equal ones the earlier."""
        sign = -1 if self.objectives[0].maximise else 1
        done = [row for row in self.rows if row.state == "complete" and row.values]
        return min(done, key=lambda row: (sign * row.values[0], row.number), default=None)


def read_table(study: StudyFolder) -> StudyTable:
    """The trials that a study's file holds at this moment; none where it was not begun.

    Raises FoveaError FV-S005 where the file cannot be read.
    """
    goal = GOALS[study.plan.goal]
    objectives = (Objective(goal.label, goal.maximise, goal.quantity),)
    if study.plan.against != "none":
        cost = COSTS[study.plan.against]
        objectives += (Objective(cost.label, False, cost.quantity),)
    addresses = tuple(entry.address for entry in study.project.search.entries)
    file, rows = study.database, ()
    if file.exists():
        try:
            rows = _rows(file, runs_dir(study.path))
        except (sqlite3.Error, ValueError, KeyError, TypeError, IndexError) as error:
            raise unusable(file, f"{error}.") from error
    return StudyTable(study.name, objectives, addresses, rows, study.project.search)


def damage(study: StudyFolder) -> UnusableStudy | None:
    """Why the trials of a study cannot be read, at a glance at its file; ``None`` where they can.

    It takes less than a millisecond: for a list of studies, of which none is read. Damage in the
    middle of a file is found by :func:`read_table` alone. A file in use is not damaged.
    """
    if not study.database.exists():
        return None
    try:
        with contextlib.closing(_reading(study.database, 0.0)) as connection:
            connection.execute("SELECT trial_id, number, state FROM trials LIMIT 1").fetchall()
    except sqlite3.Error as error:
        return None if "locked" in str(error) else unusable(study.database, f"{error}.")
    return None


def _reading(file: Path, waits: float) -> sqlite3.Connection:
    uri = f"file:{file.as_posix().replace('?', '%3f').replace('#', '%23')}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=waits)


def _rows(file: Path, runs: Path) -> tuple[TrialRow, ...]:
    with contextlib.closing(_reading(file, 2.0)) as connection:
        settings = _settings(connection)
        values = _numbers(connection, "objective, value_type, value FROM trial_values")
        reports = _numbers(
            connection,
            "step, intermediate_value_type, intermediate_value FROM trial_intermediate_values",
        )
        remarks = _remarks(connection)
        asked = (
            "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials "
            "ORDER BY number"
        )
        trials = connection.execute(asked).fetchall()
    there = {path.name for path in runs.iterdir()} if runs.is_dir() else set[str]()
    return tuple(
        TrialRow(
            number=number,
            state=_STATES[state],
            values=tuple(values[key].values()) if state == "COMPLETE" else (),
            settings=settings[key],
            reports=tuple((step + 1, value) for step, value in reports[key].items()),
            begun=local_time(begun),
            ended=local_time(ended),
            run=next((name for name in _run_names(number) if name in there), ""),
            why=str(remarks[key].get("why", "")),
            spread=_number(remarks[key].get("spread")),
            borrowed=str(remarks[key].get("borrowed", "")),
            worker=str(remarks[key].get(WORKER, ""))[:_LONGEST_NAME],
        )
        for key, number, state, begun, ended in trials
    )


def _run_names(number: int) -> tuple[str, str]:
    """The run of a trial, or the first of its several."""
    return run_id(number), run_ids(number, 2)[0]


def _numbers(connection: sqlite3.Connection, what: str) -> dict[int, dict[int, float]]:
    found: dict[int, dict[int, float]] = defaultdict(dict)
    for key, place, kind, number in connection.execute(f"SELECT trial_id, {what} ORDER BY 1, 2"):
        found[key][int(place)] = float(number) if kind == "FINITE" else _NUMBERS[kind]
    return found


def _remarks(connection: sqlite3.Connection) -> dict[int, dict[str, Any]]:
    """What Fovea noted about the trials."""
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    asked = "SELECT trial_id, key, value_json FROM trial_user_attributes"
    for key, name, text in connection.execute(
        f"{asked} WHERE key IN ('why', 'spread', 'borrowed', '{WORKER}')"
    ):
        found[key][name] = json.loads(text)
    return found


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _settings(connection: sqlite3.Connection) -> dict[int, dict[str, Choice]]:
    found: dict[int, dict[str, Choice]] = defaultdict(dict)
    asked = "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params"
    for key, name, number, text in connection.execute(f"{asked} ORDER BY param_id"):
        found[key][name] = _setting(float(number), *_distribution(text))
    return found


@lru_cache(maxsize=1024)
def _distribution(text: str) -> tuple[str, tuple[Any, ...]]:
    """A distribution's kind, and its choices where it has some."""
    kept = json.loads(text)
    return kept["name"], tuple(kept["attributes"].get("choices", ()))


def _setting(number: float, kind: str, choices: tuple[Any, ...]) -> Choice:
    """A setting from how Optuna keeps it: the place of a choice, or a number."""
    if not choices:
        return int(number) if kind == "IntDistribution" else number
    value = choices[int(number)]
    if isinstance(value, str) and value.startswith("["):  # several numbers are a text there
        return tuple(json.loads(value))
    return value
