"""Repeated updates train as usual ones do, and give way where they do not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.optimizers import OPTIMIZERS
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone, Event
from engine.train.control import Control
from engine.train.fit import fit
from engine.train.keeper import Keeper
from engine.train.passes import Fitting
from engine.train.position import Position
from engine.train.probe import NormProbe
from engine.train.recording.proof import proven
from engine.train.recording.recording import Recording
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces, run_folder
from tests.engine.train.recording.tape import record_on_tape
from tests.engine.train.test_fit import history, same

OPTIONS: list[dict[str, Any]] = [
    {},
    {"clip_norm": 0.1, "l1": 1e-4, "max_norm": 0.5, "averaging": "ema"},
    {"precision": "bf16", "optimizer": OPTIMIZERS.get("muon")()},
    {"optimizer": OPTIMIZERS.get("sgd")(), "averaging": "swa"},
]


def recorded(trainer: Trainer, *, resting: bool = False) -> Recording:
    """The trainer's recording, in use; with ``resting`` only its rates are."""
    found = proven(trainer, record_on_tape)
    assert isinstance(found, Recording), found
    trainer.take(found)
    found.resting = resting
    return found


def trained(folder: Path, trainer: Trainer, stop_at: int = -1) -> list[Event]:
    control, events = Control(), []
    for event in fit(trainer, Keeper(run_folder(folder), every_step=True), control):
        events.append(event)
        if trainer.position.step == stop_at:
            control.stop()
    return events


class Counted:
    """Counts the repetitions of a recording from now on."""

    def __init__(self, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        usual = recording.replay

        def replay(*given: Any, **named: Any) -> Any:
            self.times += 1
            return usual(*given, **named)

        monkeypatch.setattr(recording, "replay", replay)


@pytest.mark.parametrize("recipe", OPTIONS)
def test_a_training_is_the_same_to_the_bit(
    tmp_path: Path, recipe: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """60 images make 3 whole batches and one of 12, which is never repeated."""
    found = []
    for resting in (False, True):
        trainer = Trainer(pieces(**recipe), Position())
        counted = Counted(recorded(trainer, resting=resting), monkeypatch)
        events = trained(tmp_path, trainer)
        assert counted.times == (0 if resting else 12)
        found.append((history(events), trainer.tensors()))
    (one, first), (two, second) = found
    assert one == two
    assert same(first, second)


def test_a_training_is_nearly_the_one_without(tmp_path: Path) -> None:
    """Rates are float32; SGD, for Adam makes a step of any gradient, also of rounding errors."""
    plain, repeated = (
        Trainer(pieces(optimizer=OPTIMIZERS.get("sgd")()), Position()) for _ in range(2)
    )
    recorded(repeated)
    for trainer in (plain, repeated):
        trained(tmp_path, trainer)
    for name, value in plain.tensors().items():
        torch.testing.assert_close(repeated.tensors()[name], value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("recipe", OPTIONS[:2])
def test_a_stop_at_any_step_and_a_resume_change_nothing(
    tmp_path: Path, recipe: dict[str, Any]
) -> None:
    whole = Trainer(pieces(**recipe), Position())
    recorded(whole)
    wanted = history(trained(tmp_path, whole))
    for stop_at in (1, 6):
        folder = run_folder(tmp_path)
        control, trainer, events = Control(), Trainer(pieces(**recipe), Position()), []
        recorded(trainer)
        for event in fit(trainer, Keeper(folder, every_step=True), control):
            events.append(event)
            if trainer.position.step == stop_at:
                control.stop()
        checkpoint = read_checkpoint(folder.checkpoints, "last")
        assert checkpoint is not None
        resumed = Trainer(pieces(**recipe), Position.from_json(checkpoint.facts["position"]))
        resumed.restore(checkpoint.tensors)
        recorded(resumed)
        events += trained(tmp_path, resumed)
        assert history(events) == wanted
        assert same(resumed.tensors(), whole.tensors())


def test_a_step_that_somebody_looks_into_is_a_usual_one_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched, alone = (Trainer(pieces(), Position()) for _ in range(2))
    counted = Counted(recorded(watched), monkeypatch)
    recorded(alone)
    norms = []
    for number in range(3):
        probe = NormProbe(watched.model, {}) if number == 1 else None
        watched.step(probe)
        alone.step()
        norms.append((watched.gradient_norm(), alone.gradient_norm()))
    assert counted.times == 2
    assert same(watched.tensors(), alone.tensors())
    assert all(one == other for one, other in norms)
    assert len({one for one, _ in norms}) == 3


def test_what_it_was_not_made_for_is_computed_the_usual_way() -> None:
    trainer = Trainer(pieces(), Position())
    recording, batch = recorded(trainer), trainer.next_batch()
    norm, weight = trainer.model.get_submodule("1"), trainer.model.get_parameter("0.weight")
    assert recording.fits(batch)
    assert not recording.fits(batch.part(0, 12))
    with torch.no_grad():
        assert not recording.fits(batch)
    norm.eval()
    assert not recording.fits(batch)
    norm.train()
    weight.requires_grad_(False)
    assert not recording.fits(batch)
    weight.requires_grad_(True)
    assert recording.fits(batch)
    weight.data = weight.data.clone()
    assert not recording.fits(batch)


def test_a_restored_trainer_has_no_recording_of_the_state_before() -> None:
    trainer = Trainer(pieces(), Position())
    recorded(trainer)
    trainer.step()
    trainer.restore({name: value.clone() for name, value in trainer.tensors().items()})
    assert trainer.update.recording is None
    trainer.step()
    assert {type(group["lr"]) for group in trainer.optimizer.param_groups} == {float}


def test_each_group_has_its_own_rate() -> None:
    """And it is the one of the step: a schedule that moves is followed."""
    trainer = Trainer(pieces(), Position())
    trainer.optimizer.param_groups[0]["lr_factor"] = 0.25
    recorded(trainer)
    trainer.step()
    rates = [float(group["lr"]) for group in trainer.optimizer.param_groups]
    assert rates == pytest.approx([0.25 * trainer.lr, trainer.lr])


def test_a_batch_of_no_numbers_changes_no_weight_and_the_next_one_does() -> None:
    trainer = Trainer(pieces(), Position())
    recording = recorded(trainer)
    before = [weight.detach().clone() for weight in trainer.model.parameters()]
    batch = trainer.next_batch()
    images = batch.images.clone()
    batch.images.fill_(float("nan"))
    loss, _, broken = recording.replay(trainer.update, batch, rate=0.1, seed=1)
    assert bool(loss.isnan())
    assert broken.item() == 1
    assert all(map(torch.equal, before, trainer.model.parameters()))
    batch.images.copy_(images)
    loss, _, broken = recording.replay(trainer.update, batch, rate=0.1, seed=1)
    assert bool(loss.isfinite())
    assert broken.item() == 0
    assert not all(map(torch.equal, before, trainer.model.parameters()))


def test_metrics_are_the_callers_to_keep() -> None:
    trainer = Trainer(pieces(), Position())
    recorded(trainer)
    for _ in range(3):
        trainer.step()
    assert len(set(trainer.meter.read(3).losses)) == 3


def test_a_recording_of_the_passes_is_given_up_for_it() -> None:
    made = pieces()
    asked: list[torch.Size] = []

    def faster(inputs: torch.Tensor) -> torch.Tensor:
        asked.append(inputs.shape)
        return made.model(inputs)

    made.model.train()
    fitting = Fitting(made.model, faster, torch.Size((16, 1, 8, 8)))
    trainer = Trainer(replace(made, forward=fitting), Position())
    trainer.step()
    assert len(asked) == 1
    recorded(trainer)
    trainer.step()
    fitting(torch.zeros(16, 1, 8, 8))
    assert len(asked) == 1


def test_epochs_are_validated_with_the_averaged_weights(tmp_path: Path) -> None:
    """Which lie elsewhere for that time; afterwards the recording still fits."""
    trainer = Trainer(pieces(averaging="ema", epochs=2), Position())
    recording = recorded(trainer)
    events = trained(tmp_path, trainer)
    assert sum(isinstance(event, EpochDone) for event in events) == 2
    trainer.set_training()
    assert recording.fits(trainer.batch_at(0, 0))
