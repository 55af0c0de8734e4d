"""The preview equals the trainer's own batches, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from engine.augment.mixing import Room, epoch_order
from engine.augment.pipeline import Card, Pipeline
from engine.augment.preview import Preview, preview_batch, preview_image
from engine.compute.device import Arithmetic
from engine.compute.images import Images, measure
from engine.errors import FoveaError
from engine.recipe import Training
from engine.train.pieces import Pieces
from engine.train.position import Position
from engine.train.trainer import Trainer
from engine.transforms.colour.tone import BrightnessContrast
from engine.transforms.geometry.affine import Rotate, Shift
from engine.transforms.geometry.mirror import Flip
from engine.transforms.regularising.cutmix import CutMix
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.hand_made import net

STANDARD = Pipeline(
    (
        Card("flip", Flip()),
        Card("rotate", Rotate(), probability=0.7),
        Card("shift", Shift()),
        Card("tone", BrightnessContrast()),
    )
)
MIXING = Pipeline(
    (
        *STANDARD.cards,
        Card("mixup", MixUp(alpha=1.0), probability=0.6),
        Card("cutmix", CutMix(), probability=0.6),
    )
)
PIPELINES = {"none": Pipeline(), "standard": STANDARD, "mixing": MIXING}
TRAIN = np.array([i for i in range(60) if i % 4])  # 45 of 60
SEED = 11


@dataclass(frozen=True)
class Kept:
    """A source of pixels that lie in memory; notes which rows were read."""

    images: np.ndarray
    labels: np.ndarray
    train_rows: np.ndarray
    scale: float

    def pixels(self, rows: np.ndarray) -> np.ndarray:
        return self.images[rows]


def source(dtype: Any = np.uint8) -> Kept:
    most = np.iinfo(dtype).max
    pixels = np.random.default_rng(0).integers(0, most, (60, 1, 20, 20)).astype(dtype)
    return Kept(pixels, np.arange(60) % 3, TRAIN, 1 / most)


def trainer(kept: Kept, pipeline: Pipeline, batch_size: int, sampling: str = "natural") -> Trainer:
    device = torch.device("cpu")
    made = Pieces(
        model=net(),
        images=Images(kept.images, kept.labels, device),
        train_rows=kept.train_rows,
        val_rows=np.arange(0, 60, 4),
        scale=kept.scale,
        normalisation=measure(kept.images, kept.train_rows, kept.scale),
        pipeline=pipeline,
        recipe=Training(epochs=3, batch_size=batch_size, seed=SEED, sampling=sampling),
        arithmetic=Arithmetic(device),
    )
    return Trainer(made, Position())


def trained_on(
    kept: Kept, pipeline: Pipeline, batch_size: int, sampling: str = "natural"
) -> list[list[Preview]]:
    """What a training of three epochs really gave its model, batch by batch."""
    run = trainer(kept, pipeline, batch_size, sampling)
    labels = kept.labels[kept.train_rows]
    seen: list[list[Preview]] = []
    for epoch in range(3):
        order = epoch_order(SEED, epoch, kept.train_rows, labels, sampling)
        run.position.epoch = epoch
        batches: list[Preview] = []
        for index in range(run.pieces.steps_per_epoch):
            batch = run.next_batch()
            rows = order[index * batch_size : (index + 1) * batch_size]
            share = np.ones(len(rows)) if batch.share is None else batch.share.numpy()
            others = np.full(len(rows), -1) if batch.others is None else batch.others.numpy()
            batches.append(
                Preview(
                    batch.images.numpy().copy(),
                    rows,
                    batch.labels.numpy(),
                    np.where(share < 1, others, -1),
                    share,
                )
            )
            run.step()
        seen.append(batches)
    return seen


def same(one: Preview, other: Preview) -> bool:
    names = ("images", "rows", "own", "other", "share")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("batch_size", [16, 11, 100])  # a short last one; one image; all at once
@pytest.mark.parametrize("name", sorted(PIPELINES))
def test_a_batch_is_the_trainers(name: str, batch_size: int, dtype: Any) -> None:
    kept, pipeline = source(dtype), PIPELINES[name]
    for epoch, batches in enumerate(trained_on(kept, pipeline, batch_size)):
        words: dict[str, Any] = {"seed": SEED, "epoch": epoch, "batch_size": batch_size}
        for index, expected in enumerate(batches):
            assert same(preview_batch(pipeline, kept, index=index, **words), expected)
        with pytest.raises(FoveaError, match="no batch"):
            preview_batch(pipeline, kept, index=len(batches), **words)


@pytest.mark.parametrize("sampling", ["square_root", "balanced"])
@pytest.mark.parametrize("name", ["standard", "mixing"])
def test_what_is_drawn_by_class_is_the_trainers_too(name: str, sampling: str) -> None:
    """Whole batches, and an image in every epoch: first showing, partner, or none in an epoch."""
    uneven = (np.arange(60) % 15 == 1) + 2 * (np.arange(60) % 15 == 7)
    kept, pipeline = replace(source(), labels=uneven.astype(np.int64)), PIPELINES[name]
    words: dict[str, Any] = {"seed": SEED, "sampling": sampling}
    epochs = trained_on(kept, pipeline, 16, sampling)
    for epoch, batches in enumerate(epochs):
        for index, expected in enumerate(batches):
            got = preview_batch(pipeline, kept, index=index, epoch=epoch, batch_size=16, **words)
            assert same(got, expected)
    absent = 0
    for row in kept.train_rows.tolist():
        seen = preview_image(pipeline, kept, row, epochs=range(3), **words)
        for epoch, batches in enumerate(epochs):
            rows = np.concatenate([batch.rows for batch in batches])
            at = np.flatnonzero(rows == row)[:1]
            absent += not len(at)
            images = np.concatenate([batch.images for batch in batches])[at]
            share = np.concatenate([batch.share for batch in batches])[at]
            assert np.array_equal(seen.images[epoch][None][: len(at)], images)
            assert np.array_equal(seen.share[epoch : epoch + 1], share if len(at) else [1.0])
    assert absent > 0


def test_an_image_that_is_shown_twice_is_changed_in_two_ways() -> None:
    rare = replace(source(), labels=(np.arange(60) == 1).astype(np.int64))
    (batch,) = trained_on(rare, STANDARD, 100, "balanced")[0]
    copies = batch.images[batch.rows == 1]
    assert len(copies) == 22
    assert len(np.unique(copies.reshape(22, -1), axis=0)) == 22


@pytest.mark.parametrize("name", sorted(PIPELINES))
def test_an_image_epoch_by_epoch_is_the_trainers(name: str) -> None:
    kept, pipeline = source(), PIPELINES[name]
    epochs = trained_on(kept, pipeline, 16)
    for row in TRAIN.tolist():
        seen = preview_image(pipeline, kept, row, seed=SEED, epochs=range(3))
        for epoch, batches in enumerate(epochs):
            for batch in batches:
                for place in np.flatnonzero(batch.rows == row):
                    assert np.array_equal(batch.images[place], seen.images[epoch])
                    for part in ("own", "other", "share", "rows"):
                        assert getattr(batch, part)[place] == getattr(seen, part)[epoch]
    if name == "mixing":
        assert any((batch.other >= 0).any() for batch in epochs[0])


def test_the_trainer_normalises_what_the_preview_shows() -> None:
    kept = source()
    run, given = trainer(kept, MIXING, 16), []
    run.model.register_forward_pre_hook(lambda _model, inputs: given.append(inputs[0].clone()))
    run.step()
    shown = preview_batch(MIXING, kept, seed=SEED, epoch=0, index=0, batch_size=16).images
    normalisation = run.pieces.normalisation
    mean, std = (np.array(v, np.float32) for v in (normalisation.mean, normalisation.std))
    np.testing.assert_allclose(given[0].numpy(), (shown - mean[0]) / std[0], rtol=1e-5, atol=1e-5)


def test_an_image_that_is_not_trained_on_has_no_partner() -> None:
    kept = source()
    seen = preview_image(MIXING, kept, 0, seed=SEED, epochs=range(6))
    assert seen.other.tolist() == [-1] * 6
    assert seen.share.tolist() == [1.0] * 6
    without = preview_image(STANDARD, kept, 0, seed=SEED, epochs=range(6))
    assert np.array_equal(seen.images, without.images)


def test_epochs_may_come_in_any_order() -> None:
    kept = source()
    up = preview_image(MIXING, kept, 1, seed=SEED, epochs=[0, 1, 2])
    down = preview_image(MIXING, kept, 1, seed=SEED, epochs=[2, 1, 0])
    assert np.array_equal(up.images, down.images[::-1])


@pytest.mark.parametrize("name", sorted(PIPELINES))
def test_a_room_changes_no_bit(name: str) -> None:
    kept, pipeline, room = source(), PIPELINES[name], Room()
    for row in (1, 2):
        words: dict[str, Any] = {"seed": SEED, "epochs": range(4)}
        seen = preview_image(pipeline, kept, row, room=room, **words)
        assert same(seen, preview_image(pipeline, kept, row, **words))
        words = {"seed": SEED, "epoch": 1, "index": row, "batch_size": 16}
        seen = preview_batch(pipeline, kept, room=room, **words)
        assert same(seen, preview_batch(pipeline, kept, **words))


def test_partners_are_only_read_where_something_mixes() -> None:
    kept = source()

    class Counting:
        labels, train_rows, scale = kept.labels, kept.train_rows, kept.scale

        def __init__(self) -> None:
            self.read: list[int] = []

        def pixels(self, rows: np.ndarray) -> np.ndarray:
            self.read += rows.tolist()
            return kept.images[rows]

    for pipeline, mixing in ((STANDARD, False), (MIXING, True)):
        counting = Counting()
        preview_image(pipeline, counting, 1, seed=SEED, epochs=range(5))
        assert (len(counting.read) > 1) == mixing
        assert len(set(counting.read[1:])) == len(counting.read[1:])


def test_switched_off_cards_mix_nothing() -> None:
    off = replace(MIXING, cards=tuple(replace(card, on=False) for card in MIXING.cards))
    seen = preview_image(off, source(), 1, seed=SEED, epochs=range(2))
    assert seen.other.tolist() == [-1, -1]
