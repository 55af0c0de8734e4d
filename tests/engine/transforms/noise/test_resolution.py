"""Down-up-sampling against torch's average pooling and interpolation."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from engine.errors import FoveaError
from engine.transforms.base import ImageFacts
from engine.transforms.noise.resolution import DownUpSampling


def images(count: int, channels: int, height: int, width: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(0)
    return torch.rand(count, channels, height, width, generator=source)


def run(card: DownUpSampling, pixels: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    return card.apply(pixels.clone(), draws[:, None].double(), torch.arange(len(pixels)))


def expected(pixels: torch.Tensor, factor: int, mode: str) -> torch.Tensor:
    words: dict[str, Any] = {"align_corners": False} if mode == "bilinear" else {}
    small = functional.avg_pool2d(pixels, factor)
    return functional.interpolate(small, pixels.shape[2:], mode=mode, **words)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("factor", [2, 3, 4, 6])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_equals_pooling_and_interpolation(mode: Any, factor: int, channels: int) -> None:
    pixels = images(2, channels, 24, 36)
    card = DownUpSampling(factor_range=(factor, factor), interpolation=mode)
    found = run(card, pixels, torch.tensor([0.2, 0.9]))
    assert (found - expected(pixels, factor, mode)).abs().max() < 1e-6


def test_sizes_that_the_factor_does_not_divide_repeat_the_border() -> None:
    pixels = images(1, 1, 10, 13)
    wide = functional.pad(pixels, (0, 3, 0, 2), mode="replicate")
    card = DownUpSampling(factor_range=(4, 4))
    found = run(card, pixels, torch.tensor([0.5]))
    assert (found - expected(wide, 4, "bilinear")[..., :10, :13]).abs().max() < 1e-6


def test_each_whole_factor_is_equally_likely() -> None:
    pixels = images(1, 1, 24, 24)
    draws = torch.linspace(0, 1, 401)[:-1]
    found = run(DownUpSampling(factor_range=(1, 4)), pixels.expand(400, -1, -1, -1), draws)
    likeness = [(found - expected(pixels, f, "bilinear")).abs().amax((1, 2, 3)) for f in (2, 3, 4)]
    same = [(found - pixels).abs().amax((1, 2, 3)), *likeness]
    assert [int((apart < 1e-6).sum()) for apart in same] == [100, 100, 100, 100]


def test_factor_one_is_the_image() -> None:
    pixels = images(2, 3, 9, 9)
    found = run(DownUpSampling(factor_range=(1, 1)), pixels, torch.tensor([0.0, 1.0]))
    assert torch.equal(found, pixels)


def test_factors_that_are_not_whole_are_refused() -> None:
    with pytest.raises(FoveaError, match=r"squares of 2\.5 pixels") as refused:
        DownUpSampling(factor_range=(2.5, 4))
    assert refused.value.code == "FV-H002"
    assert refused.value.where == "factor_range"


def test_factors_that_leave_one_pixel_do_not_fit() -> None:
    card = DownUpSampling(factor_range=(2, 8))
    assert list(card.misfits(ImageFacts(1, 8, 9))) == []
    (misfit,) = card.misfits(ImageFacts(1, 8, 8))
    assert misfit.field == "factor_range"
    assert "8 x 8 px" in misfit.message
