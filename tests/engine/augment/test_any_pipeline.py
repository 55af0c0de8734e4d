"""Any pipeline of any cards: it runs, keeps shape and range, and forgets who else is there."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.augment.engine import augment
from engine.augment.pipeline import Card, Group, Pipeline
from engine.transforms.base import TRANSFORMS, ImageFacts

SHAPES = [(1, 17, 23), (3, 24, 19), (3, 9, 9), (5, 12, 16)]
N = 6


def pixels_of(shape: tuple[int, int, int], kind: torch.dtype) -> tuple[torch.Tensor, float]:
    """Images with dark, light and even ones among them, and their scale."""
    noise = torch.rand(N, *shape, generator=torch.Generator().manual_seed(5))
    noise[0], noise[1] = 0.0, 1.0
    noise[2, :, :4] = 0.25
    if kind.is_floating_point:
        return noise.to(kind), 1.0
    top = 255 if kind == torch.uint8 else 65_535
    return (noise * top).round().to(kind), 1 / top


@st.composite
def pipelines(draw: Any, facts: ImageFacts) -> Pipeline:
    """Up to five cards of any kind that the images allow, some of them in a group."""
    fitting = [cls for cls in TRANSFORMS if not list(cls().misfits(facts))]
    kinds = draw(st.lists(st.sampled_from(fitting), min_size=1, max_size=5))
    first = draw(st.integers(0, len(kinds)))
    last = draw(st.integers(first, len(kinds)))
    cards = [
        Card(
            f"c{place}",
            kind(),
            probability=draw(st.sampled_from([1.0, 0.5])),
            group="some" if first <= place < last else "",
        )
        for place, kind in enumerate(kinds)
    ]
    return Pipeline(
        tuple(cards),
        draw(st.sampled_from(["constant", "nearest", "reflect", "wrap"])),
        0.3,
        draw(st.sampled_from(["bilinear", "bicubic", "nearest"])),
        (Group("some", draw(st.integers(1, 3)), probability=draw(st.sampled_from([1.0, 0.6]))),),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_pipeline_keeps_its_promises(data: Any) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    kind = data.draw(st.sampled_from([torch.uint8, torch.int32, torch.float32]))
    pipeline = data.draw(pipelines(ImageFacts(*shape)))
    assert Pipeline.from_json(pipeline.to_json()) == pipeline
    images, scale = pixels_of(shape, kind)
    before = images.clone()

    def run(places: list[int], **more: Any) -> torch.Tensor:
        numbers = torch.tensor(places)
        return augment(pipeline, images[places], numbers, seed=1, epoch=2, scale=scale, **more)

    whole = augment(pipeline, images, torch.arange(N), seed=1, epoch=2, scale=scale)
    assert torch.equal(images, before)
    assert whole.shape == images.shape
    assert whole.dtype == torch.float32
    assert 0 <= whole.min() <= whole.max() <= 1

    picked = data.draw(st.lists(st.integers(0, N - 1), min_size=1, max_size=8))
    chunk_bytes = data.draw(st.sampled_from([1, 4_000, 1 << 30]))
    there = torch.full((len(picked), *shape), 7.0)
    assert run(picked, chunk_bytes=chunk_bytes, out=there) is there
    assert torch.equal(there, whole[picked])

    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(run(picked), whole[picked])
