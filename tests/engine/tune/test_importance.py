"""Importance of settings: the one that matters is named, and too few trials are told."""

from __future__ import annotations

import math
import random

from engine.search import EMPTY, Searched, SearchSpace
from engine.tune.importance import LEAST, importance
from engine.tune.table import Objective, StudyTable, TrialRow

RATE, KIND, MOMENTUM = "training.optimizer.lr", "training.optimizer", "training.optimizer.momentum"
SPACE = SearchSpace(
    (
        Searched(RATE, 1e-5, 0.1, log=True),
        Searched(KIND, choices=("adamw", "sgd")),
        Searched(MOMENTUM, 0.5, 0.99),
    )
)


def table(rows, space=SPACE, *, maximise=True) -> StudyTable:
    names = (RATE, KIND, MOMENTUM)
    return StudyTable("s", (Objective("Value", maximise),), names, tuple(rows), space)


def drawn(count: int, *, sign: float = 1.0) -> list[TrialRow]:
    """The learning rate alone decides, best at 0.001; momentum only where there is SGD."""
    draw = random.Random(0)
    rows = []
    for number in range(count):
        rate, kind = 10 ** draw.uniform(-5, -1), draw.choice(("adamw", "sgd"))
        settings = {RATE: rate, KIND: kind}
        if kind == "sgd":
            settings[MOMENTUM] = draw.uniform(0.5, 0.99)
        value = sign * -abs(math.log10(rate) + 3) + draw.gauss(0, 0.01)
        rows.append(TrialRow(number, "complete", (value,), settings))
    return rows


def test_the_setting_that_decides_comes_first() -> None:
    found = importance(table(drawn(300)))
    shares = dict(found.shares)
    assert found.shares[0][0] == RATE
    assert shares[RATE] > 0.7
    assert set(shares) == {RATE, KIND, MOMENTUM}
    assert math.isclose(sum(shares.values()), 1.0)
    assert (found.trials, found.why) == (300, "")


def test_less_is_better_where_it_is_minimised() -> None:
    shares = dict(importance(table(drawn(300, sign=-1.0), maximise=False)).shares)
    assert shares[RATE] > 0.7


def test_a_study_without_ranges_is_read_from_its_trials() -> None:
    assert set(dict(importance(table(drawn(100), EMPTY)).shares)) == {RATE, KIND, MOMENTUM}


def test_too_few_trials_are_told() -> None:
    rows = drawn(LEAST - 1)
    rows += [TrialRow(LEAST, "failed"), TrialRow(LEAST + 1, "complete", (math.nan,), {RATE: 0.1})]
    found = importance(table(rows))
    assert found.shares == ()
    assert found.why == f"Importance needs {LEAST} complete trials; there are {LEAST - 1}."


def test_equal_values_and_equal_settings_are_told() -> None:
    same = [TrialRow(n, "complete", (0.5,), {RATE: 0.1 / (n + 1)}) for n in range(LEAST)]
    assert "same value" in importance(table(same)).why
    fixed = [TrialRow(n, "complete", (0.1 * n,), {RATE: 0.1}) for n in range(LEAST)]
    assert "No setting differed" in importance(table(fixed)).why


def test_the_second_objective_is_its_own() -> None:
    rows = [
        TrialRow(row.number, "complete", (row.values[0], 0.5), row.settings) for row in drawn(40)
    ]
    both = (Objective("Value", True), Objective("Memory", False))
    found = importance(StudyTable("s", both, (RATE, KIND), tuple(rows), SPACE), objective=1)
    assert "same value" in found.why
