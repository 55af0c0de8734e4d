"""The batches of a run, without the run."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.augment.engine import augment
from engine.augment.pipeline import Pipeline
from engine.compute.images import scaled
from engine.train.feed import Feed
from tests.engine.train.hand_made import pieces


@pytest.mark.parametrize(("dtype", "top"), [(torch.uint8, 255), (torch.int32, 65_535)])
def test_batches_without_augmentation_have_the_bits_of_augmenting_by_nothing(
    dtype: torch.dtype, top: int
) -> None:
    raw = torch.arange(top + 1).to(dtype).view(-1, 1, 16, 16)
    samples = torch.arange(len(raw))
    wanted = augment(Pipeline(), raw, samples, seed=0, epoch=0, scale=1 / top)
    assert torch.equal(scaled(raw, 1 / top), wanted)
    assert torch.equal(scaled(raw, 1 / top, torch.empty(raw.shape)), wanted)


def test_a_plain_feed_gives_each_image_once_an_epoch_with_its_label() -> None:
    own = pieces(augmented=False)
    feed = Feed(own)
    for epoch in range(2):
        seen: list[int] = []
        for step in range(epoch * 4, epoch * 4 + 4):
            batch = feed.batch(epoch, step)
            values = (batch.images * 255).round().to(torch.uint8).flatten(1)
            pixels = own.images.batch(torch.arange(60)).flatten(1)
            rows = (values[:, None] == pixels[None]).all(2).int().argmax(1)
            assert torch.equal(own.images.labels[rows], batch.labels)
            seen += rows.tolist()
        assert sorted(seen) == list(range(60))
        assert seen != list(np.arange(60))
