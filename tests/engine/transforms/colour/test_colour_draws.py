"""Parameters have the distribution that their help states, read back from changed images."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from engine.augment.engine import augment
from engine.augment.pipeline import Card, Pipeline
from engine.transforms.base import Transform
from engine.transforms.colour.channels import ChannelDrop, ChannelShift
from engine.transforms.colour.hue import Hue
from engine.transforms.colour.levels import Posterize, Solarize
from engine.transforms.colour.saturation import Saturation
from engine.transforms.colour.sharpness import Sharpness
from engine.transforms.colour.stain import STAINS, StainJitter
from engine.transforms.colour.tone import BrightnessContrast, Gamma

N = 3000
UNLIKELY = 1e-3
"""A right distribution would fail a test once in a thousand seeds; the seed is fixed."""


def run(transform: Transform, image: list[float] | np.ndarray) -> np.ndarray:
    """The image ``[C, H, W]``, or one pixel of these channels, as N samples see it, float64."""
    pixels = torch.as_tensor(np.array(image, dtype=np.float32))
    pixels = pixels if pixels.ndim == 3 else pixels[:, None, None]
    batch = pixels.expand(N, *pixels.shape).contiguous()
    pipeline = Pipeline((Card("card", transform),))
    result = augment(pipeline, batch, torch.arange(N), seed=5, epoch=0, scale=1.0)
    return result.double().numpy()


def evenly(values: np.ndarray, low: float, high: float) -> bool:
    """Whether a Kolmogorov-Smirnov test takes the values for spread evenly from low to high."""
    return stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > UNLIKELY


def test_the_test_can_tell() -> None:
    source = np.random.default_rng(0)
    assert evenly(source.random(N), 0, 1)
    assert not evenly(source.random(N) * 0.93, 0, 1)
    assert not evenly(source.random(N) ** 1.1, 0, 1)


def test_brightness() -> None:
    found = run(BrightnessContrast(brightness=0.4, contrast=0.0), [0.5])
    assert evenly(found[:, 0, 0, 0] / 0.5, 0.6, 1.4)


def test_contrast() -> None:
    found = run(BrightnessContrast(brightness=0.0, contrast=0.4), np.array([[[0.4, 0.6]]]))
    assert evenly((found[:, 0, 0, 1] - found[:, 0, 0, 0]) / 0.2, 0.6, 1.4)


def test_gamma_is_even_on_a_logarithmic_scale() -> None:
    found = run(Gamma(gamma_range=(0.5, 3.0)), [0.5])[:, 0, 0, 0]
    gamma = np.log(found) / np.log(0.5)
    assert evenly(np.log(gamma), np.log(0.5), np.log(3.0))


def test_saturation() -> None:
    found = run(Saturation(amount=0.7), [0.6, 0.4, 0.4])
    assert evenly((found[:, 0, 0, 0] - found[:, 1, 0, 0]) / 0.2, 0.3, 1.7)


def test_hue() -> None:
    found = run(Hue(degrees=60.0), [0.8, 0.4, 0.4])[:, :, 0, 0]
    # Between -60° (magenta) and 60° (yellow) red stays highest and green or blue rises.
    assert evenly((found[:, 1] - found[:, 2]) / 0.4 * 60, -60, 60)


def test_sharpness() -> None:
    impulse = np.full((1, 3, 3), 0.5)
    impulse[0, 1, 1] = 0.6
    change = run(Sharpness(amount=0.5), impulse)[:, 0, 1, 1] - 0.5
    mean = 0.1 * 5 / 13
    assert evenly((change - mean) / (0.1 - mean), 0.5, 1.5)


def test_solarize_threshold() -> None:
    ramp = np.linspace(0, 1, 2001)[None, None]
    inverted = run(Solarize(threshold_range=(0.6, 0.9)), ramp)[:, 0, 0] < ramp[0, 0] - 0.1
    first = inverted.argmax(1) / 2000 - np.random.default_rng(0).random(N) / 2000
    assert evenly(first, 0.6, 0.9)


def test_posterize_bits() -> None:
    ramp = np.arange(256.0)[None, None] / 255
    levels = [len(np.unique(row)) for row in run(Posterize(bits=3), ramp)[:, 0, 0]]
    found, counts = np.unique(levels, return_counts=True)
    assert found.tolist() == [8, 16, 32, 64, 128, 256]
    assert stats.chisquare(counts).pvalue > UNLIKELY


def test_channel_shift_of_all() -> None:
    found = run(ChannelShift(amount=0.3, each_channel=False), [0.5, 0.4])[:, :, 0, 0]
    assert evenly(found[:, 0] - 0.5, -0.3, 0.3)
    assert np.allclose(found[:, 0] - 0.1, found[:, 1])


def test_channel_shift_of_each_is_independent() -> None:
    found = run(ChannelShift(amount=0.3), [0.5] * 4)[:, :, 0, 0] - 0.5
    for channel in range(4):
        assert evenly(found[:, channel], -0.3, 0.3)
    apart = np.corrcoef(found.T) - np.eye(4)
    assert np.abs(apart).max() < 4 / np.sqrt(N)


@pytest.mark.parametrize(("channels", "dropped"), [(3, 1), (5, 2)])
def test_channel_drop_is_fair(channels: int, dropped: int) -> None:
    gone = run(ChannelDrop(channels=dropped), [0.5] * channels)[:, :, 0, 0] == 0
    assert (gone.sum(1) == dropped).all()
    _sets, counts = np.unique(gone, axis=0, return_counts=True)
    assert len(counts) == {3: 3, 5: 10}[channels]
    assert stats.chisquare(counts).pvalue > UNLIKELY


def test_stain_strengths_and_backgrounds() -> None:
    stains = np.array([0.3, 0.4, 0.2])
    pixel = 10 ** -(stains @ np.array(STAINS))
    unmixing = np.linalg.inv(np.array(STAINS))
    strength = run(StainJitter(strength=0.3, background=0.0), pixel)[:, :, 0, 0]
    background = run(StainJitter(strength=0.0, background=0.1), pixel)[:, :, 0, 0]
    factors = -np.log10(strength) @ unmixing / stains
    offsets = -np.log10(background) @ unmixing - stains
    for stain in range(3):
        assert evenly(factors[:, stain], 0.7, 1.3)
        assert evenly(offsets[:, stain], -0.1, 0.1)
    apart = np.corrcoef(np.hstack((factors, offsets)).T) - np.eye(6)
    assert np.abs(apart).max() < 4.5 / np.sqrt(N)
