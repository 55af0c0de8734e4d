"""Geometric cards give the same bits in any batch, and exact pixels where none need be blended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augment.engine import augment
from engine.augment.pipeline import Card, Pipeline
from engine.transforms.base import Transform
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

CARDS: tuple[Transform, ...] = (
    Flip(vertical=True),
    QuarterTurn(half_only=True),
    RandomCrop(),
    Shear(y=5.0),
    Zoom(per_axis=True),
    Perspective(),
    Elastic(),
    RandomCrop(size=0.8),
    RandomResizedCrop(),
    Rotate(),
    Shift(),
)
FILLS = ("constant", "nearest", "reflect", "wrap")
WAYS = ("bilinear", "bicubic", "nearest")


def images(n: int = 8, channels: int = 3, height: int = 19, width: int = 23) -> torch.Tensor:
    return torch.from_numpy(
        np.random.default_rng(0).integers(0, 256, (n, channels, height, width), dtype=np.uint8)
    )


def pipeline(*transforms: Transform, probability: float = 1.0, **common: Any) -> Pipeline:
    cards = (
        Card(f"c{place}", transform, probability=probability)
        for place, transform in enumerate(transforms)
    )
    return Pipeline(tuple(cards), **common)


def run(cards: Pipeline, pixels: torch.Tensor, samples: Any = None, **more: Any) -> torch.Tensor:
    numbers = torch.arange(len(pixels)) if samples is None else torch.as_tensor(samples)
    return augment(cards, pixels, numbers, **({"seed": 3, "epoch": 5, "scale": 1 / 255} | more))


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@settings(max_examples=50, deadline=None)
@given(
    transforms=st.lists(st.sampled_from(CARDS), min_size=1, max_size=4),
    probability=st.sampled_from([1.0, 0.5]),
    fill=st.sampled_from(FILLS),
    interpolation=st.sampled_from(WAYS),
    picked=st.lists(st.integers(0, 7), min_size=1, max_size=20),
    chunk_bytes=st.sampled_from([1, 5_000, 30_000, 1 << 30]),
    count=st.sampled_from([1, 2]),
    shape=st.sampled_from([(1, 28, 28), (3, 19, 23), (3, 5, 3), (5, 16, 9), (2, 3, 3)]),
)
def test_a_sample_has_the_same_bits_alone_and_in_any_batch(
    transforms: list[Transform],
    probability: float,
    fill: Any,
    interpolation: Any,
    picked: list[int],
    chunk_bytes: int,
    count: int,
    shape: tuple[int, int, int],
) -> None:
    if shape[1] == shape[2]:
        transforms = [*transforms, QuarterTurn()]
    cards = pipeline(
        *transforms,
        probability=probability,
        fill=fill,
        fill_value=0.3,
        interpolation=interpolation,
    )
    pixels = images(8, *shape)
    torch.set_num_threads(1)
    alone = torch.cat([run(cards, pixels[i : i + 1], [i]) for i in range(8)])
    torch.set_num_threads(count)
    batch = run(cards, pixels[picked], picked, chunk_bytes=chunk_bytes)
    assert torch.equal(batch, alone[picked])
    assert alone.min() >= 0
    assert alone.max() <= 1


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("interpolation", WAYS)
@pytest.mark.parametrize("transform", CARDS, ids=lambda card: card.kind)
def test_large_images_have_the_same_bits_with_any_number_of_threads(
    transform: Transform, interpolation: Any
) -> None:
    cards = pipeline(transform, interpolation=interpolation)
    pixels = images(3, 2, 160, 192)  # more than torch gives to one thread
    torch.set_num_threads(2)
    batch = run(cards, pixels)
    torch.set_num_threads(1)
    assert torch.equal(batch, torch.cat([run(cards, pixels[i : i + 1], [i]) for i in range(3)]))


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("interpolation", WAYS)
def test_whole_pixels_are_moved_and_none_blended(fill: Any, interpolation: Any) -> None:
    exact = (QuarterTurn(), RandomCrop(padding=0.4), Flip(vertical=True), RandomCrop(padding=0.2))
    rarely = Card("rarely", Rotate(), probability=1e-9)  # so that it may also be blended
    cards = pipeline(*exact, fill=fill, fill_value=0.3, interpolation=interpolation)
    cards = replace(cards, cards=(*cards.cards, rarely))
    pixels = images(64, 1, 24, 24)
    result = run(cards, pixels)
    known = torch.cat((pixels.float().flatten(), torch.tensor([0.3 * 255]))) * (1 / 255)
    assert torch.isin(result, known).all()
    if fill in ("constant", "wrap"):
        return
    sizes = [len(image.unique()) for image in result]
    assert min(sizes) > 40, "a picture, not one colour"


def test_images_that_are_not_square_turn_upside_down_exactly() -> None:
    pixels = images(200, 1, 12, 20)
    plain = pixels.float() * (1 / 255)
    half = run(pipeline(QuarterTurn(half_only=True)), pixels)
    kept = (half == plain).flatten(1).all(1)
    turned = (half == plain.flip(2, 3)).flatten(1).all(1)
    assert (kept ^ turned).all()
    assert 70 < int(turned.sum()) < 130


@pytest.mark.parametrize("transform", [Elastic(), Perspective()])
def test_samples_that_a_card_leaves_out_keep_their_pixels(transform: Transform) -> None:
    pixels = images(200, 1, 8, 8)
    plain = pixels.float() * (1 / 255)
    result = run(pipeline(transform, probability=0.3), pixels)
    kept = (result == plain).flatten(1).all(1)
    assert 110 < int(kept.sum()) < 170
    flipped = run(pipeline(transform, Flip(), probability=0.5), pixels)
    mirrored = (flipped == plain.flip(3)).flatten(1).all(1)
    assert 5 < int(mirrored.sum()) < 60


@pytest.mark.parametrize(
    "transform",
    [
        Rotate(degrees=0.0),
        Shift(width=0.0, height=0.0),
        Shear(x=0.0, y=0.0),
        Zoom(factor_range=(1.0, 1.0), per_axis=True),
        Perspective(distortion_scale=0.0),
        RandomCrop(padding=0.0),
        RandomResizedCrop(area_range=(1.0, 1.0), ratio_range=(1.0, 1.0)),
    ],
    ids=lambda card: card.kind,
)
def test_no_strength_is_no_change(transform: Transform) -> None:
    pixels = images(16, 3, 24, 24)
    assert torch.equal(run(pipeline(transform), pixels), pixels.float() * (1 / 255))


def test_bicubic_stays_in_range_at_sharp_edges() -> None:
    pixels = (images(8, 1, 20, 20) > 127).to(torch.uint8) * 255
    for fill in FILLS:
        cards = pipeline(Rotate(), fill=fill, fill_value=0.5, interpolation="bicubic")
        result = run(cards, pixels)
        assert result.min() == 0
        assert result.max() == 1


def test_another_smoothness_bends_the_same_way() -> None:
    pixels = images(4, 1, 32, 32)
    fine, coarse = (Elastic(smoothness=value) for value in (0.2, 0.2001))
    near = run(pipeline(fine), pixels) - run(pipeline(coarse), pixels)
    assert near.abs().mean() < 1e-3


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_elastic_never_folds_below_its_limit(sign: float) -> None:
    card = Elastic(strength=0.023, smoothness=0.1)
    assert card.questions() == ()
    assert Elastic(strength=0.05, smoothness=0.1).questions() == ("detail",)
    numbers = torch.rand((300, card.draws), generator=torch.Generator().manual_seed(0))
    extreme = (numbers * sign > 0.5 * sign).double() * (1 - 2**-24)
    field = card.displacement(extreme, 64, 64).double()
    across, down = (field.diff(dim=dim)[:, :, :63, :63] for dim in (3, 2))
    area = (1 + across[:, 0]) * (1 + down[:, 1]) - across[:, 1] * down[:, 0]
    assert area.min() > 0
