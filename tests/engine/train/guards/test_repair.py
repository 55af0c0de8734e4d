"""A run that repairs itself: back to the last good epoch, more careful, and always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from engine.project.document import Project
from engine.runs.checkpoints import read_checkpoint
from engine.runs.events import EpochDone, Event, Notice, RunFailed, RunFinished, RunStarted
from engine.runs.folder import RunFolder
from engine.runs.listing import find_run, replay
from engine.train.control import Control
from engine.train.guards import guards as guards_module
from engine.train.guards.losses import Diverged
from engine.train.guards.repair import MOST_REPAIRS, can_repair, keep_good, mend, remedied
from engine.train.keeper import Keeper
from engine.train.loop import train
from engine.train.position import Position
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces
from tests.engine.train.test_fit import same
from tests.engine.train.test_loop import epochs, weights
from tests.engine.train.tiny_project import make_project

Fault = Callable[[Trainer], bool]


@contextmanager
def broken(when: Fault) -> Iterator[None]:
    """Within it the weights are poisoned before every step for which ``when`` is true."""
    usual = Trainer.step

    def step(self: Trainer, norms: object = None) -> None:
        if when(self):
            self.model.get_submodule("stem").weight.data.fill_(float("inf"))
        usual(self, norms)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", step)
        yield


def once(step: int) -> Fault:
    """At one step, until the learning rate has been lowered."""
    return lambda trainer: trainer.position.step == step and not trainer.position.repairs


def project(folder: Path, **recipe: object) -> Project:
    return make_project(folder, **({"epochs": 5, "self_repair": True} | recipe))


def texts(events: list[Event]) -> str:
    return " ".join(event.text for event in events if isinstance(event, Notice))


def test_a_run_goes_back_to_the_last_epoch_and_on_more_carefully(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    with broken(once(20)):
        events = list(train(project(folder), folder))
    assert isinstance(events[-1], RunFinished)
    assert "repairs itself (1 of at most 3 times)" in texts(events)
    assert "end of epoch 2 (step 16)" in texts(events)
    again = [event for event in events if isinstance(event, RunStarted)]
    assert [(e.step, e.epochs_done) for e in again] == [(0, 0), (16, 2)]
    assert [e.epoch for e in events if isinstance(e, EpochDone)] == [1, 2, 3, 4, 5]
    facts = RunFolder(find_run(folder, "last").path).read()
    assert [(r["step"], r["to"], r["clip_norm"]) for r in facts["repairs"]] == [(21, 16, 1.0)]
    assert facts["repairs"][0]["lr"] == pytest.approx(1e-3)
    rates = [e.lr for e in events if isinstance(e, EpochDone)]
    assert rates[1] / rates[2] > 3


def test_without_leave_the_run_fails_as_ever(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    with broken(once(20)):
        failed = list(train(project(folder, self_repair=False), folder))[-1]
    assert isinstance(failed, RunFailed)
    assert failed.code == "FV-T009"


def test_after_three_repairs_the_run_fails_as_ever(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    with broken(lambda trainer: trainer.position.step == 20):
        events = list(train(project(folder), folder))
    assert isinstance(events[-1], RunFailed)
    assert events[-1].code == "FV-T009"
    assert texts(events).count("repairs itself") == MOST_REPAIRS
    assert len(RunFolder(find_run(folder, "last").path).read()["repairs"]) == MOST_REPAIRS


def test_the_history_reads_as_if_the_lost_epochs_had_not_been(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    with broken(once(20)):
        events = list(train(project(folder), folder))
    kept = list(replay(find_run(folder, "last").path))
    assert epochs(kept) == epochs(events)
    assert [e.step for e in kept if isinstance(e, EpochDone)] == [8, 16, 24, 32, 40]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that repaired itself and was not disturbed."""
    folder = tmp_path_factory.mktemp("reference") / "whole"
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with broken(once(20)):
        list(train(project(folder), folder))
    torch.set_num_threads(before)
    return folder


@pytest.mark.parametrize("stop_at", [3, 16, 18, 21, 29])
def test_stopped_anywhere_and_resumed_it_ends_the_same(
    tmp_path: Path, reference: Path, stop_at: int
) -> None:
    """Before the fault, in its epoch, after the repair: the same bits as without the stop."""
    folder = tmp_path / "parts"
    with broken(once(20)):
        for event in stopped_at(project(folder), folder, stop_at):
            assert not isinstance(event, RunFailed)
        list(train(None, folder, resume="last"))
    assert weights(folder) == weights(reference)
    one, two = (list(replay(find_run(f, "last").path)) for f in (folder, reference))
    assert epochs(one) == epochs(two)


def stopped_at(made: Project, folder: Path, step: int) -> Iterator[Event]:
    """A run whose stop is pressed in the middle of an update."""
    control, usual = Control(), Trainer.step

    def stopping(self: Trainer, norms: object = None) -> None:
        usual(self, norms)
        if self.position.step == step:
            control.stop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "step", stopping)
        yield from train(made, folder, control=control)


@pytest.mark.parametrize("lines", [9, 14])
def test_killed_after_the_repair_it_ends_the_same(
    tmp_path: Path, reference: Path, lines: int
) -> None:
    """The generator is dropped without a last save, as a kill leaves a run."""
    folder = tmp_path / "killed"
    with broken(once(20)):
        events = train(project(folder), folder)
        seen: list[Event] = []
        while "repairs itself" not in texts(seen) or len(seen) < lines:
            seen.append(next(events))
        next(events)
        events.close()
        assert find_run(folder, "last").status == "interrupted"
        list(train(None, folder, resume="last"))
    assert weights(folder) == weights(reference)


@pytest.mark.parametrize("stop_at", [None, 13])
def test_a_head_that_learns_alone_goes_on_alone(tmp_path: Path, stop_at: int | None) -> None:
    """A repair within the frozen epochs: the rest of the model learns after them all the same."""
    recipe = {"freeze_epochs": 2, "averaging": "ema"}
    folder = tmp_path / "p"
    with broken(once(12)):
        if stop_at is None:
            events = list(train(project(folder, **recipe), folder))
        else:
            list(stopped_at(project(folder, **recipe), folder, stop_at))
            events = list(train(None, folder, resume="last"))
        assert isinstance(events[-1], RunFinished)
        other = tmp_path / "q"
        list(train(project(other, **recipe), other))
    assert weights(folder) == weights(other)
    kept = read_checkpoint(find_run(folder, "last").path / "checkpoints", "last")
    assert kept is not None
    good = kept.facts["position"]["good"]
    assert (good["epoch"], good["step"]) == (5, 40)
    moved = {name for name in kept.tensors if name.startswith("optimizer.") and "exp_avg" in name}
    assert len(moved) == 12  # two averages for each of six weights, those of the stem among them


def test_what_is_gone_back_to_does_not_depend_on_how_often_is_saved(
    tmp_path: Path, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Keeper, "due", lambda self, after_epoch: True)
    folder = tmp_path / "often"
    with broken(once(20)):
        list(train(project(folder), folder))
    assert weights(folder) == weights(reference)


def test_a_fault_before_the_first_epoch_ends_goes_back_to_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    with broken(once(3)):
        events = list(train(project(folder), folder))
    assert isinstance(events[-1], RunFinished)
    assert "to its beginning (step 0)" in texts(events)


def test_a_checkpoint_within_an_epoch_holds_what_to_go_back_to(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    list(stopped_at(project(folder), folder, 11))
    kept = read_checkpoint(find_run(folder, "last").path / "checkpoints", "last")
    assert kept is not None
    assert any(name.startswith("good.model.") for name in kept.tensors)
    assert kept.facts["position"]["good"]["step"] == 8


def test_a_run_that_may_not_repair_keeps_nothing_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    list(stopped_at(project(folder, self_repair=False), folder, 11))
    kept = read_checkpoint(find_run(folder, "last").path / "checkpoints", "last")
    assert kept is not None
    assert not any(name.startswith("good.") for name in kept.tensors)
    assert kept.facts["position"]["good"] == {}


def test_a_divergence_is_repaired_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are thrown far off in an epoch: the loss stays far above guessing."""
    folder, usual = tmp_path / "p", Trainer.step

    def step(self: Trainer, norms: object = None) -> None:
        usual(self, norms)
        if not self.position.repairs and self.position.step >= 100:
            self.model.get_submodule("scores").weight.data.mul_(0.0)
            self.model.get_submodule("scores").bias.data.copy_(torch.tensor([90.0, 0.0, 0.0]))

    monkeypatch.setattr(Trainer, "step", step)
    events = list(train(project(folder, epochs=40), folder))
    assert isinstance(events[-1], RunFinished)
    assert "has diverged" in texts(events)
    repair = RunFolder(find_run(folder, "last").path).read()["repairs"][0]
    assert repair["to"] <= 128  # before the first block of bad losses, not in the middle of it
    assert events[-1].metrics["val_accuracy"] > 0.5


def test_without_guards_a_run_still_repairs_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("looked though the guards are off")

    monkeypatch.setattr(guards_module, "look", forbidden)
    folder = tmp_path / "p"
    with broken(once(20)):
        events = list(train(project(folder, guards=False), folder))
    assert isinstance(events[-1], RunFinished)


def test_the_remedy_adds_up_and_keeps_a_stricter_clipping() -> None:
    made = pieces(clip_norm=0.5)
    assert remedied(made, 0) is made
    twice = remedied(made, 2).recipe
    assert twice.optimizer.peak == pytest.approx(made.recipe.optimizer.peak / 9)
    assert twice.clip_norm == 0.5
    assert remedied(pieces(clip_norm=20.0), 1).recipe.clip_norm == 1.0


def test_what_was_said_stays_said_and_the_state_is_the_kept_one() -> None:
    trainer = Trainer(pieces(self_repair=True), Position())
    assert not can_repair(trainer)
    with pytest.raises(Diverged):
        mend(trainer, Diverged(1, 9.0))
    trainer.step()
    keep_good(trainer, steady=True, anew=True)
    kept = {name: value.clone() for name, value in trainer.tensors().items()}
    trainer.step()
    keep_good(trainer, steady=False, anew=True)
    trainer.position.guards["said"] = {"spike": [1, 0]}
    mended, notice = mend(trainer, Diverged(2, 9.0))
    assert same(mended.tensors(), kept)
    assert mended.position.step == 1
    assert mended.position.guards["said"] == {"spike": [1, 0]}
    assert notice.where == "training.optimizer.lr"
    mended.step()
    assert same(mended.good, kept)
