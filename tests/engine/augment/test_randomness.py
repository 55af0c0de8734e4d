"""Draws: pure functions of their words, even, and unrelated between words."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engine.randomness import (
    SampleWords,
    derive,
    next_in_permutation,
    numpy_permutation,
    stream_of,
    uniform,
)

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def splitmix(word: int) -> int:
    """SplitMix64's finaliser in Python's integers."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def key(*words: int) -> int:
    state = 0
    for word in words:
        state = splitmix((state + (word & MASK) * GOLDEN + GOLDEN) & MASK)
    return state


def reference(seed: int, epoch: int, sample: int, stream: int, draw: int) -> float:
    row = splitmix((sample * GOLDEN + key(seed, epoch)) & MASK)
    return (splitmix((row + key(stream, draw)) & MASK) >> 40) / (1 << 24)


def draws(
    seed: int = 1, epoch: int = 2, stream: int = 3, n: int = 20_000, k: int = 1
) -> np.ndarray:
    return uniform(seed, epoch, torch.arange(n), stream, k).double().numpy()


def test_splitmix_known_answers() -> None:
    # The first outputs of java.util.SplittableRandom / SplitMix64 seeded with 0.
    assert splitmix(GOLDEN) == 0xE220A8397B1DCDAF
    assert splitmix((2 * GOLDEN) & MASK) == 0x6E789E6AA1B965F4


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**63 - 1),
    epoch=st.integers(0, 10**6),
    samples=st.lists(st.integers(0, 2**62), min_size=1, max_size=20),
    stream=st.integers(0, MASK),
)
def test_equals_the_python_reference(
    seed: int, epoch: int, samples: list[int], stream: int
) -> None:
    got = uniform(seed, epoch, torch.tensor(samples), stream, 3)
    assert got.dtype == torch.float32
    expected = [[reference(seed, epoch, s, stream, j) for j in range(3)] for s in samples]
    assert got.double().tolist() == expected


def test_columns_equal_streams_drawn_alone() -> None:
    samples = torch.tensor([5, 0, 9])
    both = SampleWords(1, 2, samples).uniform([(7, 2), (8, 3)])
    assert torch.equal(both[:, :2], uniform(1, 2, samples, 7, 2))
    assert torch.equal(both[:, 2:], uniform(1, 2, samples, 8, 3))


def test_draws_are_even() -> None:
    values = draws(n=100_000)[:, 0]
    assert values.min() >= 0
    assert values.max() < 1
    assert abs(values.mean() - 1 / 2) < 4 * (1 / 12 / len(values)) ** 0.5
    assert abs(values.var() - 1 / 12) < 0.001
    counts = np.bincount((values * 256).astype(int), minlength=256)
    assert 1e-4 < stats.chisquare(counts).pvalue < 1 - 1e-4


@pytest.mark.parametrize("words", [{"seed": 2}, {"epoch": 3}, {"stream": 4}, {"epoch": 2**32}])
def test_neighbouring_words_are_unrelated(words: dict[str, int]) -> None:
    here, there = draws(k=2), draws(**words, k=2)
    assert abs(np.corrcoef(here[:, 0], there[:, 0])[0, 1]) < 4 / len(here) ** 0.5
    assert abs(np.corrcoef(here[:, 0], here[:, 1])[0, 1]) < 4 / len(here) ** 0.5
    assert abs(np.corrcoef(here[1:, 0], here[:-1, 0])[0, 1]) < 4 / len(here) ** 0.5
    cells = np.histogram2d(here[:, 0], there[:, 0], bins=16)[0].ravel()
    assert 1e-4 < stats.chisquare(cells).pvalue < 1 - 1e-4


def test_permutation_is_one_and_changes_with_the_epoch() -> None:
    first, second = numpy_permutation(1, 0, 1000), numpy_permutation(1, 1, 1000)
    assert np.array_equal(np.sort(first), np.arange(1000))
    assert first.dtype == np.int64
    assert np.array_equal(first, numpy_permutation(1, 0, 1000))
    assert (first == second).mean() < 0.02
    assert abs(stats.spearmanr(first, np.arange(1000)).statistic) < 0.13
    assert numpy_permutation(1, 0, 0).size == 0


@pytest.mark.parametrize("n", [1, 2, 3, 500])
def test_the_next_in_a_permutation_is_found_without_sorting(n: int) -> None:
    order = numpy_permutation(4, 9, n).tolist()
    after = dict(zip(order, order[1:] + order[:1], strict=True))
    assert after == {index: next_in_permutation(4, 9, n, index) for index in range(n)}


def test_words_keep_their_order_and_names_their_stream() -> None:
    assert derive(1, 2) != derive(2, 1)
    assert derive(0) != derive(0, 0)
    assert 0 <= derive(-1) < 2**63
    assert stream_of("rotate") == 0xB5B144C054CF9B29  # SHA-256 of the word, first eight bytes
    assert stream_of("rotate") != stream_of("rotate_2")
