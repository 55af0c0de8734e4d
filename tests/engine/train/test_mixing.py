"""Training on mixed images: soft targets in loss and accuracy, and it learns."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.augment.pipeline import Card, Pipeline
from engine.losses.cross_entropy import CrossEntropy
from engine.runs.events import EpochDone, StepDone
from engine.train.position import Position
from engine.train.trainer import Trainer
from engine.transforms.base import Transform
from engine.transforms.regularising.cutmix import CutMix
from engine.transforms.regularising.mixup import MixUp
from tests.engine.train.hand_made import pieces, run_all


def pipeline(transform: Transform) -> Pipeline:
    return Pipeline((Card("mix", transform),))


def test_a_step_reports_the_mean_of_both_labels_losses_and_the_shares_that_were_hit() -> None:
    trainer = Trainer(pieces(pipeline=pipeline(MixUp(alpha=1.0))), Position())
    given: list[torch.Tensor] = []
    trainer.model.register_forward_hook(lambda _model, _inputs, out: given.append(out.detach()))
    batch = trainer.next_batch()
    assert batch.others is not None
    assert batch.share is not None
    trainer.step()
    window, scores = trainer.meter.read(1), given[0]
    each = torch.nn.CrossEntropyLoss(reduction="none", label_smoothing=0.1)
    losses = batch.share * each(scores, batch.labels)
    losses = losses + (1 - batch.share) * each(scores, batch.others)
    assert window.losses[0] == pytest.approx(float(losses.mean()), rel=1e-5)
    best = scores.argmax(1)
    hits = batch.share * (best == batch.labels) + (1 - batch.share) * (best == batch.others)
    assert window.hits[0] == pytest.approx(float(hits.sum()), rel=1e-5)
    assert 0 < window.hits[0] < 16


def test_without_mixing_hits_are_whole_numbers() -> None:
    trainer = Trainer(pieces(), Position())
    trainer.step()
    assert isinstance(trainer.meter.read(1).hits[0], int)


@pytest.mark.parametrize("transform", [MixUp(), CutMix()], ids=["mixup", "cutmix"])
def test_training_on_mixed_images_learns(tmp_path: Path, transform: Transform) -> None:
    loss = CrossEntropy(label_smoothing=0.0)
    events, trainer, status = run_all(tmp_path, pipeline=pipeline(transform), epochs=25, loss=loss)
    done = [event for event in events if isinstance(event, EpochDone)]
    assert status == "done"
    assert done[-1].train_loss < 0.9 * done[0].train_loss
    assert trainer.position.best["val_accuracy"] > 0.85
    assert all(0 <= e.accuracy <= 1 for e in events if isinstance(e, StepDone))
