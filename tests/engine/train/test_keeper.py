"""The best weights between the epoch that found them and the disc."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.runs.checkpoints import read_checkpoint
from engine.train.keeper import Keeper
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.copies import Copies
from tests.engine.train.hand_made import pieces, run_folder


@pytest.mark.parametrize("averaging", ["none", "ema"])
def test_best_weights_that_wait_for_the_disc_are_those_of_their_epoch(
    tmp_path: Path, averaging: str
) -> None:
    folder, trainer = run_folder(tmp_path), Trainer(pieces(averaging=averaging), Position())
    keeper = Keeper(folder)
    trainer.set_training()
    trainer.step()
    list(keeper.save(trainer))
    assert not keeper.due(after_epoch=True)
    trainer.position.best = {"epoch": 1, "val_loss": 0.5}
    best = {name: value.clone() for name, value in trainer.weights().items()}
    keeper.hold_best(trainer)
    trainer.step()
    list(keeper.save(trainer))
    kept = read_checkpoint(folder.checkpoints, "best")
    assert kept is not None
    assert kept.facts == {"best": {"epoch": 1, "val_loss": 0.5}, "step": 1}
    assert all(torch.equal(kept.tensors[name], value) for name, value in best.items())
    assert not torch.equal(kept.tensors["model.0.weight"], trainer.weights()["model.0.weight"])


def test_best_weights_that_go_to_the_disc_at_once_are_not_copied(tmp_path: Path) -> None:
    folder, trainer = run_folder(tmp_path), Trainer(pieces(), Position())
    keeper = Keeper(folder)
    trainer.set_training()
    trainer.step()
    trainer.position.best = {"epoch": 1, "val_loss": 0.5}
    assert keeper.due(after_epoch=True)
    with Copies() as copies:
        keeper.hold_best(trainer)
    assert copies.sizes == []
    list(keeper.save(trainer))
    kept = read_checkpoint(folder.checkpoints, "best")
    assert kept is not None
    assert all(torch.equal(kept.tensors[n], value) for n, value in trainer.weights().items())
