"""The rule, on outcomes that are made up: what it names, and how seldom it cries wolf."""

from __future__ import annotations

import numpy as np

from engine.meter.records import Estimate
from engine.meter.verdict import Evidence, Judgement, acquitted, judge
from engine.meter.words import sentence, slows

NAMES = ("left", "right", "up")
SAME = Estimate(1.0, 0.9, 1.1)
FOUR = ("clean", "augmented", "trained", "relearned")


def evidence(
    per_class: int = 60,
    *,
    clean: tuple[float, ...] = (0.95, 0.95, 0.95),
    augmented: tuple[float, ...] | None = None,
    trained: tuple[float, ...] | None = None,
    relearned: tuple[float, ...] | None = None,
    seed: int = 0,
    luck: float = 0.0,
) -> Evidence:
    """Answers that are right with the given chance in each class, two repetitions.

    ``luck`` is how much the chance differs from training to training. What is not given is answered
    exactly as ``clean`` is.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(3 * per_class) % 3
    folds = np.arange(3 * per_class) // 3 % 2

    def answers(chances: tuple[float, ...]) -> np.ndarray:
        own = np.array(chances)[None, None] + rng.normal(0, luck, (2, 2, 3))
        chance = own[:, folds, labels]
        return (rng.random((2, len(labels))) < chance).astype(float)

    known = answers(clean)
    others = (known if part is None else answers(part) for part in (augmented, trained, relearned))
    return Evidence(labels, folds, known, *others)


def verdicts(found: Judgement) -> list[str]:
    return [row.verdict for row in found.classes]


def test_a_class_that_stays_lost_is_destroyed_and_named_with_numbers() -> None:
    lost = (0.5, 0.5, 0.95)
    found = judge(evidence(augmented=lost, relearned=lost, trained=lost), NAMES, SAME)
    assert found.verdict == "destroys"
    assert verdicts(found)[:2] == ["destroyed", "destroyed"]
    assert verdicts(found)[2] not in ("destroyed", "hurt")
    text = sentence(found, SAME)
    row = found.classes[0]
    assert f"“left”: accuracy {row.clean:.2f} to {row.augmented:.2f} (95 % interval" in text
    assert "“up”" not in text


def test_what_is_learnt_by_training_with_it_is_not_destroyed() -> None:
    found = judge(evidence(augmented=(0.4, 0.4, 0.4)), NAMES, SAME)
    assert found.verdict == "harmless"
    assert sentence(found, SAME).startswith("Unusual but learnable")


def test_what_is_partly_lost_but_mostly_won_back_is_not_destroyed() -> None:
    seen = evidence(400, augmented=(0.4, 0.4, 0.4), relearned=(0.82, 0.82, 0.82))
    assert judge(seen, NAMES, SAME).verdict == "harmless"


def test_a_class_that_nobody_knew_cannot_be_destroyed() -> None:
    poor, lost = (0.36, 0.95, 0.95), (0.05, 0.95, 0.95)
    found = judge(evidence(clean=poor, augmented=lost, relearned=lost), NAMES, SAME)
    assert verdicts(found)[0] == "unsure"


def test_a_gain_beyond_chance_helps_and_a_loss_hurts() -> None:
    low, high = (0.7, 0.7, 0.7), (0.85, 0.85, 0.85)
    helped = judge(evidence(150, clean=low, trained=high), NAMES, SAME)
    assert helped.verdict == "helps"
    assert sentence(helped, SAME).startswith("Helps: accuracy on unchanged images +0.1")
    hurt = judge(evidence(150, clean=high, trained=low), NAMES, SAME)
    assert hurt.verdict == "hurts"
    assert sentence(hurt, SAME).startswith("Hurts")


def test_one_class_that_pays_for_the_others_is_named() -> None:
    found = judge(evidence(200, trained=(0.7, 0.98, 0.98)), NAMES, SAME)
    assert verdicts(found)[0] == "hurt"
    assert found.verdict == "hurts"
    assert "“left”" in sentence(found, SAME)


def test_few_images_cannot_tell() -> None:
    some = (0.7, 0.7, 0.7)
    found = judge(evidence(6, clean=some, trained=some), NAMES, SAME)
    assert found.verdict == "unsure"
    assert set(verdicts(found)) == {"unsure"}
    assert sentence(found, SAME).startswith("Not enough images to tell")


def test_what_changes_no_answer_adds_nothing() -> None:
    seen = evidence(300)
    assert judge(seen, NAMES, SAME).verdict == "adds_nothing"
    assert judge(seen, NAMES, Estimate(3.0, 2.0, 4.0)).verdict == "harmless"


def test_a_card_that_does_nothing_is_seldom_named() -> None:
    """Trainings that differ by luck (0.03 a class) are told from what a card does."""
    own = (0.8, 0.8, 0.9)
    named = [
        judge(evidence(100, **dict.fromkeys(FOUR, own), seed=seed, luck=0.03), NAMES, SAME).verdict
        for seed in range(400)
    ]
    assert named.count("destroys") <= 0.01 * len(named)
    assert named.count("hurts") <= 0.05 * len(named)
    assert named.count("helps") <= 0.05 * len(named)


def test_a_class_without_images_is_left_undecided() -> None:
    seen = evidence(60)
    found = judge(seen, (*NAMES, "down"), SAME)
    row = found.classes[3]
    assert (row.n, row.fall, row.gain, row.verdict) == (0, None, None, "unsure")


def test_a_loss_that_time_makes_up_for_is_no_harm() -> None:
    found = judge(evidence(200, trained=(0.7, 0.98, 0.98)), NAMES, SAME)
    free = acquitted(found)
    assert free.verdict == "harmless"
    assert "hurt" not in verdicts(free)
    assert free.gain == found.gain


def test_what_slows_learning_is_told_with_the_numbers_of_both_lengths() -> None:
    in_time = judge(evidence(200), NAMES, SAME)
    one = judge(evidence(200, trained=(0.7, 0.98, 0.98)), NAMES, SAME)
    row, later = one.classes[0], in_time.classes[0]
    assert one.gain.value > -0.1, "the mean over all classes hides what the one lost"
    assert slows(one, in_time).startswith(
        f"Slows learning of class “left” ({row.clean:.2f} to {row.trained:.2f}, after training "
        f"twice as long {later.trained:.2f})"
    )
    everywhere = judge(evidence(600, trained=(0.89, 0.89, 0.89)), NAMES, SAME)
    assert everywhere.verdict == "hurts"
    text = slows(everywhere, in_time)
    assert text.startswith("Slows learning: accuracy on unchanged images −0.0")
    assert "after training twice as long +0.00, 95 % interval" in text


def test_images_of_one_group_do_not_count_as_many() -> None:
    """Ten pictures of each of eighteen patients: a third of the patients of each class is lost."""
    labels = np.repeat(np.arange(18) % 3, 10)
    patients = np.repeat(np.arange(18), 10)
    folds = patients % 2
    known = np.ones((2, 180))
    lost = np.where(patients < 6, 0.0, known)
    alone = Evidence(labels, folds, known, known, lost, known)
    grouped = Evidence(labels, folds, known, known, lost, known, patients)
    assert judge(alone, NAMES, SAME).gain.high < -0.2
    wide, narrow = (judge(part, NAMES, SAME).gain for part in (grouped, alone))
    assert wide.value == narrow.value
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
