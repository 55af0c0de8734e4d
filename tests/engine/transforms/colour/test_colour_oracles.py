"""Each colour card against torchvision, or its paper's formula, with the same parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as tv

from engine.augment.engine import augment
from engine.augment.pipeline import Card, Pipeline
from engine.randomness import stream_of, uniform
from engine.transforms.base import TRANSFORMS, Transform
from engine.transforms.colour.channels import ChannelDrop, ChannelShift
from engine.transforms.colour.hue import Hue
from engine.transforms.colour.levels import Autocontrast, Equalize, Posterize, Solarize
from engine.transforms.colour.saturation import Grayscale, Saturation
from engine.transforms.colour.sharpness import Sharpness
from engine.transforms.colour.stain import StainJitter
from engine.transforms.colour.tone import Gamma, Invert

N = 12
LEVEL = 1 / 255

Function = Callable[..., torch.Tensor]


def images(channels: int = 3, size: int = 36) -> torch.Tensor:
    """Uint8 images: noise, dull ones, dark ones, a flat channel, black beside white, few levels."""
    source = np.random.default_rng(7)
    pixels = source.integers(0, 256, (N, channels, size, size + 5))
    pixels[1] = pixels[1] * 0.3 + 60
    pixels[2] = pixels[2] * 0.2
    pixels[3, -1] = 93
    pixels[4] = np.where(pixels[4] > 128, 255, 0)
    pixels[5] = pixels[5] // 64 * 50 + 20
    return torch.from_numpy(pixels.astype(np.uint8))


def run(pixels: torch.Tensor, transform: Transform, scale: float = LEVEL) -> torch.Tensor:
    pipeline = Pipeline((Card("card", transform),))
    return augment(pipeline, pixels, torch.arange(N), seed=1, epoch=1, scale=scale)


def draws(count: int) -> torch.Tensor:
    """The numbers that the engine hands to the card, in [0, 1)."""
    return uniform(1, 1, torch.arange(N), stream_of("card"), count + 1)[:, 1:].double()


@dataclass(frozen=True)
class Case:
    """A card, the function of torchvision that it equals, and that function's argument.

    Attributes:
        argument: from the card's first draw to the argument, None where there is none.
        lost: how many levels of 8 bits torchvision loses on uint8, where it cuts off fractions;
            a blend of an image with its cut-off grey or mean, cut off again, loses up to two.
        colour: whether it needs three channels.
    """

    card: Transform
    function: Function
    argument: Callable[[float], float] | None = None
    lost: float = 1.0
    colour: bool = False

    def expected(self, image: torch.Tensor, draw: float) -> torch.Tensor:
        """What torchvision makes of one image, float32 in 0..1."""
        arguments = [] if self.argument is None else [self.argument(draw)]
        if self.function is tv.solarize and image.dtype == torch.uint8:
            arguments = [arguments[0] * 255]
        result = self.function(image, *arguments)
        return result / 255 if result.dtype == torch.uint8 else result


def grey_of_three(image: torch.Tensor) -> torch.Tensor:
    return tv.rgb_to_grayscale(image, num_output_channels=3)


CASES = (
    Case(Saturation(amount=0.9), tv.adjust_saturation, lambda u: 0.1 + 1.8 * u, 2.0, True),
    Case(Hue(degrees=180.0), tv.adjust_hue, lambda u: u - 0.5, colour=True),
    Case(Grayscale(), grey_of_three, lost=1.1, colour=True),  # its weights add up to 0.9999
    Case(Gamma(gamma_range=(0.5, 2.0)), tv.adjust_gamma, lambda u: 2.0 ** (2 * u - 1)),
    Case(Invert(), tv.invert),
    Case(Solarize(threshold_range=(0.2, 0.9)), tv.solarize, lambda u: 0.2 + 0.7 * u),
    Case(Posterize(bits=1), tv.posterize, lambda u: 1 + int(8 * u)),
    Case(Equalize(), tv.equalize),
    Case(Autocontrast(), tv.autocontrast),
    Case(Sharpness(amount=0.9), tv.adjust_sharpness, lambda u: 0.1 + 1.8 * u, 2.0),
)


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """The test once for every one of these cases."""
    return pytest.mark.parametrize("case", cases, ids=[case.card.kind for case in cases])


every_case = each(CASES)


def worst(case: Case, ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """The largest difference from torchvision on images of its own type, in levels of 8 bits."""
    numbers = draws(1)[:, 0].tolist()
    pairs = zip(ours, theirs, numbers, strict=True)
    return max(
        float((own - case.expected(image, draw)).abs().max()) * 255 for own, image, draw in pairs
    )


@every_case
def test_bytes_equal_torchvision(case: Case) -> None:
    for channels in (3,) if case.colour else (1, 3):
        pixels = images(channels)
        assert worst(case, run(pixels, case.card), pixels) <= case.lost + 1e-3


@every_case
def test_floats_equal_torchvision(case: Case) -> None:
    for channels in (3,) if case.colour else (1, 3):
        pixels = images(channels) / 255
        assert worst(case, run(pixels, case.card, 1.0), pixels) <= 1


@each([case for case in CASES if case.function is not tv.equalize])  # torchvision's has 8 bits only
def test_sixteen_bits_equal_torchvision_on_floats(case: Case) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (N, 3, 31, 33), dtype=np.int32)
    wide = torch.from_numpy(pixels)
    assert worst(case, run(wide, case.card, 1 / 65535), wide.double().div(65535).float()) <= 1


@each([case for case in CASES if not case.colour])
def test_five_channels_are_five_grey_images(case: Case) -> None:
    pixels = images(5)
    result = run(pixels, case.card)
    for channel in range(5):
        one = slice(channel, channel + 1)
        assert torch.equal(result[:, one], run(pixels[:, one], case.card))


@pytest.mark.parametrize(
    "neutral",
    [
        Saturation(amount=0.0),
        Hue(degrees=0.0),
        Gamma(gamma_range=(1.0, 1.0)),
        ChannelShift(amount=0.0),
        Posterize(bits=8),
        Sharpness(amount=0.0),
        StainJitter(strength=0.0, background=0.0),
    ],
    ids=lambda card: card.kind,
)
def test_nothing_changes_at_strength_zero_and_nothing_is_asked(neutral: Transform) -> None:
    pixels = images()
    assert (run(pixels, neutral) - pixels / 255).abs().max() < 1e-6
    assert neutral.questions() == ()


def test_posterize_of_bytes_is_exact() -> None:
    pixels = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).repeat(N, 1, 1, 1)
    result = run(pixels, Posterize(bits=1))
    for own, image, draw in zip(result, pixels, draws(1)[:, 0].tolist(), strict=True):
        expected = tv.posterize(image, 1 + int(8 * draw))
        assert torch.equal((own * 255).round().to(torch.uint8), expected)


def test_equalize_of_sixteen_bits_is_smooth() -> None:
    source = np.random.default_rng(1)
    values = (source.beta(2, 5, (N, 2, 150, 160)) * 65535).astype(np.int32)
    result = run(torch.from_numpy(values), Equalize(), 1 / 65535).numpy()
    for own, plane in zip(result.reshape(-1, 24_000), values.reshape(-1, 24_000), strict=True):
        darker = np.searchsorted(np.sort(plane), plane) / len(plane)
        # Pillow's step is cut off to whole pixels: 94 instead of 94.1 a level.
        assert np.abs(own - darker).max() < 1.2 * LEVEL
        assert len(np.unique(own)) > 5000  # 256 for images of 8 bits
        order = np.argsort(plane)
        assert (np.diff(own[order]) > -1e-6).all()


def test_equalize_leaves_small_and_flat_images_alone() -> None:
    small = images(size=10)
    assert (run(small, Equalize()) - small / 255).abs().max() < 1e-6
    flat = torch.full((N, 1, 20, 30), 77, dtype=torch.uint8)
    assert (run(flat, Equalize()) - 77 / 255).abs().max() < 1e-6


def test_sharpness_leaves_tiny_images_alone() -> None:
    for shape in ((2, 30), (30, 2), (1, 1)):
        tiny = images(1)[:, :, : shape[0], : shape[1]].contiguous()
        assert torch.equal(run(tiny, Sharpness(amount=1.0)), tiny.float() * LEVEL)


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_channel_shift_adds_one_offset_to_all_as_keras_does(channels: int) -> None:
    pixels = images(channels)
    offsets = (draws(1).numpy() * 2 - 1) * 0.4
    expected = (pixels.double().numpy() / 255 + offsets[:, :, None, None]).clip(0, 1)
    result = run(pixels, ChannelShift(amount=0.4, each_channel=False)).numpy()
    assert np.abs(result - expected).max() < 1e-6


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_channel_shift_adds_an_offset_to_each(channels: int) -> None:
    pixels = images(channels) // 2 + 64
    added = run(pixels, ChannelShift(amount=0.2)) - pixels / 255
    offsets = added.flatten(2).mean(2)
    assert (added - offsets[:, :, None, None]).abs().max() < 1e-5
    assert offsets.abs().max() <= 0.2
    assert len(offsets.unique()) == N * channels


@pytest.mark.parametrize(("channels", "dropped"), [(2, 1), (3, 1), (3, 2), (5, 3)])
def test_channel_drop_fills_some_and_keeps_the_others(channels: int, dropped: int) -> None:
    pixels = images(channels).clamp(1, 200)
    result = run(pixels, ChannelDrop(channels=dropped, value=0.25))
    gone = (result == 0.25).flatten(2).all(2)
    same = (result == pixels.float() * LEVEL).flatten(2).all(2)
    assert (gone ^ same).all()
    assert (gone.sum(1) == dropped).all()


def hed(rgb: np.ndarray, factors: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Tellez et al. 2018 on ``[pixels, 3]``, as scikit-image's ``rgb2hed`` and back, in float64."""
    from_stains = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
    density = -np.log10(np.maximum(rgb, 1 / 255))
    stains = density @ np.linalg.inv(from_stains)
    return np.clip(10 ** -((stains * factors + offsets) @ from_stains), 0, 1)


@pytest.mark.parametrize("deep", [False, True])
def test_stain_jitter_equals_the_papers_formula(deep: bool) -> None:
    depth: Any = np.int32 if deep else np.uint8
    top = 65535 if deep else 255
    pixels = np.random.default_rng(2).integers(top // 50, top + 1, (N, 3, 30, 40)).astype(depth)
    result = run(torch.from_numpy(pixels), StainJitter(strength=0.3, background=0.1), 1 / top)
    numbers = draws(6).numpy() * 2 - 1
    for own, image, row in zip(result.numpy(), pixels, numbers, strict=True):
        rgb = image.reshape(3, -1).T / top
        expected = hed(rgb, 1 + 0.3 * row[:3], 0.1 * row[3:]).T.reshape(image.shape)
        assert np.abs(own - expected).max() < 1e-5


def test_stain_jitter_keeps_black_black() -> None:
    black = torch.zeros(N, 3, 4, 4)
    assert run(black, StainJitter(strength=1.0, background=0.5), 1.0).max() == 0


@pytest.mark.parametrize("before", ["rotate", "zoom", "down_up_sampling"])
def test_rounding_errors_of_a_flat_image_are_not_stretched(before: str) -> None:
    images = torch.tensor([1, 17, 77, 200], dtype=torch.uint8)[:, None, None, None]
    images = images.expand(4, 3, 32, 32)
    cards = (Card("before", TRANSFORMS.get(before)()), Card("last", Autocontrast()))
    changed = augment(Pipeline(cards), images, torch.arange(4), seed=0, epoch=0, scale=1 / 255)
    assert torch.allclose(changed, images / 255, atol=1e-6)


def test_two_neighbouring_levels_of_sixteen_bits_are_stretched() -> None:
    images = torch.full((1, 1, 4, 4), 30_000.0)
    images[..., :2] += 1
    pipeline = Pipeline((Card("card", Autocontrast()),))
    changed = augment(pipeline, images, torch.arange(1), seed=0, epoch=0, scale=1 / 65_535)
    assert changed.unique().tolist() == [0.0, 1.0]
