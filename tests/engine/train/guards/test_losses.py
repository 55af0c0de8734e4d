"""Spikes and divergence, from the losses of single steps."""

from __future__ import annotations

import json
import math
import random

import pytest

from engine.train.guards.base import Finding, Plan
from engine.train.guards.losses import judge_losses

CHANCE = math.log(10)
PLAN = Plan(epochs=10, batch_size=32, train_images=3200, val_images=0, chance=CHANCE, peak=3e-3)


def judged(losses: list[float], portion: int = 7) -> dict[str, Finding]:
    """The first finding of each kind, with the losses taken in portions."""
    memory: dict[str, object] = {}
    found: dict[str, Finding] = {}
    for begin in range(0, len(losses), portion):
        part = losses[begin : begin + portion]
        step = begin + len(part)
        found = judge_losses(memory, part, PLAN, step=step, epoch=1) | found
        memory = json.loads(json.dumps(memory, allow_nan=False))  # as a checkpoint keeps it
    return found


def falling(
    steps: int = 1000, *, noise: float = 0.2, first: float = CHANCE, seed: int = 0
) -> list[float]:
    draw = random.Random(seed)
    course = (0.2 + (first - 0.2) * math.exp(-step / 200) for step in range(steps))
    return [level * math.exp(draw.gauss(0, noise)) for level in course]


def test_a_jump_that_stays_for_some_steps_is_a_spike() -> None:
    losses = falling()
    losses[600:610] = [6.0] * 10
    found = judged(losses)
    assert set(found) == {"spike"}
    assert "step 603" in found["spike"].text
    assert found["spike"].where == "training.clip_norm"


def test_a_loss_that_climbs_above_guessing_and_stays_diverges() -> None:
    losses = [*falling(600), *(0.4 * 1.02**n for n in range(200)), *[20.0] * 100]
    found = judged(losses)
    assert set(found) == {"spike", "divergence"}
    assert found["divergence"].where == "training.optimizer.lr"


def test_a_loss_that_is_far_too_high_from_the_start_diverges() -> None:
    draw = random.Random(1)
    found = judged([30 * math.exp(draw.gauss(0, 0.5)) for _ in range(300)])
    assert "does not come down" in found["divergence"].text


@pytest.mark.parametrize("portion", [1, 5, 32, 999])
def test_the_answer_does_not_depend_on_the_portions(portion: int) -> None:
    losses = [*falling(500), *[8.0] * 300]
    assert judged(losses, portion) == judged(losses, 13)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("noise", [0.05, 0.3, 1.0])
def test_usual_noise_is_left_alone(noise: float, seed: int) -> None:
    assert judged(falling(2000, noise=noise, seed=seed)) == {}


@pytest.mark.parametrize("seed", range(5))
def test_a_start_with_weights_too_large_comes_back_and_is_left_alone(seed: int) -> None:
    assert judged(falling(1000, first=25.0, seed=seed)) == {}


@pytest.mark.parametrize("seed", range(5))
def test_single_hard_batches_and_a_loss_at_the_level_of_guessing_are_left_alone(seed: int) -> None:
    draw = random.Random(seed)
    losses = falling(1000, seed=seed)
    for place in draw.sample(range(0, 1000, 5), 40):
        losses[place] = 9.0
    assert judged(losses) == {}
    assert judged([CHANCE * math.exp(draw.gauss(0, 0.05)) for _ in range(1000)]) == {}
