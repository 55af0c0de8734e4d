"""Random numbers of single pixels against scipy's distributions, with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from engine.randomness import sample_keys
from engine.transforms.noise.numbers import SMALL_RATE, normals, places, poisson

COUNT = 40_000


def some_places(count: int = COUNT, seed: int = 0) -> torch.Tensor:
    return places(sample_keys(seed, 0, torch.arange(1), 5), count)[0]


def test_places_are_equally_likely() -> None:
    found = places(sample_keys(0, 0, torch.arange(8), 5), COUNT + 1)
    assert found.shape == (8, COUNT + 1)
    assert found.dtype == torch.int32
    assert 0 <= found.min() < 32
    assert 65_503 < found.max() <= 65_535
    observed = np.bincount(found.flatten().numpy() // 256, minlength=256)
    assert stats.chisquare(observed).pvalue > 0.01


def test_neighbouring_places_know_nothing_of_each_other() -> None:
    found = places(sample_keys(0, 0, torch.arange(2), 5), COUNT).float()
    for one, other in (
        (found[0, :-1], found[0, 1:]),
        (found[0, :-2], found[0, 2:]),
        (found[0], found[1]),
    ):
        together = torch.corrcoef(torch.stack((one, other)))[0, 1]
        assert abs(together) < 4 / COUNT**0.5


def test_fewer_places_are_the_first_of_many() -> None:
    keys = sample_keys(0, 0, torch.arange(3), 5)
    assert torch.equal(places(keys, 7), places(keys, 100)[:, :7])
    assert torch.equal(places(keys[1:2], 100), places(keys, 100)[1:2])


def test_normals_are_normal() -> None:
    found = normals(some_places()).numpy()
    assert stats.kstest(found, "norm").pvalue > 0.01
    assert 3.8 < np.abs(found).max() < 4.4


def test_all_normals_have_variance_one() -> None:
    all_of_them = normals(torch.arange(65_536, dtype=torch.int32)).double()
    assert abs(float(all_of_them.mean())) < 1e-6
    assert abs(float(all_of_them.square().mean()) - 1) < 1e-6


@pytest.mark.parametrize("rate", [0.05, 0.7, 3.0, 7.99, 8.0, 9.5, 20.0, 130.0, 900.0])
def test_counts_are_poisson(rate: float) -> None:
    found = poisson(torch.full((COUNT,), rate), some_places(seed=2)).double().numpy()
    assert np.array_equal(found, np.round(found))
    assert abs(found.mean() - rate) < 4 * (rate / COUNT) ** 0.5
    spread = (rate + 2 * rate**2) ** 0.5  # of a squared difference: 4th moment less variance^2
    assert abs(found.var() - rate) < 4 * spread / COUNT**0.5
    observed, expected = grouped(found, rate)
    assert stats.chisquare(observed, expected).pvalue > 0.001


@pytest.mark.parametrize("rate", [0.05, 1.0, 5.0, 7.99, 8.0, 12.0, 40.0])
def test_the_share_of_each_count_is_poissons(rate: float) -> None:
    """Over all places there is no chance left."""
    found = poisson(torch.full((65_536,), rate), torch.arange(65_536, dtype=torch.int32))
    shares = np.bincount(found.int().numpy(), minlength=100) / 65_536
    apart = np.abs(shares - stats.poisson.pmf(np.arange(len(shares)), rate)).sum() / 2
    assert apart < (0.0001 if rate < SMALL_RATE else 0.001)


def grouped(found: np.ndarray, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Observed and expected numbers in groups of counts with at least 30 expected."""
    bounds = np.unique(stats.poisson.ppf(np.linspace(0.002, 0.998, 40), rate))
    cumulative = np.concatenate(([0.0], stats.poisson.cdf(bounds, rate), [1.0]))
    below = [(found <= bound).sum() for bound in bounds]
    observed = np.diff(np.concatenate(([0], below, [len(found)]))).astype(float)
    expected = np.diff(cumulative) * len(found)
    few = expected < 30
    observed[-2] += observed[few].sum()
    expected[-2] += expected[few].sum()
    return observed[~few], expected[~few]


def test_expansion_and_counting_agree_where_they_meet() -> None:
    at = torch.arange(65_536, dtype=torch.int32)
    below = poisson(torch.full((65_536,), SMALL_RATE - 1e-5), at)
    above = poisson(torch.full((65_536,), SMALL_RATE), at)
    assert (below != above).double().mean() < 0.004
    assert (below - above).abs().max() <= 1


def test_rates_next_to_each_other_do_not_matter() -> None:
    rates = torch.linspace(0, 40, 5_001)
    at = some_places(5_001)
    together = poisson(rates, at)
    for part in (slice(0, 1), slice(17, 1_000), slice(999, 1_006), slice(4_000, None)):
        assert torch.equal(poisson(rates[part], at[part]), together[part])
    assert poisson(torch.zeros(COUNT), some_places()).abs().max() == 0
