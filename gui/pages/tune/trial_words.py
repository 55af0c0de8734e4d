"""Trials as a person reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.tune.table import Objective, StudyTable, TrialRow
from gui.numbers import duration
from gui.objective_words import value_words
from gui.pages.tune.shared_words import trained_on
from gui.setting_words import setting_name

__all__ = ["NONE", "STATE_WORDS", "detail", "epochs_of", "score", "short_names", "value_of"]

NONE = "–"
STATE_WORDS = {
    "waiting": "Waiting",
    "running": "Running",
    "complete": "Complete",
    "pruned": "Ended early",
    "failed": "Failed",
}


def score(objective: Objective, row: TrialRow, place: int) -> str:
    """What a trial reached of the objective at a place: "92.13 %"; a dash where it is not known."""
    value = value_of(row, place)
    return NONE if value is None else value_words(objective, value)


def value_of(row: TrialRow, place: int) -> float | None:
    """The value of an objective; of the first one, of a trial that is not complete, the last."""
    if place < len(row.values):
        return row.values[place]
    return row.reports[-1][1] if place == 0 and row.reports else None


def epochs_of(row: TrialRow) -> int:
    """How many epochs were reported."""
    return row.reports[-1][0] if row.reports else 0


def short_names(addresses: Sequence[str]) -> list[str]:
    """Headings of the settings: the last word where one setting has it, else where it is, too."""
    full = [setting_name(address) for address in addresses]
    last = [name.rpartition(": ")[2] for name in full]
    many = Counter(last)
    found = []
    for address, name, word in zip(addresses, full, last, strict=True):
        alone = address.startswith(("training.", "data.")) and many[word] == 1
        text = word if alone else name.partition(": ")[2] or name
        found.append(text[:1].upper() + text[1:])
    return found


def detail(table: StudyTable, row: TrialRow) -> str:
    """What there is to say about a trial in a line; why it failed first of all."""
    head = f"Trial {row.number}"
    if row.why:
        return f"{head}: {row.why}"
    if row.state == "waiting":
        return f"{head} was interrupted and is the next to go on."
    parts = [
        f"{_lowered(one.label)} {score(one, row, place)}"
        for place, one in enumerate(table.objectives)
        if value_of(row, place) is not None
    ]
    epochs = epochs_of(row)
    parts += [f"{epochs} epoch{'s' if epochs != 1 else ''}"] if epochs else []
    parts += [duration(row.seconds)] if row.seconds is not None else []
    parts += [f"on {host}"] if (host := trained_on(row)) else []
    what = STATE_WORDS[row.state].lower()
    return f"{head}, {what}{': ' if parts else ''}{', '.join(parts)}."


def _lowered(label: str) -> str:
    """``Validation AUC`` within a sentence."""
    return label[:1].lower() + label[1:]
