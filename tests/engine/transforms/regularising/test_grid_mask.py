"""Grid mask: the grid against one built line by line, its distances, turns and fills."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from engine.randomness import sample_keys
from engine.transforms.regularising.grid_mask import GridMask

HEIGHT, WIDTH = 80, 120


def hidden_by(card: GridMask, draws: np.ndarray) -> np.ndarray:
    """Bool ``[B, H, W]``: the hidden pixels for these numbers."""
    card = card.with_(fill="constant", fill_value=1.0)
    pixels = torch.zeros(len(draws), 2, HEIGHT, WIDTH)
    keys = torch.arange(len(draws))
    return (card.apply(pixels, torch.from_numpy(draws), keys) == 1).all(1).numpy()


def built(distance: int, ratio: float, across: int, down: int) -> np.ndarray:
    """The grid as the paper's program draws it: bars one after the other, then its opposite."""
    bar = min(max(int(distance * ratio + 0.5), 1), distance - 1)
    visible = np.zeros((HEIGHT, WIDTH), bool)
    for start in range(-distance, HEIGHT + distance, distance):
        visible[max(0, start - down) : max(0, start - down + bar)] = True
    for start in range(-distance, WIDTH + distance, distance):
        visible[:, max(0, start - across) : max(0, start - across + bar)] = True
    return ~visible


@pytest.mark.parametrize("distance", [7, 20, 48])
@pytest.mark.parametrize("ratio", [0.3, 0.6, 0.95])
def test_upright_grid_equals_the_papers(distance: int, ratio: float) -> None:
    share = distance / HEIGHT
    draws = np.random.default_rng(0).random((5, 4))
    found = hidden_by(GridMask(distance_range=(share, share), ratio=ratio), draws)
    for row, (_, across, down, _) in enumerate(draws):
        moved = int(across * distance), int(down * distance)
        assert np.array_equal(found[row], built(distance, ratio, *moved))


def test_hidden_share_is_as_the_help_says() -> None:
    draws = np.random.default_rng(0).random((200, 4))
    for ratio, share in ((0.6, 0.16), (0.4, 0.36)):
        card = GridMask(ratio=ratio, degrees=45.0)
        assert hidden_by(card, draws).mean() == pytest.approx(share, abs=0.02)


def test_distances_have_the_stated_distribution() -> None:
    draws = np.random.default_rng(0).random((300, 4))
    found = hidden_by(GridMask(distance_range=(0.1, 0.5), ratio=0.5), draws)
    sizes = []
    for mask in found:  # hidden columns come in runs of half a distance
        runs = np.diff(np.flatnonzero(np.diff(mask.any(0).astype(int))))
        sizes.append(runs[:2].sum() / HEIGHT)
    assert stats.kstest(sizes, stats.uniform(0.1, 0.4).cdf).pvalue > 0.001


@pytest.mark.parametrize("degrees", [15.0, 45.0])
def test_a_turned_grid_has_turned_squares(degrees: float) -> None:
    draws = np.array([[0.5, 0.3, 0.6, 1.0]])
    upright = hidden_by(GridMask(distance_range=(0.5, 0.5)), draws)[0]
    found = hidden_by(GridMask(distance_range=(0.5, 0.5), degrees=degrees), draws)[0]
    turned = ndimage.rotate(upright.astype(float), degrees, reshape=False, order=0, cval=np.nan)
    known = ~np.isnan(turned)
    middle = np.zeros_like(known)
    middle[10:-10, 10:-10] = True
    same = (turned == found)[known & middle]
    assert same.mean() > 0.97
    assert (upright == found).mean() < 0.9


@pytest.mark.parametrize("fill", ["constant", "mean", "noise"])
def test_bits_do_not_depend_on_the_batch(fill: Any) -> None:
    card = GridMask(fill=fill, degrees=30.0)
    source = torch.Generator().manual_seed(0)
    pixels = torch.rand(7, 3, 31, 23, generator=source)
    draws = torch.rand(7, card.draws, generator=source, dtype=torch.float64)
    keys = sample_keys(0, 0, torch.arange(7), 9)
    together = card.apply(pixels.clone(), draws, keys)
    for part in (slice(0, 1), slice(3, 5), slice(6, 7)):
        one = card.apply(pixels[part].clone(), draws[part], keys[part])
        assert torch.equal(one, together[part])
    visible = together == pixels
    assert 0.5 < visible.double().mean() < 0.95


def test_tiny_images_keep_a_bar_and_a_square() -> None:
    pixels = torch.full((1, 1, 4, 4), 0.5)
    draws = torch.tensor([[0.0, 0.0, 0.0, 0.5]], dtype=torch.float64)
    card = GridMask(distance_range=(0.02, 0.02), fill="constant")
    found = card.apply(pixels, draws, torch.zeros(1, dtype=torch.int64))
    assert int((found == 0).sum()) == 4
