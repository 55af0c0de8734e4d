"""How values of what a search is judged by are written, wherever they are."""

from __future__ import annotations

import pytest

from engine.tune.goals import COSTS, GOALS
from engine.tune.table import Objective
from gui.objective_words import tick_words, value_words

THIN = "\u202f"


@pytest.mark.parametrize(
    ("quantity", "value", "written", "tick"),
    [
        ("fraction", 0.92134, f"92.13{THIN}%", f"92.13{THIN}%"),
        ("score", 0.41271, "0.4127", "0.4127"),
        ("count", 12_345.0, "12,345", "12,345"),
        ("count", 12_345_678.0, "12,345,678", f"12.3{THIN}M"),
        ("milliseconds", 1.8312, f"1.83{THIN}ms", "1.831"),
        ("megabytes", 1640.4, f"1,640{THIN}MB", "1,640"),
        ("fraction", float("inf"), "not finite", ""),
    ],
)
def test_a_value_is_written_as_what_it_is(quantity, value, written, tick) -> None:
    one = Objective("Anything", True, quantity)
    assert value_words(one, value) == written
    assert not tick or tick_words(one, value) == tick


def test_names_and_units_come_from_the_declarations() -> None:
    assert {goal.quantity for goal in GOALS.values()} == {"fraction", "score"}
    label = COSTS["latency"].label
    assert Objective(label, False, COSTS["latency"].quantity).heading == f"{label} (ms)"
    assert Objective("Parameters", False, COSTS["parameters"].quantity).heading == "Parameters"
    assert GOALS["auc"].label == "Validation AUC"
