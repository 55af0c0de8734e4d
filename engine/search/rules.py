"""Whether a searched setting can be searched as it stands, in sentences for its row."""

from __future__ import annotations

from collections.abc import Iterator

from engine.parameter import Param
from engine.problems import Problem
from engine.registry import Registry
from engine.search.records import Choice, Searched

__all__ = ["CODE", "problems"]

CODE = "FV-H006"
"""The code of every error of a search space."""


def problems(entry: Searched, item: Param) -> Iterator[Problem]:
    """What keeps a setting from being searched; nothing when it can be.

    ``item`` is what is known about the setting at ``entry.address``. All are errors that stop a
    search and nothing else; ``where`` is ``search.ADDRESS``.
    """
    if item.fixed:
        yield _error(entry, f"{item.label} cannot be searched. {item.fixed}", "Remove the row.")
    elif entry.choices:
        yield from _wrong_choices(entry, item)
    elif item.type in ("int", "float"):
        yield from _wrong_range(entry, item)
    else:
        yield _error(
            entry,
            f"{item.label} has no choices to search.",
            f"Give at least two values: {item.allowed()}.",
        )


def _wrong_choices(entry: Searched, item: Param) -> Iterator[Problem]:
    if len(set(_keys(entry.choices))) < len(entry.choices):
        yield _error(entry, f"{item.label} has the same choice twice.", "Remove one of them.")
    elif len(entry.choices) == 1:
        yield _error(
            entry,
            f"{item.label} has one choice only, so there is nothing to search.",
            "Add a second choice, or remove the row and set the value.",
        )
    for choice in entry.choices:
        if not _allowed(choice, item):
            words = " to ".join(map(str, choice)) if isinstance(choice, tuple) else choice
            yield _error(
                entry,
                f"{item.label} cannot be {'empty' if choice is None else words}.",
                f"Choose from: {item.allowed()}.",
            )


def _wrong_range(entry: Searched, item: Param) -> Iterator[Problem]:
    low, high = entry.low, entry.high
    if low is None or high is None:
        yield _error(
            entry,
            f"{item.label} has no range to search.",
            f"Enter the lowest and the highest value: {item.allowed()}.",
        )
        return
    if low > high:
        yield _error(
            entry,
            f"{item.label} goes from {low:g} down to {high:g}.",
            "Exchange the two ends of the range.",
        )
    elif low == high:
        yield _error(
            entry,
            f"{item.label} can only be {low:g}, so there is nothing to search.",
            "Widen the range, or remove the row and set the value.",
        )
    if entry.log and low <= 0:
        yield _error(
            entry,
            f"A logarithmic range of {item.label} cannot begin at {low:g}.",
            "Begin above 0, or switch the logarithmic scale off.",
        )
    for end in dict.fromkeys((low, high)):
        if not _allowed(end, item):
            yield _error(
                entry, f"{item.label} cannot be {end:g}.", f"Stay within: {item.allowed()}."
            )
    yield from _wrong_step(entry, item, high - low)


def _wrong_step(entry: Searched, item: Param, width: float) -> Iterator[Problem]:
    if entry.step is None:
        return
    if entry.log:
        yield _error(
            entry,
            f"{item.label} has a step and a logarithmic scale.",
            "Equal steps and equal factors exclude each other: switch one of them off.",
        )
    if entry.step <= 0:
        yield _error(entry, f"The step of {item.label} must be above 0.", "Enter a larger step.")
    elif 0 < width < entry.step:
        yield _error(
            entry,
            f"The step of {item.label} is longer than its range.",
            f"Enter a step of at most {width:g}.",
        )
    if item.type == "int" and not float(entry.step).is_integer():
        yield _error(entry, f"{item.label} is a whole number.", "Enter a whole step.")


def _allowed(value: Choice, item: Param) -> bool:
    """Whether the setting could have the value, looked at alone."""
    if value is None:
        return item.optional
    if item.type == "bool":
        return isinstance(value, bool)
    if item.type == "choice":
        return any(value == known and type(value) is type(known) for known in item.choices)
    if item.type == "spec":
        return isinstance(item.family, Registry) and value in item.family
    numbers = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) != (item.type in ("pair", "numbers")):
        return False
    return all(_within(number, item) for number in numbers)


def _within(number: Choice, item: Param) -> bool:
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return False
    if item.type == "int" and not float(number).is_integer():
        return False
    low, high = item.minimum, item.maximum
    return (low is None or number > low or (number == low and not item.above)) and (
        high is None or number < high or (number == high and not item.below)
    )


def _keys(choices: tuple[Choice, ...]) -> list[tuple[type, Choice]]:
    """What tells choices apart: 1 and true are two."""
    return [(bool if isinstance(one, bool) else object, one) for one in choices]


def _error(entry: Searched, message: str, fix: str) -> Problem:
    return Problem("error", message, f"search.{entry.address}", fix, CODE)
