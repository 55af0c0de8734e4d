"""MixUp and CutMix against their papers: shares of the beta distribution, boxes of that area."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from engine.randomness import uniform
from engine.transforms.beta import beta, quantiles
from engine.transforms.regularising.cutmix import CutMix
from engine.transforms.regularising.mixup import MixUp

MANY = 40_000


def draws(columns: int, count: int = MANY) -> torch.Tensor:
    return uniform(1, 0, torch.arange(count), 7, columns).double()


@pytest.mark.parametrize("alpha", [0.2, 0.4, 1.0, 2.5, 8.0])
def test_shares_have_the_beta_distribution(alpha: float) -> None:
    shares = beta(draws(1)[:, 0], alpha).numpy()
    assert shares.min() >= 0
    assert shares.max() <= 1
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 0.01


@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_extreme_shares_have_it_up_to_their_rounding(alpha: float) -> None:
    """Most lie nearer to 0 or 1 than the rounding; Kolmogorov's distance is taken between."""
    shares = np.sort(beta(draws(1)[:, 0], alpha).numpy())
    between = np.concatenate([np.geomspace(1e-8, 0.5, 500), 1 - np.geomspace(1e-8, 0.5, 500)])
    found = np.searchsorted(shares, between) / MANY
    distance = np.abs(found - stats.beta(alpha, alpha).cdf(between)).max()
    assert distance < stats.kstwo(MANY).isf(0.01)


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_quantiles_are_symmetric_and_rise(alpha: float) -> None:
    table = quantiles(alpha)
    assert len(table) == 4097
    assert np.array_equal(table, 1 - table[::-1])
    assert (np.diff(table) >= 0).all()
    assert (table[0], table[2048], table[-1]) == (0.0, 0.5, 1.0)
    exact = stats.beta(alpha, alpha).ppf(np.linspace(0, 1, 4097))
    np.testing.assert_allclose(table, exact, atol=1e-9)


def test_a_share_does_not_depend_on_its_batch() -> None:
    numbers = draws(1, 257)[:, 0]
    alone = torch.cat([beta(numbers[i : i + 1], 0.4) for i in range(257)])
    assert torch.equal(beta(numbers, 0.4), alone)


def test_mixup_at_known_shares() -> None:
    one, other = torch.full((3, 1, 2, 2), 0.8), torch.full((3, 1, 2, 2), 0.4)
    half = torch.tensor([[0.0], [0.5], [1.0]], dtype=torch.float64)
    mixed, share = MixUp(alpha=1.0).mix(one, other, half)
    torch.testing.assert_close(share, half[:, 0], atol=1e-9, rtol=0)
    torch.testing.assert_close(mixed[:, 0, 0, 0], torch.tensor([0.4, 0.6, 0.8]))


@pytest.mark.parametrize(("height", "width"), [(32, 32), (7, 19), (1, 5)])
def test_the_share_of_cutmix_is_the_area_exactly(height: int, width: int) -> None:
    own, other = torch.ones(2_000, 2, height, width), torch.zeros(2_000, 2, height, width)
    mixed, share = CutMix().mix(own, other, draws(3, 2_000))
    pixels = mixed[:, 0].flatten(1).double().sum(1)
    assert torch.equal(share, 1 - (height * width - pixels) / (height * width))
    assert torch.equal(mixed[:, 0], mixed[:, 1])
    assert ((mixed == 0) | (mixed == 1)).all()


def test_boxes_are_those_of_the_paper() -> None:
    """One box, and inside the image its area is that of the drawn share."""
    numbers = draws(3, 4_000)
    size = 64
    mixed, share = CutMix().mix(torch.ones(4_000, 1, size, size), torch.zeros(1), numbers)
    hole = mixed[:, 0] == 0
    rows, columns = hole.any(2).sum(1), hole.any(1).sum(1)
    assert torch.equal(hole.flatten(1).sum(1), rows * columns)  # a full rectangle
    side = ((1 - beta(numbers[:, 0], 1.0)).sqrt() * size).floor()
    inside = ((numbers[:, 1:] - 0.5).abs() * size + side[:, None] / 2 + 1 < size / 2).all(1)
    assert int(inside.sum()) > 300
    wanted = 1 - side * side / size**2
    assert torch.equal(share[inside], wanted[inside])
    assert (share >= wanted).all()  # cut off at the edge, never larger


def test_centres_lie_evenly() -> None:
    numbers = draws(3, 4_000)
    numbers[:, 0] = 0.9  # small boxes
    mixed, _ = CutMix().mix(torch.ones(4_000, 1, 40, 40), torch.zeros(1), numbers)
    covered = (mixed == 0).float().mean(0)[0]
    inner = covered[8:32, 8:32]
    assert float(inner.std() / inner.mean()) < 0.12


@pytest.mark.parametrize("transform", [MixUp(), CutMix()], ids=["mixup", "cutmix"])
def test_nobody_to_mix_is_no_trouble(transform: MixUp | CutMix) -> None:
    none = torch.ones(0, 3, 8, 8)
    mixed, share = transform.mix(none, none, torch.ones(0, 3, dtype=torch.float64))
    assert mixed.shape == none.shape
    assert share.shape == (0,)
