"""The engine against its promises: the same bits in any batch, exact pixels where nothing moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augment.edits import add_card, move_card, remove_card, set_card
from engine.augment.engine import augment
from engine.augment.pipeline import Card, Pipeline
from engine.augment.presets import PRESETS
from engine.augment.preview import variants
from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS
from engine.transforms.colour.tone import BrightnessContrast
from engine.transforms.geometry import Flip, Rotate, Shift, Zoom

STANDARD = PRESETS["standard"].pipeline
SOMETIMES = Pipeline(tuple(replace(card, probability=0.4) for card in STANDARD.cards))
FILLS = ("constant", "nearest", "reflect", "wrap")


def images(n: int = 12, channels: int = 3, height: int = 19, width: int = 23) -> torch.Tensor:
    return torch.from_numpy(
        np.random.default_rng(0).integers(0, 256, (n, channels, height, width), dtype=np.uint8)
    )


def fitting(pipeline: Pipeline, channels: int) -> Pipeline:
    """The pipeline without the cards that need red, green and blue, where there are none."""
    kept = [card for card in pipeline.cards if channels == 3 or not card.transform.rgb_only]
    return replace(pipeline, cards=tuple(kept))


def run(pipeline: Pipeline, pixels: torch.Tensor, samples: Any = None, **more: Any) -> torch.Tensor:
    numbers = torch.arange(len(pixels)) if samples is None else torch.as_tensor(samples)
    words = {"seed": 3, "epoch": 5, "scale": 1 / 255} | more
    return augment(pipeline, pixels, numbers, **words)


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@settings(max_examples=60, deadline=None)
@given(
    pipeline=st.sampled_from([STANDARD, SOMETIMES, PRESETS["strong"].pipeline]),
    fill=st.sampled_from(FILLS),
    interpolation=st.sampled_from(["bilinear", "nearest"]),
    picked=st.lists(st.integers(0, 11), min_size=1, max_size=30),
    chunk_bytes=st.sampled_from([1, 5_000, 30_000, 1 << 30]),
    count=st.sampled_from([1, 2]),
    shape=st.sampled_from([(1, 28, 28), (3, 19, 23), (3, 5, 3), (4, 16, 9), (3, 96, 96)]),
)
def test_a_sample_has_the_same_bits_alone_and_in_any_batch(
    pipeline: Pipeline,
    fill: Any,
    interpolation: Any,
    picked: list[int],
    chunk_bytes: int,
    count: int,
    shape: tuple[int, int, int],
) -> None:
    pipeline = fitting(pipeline, shape[0])
    pipeline = replace(pipeline, fill=fill, fill_value=0.3, interpolation=interpolation)
    pixels = images(12, *shape)
    torch.set_num_threads(1)
    alone = torch.cat([run(pipeline, pixels[i : i + 1], [i]) for i in range(12)])
    torch.set_num_threads(count)
    batch = run(pipeline, pixels[picked], picked, chunk_bytes=chunk_bytes)
    assert torch.equal(batch, alone[picked])


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("channels", [1, 3])
def test_large_images_have_the_same_bits_with_any_number_of_threads(channels: int) -> None:
    pixels = images(3, channels, 224, 256)  # more than torch gives to one thread
    pipeline = fitting(STANDARD, channels)
    torch.set_num_threads(1)
    batch = run(pipeline, pixels)
    torch.set_num_threads(2)
    alone = [run(pipeline, pixels[i : i + 1], [i]) for i in range(3)]
    assert torch.equal(batch, torch.cat(alone))


def test_the_result_can_be_written_to_memory_that_is_there() -> None:
    pixels = images()
    there = torch.full(pixels.shape, 7.0)
    assert run(STANDARD, pixels, out=there, chunk_bytes=9_000) is there
    assert torch.equal(there, run(STANDARD, pixels))


def test_an_empty_pipeline_only_converts() -> None:
    pixels = images()
    off = Pipeline(tuple(replace(card, on=False) for card in STANDARD.cards))
    for pipeline in (Pipeline(), off):
        assert torch.equal(run(pipeline, pixels), pixels.float() * (1 / 255))


def test_a_sample_that_no_card_chose_keeps_its_pixels() -> None:
    rare = Pipeline(tuple(replace(card, probability=0.05) for card in STANDARD.cards))
    pixels = images(200)
    same = (run(rare, pixels) == pixels.float() * (1 / 255)).flatten(1).all(1)
    assert 120 < int(same.sum()) < 195  # 0.95^4 of them and the flips that came up heads


def test_flips_reorder_pixels_exactly_and_half_of_the_time() -> None:
    pixels = images(400)
    plain = pixels.float() * (1 / 255)
    rotating_rarely = Pipeline((Card("flip", Flip()), Card("rotate", Rotate(), probability=1e-9)))
    for pipeline in (Pipeline((Card("flip", Flip()),)), rotating_rarely):
        result = run(pipeline, pixels)
        kept = (result == plain).flatten(1).all(1)
        turned = (result == plain.flip(3)).flatten(1).all(1)
        assert (kept ^ turned).all()
        assert 150 < int(turned.sum()) < 250


def test_flips_compose() -> None:
    pixels = images(64)
    both = Pipeline((Card("flip", Flip(vertical=True)),))
    result, plain = run(both, pixels), pixels.float() * (1 / 255)
    ways = (plain, plain.flip(3), plain.flip(2), plain.flip(2, 3))
    found = torch.stack([(result == way).flatten(1).all(1) for way in ways])
    assert (found.sum(0) == 1).all()
    assert (found.sum(1) > 4).all()


def test_cards_keep_their_draws_when_others_change() -> None:
    pixels = images()
    shift = Pipeline((Card("shift", Shift()),))
    more, _ = add_card(shift, BrightnessContrast(brightness=0.0, contrast=0.0), index=0)
    more, _ = add_card(more, Rotate(degrees=0.0), index=0)
    assert torch.allclose(run(more, pixels), run(shift, pixels), atol=1e-6)
    assert torch.equal(run(remove_card(more, "rotate"), pixels), run(more, pixels))
    moved = move_card(SOMETIMES, "flip", 4)
    assert not torch.equal(run(replace(moved, cards=moved.cards[:3]), pixels), run(moved, pixels))


def test_seed_and_epoch_change_the_draws() -> None:
    pixels = images()
    first = run(STANDARD, pixels)
    assert torch.equal(first, run(STANDARD, pixels))
    assert not torch.equal(first, run(STANDARD, pixels, seed=4))
    assert not torch.equal(first, run(STANDARD, pixels, epoch=6))


def test_probability_is_the_fraction_that_changes() -> None:
    pipeline = Pipeline((Card("rotate", Rotate(), probability=0.3),))
    pixels = images(1000, 1, 6, 6)
    changed = (run(pipeline, pixels) != pixels.float() * (1 / 255)).flatten(1).any(1)
    assert 250 < int(changed.sum()) < 350


@pytest.mark.parametrize("dtype", [torch.int32, torch.float32, torch.float64])
def test_number_types_agree(dtype: torch.dtype) -> None:
    pixels = images()
    before = pixels.to(dtype)
    assert torch.equal(run(STANDARD, before), run(STANDARD, pixels))
    assert torch.equal(before, pixels.to(dtype))


def test_sixteen_bits_keep_their_precision() -> None:
    pixels = images().int() * 257
    wide = run(STANDARD, pixels, scale=1 / 65535)
    assert torch.allclose(wide, run(STANDARD, images()), atol=1e-5)


def test_results_are_plain_tensors_in_range() -> None:
    pixels = images(8).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        result = run(PRESETS["strong"].pipeline, pixels)
    assert torch.equal(result, run(PRESETS["strong"].pipeline, pixels))
    assert result.dtype == torch.float32
    assert result.is_contiguous()
    assert not result.requires_grad
    assert result.min() >= 0
    assert result.max() <= 1
    assert run(STANDARD, images(0)).shape == (0, 3, 19, 23)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_preview_shows_what_training_sees(dtype: Any) -> None:
    pixels = images().numpy().astype(dtype)
    shown = variants(SOMETIMES, pixels[7], 7, seed=3, epochs=range(2, 6), scale=1 / 255)
    assert shown.shape == (4, 3, 19, 23)
    assert shown.dtype == np.float32
    for place, epoch in enumerate(range(2, 6)):
        trained = run(SOMETIMES, torch.from_numpy(pixels.astype(np.int32)), epoch=epoch)
        assert np.array_equal(shown[place], trained[7].numpy())


def test_what_is_clamped_does_not_depend_on_the_batch() -> None:
    edges = (images() > 127).to(torch.uint8) * 255
    rarely = Card("tone", BrightnessContrast(), probability=0.3)
    pipeline = Pipeline((Card("rotate", Rotate()), rarely), interpolation="bicubic")
    for cards in (pipeline.cards, pipeline.cards[:1]):
        result = run(replace(pipeline, cards=cards), edges)
        assert 0 <= result.min() <= result.max() <= 1


def test_a_card_that_the_images_do_not_allow_is_refused_with_its_address() -> None:
    pipeline = Pipeline((Card("pale", TRANSFORMS.get("saturation")()),))
    with pytest.raises(FoveaError) as caught:
        run(pipeline, images(2, 1))
    assert (caught.value.code, caught.value.where) == ("FV-H002", "augment.pale")
    assert run(set_card(pipeline, "pale", on=False), images(2, 1)).shape == (2, 1, 19, 23)


def test_zoom_draws_its_whole_range() -> None:
    ramp = torch.arange(101.0).expand(500, 1, 5, 101) / 100
    pipeline = Pipeline((Card("zoom", Zoom(factor_range=(0.5, 2.0))),), fill="nearest")
    result = augment(pipeline, ramp, torch.arange(500), seed=0, epoch=0, scale=1.0)
    factors = 0.01 / (result[:, 0, 2, 51] - result[:, 0, 2, 50])
    assert 0.5 <= factors.min() < 0.52
    assert 1.98 < factors.max() <= 2.001
    assert abs(float(factors.mean()) - 1.25) < 0.06


@pytest.mark.gpu
def test_cuda_gives_the_same_picture() -> None:
    for fill in FILLS:
        pipeline = replace(SOMETIMES, fill=fill)
        there = run(pipeline, images(64).cuda()).cpu()
        assert torch.allclose(there, run(pipeline, images(64)), atol=2e-4)


def test_set_card_switches_off() -> None:
    pixels = images()
    off = Pipeline((Card("rotate", Rotate()),))
    assert torch.equal(run(set_card(off, "rotate", on=False), pixels), pixels.float() * (1 / 255))


def test_the_order_of_values_in_memory_does_not_matter() -> None:
    """A library sums the rows of one order in another way than those of another."""
    images = torch.rand(7, 3, 7, 9, generator=torch.Generator().manual_seed(1))
    pipeline = Pipeline((Card("tone", TRANSFORMS.get("brightness_contrast")()),))

    def run(values: torch.Tensor) -> torch.Tensor:
        return augment(pipeline, values, torch.arange(7), seed=3, epoch=2, scale=1.0)

    expected = run(images)
    for layout in (
        images.to(memory_format=torch.channels_last),
        images.transpose(2, 3).contiguous().transpose(2, 3),
        images.repeat_interleave(2, dim=3)[..., ::2],
    ):
        assert not layout.is_contiguous()
        assert torch.equal(run(layout), expected)
