"""Whole updates recorded by a card itself; nothing here has a stand-in."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from engine.compute.waiting import waiting_forbidden
from engine.optimizers import OPTIMIZERS
from engine.runs.events import RunFinished
from engine.train import train
from engine.train.graphs import record_work
from engine.train.position import Position
from engine.train.recording import choice
from engine.train.recording.choice import UPDATE, choose_update
from engine.train.recording.proof import proven
from engine.train.recording.recording import Recording
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import net, pieces
from tests.engine.train.recording.test_proof import everything
from tests.engine.train.recording.test_recording import trained
from tests.engine.train.recording.test_runs import facts, project, started

pytestmark = pytest.mark.gpu

RECORDABLE = [kind for kind in OPTIMIZERS.kinds() if OPTIMIZERS.get(kind).recordable]


def begun(**recipe: Any) -> Trainer:
    return Trainer(pieces(device="cuda:0", **recipe), Position())


def taken(trainer: Trainer) -> Recording:
    found = proven(trainer, record_work)
    assert isinstance(found, Recording), found
    trainer.take(found)
    return found


@pytest.mark.parametrize("kind", RECORDABLE)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_every_recordable_optimizer_trains_as_without(
    kind: str, precision: str, tmp_path: Path
) -> None:
    """A whole run, with dropout, batch norm, validation and a smaller last batch."""
    recipe = {"optimizer": OPTIMIZERS.get(kind)(), "precision": precision, "clip_norm": 1.0}
    weights = []
    for resting in (False, True):
        trainer = begun(**recipe)
        taken(trainer).resting = resting
        trained(tmp_path, trainer)
        weights.append(torch.cat([w.detach().flatten() for w in trainer.model.parameters()]))
    torch.testing.assert_close(*weights, rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_a_loss_scale_is_recorded(kind: str) -> None:
    trainer = begun(optimizer=OPTIMIZERS.get(kind)(lr=0.01), precision="fp16")
    recording = taken(trainer)
    batch = trainer.next_batch()
    batch.images.fill_(float("nan"))
    before = [weight.detach().clone() for weight in trainer.model.parameters()]
    scale = trainer.tensors()["scale.value"].item()
    recording.replay(trainer.update, batch, rate=0.1, seed=1)
    assert all(map(torch.equal, before, trainer.model.parameters()))
    assert trainer.tensors()["scale.value"].item() == scale / 2


def test_repeated_updates_wait_for_nothing() -> None:
    trainer = begun(averaging="ema", clip_norm=1.0, max_norm=3.0)
    taken(trainer)
    trainer.step()
    with waiting_forbidden():
        for _ in range(2):
            trainer.step()
    assert len(set(trainer.meter.read(3).losses)) == 3
    assert trainer.gradient_norm() is not None


def test_proving_leaves_no_trace_on_a_card() -> None:
    trainer = begun()
    before, generator = everything(trainer), torch.cuda.get_rng_state()
    taken(trainer)
    after = everything(trainer)
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert torch.equal(torch.cuda.get_rng_state(), generator)


class DrawnInPython(nn.Module):
    """A factor that a recording would keep for ever."""

    def forward(self, scores: Tensor) -> Tensor:
        return scores * (1.0 + torch.rand(()).item())


class Reading(nn.Module):
    """Asks the card for a number."""

    def forward(self, scores: Tensor) -> Tensor:
        return scores / max(1.0, scores.abs().max().item())


@pytest.mark.parametrize("layer", [DrawnInPython, Reading])
def test_what_cannot_be_recorded_is_refused_and_trains_on(layer: type[nn.Module]) -> None:
    """With dropout: a recording that failed must leave a generator that still draws."""
    made = pieces(device="cuda:0", cuda_graphs="update")
    trainer = Trainer(replace(made, model=nn.Sequential(net(), layer())), Position())
    found = choose_update(trainer, "plain", {})
    assert found.way == "plain"
    assert "are not used: " in found.notes[0]
    for _ in range(4):
        trainer.step()
    assert len(trainer.meter.read(4).losses) == 4


def test_memory_is_given_back_where_it_is_not_used() -> None:
    trainer = begun()
    trainer.step()
    trainer.meter.read(1)
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    taken(trainer)
    held = torch.cuda.memory_allocated()
    trainer.take(None)
    for weight in trainer.model.parameters():
        weight.grad = None
    gc.collect()
    rate = 512  # the optimizer's, until it is given a number
    assert torch.cuda.memory_allocated() <= before + rate < held


def test_a_run_repeats_its_updates_and_resumes(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    events = list(train(project(folder), folder, device="cuda:0"))
    assert isinstance(events[-1], RunFinished)
    assert facts(folder)["passes"] == UPDATE, started(events).notes


def test_auto_decides_by_a_trial_that_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.compute.trial.kept_at", lambda: tmp_path / "kept.json")
    monkeypatch.setattr(choice, "WORTH", 0)
    first, again = (choose_update(begun(), "plain", {}) for _ in range(2))
    assert first.way == again.way
    assert first.way == "plain" or "an earlier trial" in again.notes[0]
