"""How much memory there is and how much is needed."""

from __future__ import annotations

from engine.compile.memory import available_memory, total_memory, training_memory


def test_training_takes_four_fp32_values_per_parameter() -> None:
    assert training_memory(1_000_000) == 16_000_000


def test_the_system_says_how_much_is_free() -> None:
    free = available_memory()
    assert free is None or 2**20 < free < 2**50


def test_no_more_is_free_than_there_is() -> None:
    free, total = available_memory(), total_memory()
    assert free is not None
    assert total is not None
    assert 2**28 < total < 2**50
    assert free <= total
