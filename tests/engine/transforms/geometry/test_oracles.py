"""Each geometric card against scipy, torchvision and kornia with the same parameters.

Places are float32, so they differ by some 1e-5 of a pixel; the images here change by at most 0.3
a pixel inside and by 1 at their border. 1e-4 (a fortieth of a grey level of 255) covers both.
"""

from __future__ import annotations

from typing import Any

import kornia
import numpy as np
import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as tv

from engine.augment.engine import augment
from engine.augment.pipeline import Card, Pipeline
from engine.transforms.base import TRANSFORMS, ImageFacts, Transform
from engine.transforms.geometry import (
    Elastic,
    Flip,
    Perspective,
    QuarterTurn,
    RandomCrop,
    RandomResizedCrop,
    Rotate,
    Shear,
    Shift,
    Zoom,
)
from tests.engine.transforms.geometry import oracles
from tests.engine.transforms.geometry.oracles import EPOCH, MODES, SEED, N

TOLERANCE = 1e-4
CARDS: tuple[Transform, ...] = (
    Flip(horizontal=True, vertical=True),
    QuarterTurn(),
    QuarterTurn(half_only=True),
    Rotate(degrees=180.0),
    Shift(width=0.9, height=0.9),
    Shear(x=30.0),
    Shear(x=20.0, y=25.0),
    Zoom(factor_range=(0.4, 2.0)),
    Zoom(factor_range=(0.4, 2.0), per_axis=True),
    Perspective(distortion_scale=0.4),
    Elastic(strength=0.05, smoothness=0.09),
    RandomCrop(padding=0.3),
    RandomCrop(padding=0.2, size=0.6),
    RandomCrop(padding=0.4, size=1.5),
    RandomResizedCrop(area_range=(0.2, 0.6)),
)
SHAPES = ((1, 41, 56), (3, 36, 36), (5, 24, 17))
FITTING = [
    (card, shape) for card in CARDS for shape in SHAPES if not [*card.misfits(ImageFacts(*shape))]
]
ORDERS = {"nearest": 0, "bilinear": 1, "bicubic": 3}


def name_of(value: Any) -> str:
    return value.kind if isinstance(value, Transform) else "x".join(map(str, value))


def run(pixels: Any, *cards: Transform, scale: float = 1.0, **common: Any) -> np.ndarray:
    listed = tuple(Card(card.kind, card) for card in cards)
    images = torch.as_tensor(pixels)
    images = images.float() if images.is_floating_point() else images
    done = augment(
        Pipeline(listed, **common), images, torch.arange(N), seed=SEED, epoch=EPOCH, scale=scale
    )
    return done.double().numpy()


def expected(pixels: np.ndarray, *cards: Transform, order: int = 1, **fill: Any) -> np.ndarray:
    shape = pixels.shape[2:]
    result = np.empty(pixels.shape)
    for sample in range(N):
        at = places(cards, sample, *shape)
        for channel, plane in enumerate(pixels[sample]):
            result[sample, channel] = oracles.read(plane, at, order=order, **fill)
    return result


def places(cards: tuple[Transform, ...], sample: int, height: int, width: int) -> np.ndarray:
    matrix, field = np.eye(3), np.zeros((2, height, width))
    for card in cards:
        u = oracles.draws(card.kind, card.draws)[sample]
        matrix = oracles.forward(card, u, height, width) @ matrix
        if isinstance(card, Elastic):
            field += oracles.field_of(card, u, height, width)
    return oracles.places(matrix, height, width, field)


def test_every_geometric_kind_is_here() -> None:
    kinds = {cls.kind for cls in TRANSFORMS if cls.family == "geometric"}
    assert kinds == {card.kind for card in CARDS}


@pytest.mark.parametrize("fill", list(MODES))
@pytest.mark.parametrize(("card", "shape"), FITTING, ids=name_of)
def test_bilinear_equals_scipy_to_the_last_pixel(
    card: Transform, fill: Any, shape: tuple[int, int, int]
) -> None:
    pixels = oracles.smooth(*shape)
    result = run(pixels, card, fill=fill, fill_value=0.3)
    assert np.abs(result - expected(pixels, card, fill=fill, value=0.3)).max() < TOLERANCE


@pytest.mark.parametrize("fill", list(MODES))
@pytest.mark.parametrize("card", CARDS, ids=name_of)
def test_bicubic_equals_the_sum_of_sixteen_pixels(card: Transform, fill: Any) -> None:
    pixels = oracles.smooth(2, 29, 29)
    result = run(pixels, card, fill=fill, fill_value=0.3, interpolation="bicubic")
    truth = expected(pixels, card, fill=fill, value=0.3, order=3)
    assert np.abs(result - truth).max() < TOLERANCE


@pytest.mark.parametrize("fill", list(MODES))
@pytest.mark.parametrize("card", CARDS, ids=name_of)
def test_nearest_takes_the_nearest_pixel(card: Transform, fill: Any) -> None:
    pixels = np.random.default_rng(2).random((N, 2, 29, 29))
    result = run(pixels, card, fill=fill, fill_value=0.3, interpolation="nearest")
    truth = expected(pixels, card, fill=fill, value=0.3, order=0)
    at = np.stack([places((card,), sample, 29, 29) for sample in range(N)])
    tie = (np.abs(at % 1 - 0.5) < 1e-3).any(1)  # two pixels are as near as each other
    assert tie.mean() < 0.25  # whole and half pixels are common in crops
    wrong = (np.abs(result - truth) > 1e-6).any(1)
    assert not (wrong & ~tie).any()


@pytest.mark.parametrize("interpolation", list(ORDERS))
def test_all_cards_together_are_one_map_read_once(interpolation: Any) -> None:
    cards = tuple({card.kind: card for card in CARDS}.values())
    pixels = oracles.smooth(3, 40, 40)
    result = run(pixels, *cards, fill="reflect", interpolation=interpolation)
    truth = expected(pixels, *cards, fill="reflect", order=ORDERS[interpolation])
    difference = np.abs(result - truth)
    # Ten maps are composed: places may be far outside, where float32 is coarser.
    if interpolation == "nearest":
        assert (difference > 1e-3).mean() < 1e-3
    else:
        assert difference.max() < 5e-4


@pytest.mark.parametrize(
    ("dtype", "top"), [(np.uint8, 255), (np.int32, 65535), (np.float32, 1), (np.float64, 1)]
)
def test_number_types_keep_their_precision(dtype: Any, top: int) -> None:
    pixels = oracles.smooth(3, 30, 44) * top
    pixels = (np.round(pixels) if top > 1 else pixels).astype(dtype)
    card = Rotate(degrees=90.0)
    result = run(pixels, card, scale=1 / top, fill="reflect")
    truth = expected(pixels.astype(float) / top, card, fill="reflect")
    assert np.abs(result - truth).max() < TOLERANCE


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("fill", ["constant", "nearest"])
@pytest.mark.parametrize(
    "card", [card for card in CARDS if not isinstance(card, Elastic)], ids=name_of
)
def test_kornia_warps_alike(card: Transform, fill: Any, interpolation: Any) -> None:
    height, width = 33, 33 if card.kind == "quarter_turn" else 45
    pixels = oracles.smooth(3, height, width)
    move = np.array([[1, 0, (width - 1) / 2], [0, 1, (height - 1) / 2], [0, 0, 1]])
    u = oracles.draws(card.kind, card.draws)
    maps = [move @ oracles.forward(card, row, height, width) @ np.linalg.inv(move) for row in u]
    truth = kornia.geometry.transform.warp_perspective(
        torch.from_numpy(pixels),
        torch.from_numpy(np.stack(maps)),
        (height, width),
        mode=interpolation,
        padding_mode={"constant": "zeros", "nearest": "border"}[fill],
        align_corners=True,
    )
    result = run(pixels, card, fill=fill, interpolation=interpolation)
    assert np.abs(result - truth.clamp(0, 1).numpy()).max() < TOLERANCE


def test_shear_and_zoom_equal_torchvision() -> None:
    pixels = oracles.smooth(3, 40, 56)
    images = torch.from_numpy(pixels)
    sheared, zoomed = Shear(x=20.0, y=25.0), Zoom(factor_range=(0.4, 2.0))
    angles = (2 * oracles.draws("shear", 2) - 1) * (20, 25)
    factors = 0.4 + 1.6 * oracles.draws("zoom", 1)[:, 0]
    how = InterpolationMode.BILINEAR
    for i in range(N):
        shear = tv.affine(images[i], 0, [0, 0], 1.0, angles[i].tolist(), interpolation=how)
        assert np.abs(run(pixels, sheared, fill="constant")[i] - shear.numpy()).max() < TOLERANCE
        zoom = tv.affine(images[i], 0, [0, 0], factors[i], [0.0, 0.0], interpolation=how)
        assert np.abs(run(pixels, zoomed, fill="constant")[i] - zoom.numpy()).max() < TOLERANCE


def test_perspective_equals_torchvision() -> None:
    height, width = 40, 56
    pixels, card = oracles.smooth(3, height, width), Perspective(distortion_scale=0.5)
    result = run(pixels, card, fill="constant")
    start = [[0, 0], [width, 0], [width, height], [0, height]]
    for i, u in enumerate(oracles.draws("perspective", 8)):
        end = oracles.corners(card, u, height, width) + np.array([width / 2, height / 2])
        truth = tv.perspective(
            torch.from_numpy(pixels[i]), start, end.tolist(), InterpolationMode.BILINEAR
        )
        assert np.abs(result[i] - truth.numpy()).max() < TOLERANCE


def test_elastic_equals_torchvision() -> None:
    height, width = 40, 56
    pixels, card = oracles.smooth(3, height, width), Elastic(strength=0.05)
    result = run(pixels, card, fill="constant")
    for i, u in enumerate(oracles.draws("elastic", card.draws)):
        field = oracles.field_of(card, u, height, width) * 2
        field = np.stack((field[0] / width, field[1] / height), axis=-1)[None]
        truth = tv.elastic(torch.from_numpy(pixels[i]), torch.from_numpy(field))
        assert np.abs(result[i] - truth.numpy()).max() < TOLERANCE


@pytest.mark.parametrize("how", ["bilinear", "bicubic"])
def test_resized_crops_equal_torchvision_inside(how: Any) -> None:
    height, width = 48, 64
    pixels, card = oracles.smooth(3, height, width), RandomResizedCrop(area_range=(0.3, 1.0))
    result = run(pixels, card, fill="nearest", interpolation=how)
    for i, u in enumerate(oracles.draws("random_resized_crop", card.draws)):
        top, left, tall, wide = oracles.window(card, u, height, width)
        truth = tv.resized_crop(
            torch.from_numpy(pixels[i]),
            *(top, left, tall, wide),
            [height, width],
            interpolation=InterpolationMode(how),
            antialias=False,  # which changes nothing but the kernel of bicubic, when enlarging
        ).clamp(0, 1)
        # Two source pixels from the window's edge: torchvision repeats the edge, Fovea reads on.
        rows, columns = int(2 * height / tall) + 1, int(2 * width / wide) + 1
        inside = (slice(None), slice(rows, -rows), slice(columns, -columns))
        assert np.abs(result[i][inside] - truth.numpy()[inside]).max() < TOLERANCE


@pytest.mark.parametrize(
    ("fill", "mode"), [("constant", "constant"), ("nearest", "edge"), ("reflect", "symmetric")]
)
@pytest.mark.parametrize("value", [0.0, 0.3])
def test_padded_crops_are_torchvisions_bit_for_bit(fill: Any, mode: Any, value: float) -> None:
    pixels = torch.from_numpy(np.random.default_rng(3).integers(0, 256, (N, 3, 24, 32), np.uint8))
    card, scale = RandomCrop(padding=0.25), 1 / 255
    result = run(pixels, card, scale=scale, fill=fill, fill_value=value)
    more = {"fill": value / scale} if mode == "constant" else {}
    for i, u in enumerate(oracles.draws("random_crop", 2)):
        top, left, tall, wide = oracles.window(card, u, 24, 32)
        padded = tv.pad(pixels[i].float(), [8, 6, 8, 6], padding_mode=mode, **more)
        truth = tv.crop(padded, top + 6, left + 8, tall, wide) * scale
        assert np.array_equal(result[i], truth.double().numpy())


def test_flips_and_turns_are_torchvisions_bit_for_bit() -> None:
    pixels = torch.from_numpy(np.random.default_rng(3).integers(0, 256, (N, 3, 31, 31), np.uint8))
    plain = pixels.float() * (1 / 255)
    flipped = run(pixels, Flip(vertical=True), scale=1 / 255)
    turned = run(pixels, QuarterTurn(), scale=1 / 255)
    both = run(pixels, QuarterTurn(), Flip(vertical=True), scale=1 / 255)
    for i, (across, down) in enumerate(oracles.draws("flip", 2) < 0.5):
        turns = int(4 * oracles.draws("quarter_turn", 1)[i, 0])
        ways = [torch.rot90(plain[i], turns, (1, 2)), plain[i]]
        ways = [tv.horizontal_flip(way) if across else way for way in ways]
        ways = [tv.vertical_flip(way) if down else way for way in ways]
        assert np.array_equal(both[i], ways[0].double().numpy())
        assert np.array_equal(flipped[i], ways[1].double().numpy())
        truth = tv.rotate(plain[i], 90.0 * turns)
        assert np.array_equal(turned[i], truth.double().numpy())
