"""Gaussian and motion blur against torchvision, kornia and scipy."""

from __future__ import annotations

import kornia
import numpy as np
import pytest
import torch
from scipy import ndimage
from torchvision.transforms.v2 import functional as tv

from engine.transforms.base import Pixels
from engine.transforms.noise.blur import GaussianBlur
from engine.transforms.noise.motion import MotionBlur

KEYS = torch.zeros(1, dtype=torch.int64)


def run(card: Pixels, pixels: torch.Tensor, *draws: float) -> torch.Tensor:
    numbers = torch.tensor([draws or (0.5,) * card.draws], dtype=torch.float64)
    keys = torch.arange(len(pixels))
    return card.apply(pixels.clone(), numbers.expand(len(pixels), -1), keys)


def noise(height: int = 40, width: int = 56, channels: int = 3, soft: float = 0) -> torch.Tensor:
    values = np.random.default_rng(1).random((2, channels, height, width))
    if soft:
        values = ndimage.gaussian_filter(values, (0, 0, soft, soft))
        values = (values - values.min()) / (values.max() - values.min())
    return torch.from_numpy(values).float()


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_gaussian_blur_equals_torchvision(sigma: float, channels: int) -> None:
    pixels = noise(channels=channels)
    kernel = 2 * int(np.ceil(3 * sigma)) + 1
    expected = tv.gaussian_blur(pixels, [kernel, kernel], [sigma, sigma])
    found = run(GaussianBlur(sigma_range=(sigma, sigma)), pixels)
    assert (found - expected).abs().max() < 2e-6


def test_the_largest_blur_only_sets_where_weights_end() -> None:
    pixels = noise()
    found = run(GaussianBlur(sigma_range=(1.0, 4.0)), pixels, 0.0)
    expected = tv.gaussian_blur(pixels, [25, 25], [1.0, 1.0])
    assert (found - expected).abs().max() < 2e-6


def test_blur_of_nothing_is_the_image() -> None:
    pixels = noise()
    assert torch.equal(run(GaussianBlur(sigma_range=(0, 0)), pixels), pixels)
    assert torch.equal(run(GaussianBlur(sigma_range=(0, 2)), pixels, 0.0), pixels)
    assert torch.equal(run(MotionBlur(length_range=(1, 1)), pixels), pixels)


@pytest.mark.parametrize(
    "card", [GaussianBlur(sigma_range=(5, 5)), MotionBlur(length_range=(30, 30))]
)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (4, 2)])
def test_images_smaller_than_the_blur(card: Pixels, size: tuple[int, int]) -> None:
    pixels = noise(*size)
    found = run(card, pixels)
    assert found.min() >= pixels.min() - 1e-6
    assert found.max() <= pixels.max() + 1e-6
    assert torch.allclose(run(card, torch.full_like(pixels, 0.3)), torch.tensor(0.3))


@pytest.mark.parametrize("length", [3, 7, 9])
@pytest.mark.parametrize("angle", [0.0, 90.0])
def test_straight_motion_blur_equals_kornia(length: int, angle: float) -> None:
    pixels = noise()
    expected = kornia.filters.motion_blur(pixels, length, angle, 0.0, border_type="reflect")
    card = MotionBlur(length_range=(length, length), angle_range=(angle, angle))
    assert (run(card, pixels) - expected).abs().max() < 1e-5


@pytest.mark.parametrize("angle", [-135.0, 20.0, 45.0, 70.0, 110.0, 160.0])
def test_slanted_motion_blur_is_near_kornias(angle: float) -> None:
    """kornia turns a line of pixels by bilinear interpolation; that differs a little from ours: by
    less than 3 of 255 on average here, and half of what the mirrored angle differs by."""
    pixels = noise(soft=2)
    expected = kornia.filters.motion_blur(pixels, 9, angle, 0.0, border_type="reflect")
    card = MotionBlur(length_range=(9, 9), angle_range=(angle, angle))
    apart = (run(card, pixels) - expected).abs()
    assert apart.max() < 0.06
    assert apart.mean() < 3 / 255
    mirrored = MotionBlur(length_range=(9, 9), angle_range=(-angle, -angle))
    assert (run(mirrored, pixels) - expected).abs().mean() > 2 * apart.mean()


@pytest.mark.parametrize("angle", [0.0, 33.0, 45.0, 90.0, 121.0, 180.0])
@pytest.mark.parametrize("length", [4.0, 8.5])
def test_motion_blur_is_the_mean_along_the_line(angle: float, length: float) -> None:
    pixels = noise(soft=2)
    rows, columns = np.mgrid[0:40, 0:56].astype(float)
    expected = np.zeros((40, 56))
    steps = (np.arange(200) + 0.5) / 200 - 0.5
    for along in steps * length:
        right, down = along * np.cos(np.radians(angle)), -along * np.sin(np.radians(angle))
        place = (rows + down, columns + right)
        expected += ndimage.map_coordinates(pixels[0, 0].numpy(), place, order=1, mode="mirror")
    card = MotionBlur(length_range=(length, length), angle_range=(angle, angle))
    apart = np.abs(run(card, pixels)[0, 0].numpy() - expected / len(steps))
    assert apart.max() < 4 / 255


def test_each_image_has_its_own_blur() -> None:
    pixels = noise(soft=1)
    draws = torch.tensor([[0.1, 0.2], [0.9, 0.7]], dtype=torch.float64)
    card = MotionBlur()
    together = card.apply(pixels.clone(), draws, KEYS.expand(2))
    for i in range(2):
        one = card.apply(pixels[i : i + 1].clone(), draws[i : i + 1], KEYS)
        assert torch.equal(together[i : i + 1], one)
    assert (together[0] - run(card, pixels, 0.9, 0.7)[0]).abs().max() > 0.01
