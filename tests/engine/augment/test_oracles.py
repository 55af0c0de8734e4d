"""Each card against torchvision, kornia and scipy with the same parameters."""

from __future__ import annotations

from typing import Any

import kornia
import numpy as np
import pytest
import torch
from scipy import ndimage
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as tv

from engine.augment.engine import augment
from engine.augment.pipeline import Card, Pipeline
from engine.randomness import stream_of, uniform
from engine.transforms.base import Transform
from engine.transforms.colour.tone import BrightnessContrast
from engine.transforms.geometry import Rotate, Shift, Zoom

N, HEIGHT, WIDTH = 6, 40, 56


def smooth(channels: int = 3) -> torch.Tensor:
    """Random images without hard edges, float32 in 0..1."""
    noise = np.random.default_rng(1).random((N, channels, HEIGHT, WIDTH))
    soft = ndimage.gaussian_filter(noise, (0, 0, 2, 2))
    return torch.from_numpy((soft - soft.min()) / (soft.max() - soft.min())).float()


def run(pixels: torch.Tensor, *transforms: Transform, fill: Any = "constant") -> torch.Tensor:
    cards = tuple(Card(transform.kind, transform) for transform in transforms)
    return augment(Pipeline(cards, fill=fill), pixels, torch.arange(N), seed=1, epoch=1, scale=1.0)


def draws(kind: str, count: int) -> torch.Tensor:
    """The numbers that the engine hands to a card of this name, -1..1."""
    return uniform(1, 1, torch.arange(N), stream_of(kind), count + 1)[:, 1:].double() * 2 - 1


def interior(pixels: torch.Tensor, margin: int = 12) -> torch.Tensor:
    return pixels[..., margin:-margin, margin:-margin]


def affine(
    image: torch.Tensor, angle: float = 0, move: tuple[float, float] = (0, 0), scale: float = 1
) -> torch.Tensor:
    return tv.affine(
        image, angle, list(move), scale, [0.0, 0.0], interpolation=InterpolationMode.BILINEAR
    )


def test_rotate_equals_torchvision() -> None:
    pixels = smooth()
    result = run(pixels, Rotate(degrees=180.0))
    for i, angle in enumerate((draws("rotate", 1)[:, 0] * 180).tolist()):
        expected = tv.rotate(pixels[i], angle, interpolation=InterpolationMode.BILINEAR)
        assert torch.allclose(interior(result[i]), interior(expected), atol=2e-4)


def test_rotate_keeps_shapes_in_images_that_are_not_square() -> None:
    pixels = smooth()
    result = run(pixels, Rotate(degrees=90.0))
    angles = (draws("rotate", 1)[:, 0] * 90).float()
    expected = kornia.geometry.transform.rotate(pixels, angles, align_corners=True)
    assert torch.allclose(interior(result), interior(expected), atol=1e-3)


def test_shift_equals_scipy() -> None:
    pixels = smooth(1)
    result = run(pixels, Shift(width=0.15, height=0.2))
    moves = draws("shift", 2) * torch.tensor([0.15 * WIDTH, 0.2 * HEIGHT])
    for i, (right, down) in enumerate(moves.tolist()):
        expected = ndimage.shift(pixels[i, 0].double().numpy(), (down, right), order=1)
        assert (
            np.abs(interior(result[i, 0]).numpy() - interior(torch.tensor(expected)).numpy()).max()
            < 1e-4
        )


def test_zoom_equals_torchvision() -> None:
    pixels = smooth()
    result = run(pixels, Zoom(factor_range=(0.8, 1.6)))
    for i, factor in enumerate((draws("zoom", 1)[:, 0] * 0.4 + 1.2).tolist()):
        expected = affine(pixels[i], scale=factor)
        assert torch.allclose(interior(result[i]), interior(expected), atol=2e-4)


def test_cards_act_in_their_order() -> None:
    pixels = smooth()
    turn, move = Rotate(degrees=40.0), Shift(width=0.1, height=0.1)
    angles = (draws("rotate", 1)[:, 0] * 40).tolist()
    moves = (draws("shift", 2) * torch.tensor([0.1 * WIDTH, 0.1 * HEIGHT])).tolist()
    turned_then_moved = run(pixels, turn, move)
    moved_then_turned = run(pixels, move, turn)
    for i in range(N):
        # torchvision's affine turns first; its angle is clockwise.
        one = affine_float(pixels[i], -angles[i], moves[i])
        assert torch.allclose(interior(turned_then_moved[i]), one, atol=1e-3)
        two = affine_float(pixels[i], -angles[i], turned(moves[i], angles[i]))
        assert torch.allclose(interior(moved_then_turned[i]), two, atol=1e-3)


def turned(move: list[float], degrees: float) -> list[float]:
    """A move (right, down) turned counter-clockwise as seen on screen."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return [cosine * move[0] + sine * move[1], -sine * move[0] + cosine * move[1]]


def affine_float(image: torch.Tensor, degrees: float, move: list[float]) -> torch.Tensor:
    """torchvision's affine takes whole pixels only, so scipy does the same map, in float64."""
    angle = np.radians(degrees)
    # Output (row, column) to source, about the centre; degrees clockwise on screen.
    back = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = np.array([(HEIGHT - 1) / 2, (WIDTH - 1) / 2])
    offset = centre - back @ (centre + np.array([move[1], move[0]]))
    planes = [
        ndimage.affine_transform(plane.double().numpy(), back, offset, order=1) for plane in image
    ]
    return interior(torch.from_numpy(np.stack(planes)).float())


@pytest.mark.parametrize(
    ("fill", "mode"), [("reflect", "reflect"), ("nearest", "nearest"), ("wrap", "grid-wrap")]
)
def test_fills_equal_scipy_to_the_last_pixel(fill: str, mode: str) -> None:
    pixels = smooth(1)
    result = run(pixels, Shift(width=0.9, height=0.9), fill=fill)
    moves = draws("shift", 2) * torch.tensor([0.9 * WIDTH, 0.9 * HEIGHT])
    for i, (right, down) in enumerate(moves.tolist()):
        plane = pixels[i, 0].double().numpy()
        expected = ndimage.shift(plane, (down, right), order=1, mode=mode)
        assert np.abs(result[i, 0].numpy() - expected).max() < 1e-4


def test_constant_fill_has_its_value_outside() -> None:
    pixels = smooth()
    pipeline = Pipeline((Card("zoom", Zoom(factor_range=(0.5, 0.5))),), "constant", 0.25)
    result = augment(pipeline, pixels, torch.arange(N), seed=1, epoch=1, scale=1.0)
    assert (result[..., :8, :] == 0.25).all()
    assert (result[..., :12] == 0.25).all()
    expected = affine(pixels - 0.25, scale=0.5) + 0.25
    assert torch.allclose(interior(result), interior(expected), atol=1e-4)


@pytest.mark.parametrize("channels", [1, 3])
def test_brightness_and_contrast_equal_torchvision(channels: int) -> None:
    pixels = smooth(channels) * 0.4 + 0.2  # so that nothing is clamped in between
    result = run(pixels, BrightnessContrast(brightness=0.3, contrast=0.5))
    factors = draws("brightness_contrast", 2) * torch.tensor([0.3, 0.5]) + 1
    for i, (brightness, contrast) in enumerate(factors.tolist()):
        expected = tv.adjust_contrast(tv.adjust_brightness(pixels[i], brightness), contrast)
        # 1e-4: torchvision's grey weights add up to 0.9999, ours to 1.
        assert torch.allclose(result[i], expected, atol=1e-4)


def test_contrast_of_many_channels_is_about_their_mean() -> None:
    pixels = smooth(5) * 0.4 + 0.2
    result = run(pixels, BrightnessContrast(brightness=0.0, contrast=0.5))
    factors = draws("brightness_contrast", 2)[:, 1, None, None, None] * 0.5 + 1
    mean = pixels.double().mean((1, 2, 3), keepdim=True)
    assert torch.allclose(result.double(), factors * (pixels - mean) + mean, atol=1e-5)


def test_colours_are_clamped() -> None:
    pixels = torch.cat((torch.zeros(N, 1, 8, 4), torch.ones(N, 1, 8, 4)), dim=3)
    result = run(pixels, BrightnessContrast(brightness=1.0, contrast=1.0))
    assert result.min() >= 0
    assert result.max() == 1
