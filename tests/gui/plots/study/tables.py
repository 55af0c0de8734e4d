"""Small studies with every kind of trial, for the tests of their plots."""

from __future__ import annotations

import datetime
import math
import random

from engine.search import Searched, SearchSpace
from engine.tune.table import Objective, StudyTable, TrialRow

RATE, KIND, MOMENTUM = "training.optimizer.lr", "training.optimizer", "training.optimizer.momentum"
SPACE = SearchSpace(
    (
        Searched(RATE, 1e-5, 0.1, log=True),
        Searched(KIND, choices=("adamw", "sgd")),
        Searched(MOMENTUM, 0.5, 0.9),
    )
)
ACCURACY = Objective("Validation accuracy", True, "fraction")
SIZE = Objective("Parameters", False, "count")
START = datetime.datetime(2026, 1, 1, 9)


def table(rows, objectives=(ACCURACY,), study="s") -> StudyTable:
    """A study of these trials."""
    return StudyTable(study, objectives, (RATE, KIND, MOMENTUM), tuple(rows), SPACE)


def trial(number, state="complete", value=None, **more) -> TrialRow:
    """One that ran for ten seconds, a minute after the one before."""
    begun = START + datetime.timedelta(minutes=number)
    known = {
        "values": () if value is None else (value,),
        "settings": {RATE: 0.001, KIND: "adamw"},
        "begun": begun,
        "ended": begun + datetime.timedelta(seconds=10),
    }
    return TrialRow(number, state, **(known | more))


def small() -> StudyTable:
    """Six trials: two complete, a pruned, a failed, one that is not finite, one that runs."""
    sgd = {RATE: 0.01, KIND: "sgd", MOMENTUM: 0.9}
    return table(
        [
            trial(0, value=0.5, reports=((1, 0.3), (2, 0.5))),
            trial(1, "pruned", settings=sgd, reports=((1, 0.2),)),
            trial(2, "failed", why="The loss became infinite."),
            trial(3, value=0.8, settings=sgd | {RATE: 0.1}, reports=((1, 0.6), (2, 0.8))),
            trial(4, value=math.inf, settings={RATE: 1e-5, KIND: "adamw"}),
            trial(5, "running", reports=((1, 0.4),), ended=None),
        ]
    )


def many(count: int) -> StudyTable:
    """A study in which the learning rate decides; complete trials with two objectives."""
    draw = random.Random(0)
    rows = []
    for number in range(count):
        rate = 10 ** draw.uniform(-5, -1)
        settings = {RATE: rate, KIND: draw.choice(("adamw", "sgd"))}
        if settings[KIND] == "sgd":
            settings[MOMENTUM] = draw.uniform(0.5, 0.9)
        value = 0.9 - 0.1 * abs(math.log10(rate) + 3)
        rows.append(trial(number, settings=settings, values=(value, 1000.0 * draw.randint(1, 9))))
    return table(rows, (ACCURACY, SIZE))
