"""Gaussian, Poisson, and salt and pepper: strength, channels, depth."""

from __future__ import annotations

import pytest
import torch
from scipy import stats

from engine.randomness import sample_keys
from engine.transforms.base import Pixels
from engine.transforms.noise.sensor import GaussianNoise, PoissonNoise, SaltAndPepper

SIDE = 96


def run(card: Pixels, pixels: torch.Tensor, draw: float = 0.5) -> torch.Tensor:
    draws = torch.full((len(pixels), card.draws), draw, dtype=torch.float64)
    keys = sample_keys(3, 1, torch.arange(len(pixels)), 7)
    return card.apply(pixels.clone(), draws, keys)


def flat(value: float, channels: int = 3, count: int = 2) -> torch.Tensor:
    return torch.full((count, channels, SIDE, SIDE), value)


@pytest.mark.parametrize(("draw", "deviation"), [(0.0, 0.02), (0.5, 0.05), (1.0, 0.08)])
def test_gaussian_noise_has_the_drawn_deviation(draw: float, deviation: float) -> None:
    found = run(GaussianNoise(deviation_range=(0.02, 0.08)), flat(0.5), draw) - 0.5
    assert stats.kstest(found.flatten().numpy() / deviation, "norm").pvalue > 0.01


def test_gaussian_noise_differs_between_pixels_channels_and_images() -> None:
    found = (run(GaussianNoise(), flat(0.5)) - 0.5).view(6, SIDE, SIDE)
    together = torch.corrcoef(found.flatten(1)).fill_diagonal_(0)
    assert together.abs().max() < 4 / SIDE
    moved = torch.corrcoef(torch.stack((found[0, 1:].flatten(), found[0, :-1].flatten())))
    assert abs(moved[0, 1]) < 4 / SIDE


@pytest.mark.parametrize(
    "card",
    [
        GaussianNoise(per_channel=False),
        PoissonNoise(per_channel=False),
        SaltAndPepper(fraction_range=(0.3, 0.3), per_channel=False),
    ],
    ids=lambda card: card.kind,
)
def test_grey_images_stored_in_colour_stay_grey_where_asked(card: Pixels) -> None:
    found = run(card, flat(0.4))
    assert torch.equal(found[:, :1].expand_as(found), found)
    coloured = run(card.with_(per_channel=True), flat(0.4))
    assert (coloured[:, 0] != coloured[:, 1]).any()


@pytest.mark.parametrize("value", [0.002, 0.05, 0.5, 0.9])
def test_poisson_noise_is_the_root_of_the_count(value: float) -> None:
    photons = 400
    card = PoissonNoise(photons_range=(photons, photons))
    counts = run(card, flat(value)).flatten().double() * photons
    assert (counts - counts.round()).abs().max() < 1e-3  # float32 of photons drawn by logarithm
    rate, n = value * photons, counts.numel()
    assert abs(float(counts.mean()) - rate) < 4 * (rate / n) ** 0.5
    if value < 0.8:  # lighter ones are cut off at white
        assert float(counts.var()) == pytest.approx(rate, rel=0.1)


def test_photons_are_drawn_by_their_logarithm() -> None:
    card = PoissonNoise(photons_range=(10, 1000))
    for draw, photons in ((0.0, 10), (0.5, 100), (1.0, 1000)):
        counts = run(card, flat(0.5), draw).double() * photons
        assert (counts - counts.round()).abs().max() < 2e-3
        assert float(counts.var()) == pytest.approx(photons / 2, rel=0.1)


def test_black_stays_black_under_poisson_noise() -> None:
    assert run(PoissonNoise(), flat(0.0)).max() == 0


@pytest.mark.parametrize(("draw", "fraction"), [(0.0, 0.0), (0.5, 0.2), (1.0, 0.4)])
def test_salt_and_pepper_change_the_drawn_fraction(draw: float, fraction: float) -> None:
    card = SaltAndPepper(fraction_range=(0.0, 0.4), salt=0.25, per_channel=True)
    found = run(card, flat(0.5), draw)
    for value, share in ((1.0, fraction * 0.25), (0.0, fraction * 0.75)):
        count = int((found == value).sum())
        assert abs(count - share * found.numel()) <= 4 * (share * found.numel()) ** 0.5
    assert ((found == 0) | (found == 1) | (found == 0.5)).all()


def test_salt_and_pepper_at_their_ends() -> None:
    white = run(SaltAndPepper(fraction_range=(1, 1), salt=1.0), flat(0.5))
    black = run(SaltAndPepper(fraction_range=(1, 1), salt=0.0), flat(0.5))
    assert (white == 1).float().mean() > 0.999
    assert (black == 0).float().mean() > 0.999
    assert torch.equal(run(SaltAndPepper(fraction_range=(0, 0)), flat(0.5)), flat(0.5))


def test_the_fine_levels_of_sixteen_bits_survive_weak_noise() -> None:
    levels = torch.arange(SIDE * SIDE).view(1, 1, SIDE, SIDE) + 20_000
    pixels = levels.float() / 65_535
    still = run(GaussianNoise(deviation_range=(0, 0)), pixels)
    assert torch.equal(still, pixels)
    weak = run(GaussianNoise(deviation_range=(1 / 65_535, 1 / 65_535)), pixels) - pixels
    assert float(weak.std() * 65_535) == pytest.approx(1, rel=0.05)


def test_strong_noise_asks_about_detail_and_weak_noise_does_not() -> None:
    assert GaussianNoise().questions() == ()
    assert GaussianNoise(deviation_range=(0.0, 0.2)).questions() == ("detail",)
    assert PoissonNoise(photons_range=(500, 1000)).questions() == ()
    assert PoissonNoise(photons_range=(20, 1000)).questions() == ("detail",)
    assert SaltAndPepper().questions() == ()
    assert SaltAndPepper(fraction_range=(0.0, 0.3)).questions() == ("detail",)
