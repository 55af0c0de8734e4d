"""What a check says, in numbers and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.tune.confirm.judging import judge
from engine.tune.confirm.plan import ConfirmPlan
from engine.tune.confirm.record import Arm, Confirmation
from engine.tune.confirm.words import (
    apply_words,
    brief_words,
    gap_words,
    headline,
    luck_words,
    score_words,
    sentences,
    verdict_words,
)

PRESENT = (0.800, 0.804, 0.796, 0.801)
BETTER = (0.830, 0.836, 0.828, 0.830)
SAME = (0.801, 0.803, 0.795, 0.804)
WORSE = (0.770, 0.772, 0.768, 0.771)


def record(
    *arms: Arm, goal: str = "accuracy", present: tuple[float, ...] = PRESENT
) -> Confirmation:
    plan = ConfirmPlan(best=max(1, len(arms)), seeds=4)
    return Confirmation("s", "done", plan, goal, 60, 1, "", (Arm(scores=present), *arms))


def trial(number: int, scores: tuple[float, ...], tuned: float = 0.84, why: str = "") -> Arm:
    return Arm(number, tuned, {}, scores, why)


def test_a_better_trial_is_the_winner() -> None:
    found = judge(record(trial(12, SAME), trial(7, BETTER)))
    assert found.says == "better"
    assert found.winner == 7
    assert [row.verdict for row in found.candidates] == ["same", "better"]
    row = found.of(7)
    assert row is not None
    assert row.difference is not None
    assert row.difference.mean == pytest.approx(0.03075)
    assert 0 < row.difference.low < row.difference.mean < row.difference.high
    assert headline(found).startswith("Trial 7 is better than the present project by 3.1 points [")
    assert verdict_words(row, "accuracy").startswith("better by 3.1 points [")
    assert brief_words(row, "accuracy").startswith("better by 3.1 [")
    assert brief_words(found.candidates[0], "accuracy").startswith("none shown: ")
    assert "on folds, or the test images" in list(sentences(found))[-1]
    assert apply_words(found, 7) == ""
    assert "does not support trial 12: no difference shown" in apply_words(found, 12)


def test_a_lucky_trial_is_told_with_its_gap_and_what_luck_gives() -> None:
    found = judge(record(trial(12, SAME, tuned=0.804), trial(7, SAME, tuned=0.803)))
    assert found.says == "luck"
    assert found.winner == 12
    told = list(sentences(found))
    assert "is not shown to be better than the present project; no difference shown" in told[0]
    assert told[1].startswith(
        "The search saw 80.4\u202f% for trial 12; trained again it reaches 80.1\u202f%"
    )
    assert told[1].endswith("0.3 points less, which is over-tuning.")
    assert "With 60 trials and a spread of 0.1 points between seeds" in told[2]
    assert "no more than luck can explain" in told[3]


def test_trials_of_several_runs_are_less_lucky() -> None:
    once = record(trial(12, SAME, tuned=0.804))
    found, several = judge(once), judge(replace(once, each=4))
    assert found.luck is not None
    assert several.luck == pytest.approx(found.luck / 2)
    assert luck_words(several).startswith("With 60 trials of 4 runs and a spread of")


def test_a_lead_beyond_luck_that_is_not_shown_is_unclear() -> None:
    found = judge(record(trial(12, SAME, tuned=0.95)))
    assert found.says == "unclear"
    assert "more runs may tell" in list(sentences(found))[-1]


def test_a_worse_trial_is_told() -> None:
    found = judge(record(trial(12, WORSE)))
    assert (found.says, found.winner) == ("worse", 12)
    assert headline(found).startswith("Trial 12 is worse than the present project by 3.0 points [")
    assert "does not support trial 12: worse by" in apply_words(found, 12)


def test_less_loss_is_better() -> None:
    low = tuple(1 - score for score in BETTER)
    high = tuple(1 - score for score in PRESENT)
    found = judge(record(trial(3, low, tuned=0.15), goal="loss", present=high))
    assert found.says == "better"
    (row,) = found.candidates
    assert row.gap == pytest.approx(0.169 - 0.15)
    assert verdict_words(row, "loss").startswith("better by 0.031 [0.0")
    assert score_words(0.9123, "loss") == "0.912"


def test_a_trial_that_failed_is_named_and_the_others_are_compared() -> None:
    found = judge(record(trial(12, (0.8,), why="Run 2: no memory."), trial(7, BETTER)))
    assert [row.verdict for row in found.candidates] == ["failed", "better"]
    assert verdict_words(found.candidates[0], "accuracy") == "failed: Run 2: no memory."
    none = replace(record(trial(12, (), why="Run 1: no memory.")), status="failed")
    alone = judge(none)
    assert (alone.says, alone.winner) == ("failed", None)
    assert headline(alone) == "No trial can be trained again: Run 1: no memory."
    own = judge(replace(none, arms=(Arm(why="Run 1: no disc."), none.arms[1])))
    assert headline(own) == "The present project cannot be trained again: Run 1: no disc."


def test_nothing_is_compared_before_three_runs() -> None:
    begun = record(trial(12, BETTER[:2]), present=PRESENT[:3])
    found = judge(replace(begun, status="open"))
    assert (found.says, found.winner, found.runs) == ("open", 12, 2)
    assert luck_words(found) == ""
    assert "not compared" in headline(found)
    assert "was not checked" in apply_words(found, 12)
    assert "was not checked" in apply_words(None, 4)
    nothing = judge(replace(record(trial(12, ()), present=()), status="open"))
    assert nothing.present is None
    assert gap_words(nothing.candidates[0], "accuracy") == ""


def test_a_judgement_is_plain_values_with_its_sentences() -> None:
    found = judge(record(trial(12, SAME), trial(7, BETTER)))
    value = found.to_json()
    assert value["says"] == "better"
    assert value["candidates"][1]["words"].startswith("better by")
    assert value["sentences"][0] == headline(found)
