"""Each judge speaks where its fault is planted, and is silent where all is well."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.train.guards.base import Epoch, Facts, Finding, Look, Plan, Times
from engine.train.guards.guards import JUDGES
from engine.train.guards.speed import tiny_batches

PLAN = Plan(
    epochs=30,
    batch_size=32,
    train_images=600,
    val_images=200,
    chance=math.log(4),
    majority=0.4,
    peak=3e-3,
    batch_norm="norm",
)
USUAL = Look(epoch=0, change=1e-3, answers=4, asked=4)


def curve(count: int, *, flat: bool = False) -> list[Epoch]:
    """A usual course: losses fall, accuracy rises; ``flat``: nothing moves at a level well above
    guessing.
    """
    found = []
    for number in range(1, count + 1):
        share = 0.5 if flat else 1 / (1 + 0.2 * number)
        loss = PLAN.chance * share
        found.append(Epoch(number, loss, 1 - 0.6 * share, loss * 1.1, 1 - 0.65 * share))
    return found


def facts(
    course: list[Epoch] | None = None,
    looks: list[Look] | None = None,
    *,
    times: Times | None = None,
    lr: float = 1e-3,
    **plan: object,
) -> Facts:
    course = curve(15) if course is None else course
    looks = [replace(USUAL, epoch=e.number) for e in course] if looks is None else looks
    return Facts(replace(PLAN, **plan), course, looks, times or Times(), lr)


def said(case: Facts) -> dict[str, Finding]:
    found = {guard.kind: guard.judge(case) for guard in JUDGES}
    return {kind: finding for kind, finding in found.items() if finding}


def with_val(epochs: list[Epoch], losses: dict[int, float]) -> list[Epoch]:
    return [e._replace(val_loss=losses.get(e.number, e.val_loss)) for e in epochs]


def looks(count: int, **values: object) -> list[Look]:
    return [replace(USUAL, epoch=number, **values) for number in range(1, count + 1)]


def at_chance(count: int, *, accuracy: float = 0.39) -> list[Epoch]:
    return [Epoch(n, PLAN.chance, 0.4, PLAN.chance * 1.01, accuracy) for n in range(1, count + 1)]


def overfitted() -> list[Epoch]:
    """Validation loss turns up after epoch 9, training loss falls all the time."""
    rising = {number: 0.5 + 0.03 * (number - 9) for number in range(10, 21)}
    return with_val(curve(20), {9: 0.5, 8: 0.51} | rising)


PLANTED: dict[str, tuple[str, Facts, str, str]] = {
    "no learning": ("no_learning", facts(at_chance(8)), "1.39", "training.optimizer.lr"),
    "one answer": (
        "constant_answer",
        facts([e._replace(val_accuracy=0.4) for e in curve(8)], looks(8, answers=1)),
        "same class",
        "training.optimizer.lr",
    ),
    "below the majority": (
        "below_majority",
        facts([e._replace(val_accuracy=0.2) for e in curve(8)]),
        "40.0\u202f%",
        "data.validation",
    ),
    "overfitting": ("overfitting", facts(overfitted()), "epoch 9", "augment"),
    "overfitting though augmented": (
        "overfitting",
        facts(overfitted(), augmented=True),
        "stronger augmentation",
        "training.early_stopping",
    ),
    "plateau": ("plateau", facts(curve(20, flat=True)), "Since epoch 9", "training.epochs"),
    "plateau of the loss": (
        "plateau",
        facts(curve(20, flat=True), monitor="loss"),
        "validation loss",
        "training.epochs",
    ),
    "vanishing": (
        "gradients",
        facts(looks=looks(15, flow={"stem": "vanishing", "conv1": "vanishing"})),
        "“stem”",
        "model.stem",
    ),
    "exploding": (
        "gradients",
        facts(looks=looks(15, flow={"stem": "exploding", "conv5": "exploding"})),
        "“conv5”",
        "model.conv5",
    ),
    "no gradient": ("gradients", facts(looks=looks(15, flow={"c": "none"})), "“c”", "model.c"),
    "dead units": (
        "dead_units",
        facts(looks=looks(15, dead={"act1": 0.6, "block.act2": 0.95})),
        "95\u202f% of the channels of “block.act2”",
        "model.block.act2",
    ),
    "a dead node": (
        "dead_units",
        facts(looks=looks(15, dead={"act1": 1.0})),
        "All channels of “act1”",
        "model.act1",
    ),
    "saturation": (
        "saturation",
        facts(looks=looks(15, saturated={"sigmoid": 0.97})),
        "97\u202f%",
        "model.sigmoid",
    ),
    "a rate that fell too early": (
        "idle_rate",
        facts(looks=[*looks(8), *looks(15, change=1e-8)[8:]], lr=1e-9),
        "Since epoch 9",
        "training.schedule",
    ),
    "a rate that was too low": (
        "idle_rate",
        facts(looks=looks(15, change=1e-8), lr=3e-3),
        "Raise the learning rate",
        "training.optimizer.lr",
    ),
    "a rate that is high at the end": (
        "high_end",
        facts(curve(30), lr=3e-3),
        "100\u202f%",
        "training.schedule",
    ),
    "starvation on the processor": (
        "starvation",
        facts(times=Times(feed=70, update=30), augmented=True),
        "70\u202f%",
        "augment",
    ),
    "starvation of a card": (
        "starvation",
        facts(times=Times(feed=70, update=29, blocked=1), graphics=True),
        "70\u202f%",
        "data.size",
    ),
    "a long validation": (
        "long_validation",
        facts(times=Times(feed=1, update=9, validate=20)),
        "20 s against 10 s",
        "data.validation",
    ),
    "slow saving": ("slow_saving", facts(times=Times(save=30)), "every 25 minutes", ""),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_fault_is_named_alone_with_its_place(case: str) -> None:
    kind, planted, words, where = PLANTED[case]
    found = said(planted)
    assert words in found[kind].text
    assert found[kind].where == where
    follows = {kind} | {part for guard in JUDGES if guard.kind == kind for part in guard.covers}
    assert set(found) <= follows
    assert found[kind].text.endswith(".")


def test_every_judge_has_a_planted_case() -> None:
    assert {kind for kind, *_ in PLANTED.values()} == {guard.kind for guard in JUDGES}


HEALTHY: dict[str, Facts] = {
    "a usual run": facts(),
    "its first epoch": facts(curve(1)),
    "its end": facts(curve(30), lr=1e-6),
    "a run that is slow at first": facts([*at_chance(3), *curve(12)[3:]]),
    "no validation images": facts(
        [e._replace(val_loss=None, val_accuracy=None) for e in curve(20)], val_images=0, majority=1
    ),
    "no validation, and it stands still": facts(
        [e._replace(val_loss=None, val_accuracy=None) for e in curve(20, flat=True)], val_images=0
    ),
    "an outlier of validation": facts(with_val(curve(20), {18: 9.0})),
    "noise of validation": facts(
        with_val(curve(20), {n: 0.6 + 0.02 * (n % 3) for n in range(8, 21)})
    ),
    "validation rises and training too": facts(
        [e._replace(train_loss=0.6) for e in overfitted()],
    ),
    "all is learned, and nothing moves": facts(
        [Epoch(n, 0.01, 1.0, 0.01, 0.995) for n in range(1, 21)]
    ),
    "learned before, no news near the end": facts(curve(27, flat=True)),
    "few images of the largest class": facts([e._replace(val_accuracy=0.37) for e in curve(8)]),
    "one look of dead channels": facts(looks=[*looks(14), *looks(15, dead={"a": 0.9})[14:]]),
    "two looks that blame other nodes": facts(
        looks=[*looks(14, dead={"a": 0.9}), *looks(15, dead={"b": 0.9})[14:]]
    ),
    "one look of a vanishing gradient": facts(
        looks=[*looks(14), *looks(15, flow={"stem": "vanishing"})[14:]]
    ),
    "a gradient that goes to and fro": facts(
        looks=[
            *looks(14, flow={"stem": "exploding"}),
            *looks(15, flow={"stem": "vanishing"})[14:],
        ]
    ),
    "one class among the images looked at": facts(looks=looks(15, answers=1, asked=1)),
    "one answer, and accuracy says it is right": facts(
        [e._replace(val_accuracy=0.8) for e in curve(15)], looks(15, answers=1)
    ),
    "one answer in the second epoch": facts(curve(2), looks(2, answers=1)),
    "cosine ends at zero": facts(
        curve(30), [*looks(29), replace(USUAL, epoch=30, change=1e-9)], lr=1e-9
    ),
    "a rate at its peak in the middle": facts(curve(15), lr=3e-3),
    "a high end under an average": facts(curve(30), lr=3e-3, averaged=True),
    "a high end of a very short run": facts(curve(4), lr=3e-3, epochs=4),
    "a short run's batches": facts(times=Times(feed=5, update=1)),
    "a card that is waited for": facts(
        times=Times(feed=70, update=10, blocked=20), graphics=True, augmented=True
    ),
    "batches that take a third": facts(times=Times(feed=30, update=60), augmented=True),
    "a quick validation": facts(times=Times(feed=10, update=90, validate=50, save=1)),
}


@pytest.mark.parametrize("case", HEALTHY)
def test_nothing_is_said_where_all_is_well(case: str) -> None:
    assert said(HEALTHY[case]) == {}


def test_small_batches_matter_to_batch_norm_only() -> None:
    found = tiny_batches(replace(PLAN, batch_size=4))
    assert found is not None
    assert found.where == "training.batch_size"
    assert "“norm”" in found.text
    assert tiny_batches(replace(PLAN, batch_size=4, batch_norm="")) is None
    assert tiny_batches(replace(PLAN, batch_size=8)) is None
