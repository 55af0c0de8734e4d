"""What is done differently on a card: nothing is read, and nothing that is broken gets through."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.compute.waiting import waiting_forbidden
from engine.optimizers import OPTIMIZERS
from engine.train.meter import NotFinite
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces, run_all
from tests.engine.train.test_finite import poison, state

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("kind", list(OPTIMIZERS.kinds()))
def test_a_gradient_that_is_no_number_changes_no_weight_and_is_told(kind: str) -> None:
    trainer = Trainer(pieces(device="cuda:0", optimizer=OPTIMIZERS.get(kind)()), Position())
    trainer.step()
    before = state(trainer.model)
    poison(trainer, float("nan"))
    trainer.step()
    assert all(map(torch.equal, before, state(trainer.model)))
    with pytest.raises(NotFinite) as caught:
        trainer.meter.read(2)
    assert (caught.value.step, caught.value.gradients) == (2, True)


@pytest.mark.parametrize("kind", ["sgd", "adamw", "adam"])
def test_an_update_waits_for_nothing(kind: str) -> None:
    recipe = {"averaging": "ema", "clip_norm": 1.0, "accumulation": 2, "max_norm": 3.0}
    given = pieces(device="cuda:0", optimizer=OPTIMIZERS.get(kind)(), **recipe)
    trainer = Trainer(given, Position())
    trainer.step()
    batch = trainer.next_batch()
    torch.cuda.synchronize()
    with waiting_forbidden():
        trainer.update(batch, trainer.meter, step=1, rate=0.01, seed=3)
    assert len(trainer.meter.read(2).losses) == 2
    assert trainer.gradient_norm() is not None


@pytest.mark.parametrize(
    "recipe",
    [
        {"sam": 0.05, "l1": 1e-4},
        {"averaging": "swa", "swa_share": 0.5},
        {"freeze_epochs": 1, "optimizer": OPTIMIZERS.get("sgd")()},
        {"resize_from": 0.5, "averaging": "ema"},
    ],
)
def test_every_option_trains(tmp_path: Path, recipe: dict[str, object]) -> None:
    _, trainer, status = run_all(tmp_path, device="cuda:0", precision="bf16", **recipe)
    assert status == "done"
    assert trainer.finite()
