"""JPEG artefacts against Pillow's files, and the cosine transform against scipy's."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import fft, ndimage

from engine.transforms.noise import dct
from engine.transforms.noise.jpeg import JpegArtefacts

SCALES = np.outer(dct.SCALES, dct.SCALES)[:, :, None]


def picture(height: int, width: int, channels: int) -> np.ndarray:
    """Soft coloured blobs, uint8 ``[H, W, C]``."""
    values = np.random.default_rng(1).random((height, width, channels))
    soft = ndimage.gaussian_filter(values, (2, 2, 0))
    return ((soft - soft.min()) / (soft.max() - soft.min()) * 255).round().astype(np.uint8)


def through_pillow(image: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    grey = image.shape[2] == 1
    Image.fromarray(image[..., 0] if grey else image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).reshape(image.shape).astype(float)


def coded(pixels: torch.Tensor, quality: float) -> torch.Tensor:
    draws = torch.full((len(pixels), 1), 0.5, dtype=torch.float64)
    card = JpegArtefacts(quality_range=(quality, quality))
    return card.apply(pixels.clone(), draws, torch.zeros(len(pixels), dtype=torch.int64))


def through_card(image: np.ndarray, quality: int) -> np.ndarray:
    pixels = torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    return coded(pixels, quality)[0].numpy().transpose(1, 2, 0) * 255.0


def test_cosine_transform_equals_scipys() -> None:
    blocks = torch.from_numpy(np.random.default_rng(0).normal(0, 50, (8, 8, 20))).float()
    expected = fft.dctn(blocks.double().numpy(), axes=(0, 1), norm="ortho")
    found = dct.forward(blocks).numpy() / (8 * SCALES)
    assert np.abs(found - expected).max() < 1e-4
    back = dct.inverse(torch.from_numpy(expected * SCALES / 8).float())
    assert (back - blocks).abs().max() < 1e-4


@pytest.mark.parametrize("quality", [5, 30, 50, 75, 95, 100])
@pytest.mark.parametrize("size", [(64, 64), (61, 75), (5, 3)])
def test_grey_images_equal_pillows_up_to_its_rounding(quality: int, size: tuple[int, int]) -> None:
    """Pillow rounds to whole levels: on average 0.25 of 255 apart; we allow 0.5."""
    image = picture(*size, 1)
    expected = through_pillow(image, quality)
    assert np.abs(through_card(image, quality) - expected).mean() < 0.5
    if quality <= 75 and size != (5, 3):
        assert np.abs(expected - image).mean() > 1


@pytest.mark.parametrize("quality", [5, 30, 50, 75, 95, 100])
@pytest.mark.parametrize("size", [(64, 64), (61, 75)])
def test_colour_images_are_near_pillows(quality: int, size: tuple[int, int]) -> None:
    """Pillow also rounds brightness and colour differences: less than 1.5 of 255 on average, and
    less than a quarter of what the coding itself changes."""
    image = picture(*size, 3)
    expected = through_pillow(image, quality)
    apart = np.abs(through_card(image, quality) - expected).mean()
    assert apart < 1.5
    assert apart < 0.35 * np.abs(expected - image).mean()


def test_quality_100_is_nearly_the_image() -> None:
    grey = picture(64, 64, 1)
    assert np.abs(through_card(grey, 100) - grey).max() < 1.5
    tinted = np.repeat(grey, 3, axis=2)  # no colour edges that 4:2:0 would soften
    tinted[..., 2] //= 2
    assert np.abs(through_card(tinted, 100) - tinted).mean() < 1


def test_each_image_has_its_own_quality() -> None:
    image = torch.from_numpy(picture(32, 32, 3).transpose(2, 0, 1)[None].astype(np.float32) / 255)
    card = JpegArtefacts(quality_range=(10, 90))
    draws = torch.tensor([[0.0], [0.5], [1.0]], dtype=torch.float64)
    keys = torch.zeros(3, dtype=torch.int64)
    found = card.apply(image.repeat(3, 1, 1, 1), draws, keys)
    for row, quality in enumerate((10, 50, 90)):
        assert torch.equal(found[row : row + 1], coded(image, quality))
    errors = (found - image).abs().mean((1, 2, 3)).tolist()
    assert errors[0] > errors[1] > errors[2] > 0


def test_other_numbers_of_channels_are_coded_one_by_one() -> None:
    pixels = torch.rand(2, 5, 20, 17, generator=torch.Generator().manual_seed(0))
    found = coded(pixels, 40)
    for channel in range(5):
        part = slice(channel, channel + 1)
        assert torch.equal(found[:, part], coded(pixels[:, part], 40))


def test_images_of_sixteen_bits_are_not_rounded_to_eight() -> None:
    levels = torch.linspace(0.4, 0.41, 64).expand(1, 1, 64, 64)
    found = coded(levels.contiguous(), 100)
    assert len(found.unique()) > 16
    assert (found - levels).abs().max() < 1.5 / 255


def test_flat_images_stay_flat() -> None:
    for channels in (1, 3):
        found = coded(torch.full((1, channels, 24, 24), 0.6), 20)
        assert (found - found[..., :1, :1]).abs().max() < 1e-6
        assert (found - 0.6).abs().max() < 12 / 255
