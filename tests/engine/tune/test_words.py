"""Values and their spread as a shell shows them; the window's words are tested with the window."""

from __future__ import annotations

import pytest

from engine.tune.goals import Quantity
from engine.tune.words import quantity_words


@pytest.mark.parametrize(
    ("quantity", "value", "spread", "words"),
    [
        ("fraction", 0.93123, None, "93.12 %"),
        ("fraction", 0.93123, 0.00412, "93.12 ± 0.41 %"),
        ("score", 0.41271, 0.0412, "0.4127 ± 0.041"),
        ("count", 12_345.0, None, "12,345"),
        ("milliseconds", 1.8312, None, "1.83 ms"),
        ("megabytes", 1640.4, None, "1,640 MB"),
        ("fraction", float("nan"), 0.1, "not finite"),
        ("fraction", 0.93123, float("nan"), "93.12 %"),
    ],
)
def test_a_value_has_its_unit_and_spread(
    quantity: Quantity, value: float, spread: float | None, words: str
) -> None:
    assert quantity_words(quantity, value, spread) == words
