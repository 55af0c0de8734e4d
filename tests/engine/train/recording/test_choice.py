"""When whole updates are repeated: asked for, or found faster; and a run keeps to its way."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.optimizers import OPTIMIZERS
from engine.train.position import Position
from engine.train.recording import choice
from engine.train.recording.choice import UPDATE, choose_update
from engine.train.trainer import Trainer
from tests.engine.train.hand_made import pieces
from tests.engine.train.recording.test_proof import everything, half, unchanged

Timed = Callable[[float, float], list[int]]


@pytest.fixture
def timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Timed:
    """``timed(usual, repeated)`` stands for the stopwatch; gives a list that counts its uses."""
    monkeypatch.setattr("engine.compute.trial.kept_at", lambda: tmp_path / "kept.json")
    monkeypatch.setattr(choice, "WORTH", 0)
    used: list[int] = []

    def set_to(usual: float, repeated: float) -> list[int]:
        def seconds(trainer: Trainer, recording: object) -> list[float]:
            used.append(1)
            return [usual, repeated]

        monkeypatch.setattr(choice, "_seconds", seconds)
        return used

    return set_to


def begun(**recipe: Any) -> Trainer:
    return Trainer(pieces(**recipe), Position())


def failing(work: Callable[[], object], device: torch.device) -> Any:
    raise RuntimeError("out of memory")


def test_a_processor_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    trainer = begun(cuda_graphs="update")
    assert choose_update(trainer, "plain", {}) == choice.Choice("plain")
    assert choose_update(trainer, "plain", {"passes": UPDATE}) == choice.Choice("plain")
    assert trainer.update.recording is None


def test_it_is_used_where_the_recipe_asks() -> None:
    trainer = begun(cuda_graphs="update")
    found = choose_update(trainer, "graphs", {})
    assert found.way == UPDATE
    assert found.notes == ("Updates: whole ones as CUDA graphs, as the recipe asks.",)
    assert trainer.update.recording is not None


@pytest.mark.parametrize("asked", ["on", "off"])
def test_it_is_not_tried_where_the_recipe_asks_for_something_else(asked: str) -> None:
    trainer = begun(cuda_graphs=asked, epochs=1_000)
    assert choose_update(trainer, "graphs", {}) == choice.Choice("graphs")


def test_a_resumed_run_keeps_its_way() -> None:
    trainer = begun(cuda_graphs="update")
    assert choose_update(trainer, "graphs", {"passes": "graphs"}) == choice.Choice("graphs")
    found = choose_update(begun(), "plain", {"passes": UPDATE})
    assert found.way == UPDATE
    assert "as the run began" in found.notes[0]


@pytest.mark.parametrize("known", [{}, {"passes": UPDATE}])
def test_one_that_cannot_be_made_is_told_and_nothing_changes(
    known: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "recorder_for", lambda device: failing)
    trainer = begun(cuda_graphs="update")
    before = everything(trainer)
    found = choose_update(trainer, "plain", known)
    assert found.way == "plain"
    assert found.notes == ("CUDA graphs of whole updates are not used: out of memory.",)
    assert unchanged(trainer, before)


@pytest.mark.parametrize(
    ("recipe", "way", "reason"),
    [
        ({"accumulation": 2}, "plain", "accumulated"),
        ({"sam": 0.05}, "plain", "SAM"),
        ({"freeze_epochs": 1}, "plain", "head learns alone"),
        ({"resize_from": 0.5}, "plain", "size of the images"),
        ({"batch_size": 64}, "plain", "no whole batch"),
        ({}, "compiled", "compiled"),
        ({"optimizer": OPTIMIZERS.get("radam")()}, "plain", "RAdam asks the processor"),
    ],
)
def test_what_cannot_be_recorded_is_told_where_it_was_asked_for(
    recipe: dict[str, Any], way: str, reason: str, timed: Timed
) -> None:
    timed(2.0, 1.0)
    asked = choose_update(begun(**recipe, cuda_graphs="update"), way, {})
    assert asked.way == way
    assert reason in asked.notes[0]
    assert choose_update(begun(**recipe), way, {}) == choice.Choice(way)


def test_an_optimizer_that_waits_in_fp16_is_told() -> None:
    trainer = half(cuda_graphs="update", optimizer=OPTIMIZERS.get("lion")())
    assert "Lion waits for the card" in choose_update(trainer, "plain", {}).notes[0]


def test_auto_takes_it_where_it_is_clearly_faster_and_remembers_that(timed: Timed) -> None:
    used = timed(2.0, 1.0)
    first, again = (begun() for _ in range(2))
    found = choose_update(first, "graphs", {})
    assert found.way == UPDATE
    assert "2.00 times as fast as without in a short trial" in found.notes[0]
    found = choose_update(again, "graphs", {})
    assert "an earlier trial on this machine" in found.notes[0]
    assert (found.way, len(used)) == (UPDATE, 1)
    for trainer in (first, again):
        trainer.set_training()
        trainer.step()
    assert all(map(torch.equal, first.model.parameters(), again.model.parameters()))
    assert choose_update(begun(clip_norm=1.0), "graphs", {}).way == UPDATE
    assert len(used) == 2


def test_auto_leaves_it_where_it_is_not_and_nothing_changes(timed: Timed) -> None:
    used = timed(1.0, 0.97)
    for _ in range(2):
        trainer = begun()
        before = everything(trainer)
        assert choose_update(trainer, "graphs", {}) == choice.Choice("graphs")
        trainer.optimizer.param_groups[0]["lr"] = 0.0
        assert unchanged(trainer, before)
    assert len(used) == 1


def test_auto_says_why_it_could_not_be_tried_and_tries_the_next_time(
    timed: Timed, monkeypatch: pytest.MonkeyPatch
) -> None:
    timed(2.0, 1.0)
    usual = choice.recorder_for
    monkeypatch.setattr(choice, "recorder_for", lambda device: failing)
    found = choose_update(begun(), "plain", {})
    assert found.way == "plain"
    assert "out of memory" in found.notes[0]
    monkeypatch.setattr(choice, "recorder_for", usual)
    assert choose_update(begun(), "plain", {}).way == UPDATE


def test_a_short_run_is_not_worth_a_trial() -> None:
    trainer = begun()
    assert trainer.total_steps < choice.WORTH
    assert choose_update(trainer, "plain", {}) == choice.Choice("plain")


def test_the_stopwatch_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = begun(cuda_graphs="update")
    choose_update(trainer, "plain", {})
    recording = trainer.update.recording
    assert recording is not None
    for _ in range(2):
        trainer.step()
    before, steps = everything(trainer), []
    usual = type(recording).replay
    monkeypatch.setattr(choice, "_STEPS", 2)
    monkeypatch.setattr(
        type(recording), "replay", lambda *a, **k: (steps.append(1), usual(*a, **k))[1]
    )
    seconds = choice._seconds(trainer, recording)
    assert all(0 < each < math.inf for each in seconds)
    assert len(steps) == 2 + 2 * choice._ROUNDS
    after = everything(trainer)
    assert all(torch.equal(after[name], before[name]) for name in before)
