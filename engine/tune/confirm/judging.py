"""From the scores of a check to a judgement of each candidate and of the search."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from engine.runs.sets import summarise
from engine.tune.confirm.record import Arm, Confirmation
from engine.tune.confirm.statistics import (
    Comparison,
    Interval,
    compare,
    luck,
    luck_at_most,
)
from engine.tune.goals import GOALS

__all__ = ["Judged", "Judgement", "judge"]

FEWEST = 3
"""Runs of each arm before anything is compared."""

Verdict = Literal["better", "same", "worse", "failed", "open"]
Says = Literal["better", "luck", "unclear", "worse", "failed", "open"]


@dataclass(frozen=True, slots=True)
class Judged:
    """One candidate.

    Attributes:
        trial, tuned: its number, and what the search saw.
        score: the mean of its own runs, with Student's interval.
        gap: by how much the search saw it too good; ``None`` without runs.
        difference: to the present project, run by run; more is better, whatever the goal. The
            intervals of all candidates hold together.
        verdict: ``better`` or ``worse`` where the interval leaves zero out, ``same`` where it does
            not: no difference is shown. ``failed``, or ``open`` while there are too few runs.
        why: why it failed.
    """

    trial: int
    tuned: float
    score: Interval | None
    gap: float | None
    difference: Interval | None
    verdict: Verdict
    why: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a check says.

    Attributes:
        goal, searched, each: what is judged, the trials of the search, and the runs of one.
        runs, vary: how many of each arm are compared here, and what they differ by.
        present: the present project's score.
        candidates: in the order of their tuned scores.
        spread: the noise of one run, beyond what arms and runs have in common.
        luck, luck_at_most: what the best of ``searched`` equally good trials would lie above the
            present project, expected and in 99 of 100 searches.
        lead: what the search saw :attr:`winner` ahead of the present project's score here.
        says: ``better`` (a candidate is, see :attr:`winner`), ``luck`` (no difference is shown, and
            luck can explain the winner's lead), ``unclear`` (none is shown, and luck hardly can),
            ``worse``, ``failed`` or ``open``.
        winner: the candidate to apply: the best of those that are better, else the tuned winner;
            ``None`` where every candidate failed, or the present project did.
        why: why the check failed, in a sentence; else empty.
    """

    goal: str
    searched: int
    each: int
    runs: int
    vary: Literal["seeds", "folds"]
    present: Interval | None
    candidates: tuple[Judged, ...]
    spread: float | None
    luck: float | None
    luck_at_most: float | None
    lead: float | None
    says: Says
    winner: int | None
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, and the sentences for people."""
        from engine.tune.confirm.words import sentences, verdict_words

        value = asdict(self) | {"sentences": list(sentences(self))}
        value["candidates"] = [
            asdict(one) | {"words": verdict_words(one, self.goal)} for one in self.candidates
        ]
        return value

    def of(self, trial: int) -> Judged | None:
        """What is said of a trial; ``None`` where it was not checked."""
        return next((one for one in self.candidates if one.trial == trial), None)


def judge(record: Confirmation) -> Judgement:
    """What follows from the scores that there are; arms that failed are left out."""
    sign = 1.0 if GOALS[record.goal].maximise else -1.0
    live = [arm for arm in record.candidates if not arm.why]
    runs = min([len(record.present.scores), *(len(arm.scores) for arm in live)])
    compared: Comparison | None = None
    if live and not record.present.why and runs >= FEWEST:
        arms = [record.present, *live]
        own, *others = ([sign * one for one in arm.scores[:runs]] for arm in arms)
        compared = compare(own, others, record.plan.vary)
    found = compared.differences if compared else ()
    differences = dict(zip((arm.trial for arm in live), found, strict=False))
    rows = tuple(
        _judged(arm, record, differences.get(arm.trial), sign) for arm in record.candidates
    )
    present, winner = _mean(record.present, record), _winner(rows)
    why = ""
    if record.status == "failed":
        winner, why = None, _why(record)
    spread = expected = most = lead = None
    if compared and present and winner:
        spread, lead = compared.noise, sign * (winner.tuned - present.mean)
        expected = spread * luck(record.searched) / math.sqrt(record.each)
        most = spread * luck_at_most(record.searched, record.each, runs, compared.freedom)
    says, chosen = _says(winner, lead, most), winner.trial if winner else None
    return Judgement(
        record.goal,
        record.searched,
        record.each,
        runs,
        record.plan.vary,
        present,
        rows,
        spread,
        expected,
        most,
        lead,
        says,
        chosen,
        why,
    )


def _judged(arm: Arm, record: Confirmation, difference: Interval | None, sign: float) -> Judged:
    assert arm.trial is not None
    assert arm.tuned is not None
    score = _mean(arm, record)
    gap = None if score is None else sign * (arm.tuned - score.mean)
    verdict: Verdict = "same"
    if arm.why:
        verdict = "failed"
    elif difference is None:
        verdict = "open"
    elif difference.low > 0:
        verdict = "better"
    elif difference.high < 0:
        verdict = "worse"
    return Judged(arm.trial, arm.tuned, score, gap, difference, verdict, arm.why)


def _mean(arm: Arm, record: Confirmation) -> Interval | None:
    """The mean of an arm's runs with Student's interval; ``None`` for less than two."""
    if len(arm.scores) < 2:
        return None
    found = summarise([{"score": one} for one in arm.scores], varied=record.plan.vary)
    return Interval(*(found[part]["score"] for part in ("mean", "low", "high")))


def _why(record: Confirmation) -> str:
    if record.present.why:
        return f"The present project cannot be trained again: {record.present.why}"
    return f"No trial can be trained again: {record.candidates[0].why}"


def _winner(rows: tuple[Judged, ...]) -> Judged | None:
    better = [row for row in rows if row.verdict == "better" and row.difference is not None]
    if better:
        return max(better, key=lambda row: row.difference.mean if row.difference else 0.0)
    return next((row for row in rows if row.verdict != "failed"), None)


def _says(winner: Judged | None, lead: float | None, most: float | None) -> Says:
    if winner is None:
        return "failed"
    if winner.verdict in ("better", "worse", "open"):
        return winner.verdict
    if lead is None or most is None:
        return "open"
    return "luck" if lead <= most else "unclear"
