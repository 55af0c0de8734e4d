"""Training on uneven classes: what losses are told about them, and that every loss learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.compute.images import Images
from engine.losses import LOSSES
from engine.runs.events import EpochDone
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import data, pieces, run_all


@pytest.mark.parametrize(
    ("sampling", "counts"), [("natural", (48, 10, 2)), ("balanced", (20, 20, 20))]
)
def test_losses_are_told_what_an_epoch_shows(sampling: str, counts: tuple[float, ...]) -> None:
    made = pieces(sampling=sampling)
    pixels, labels = data()
    labels[:60] = np.repeat([0, 1, 2], [48, 10, 2])
    made = replace(made, images=Images(pixels, labels, made.arithmetic.device))
    assert made.class_counts == counts
    trainer = Trainer(made, Position())
    seen = np.zeros(3, int)
    for _ in range(made.steps_per_epoch):
        seen += np.bincount(trainer.next_batch().labels.numpy(), minlength=3)
        trainer.step()
    assert tuple(seen) == counts


def test_drawn_batches_are_the_same_after_a_restart() -> None:
    made = pieces(sampling="square_root")
    steps = made.steps_per_epoch
    through = Trainer(made, Position())
    for step in range(2 * steps):
        through.position.step, through.position.epoch = step, step // steps
        seen = through.next_batch()
        images, labels = seen.images.clone(), seen.labels.clone()
        again = Position()
        again.step, again.epoch = step, step // steps
        fresh = Trainer(pieces(sampling="square_root"), again).next_batch()
        assert torch.equal(fresh.images, images)
        assert torch.equal(fresh.labels, labels)


@pytest.mark.parametrize("kind", LOSSES.kinds())
def test_every_loss_learns(tmp_path: Path, kind: str) -> None:
    loss = LOSSES.get(kind)()
    events, trainer, status = run_all(tmp_path, loss=loss, epochs=12, sampling="balanced")
    done = [event for event in events if isinstance(event, EpochDone)]
    assert status == "done"
    assert done[-1].train_loss < done[0].train_loss
    assert trainer.position.best["val_accuracy"] > 0.8
