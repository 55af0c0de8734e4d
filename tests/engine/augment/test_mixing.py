"""Mixed images and their labels: shares, partners, batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augment.engine import augment
from engine.augment.mixing import (
    Batch,
    Room,
    batches_in_epoch,
    epoch_order,
    make_batch,
    mix,
    mixes,
)
from engine.augment.pipeline import Card, Group, Pipeline
from engine.losses.cross_entropy import CrossEntropy
from engine.transforms.geometry.affine import Rotate
from engine.transforms.geometry.mirror import Flip
from engine.transforms.regularising.cutmix import CutMix
from engine.transforms.regularising.mixup import MixUp

LIGHT = (Card("flip", Flip()), Card("rotate", Rotate(), probability=0.7))
MIXUP = Pipeline((*LIGHT, Card("mixup", MixUp(alpha=1.0))))
CUTMIX = Pipeline((Card("cutmix", CutMix(), probability=0.5), *LIGHT))
BOTH = Pipeline((Card("mixup", MixUp(alpha=1.0)), *LIGHT, Card("cutmix", CutMix())))
ONE_OF = Pipeline(
    (
        *LIGHT,
        Card("mixup", MixUp(alpha=1.0), group="mix"),
        Card("cutmix", CutMix(), group="mix"),
    ),
    groups=(Group("mix", probability=0.8),),
)
PIPELINES = {"mixup": MIXUP, "cutmix": CUTMIX, "both": BOTH, "one of": ONE_OF}
LABELS = torch.arange(40) % 3
PIXELS = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (40, 2, 9, 12), dtype=np.uint8))
TRAIN = np.arange(3, 36)


def batch_of(
    pipeline: Pipeline, places: slice, *, epoch: int = 2, room: Room | None = None
) -> Batch:
    order = torch.from_numpy(epoch_order(5, epoch, TRAIN))
    return make_batch(
        pipeline,
        order,
        places,
        pixels=lambda rows: PIXELS[rows],
        labels=LABELS,
        seed=5,
        epoch=epoch,
        scale=1 / 255,
        room=room,
    )


def test_pipelines_say_whether_they_mix() -> None:
    assert all(mixes(pipeline) for pipeline in PIPELINES.values())
    assert not mixes(Pipeline(LIGHT))
    assert not mixes(Pipeline((Card("mixup", MixUp(), on=False),)))
    assert not mixes(replace(ONE_OF, groups=(Group("mix", on=False),)))


@pytest.mark.parametrize(("images", "size", "count"), [(60, 16, 4), (59, 16, 4), (49, 16, 3)])
def test_a_last_batch_of_one_image_is_dropped(images: int, size: int, count: int) -> None:
    assert batches_in_epoch(images, size) == count


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(sorted(PIPELINES)),
    size=st.integers(1, 40),
    chunk_bytes=st.sampled_from([1, 3_000, 1 << 30]),
)
def test_a_mixed_image_is_the_same_whatever_the_batch_size(
    name: str, size: int, chunk_bytes: int
) -> None:
    pipeline = PIPELINES[name]
    whole = batch_of(pipeline, slice(0, 33))
    parts = [batch_of(pipeline, slice(at, at + size)) for at in range(0, 33, size)]
    for part in ("images", "labels", "others", "share"):
        assert torch.equal(torch.cat([getattr(one, part) for one in parts]), getattr(whole, part))
    order = torch.from_numpy(epoch_order(5, 2, TRAIN))
    plain = augment(pipeline, PIXELS[order], order, seed=5, epoch=2, scale=1 / 255)
    again, share = mix(
        pipeline, plain, plain.roll(-1, 0), order, seed=5, epoch=2, chunk_bytes=chunk_bytes
    )
    assert torch.equal(again, whole.images)
    assert whole.share is not None
    assert torch.equal(share, whole.share)


def test_the_partner_is_the_next_of_the_epoch_with_its_own_augmentation() -> None:
    batch = batch_of(MIXUP, slice(0, 33))
    order = torch.from_numpy(epoch_order(5, 2, TRAIN))
    plain = augment(MIXUP, PIXELS[order], order, seed=5, epoch=2, scale=1 / 255)
    assert batch.others is not None
    assert batch.share is not None
    assert batch.others.tolist() == LABELS[order].roll(-1).tolist()
    own = batch.share[:, None, None, None]
    expected = own * plain.double() + (1 - own) * plain.roll(-1, 0).double()
    torch.testing.assert_close(batch.images.double(), expected, atol=2e-7, rtol=0)
    assert float(batch.images.min()) >= 0
    assert float(batch.images.max()) <= 1


def test_shares_of_several_cards_multiply() -> None:
    order = torch.from_numpy(epoch_order(5, 2, TRAIN))
    ones, zeros = torch.ones(33, 1, 30, 30), torch.zeros(33, 1, 30, 30)
    mixed, share = mix(BOTH, ones, zeros, order, seed=5, epoch=2)
    assert len(share.unique()) == 33
    torch.testing.assert_close(mixed.double().mean((1, 2, 3)), share, atol=1e-6, rtol=0)


def test_a_group_mixes_each_image_in_one_way_or_not_at_all() -> None:
    samples = torch.arange(400)
    ones, zeros = torch.ones(400, 1, 30, 30), torch.zeros(400, 1, 30, 30)
    mixed, share = mix(ONE_OF, ones, zeros, samples, seed=5, epoch=2)
    values = [len(image.unique()) for image in mixed]
    boxes = torch.tensor([bool(((image == 0) | (image == 1)).all()) for image in mixed])
    plain = share == 1
    assert set(values) <= {1, 2}
    assert 40 < int(plain.sum()) < 130  # a fifth, and boxes too small for a pixel
    assert 100 < int((boxes & ~plain).sum()) < 220
    assert torch.equal(mixed[plain], ones[plain])
    torch.testing.assert_close(mixed.double().mean((1, 2, 3)), share, atol=1e-6, rtol=0)


def test_without_mixing_cards_labels_stay_numbers() -> None:
    batch = batch_of(Pipeline(LIGHT), slice(8, 16))
    assert batch.share is None
    assert batch.targets(3) is batch.labels


def test_targets_hold_the_shares() -> None:
    batch = Batch(
        torch.zeros(3, 1, 2, 2),
        torch.tensor([0, 1, 2]),
        torch.tensor([1, 1, 0]),
        torch.tensor([0.25, 0.5, 1.0], dtype=torch.float64),
    )
    expected = [[0.25, 0.75, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert batch.targets(4).tolist() == expected


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_the_mean_of_both_labels_losses_by_share(smoothing: float) -> None:
    batch = batch_of(MIXUP, slice(0, 33))
    assert batch.others is not None
    assert batch.share is not None
    scores = torch.randn(33, 3, generator=torch.Generator().manual_seed(0))
    loss = CrossEntropy(label_smoothing=smoothing).build([1, 1, 1])
    both = [
        torch.stack([loss(scores[i : i + 1], labels[i : i + 1]) for i in range(33)])
        for labels in (batch.labels, batch.others)
    ]
    expected = (batch.share * both[0] + (1 - batch.share) * both[1]).mean()
    torch.testing.assert_close(loss(scores, batch.targets(3)).double(), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("pipeline", [Pipeline(LIGHT), MIXUP], ids=["plain", "mixup"])
def test_a_room_changes_no_bit_and_is_used_again(pipeline: Pipeline) -> None:
    room = Room()
    places: set[Any] = set()
    for at, count in ((0, 16), (16, 8), (32, 16)):
        batch = batch_of(pipeline, slice(at, at + count), room=room)
        fresh = batch_of(pipeline, slice(at, at + count))
        assert torch.equal(batch.images, fresh.images)
        places.add(batch.images.data_ptr())
    assert len(places) == 1
