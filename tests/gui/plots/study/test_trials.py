"""Trials as columns: places, states, best so far, and settings that not all have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.search import Searched, SearchSpace
from engine.tune.table import StudyTable
from gui.plots.study.trials import STATES, Trials
from gui.plots.study.words import head_words, place_words, trial_lines, value_words
from tests.gui.plots.study.tables import (
    ACCURACY,
    KIND,
    MOMENTUM,
    RATE,
    SIZE,
    many,
    small,
    table,
    trial,
)


def test_values_are_those_of_complete_trials() -> None:
    trials = Trials(small())
    np.testing.assert_equal(trials.values, [0.5, math.nan, math.nan, 0.8, math.nan, math.nan])
    np.testing.assert_equal(trials.shown, [0.5, 0.2, math.nan, 0.8, math.nan, 0.4])
    np.testing.assert_equal(trials.best, [0.5, 0.5, 0.5, 0.8, 0.8, 0.8])
    assert [STATES[state] for state in trials.states] == [row.state for row in small().rows]


def test_best_so_far_goes_down_where_less_is_better() -> None:
    rows = [trial(0, value=3.0), trial(1, value=5.0), trial(2, value=1.0)]
    trials = Trials(table(rows, (SIZE,)))
    assert trials.best.tolist() == [3.0, 3.0, 1.0]
    assert trials.ranks.tolist() == [0.5, 0.0, 1.0]


def test_a_logarithmic_setting_lies_at_its_logarithm() -> None:
    rate = Trials(small()).column(RATE)
    np.testing.assert_allclose(rate.places, [-3, -2, -3, -1, -5, -3])
    assert (rate.low, rate.high, rate.log) == (-5, -1, True)
    assert place_words(rate, -3) == "0.001"


def test_choices_lie_at_their_place_and_conditional_settings_are_missing() -> None:
    trials = Trials(small())
    kind, momentum = trials.column(KIND), trials.column(MOMENTUM)
    assert kind.names == ("AdamW", "SGD with momentum")
    assert kind.places.tolist() == [0, 1, 0, 1, 0, 0]
    np.testing.assert_equal(momentum.places, [math.nan, 0.9, math.nan, 0.9, math.nan, math.nan])
    assert momentum.ends == (0.5, 0.9)
    assert place_words(momentum, math.nan) == "none"


def test_true_is_not_one() -> None:
    rows = [trial(n, settings={"a": value}) for n, value in enumerate((True, 1, False))]
    space = SearchSpace((Searched("a", choices=(1, True, False)),))
    column = Trials(StudyTable("s", (ACCURACY,), ("a",), tuple(rows), space)).column("a")
    assert column.places.tolist() == [1, 0, 2]
    assert column.names == ("1", "on", "off")


def test_an_undeclared_setting_is_read_from_the_trials() -> None:
    rows = [trial(0, settings={"x": 2.0}), trial(1, settings={"x": 2.0, "y": None})]
    trials = Trials(StudyTable("s", (ACCURACY,), (), tuple(rows)))
    assert trials.addresses == ("x", "y")
    low, high = trials.column("x").ends
    assert low < 2.0 < high
    assert trials.column("y").names == ("not set",)


def test_a_second_objective_has_no_reports() -> None:
    trials = Trials(many(4), objective=1)
    assert trials.shown.tolist() == [row.values[1] for row in many(4).rows]


@pytest.mark.parametrize(("value", "words"), [(0.92134, "92.13\u202f%"), (math.nan, "not finite")])
def test_accuracy_is_read_in_per_cent(value: float, words: str) -> None:
    assert value_words(ACCURACY, value) == words


def test_counts_have_all_their_digits() -> None:
    assert value_words(SIZE, 12_400_000) == "12,400,000"


def test_a_trial_in_words() -> None:
    trials = Trials(small())
    pruned, failed = trials.rows[1], trials.rows[2]
    assert head_words(pruned) == "Trial 1, pruned after epoch 1"
    lines = dict(trial_lines(trials, pruned))
    assert lines["Validation accuracy at epoch 1"] == "20.00\u202f%"
    assert lines["Optimizer: learning rate"] == "0.01"
    assert dict(trial_lines(trials, failed))["Why"] == "The loss became infinite."


def test_many_settings_are_cut() -> None:
    settings = {f"model.n{number}.filters": number for number in range(30)}
    trials = Trials(table([trial(0, value=0.5, settings=settings)]))
    assert ("and 20 settings more", "") in trial_lines(trials, trials.rows[0])
