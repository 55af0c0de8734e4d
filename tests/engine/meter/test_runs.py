"""The trainings themselves: pairs, batches, mixing, balance."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.augment.pipeline import Pipeline
from engine.meter.bank import LARGEST_SIDE, Bank
from engine.meter.compare import Comparer
from engine.meter.probe import Schedule
from engine.meter.runs import Outcome, Runner, balanced
from tests.engine.meter.planted import mirrored, pipeline_of, pool_of

CPU = torch.device("cpu")


def quiet(steps: int) -> None:
    return None


def test_balanced_answers_of_two_classes_that_look_alike_are_a_coin_toss() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    scores = rng.normal(0, 0.3, (4, 300, 3))
    scores[..., 1] += 2.0  # 0 and 1 look alike, and 1 is preferred
    scores[:, labels == 2, 2] += 9.0
    plain = (scores.argmax(2) == labels).mean(0)
    even = (balanced(scores, labels).argmax(2) == labels).mean(0)
    assert plain[labels == 0].mean() < 0.01
    for label in (0, 1):
        assert even[labels == label].mean() == pytest.approx(0.5, abs=0.1)
    assert even[labels == 2].mean() == 1.0


def test_balancing_leaves_alone_what_is_told_apart() -> None:
    labels = np.arange(90) % 3
    scores = np.eye(3)[labels][None] * 6
    assert (balanced(scores, labels).argmax(2) == labels).all()


def test_a_class_that_is_not_there_is_never_the_answer() -> None:
    labels = np.arange(60) % 2
    scores = np.zeros((1, 60, 3))
    scores[..., 2] = 5.0
    assert not (balanced(scores, labels).argmax(2) == 2).any()


def test_every_epoch_has_the_planned_steps_whatever_the_number_of_images() -> None:
    for n in (5, 33, 63, 64, 255, 256, 1_000):
        schedule = Schedule.of(n)
        parts = torch.arange(n).tensor_split(schedule.steps)
        assert len(parts) == schedule.steps
        assert all(2 <= len(part) < 64 for part in parts)
        assert 12 <= schedule.epochs <= 40


def test_equal_seeds_make_equal_trainings_and_a_pair_starts_alike() -> None:
    runner = Runner(pool_of(mirrored(8, 0, 8)), CPU, 0)
    runner.schedule = Schedule(2, 1)
    first = runner.train(runner.plain(quiet), quiet)
    again = runner.train(runner.plain(quiet), quiet)
    assert first.losses == again.losses
    assert (first.clean == again.clean).all()
    assert len(set(first.losses)) == 4, "repetitions and halves differ"


def test_views_are_what_training_would_see_shrunk() -> None:
    pixels, labels, names = mirrored(4, 0, 48)
    bank = Bank(pool_of((pixels, labels, names)), CPU, 0)
    assert bank.side == LARGEST_SIDE
    plain = bank.plain(quiet).pixels
    assert plain.shape == (1, 12, 1, 32, 32)
    assert plain.float().mean().abs() < 0.01
    moved = bank.views(pipeline_of("flip", horizontal=True), 8, quiet).pixels
    flipped = (moved == plain.flip(-1)).flatten(2).all(2)
    kept = (moved == plain).flatten(2).all(2)
    assert (flipped | kept).all()
    assert 0.25 < flipped.float().mean() < 0.75


def test_mixing_cards_are_judged_by_their_effect_on_unchanged_images() -> None:
    runner = Runner(pool_of(mirrored(8, 0, 8)), CPU, 0)
    runner.schedule = Schedule(2, 1)
    comparer = Comparer(runner, quiet)
    found = comparer.read("mixup", "MixUp", pipeline_of("mixup", alpha=1.0), quiet)
    assert found.affinity is None
    assert found.fall is None
    assert all(row.fall is None for row in found.classes)
    assert found.sentence.startswith("It mixes labels by design")
    views = runner.bank.views(pipeline_of("mixup", alpha=1.0), 1, quiet)
    images, targets = views.batch(0, torch.arange(6), runner.bank.labels, 3, 0)
    assert targets.shape == (6, 3)
    assert targets.sum(1).tolist() == pytest.approx([1.0] * 6)
    plain = views.of(0, torch.arange(6))
    own = targets.gather(1, runner.bank.labels[:6, None])[:, 0]
    blend = own[:, None, None, None] * plain + (1 - own)[:, None, None, None] * plain.roll(-1, 0)
    assert torch.allclose(images, blend, atol=1e-5)


def test_an_empty_pipeline_reads_as_adding_nothing() -> None:
    runner = Runner(pool_of(mirrored(30, 0, 8)), CPU, 0)
    runner.schedule = Schedule(2, 1)
    found = Comparer(runner, quiet).read("", "Nothing", Pipeline(), quiet)
    assert found.gain.value == 0
    assert found.fall is not None
    assert found.fall.value == 0
    assert found.diversity.value == pytest.approx(1.0)


def test_before_a_card_hurts_its_models_may_learn_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(pool_of(mirrored(20, 0, 8)), CPU, 0)
    runner.schedule = Schedule(1, 1)
    comparer = Comparer(runner, quiet)
    n = len(runner.pool.labels)

    def trained(known: float) -> Outcome:
        hits = (np.arange(n) % 10 < 10 * known).astype(float)[None].repeat(2, axis=0)
        return Outcome([], [1.0] * 4, hits)

    answers = {1: 0.5, 2: 0.9}  # by the length of the training with the card
    comparer._without = trained(0.9)
    monkeypatch.setattr(runner, "judge", lambda models, views, **_: comparer._without.clean)
    monkeypatch.setattr(runner, "train", lambda views, tell, longer=1: trained(answers[longer]))
    found = comparer.read("", "Slow", pipeline_of("rotate"), quiet)
    assert found.verdict == "harmless"
    assert found.sentence.startswith("Slows learning")
    answers[2] = 0.5
    found = comparer.read("", "Bad", pipeline_of("rotate"), quiet)
    assert found.verdict == "hurts"
