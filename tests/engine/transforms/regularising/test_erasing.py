"""Random erasing and cutout: where the holes are, how large, and what fills them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from engine.randomness import sample_keys
from engine.transforms.base import Pixels
from engine.transforms.regularising.erasing import Cutout, RandomErasing

COUNT, HEIGHT, WIDTH = 600, 40, 60


def run(card: Pixels, pixels: torch.Tensor, seed: int = 0) -> torch.Tensor:
    draws = torch.from_numpy(np.random.default_rng(seed).random((len(pixels), card.draws)))
    keys = sample_keys(seed, 0, torch.arange(len(pixels)), 9)
    return card.apply(pixels.clone(), draws, keys)


def holes(card: Pixels) -> np.ndarray:
    """Bool ``[B, H, W]``: the hidden pixels."""
    card = card.with_(fill="constant", fill_value=1.0)
    return (run(card, torch.zeros(COUNT, 2, HEIGHT, WIDTH)) == 1).all(1).numpy()


def sides(hidden: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height and width of the box around each image's hidden pixels."""
    return hidden.any(2).sum(1), hidden.any(1).sum(1)


def test_erased_parts_are_whole_rectangles() -> None:
    hidden = holes(RandomErasing())
    high, wide = sides(hidden)
    assert np.array_equal(high * wide, hidden.sum((1, 2)))
    for axis in (1, 2):  # one run of rows, one of columns
        edges = np.abs(np.diff(hidden.any(3 - axis).astype(int), axis=1, prepend=0, append=0))
        assert (edges.sum(1) == 2).all()


def test_area_and_ratio_have_the_stated_distributions() -> None:
    high, wide = sides(holes(RandomErasing(area_range=(0.05, 0.25), aspect_range=(0.5, 2.0))))
    area, aspect = high * wide / (HEIGHT * WIDTH), np.log(high / wide)
    assert stats.kstest(area, stats.uniform(0.05, 0.2).cdf).pvalue > 0.01
    assert stats.kstest(aspect, stats.uniform(-np.log(2), 2 * np.log(2)).cdf).pvalue > 0.01


def test_every_place_that_fits_is_equally_likely() -> None:
    card = RandomErasing(area_range=(100 / 2400, 100 / 2400), aspect_range=(1.0, 1.0))
    hidden = holes(card)
    assert (hidden.sum((1, 2)) == 100).all()
    tops, lefts = hidden.any(2).argmax(1), hidden.any(1).argmax(1)
    for first, places in ((tops, HEIGHT - 9), (lefts, WIDTH - 9)):
        assert first.min() == 0
        assert first.max() == places - 1
        assert stats.kstest((first + 0.5) / places, "uniform").pvalue > 0.01


def test_rectangles_that_do_not_fit_take_the_side_and_keep_their_area() -> None:
    high, wide = sides(holes(RandomErasing(area_range=(0.5, 0.5), aspect_range=(8.0, 8.0))))
    assert (high == HEIGHT).all()
    assert (wide == WIDTH // 2).all()
    assert holes(RandomErasing(area_range=(1.0, 1.0))).all()
    assert not holes(RandomErasing(area_range=(0.0, 0.0))).any()


def test_cutout_hides_squares_that_the_border_may_cut() -> None:
    hidden = holes(Cutout(size=0.5))
    high, wide = sides(hidden)
    assert np.array_equal(high * wide, hidden.sum((1, 2)))
    assert high.max() == wide.max() == HEIGHT // 2
    assert high.min() == HEIGHT // 4  # the middle is in the image
    share = (high < HEIGHT // 2).mean()  # middles nearer to the border than half a side: 20 of 40
    assert abs(share - 19 / 40) < 4 * (0.25 / COUNT) ** 0.5


def test_several_squares_lie_each_by_themselves() -> None:
    one, three = (holes(Cutout(size=0.1, holes=n)).sum((1, 2)) for n in (1, 3))
    assert one.max() == 16
    assert three.max() == 48
    assert three.mean() > 2.5 * one.mean()


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_fills(channels: int) -> None:
    source = torch.Generator().manual_seed(0)
    pixels = torch.rand(8, channels, HEIGHT, WIDTH, generator=source) * 0.5
    card = RandomErasing(area_range=(0.2, 0.3))
    constant = run(card.with_(fill="constant", fill_value=0.75), pixels)
    hidden = constant == 0.75
    assert torch.equal(hidden.any(1), hidden.all(1))
    assert torch.equal(torch.where(hidden, pixels, constant), pixels)
    mean = run(card.with_(fill="mean"), pixels)
    expected = pixels.double().mean((2, 3), keepdim=True).expand(pixels.shape)
    assert torch.allclose(mean[hidden].double(), expected[hidden], atol=1e-7)
    noise = run(card.with_(fill="noise"), pixels)
    assert stats.kstest(noise[hidden].numpy()[:5000], "uniform").pvalue > 0.01
    for result in (mean, noise):
        assert torch.equal(result[~hidden], pixels[~hidden])


def test_noise_differs_between_channels_and_images() -> None:
    found = run(RandomErasing(area_range=(1.0, 1.0)), torch.zeros(3, 3, HEIGHT, WIDTH))
    together = torch.corrcoef(found.view(9, -1)).fill_diagonal_(0)
    assert together.abs().max() < 4 / (HEIGHT * WIDTH) ** 0.5


@pytest.mark.parametrize("fill", ["constant", "mean", "noise"])
@pytest.mark.parametrize("kind", [RandomErasing, Cutout])
def test_bits_do_not_depend_on_the_batch(kind: type[Pixels], fill: str) -> None:
    card = kind(fill=fill)
    source = torch.Generator().manual_seed(0)
    pixels = torch.rand(7, 3, 31, 23, generator=source)
    draws = torch.rand(7, card.draws, generator=source, dtype=torch.float64)
    keys = sample_keys(0, 0, torch.arange(7), 9)
    together = card.apply(pixels.clone(), draws, keys)
    for part in (slice(0, 1), slice(3, 5), slice(6, 7)):
        one = card.apply(pixels[part].clone(), draws[part], keys[part])
        assert torch.equal(one, together[part])


def test_only_cards_that_hide_something_ask_about_small_objects() -> None:
    assert RandomErasing().questions() == Cutout().questions() == ("small",)
    assert RandomErasing(area_range=(0.0, 0.0)).questions() == ()
