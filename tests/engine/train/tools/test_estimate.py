"""Estimates and their words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.train.tools.estimate import Estimate, Spread, run_seconds
from engine.train.tools.words import duration, size

PLAIN = Estimate(
    seconds=Spread(720.0, 660.0, 840.0),
    step_seconds=0.1,
    images_per_second=320.0,
    steps=7000,
    memory=1_400_000_000,
    memory_measured=True,
    memory_free=6_000_000_000,
    disc=200_000_000,
    disc_free=10_000_000_000,
    ends_early=False,
    device="a card",
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.00044, "0.44 ms"),
        (0.0352, "35 ms"),
        (0.25, "250 ms"),
        (8.04, "8.0 s"),
        (42.0, "42 s"),
        (119.6, "2 min"),
        (720, "12 min"),
        (4800, "80 min"),
        (7200, "2 h 00 min"),
        (200_000, "2 days 7 h"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(4_000, "4 kB"), (12_300_000, "12 MB"), (1_400_000_000, "1.4 GB"), (80e9, "80 GB")],
)
def test_sizes(count: float, words: str) -> None:
    assert size(count) == words


def test_a_spread_leaves_out_the_tenth_at_each_end() -> None:
    found = Spread.of([float(n) for n in range(1, 22)])
    assert (found.middle, found.low, found.high) == (11.0, 3.0, 19.0)
    assert Spread.of([1.0, 1.0, 1.1, 90.0]).middle == pytest.approx(1.05)
    assert Spread.of([2.0]) == Spread(2.0, 2.0, 2.0)


def test_a_run_is_steps_and_validations_and_checkpoints() -> None:
    found = run_seconds(Spread(1.0, 0.9, 1.2), 100, epochs=10, validation=2.0, checkpoint=0.1)
    assert found.low == pytest.approx(90 + 20 + 0.1)
    assert found.middle == pytest.approx(100 + 20 + 0.1 + 0.9)
    assert found.high == pytest.approx(120 + 20 + 0.1 + 0.9)


def test_checkpoints_within_a_run_take_two_percent_at_most() -> None:
    found = run_seconds(Spread(1.0, 1.0, 1.0), 100, epochs=10, validation=0.0, checkpoint=50.0)
    assert found.middle == pytest.approx((100 + 50) * 1.02)


def test_the_words_name_time_interval_and_memory() -> None:
    assert PLAIN.words == "about 12 min (11 min to 14 min), 1.4 GB of 6.0 GB memory"
    early = replace(PLAIN, ends_early=True, memory_free=None)
    assert early.words == "at most about 12 min (11 min to 14 min), 1.4 GB memory"
    assert PLAIN.warnings == ()


def test_what_does_not_fit_is_said() -> None:
    tight = replace(PLAIN, memory_free=1_000_000_000, disc_free=1_000)
    memory, disc = tight.warnings
    assert "1.4 GB" in memory
    assert "lower the batch size" in memory
    assert "200 MB" in disc
    assert tight.to_json()["warnings"] == [memory, disc]
