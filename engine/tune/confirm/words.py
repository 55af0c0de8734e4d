"""A judgement as plain sentences, and its numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.numbers import percent
from engine.tune.confirm.judging import Judged, Judgement
from engine.tune.confirm.statistics import Interval
from engine.tune.goals import GOALS

__all__ = [
    "amount_words",
    "apply_words",
    "brief_words",
    "gap_words",
    "goal_words",
    "headline",
    "luck_words",
    "score_words",
    "sentences",
    "verdict_words",
]

_REST = {
    "seeds": "All runs were judged on the validation images that the search has used, too; a check "
    "on folds, or the test images, tell whether it holds on others.",
    "folds": "The test images, which were left alone, tell how good it is on new ones.",
}
_MINUS = "−"
_GOALS = {
    "accuracy": "validation accuracy",
    "auc": "validation area under the ROC curve",
    "loss": "validation loss",
}


def goal_words(goal: str) -> str:
    """What is judged, such as “validation accuracy”."""
    return _GOALS[goal]


def score_words(value: float | Interval | None, goal: str) -> str:
    """A score, with its interval where it has one: ``91.2 % [90.8, 91.6]`` or ``0.912``."""
    if value is None:
        return "–"
    if isinstance(value, Interval):
        return f"{score_words(value.mean, goal)} {_ends(value.low, value.high, goal)}"
    return percent(value) if _in_points(goal) else f"{value:.3f}"


def amount_words(value: float, goal: str, *, signed: bool = False) -> str:
    """A difference of scores: ``1.8 points`` of accuracy, else ``0.018``."""
    number = _number(value, goal, signed=signed)
    return f"{number} points" if _in_points(goal) else number


def verdict_words(row: Judged, goal: str) -> str:
    """How a candidate compares: ``better by 1.8 points [0.6, 3.1]``."""
    found = row.difference
    if row.verdict == "failed":
        return f"failed: {row.why}"
    if row.verdict == "open" or found is None:
        return "too few runs to tell"
    if row.verdict == "better":
        return f"better by {_difference(found, goal)}"
    if row.verdict == "worse":
        return f"worse by {_difference(Interval(-found.mean, -found.high, -found.low), goal)}"
    amount = amount_words(found.mean, goal, signed=True)
    return f"no difference shown: {amount} {_ends(found.low, found.high, goal)}"


def brief_words(row: Judged, goal: str) -> str:
    """As :func:`verdict_words`, for a table whose heading says that it is about a difference, and
    where accuracy is in points: ``better by 1.8 [0.6, 3.1]``, ``none shown: +0.3 [−0.9, 1.5]``.
    """
    words = verdict_words(row, goal).replace(" points [", " [")
    return words.replace("no difference shown", "none shown", 1) if row.verdict == "same" else words


def gap_words(row: Judged, goal: str) -> str:
    """What is left of the score that the search saw, in a sentence; empty without runs."""
    if row.gap is None:
        return ""
    seen = f"The search saw {score_words(row.tuned, goal)} for trial {row.trial}"
    again = f"trained again it reaches {score_words(row.score, goal)}"
    if row.gap <= 0:
        return f"{seen}; {again}: nothing of it was luck."
    return f"{seen}; {again}: {amount_words(row.gap, goal)} less, which is over-tuning."


def luck_words(found: Judgement) -> str:
    """What luck alone would give the winner of such a search; empty while that is not known."""
    if found.spread is None or found.luck is None:
        return ""
    trials = _trials(found.searched) + (f" of {found.each} runs" if found.each > 1 else "")
    return (
        f"With {trials} and a spread of {amount_words(found.spread, found.goal)} "
        f"between seeds, luck alone gives the best about {amount_words(found.luck, found.goal)}."
    )


def headline(found: Judgement) -> str:
    """The answer in one sentence."""
    row = found.of(found.winner) if found.winner is not None else None
    if row is None:
        return found.why
    name, words = f"Trial {row.trial}", verdict_words(row, found.goal)
    if row.verdict == "open":
        return f"{name} is not compared with the present project yet: {words}."
    if row.verdict in ("better", "worse"):
        return f"{name} is {words.replace(' by ', ' than the present project by ', 1)}."
    return f"{name} is not shown to be better than the present project; {words}."


def apply_words(found: Judgement | None, trial: int) -> str:
    """What the evidence says about applying a trial's settings; empty where it supports that."""
    row = found.of(trial) if found is not None else None
    if found is None or row is None or row.verdict == "open":
        return (
            f"Trial {trial} was not checked: scores of a search are noisy, and the best of many "
            "may be luck."
        )
    if row.verdict == "better":
        return ""
    return f"The evidence does not support trial {trial}: {verdict_words(row, found.goal)}."


def sentences(found: Judgement) -> Iterator[str]:
    """All that is to be said, the answer first."""
    yield headline(found)
    row = found.of(found.winner) if found.winner is not None else None
    if row is None or found.lead is None:
        return
    yield gap_words(row, found.goal)
    yield luck_words(found)
    lead = amount_words(found.lead, found.goal)
    if found.says == "luck" and found.lead > 0:
        yield f"Its lead in the search, {lead}, is no more than luck can explain."
    elif found.says == "unclear":
        yield f"Its lead in the search, {lead}, is more than luck explains; more runs may tell."
    elif found.says == "better":
        yield _REST[found.vary]


def _difference(found: Interval, goal: str) -> str:
    return f"{amount_words(found.mean, goal)} {_ends(found.low, found.high, goal)}"


def _ends(low: float, high: float, goal: str) -> str:
    return f"[{_number(low, goal)}, {_number(high, goal)}]"


def _number(value: float, goal: str, *, signed: bool = False) -> str:
    text = f"{100 * value:.1f}" if _in_points(goal) else f"{value:.3f}"
    if not float(text):
        return text.lstrip("-")
    return f"+{text}" if signed and value > 0 else text.replace("-", _MINUS)


def _in_points(goal: str) -> bool:
    return GOALS[goal].quantity == "fraction"


def _trials(count: int) -> str:
    return "1 trial" if count == 1 else f"{count:,} trials"
