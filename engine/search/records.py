"""The search space of a project: immutable values that a file holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import FoveaError
from engine.graph.reading import keys, wrong

__all__ = ["EMPTY", "MOST", "SearchSpace", "Searched"]

MOST = 200
"""How many settings one search may vary; Bayesian methods get nothing out of more than some 20."""
_LONGEST_ADDRESS = 400
_MOST_CHOICES = 1_000
_KEYS = ("address", "low", "high", "log", "step", "choices")

Choice = str | int | float | bool | None | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Searched:
    """One setting that a search varies: a range of numbers, or some choices.

    Wrong and half-built ranges are legal values, which :func:`engine.search.rules.problems`
    explains.

    Attributes:
        address: the setting, as :mod:`engine.project.address` names it.
        low, high: ends of the range, both included; ``None`` where nothing was entered yet.
        log: whether equal factors are equally likely, rather than equal steps.
        step: distance between the values that may come, from ``low``; ``None`` for any.
        choices: the values that may come; a range has none. Kinds (of an optimizer, of a layer)
            are their names.
    """

    address: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    choices: tuple[Choice, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is as usual is left out."""
        value: dict[str, Any] = {"address": self.address}
        if self.choices:
            choices = [list(one) if isinstance(one, tuple) else one for one in self.choices]
            return value | {"choices": choices}
        value |= {"low": self.low, "high": self.high}
        value |= {"log": True} if self.log else {}
        return value | ({"step": self.step} if self.step is not None else {})

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Searched:
        """The setting that an object describes; raises FoveaError FV-P010 or FV-P011."""
        keys(value, pointer, _KEYS[:1], _KEYS[1:])
        address = value.get("address")
        if not isinstance(address, str) or not 0 < len(address) <= _LONGEST_ADDRESS:
            raise wrong(f"{pointer}/address", "A searched setting needs its address.")
        log = value.get("log", False)
        if not isinstance(log, bool):
            raise wrong(f"{pointer}/log", "Expected true or false.")
        low, high, step = (
            _number(value.get(name), f"{pointer}/{name}") for name in ("low", "high", "step")
        )
        choices = _choices(value.get("choices", []), f"{pointer}/choices")
        return cls(address, low, high, log, step, choices)


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """All settings that a search varies, in the order in which they were chosen.

    False where there are none. Addresses are different.
    """

    entries: tuple[Searched, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def get(self, address: str) -> Searched | None:
        """What is searched at an address, if anything."""
        return next((entry for entry in self.entries if entry.address == address), None)

    def putting(self, entry: Searched) -> SearchSpace:
        """The space with one setting added, or with another range where it is searched already."""
        if self.get(entry.address) is None:
            return SearchSpace((*self.entries, entry))
        return SearchSpace(
            tuple(entry if old.address == entry.address else old for old in self.entries)
        )

    def without(self, address: str) -> SearchSpace:
        """The space without a setting; itself when it has none at the address."""
        left = tuple(entry for entry in self.entries if entry.address != address)
        return self if len(left) == len(self.entries) else SearchSpace(left)

    def after_rename(self, old: str, new: str) -> SearchSpace:
        """The space after a node of the model got another id; itself where it has none of it."""
        head, now = f"model.{old}", f"model.{new}"
        entries = tuple(
            replace(entry, address=now + entry.address.removeprefix(head))
            if f"{entry.address}.".startswith(f"{head}.")
            else entry
            for entry in self.entries
        )
        return self if entries == self.entries else SearchSpace(entries)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain values."""
        return [entry.to_json() for entry in self.entries]

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> SearchSpace:
        """The space that a list describes; raises FoveaError FV-P010, FV-P011 or FV-P007."""
        if not isinstance(value, list):
            raise wrong(pointer, "The search space must be a list.")
        if len(value) > MOST:
            raise FoveaError(
                "FV-P007",
                f"The search space has {len(value):,} settings, more than Fovea opens.",
                where=pointer,
                why=f"The limit is {MOST}.",
            )
        entries = tuple(
            Searched.from_json(entry, f"{pointer}/{number}") for number, entry in enumerate(value)
        )
        seen: set[str] = set()
        for number, entry in enumerate(entries):
            if entry.address in seen:
                raise wrong(f"{pointer}/{number}/address", "A setting is searched twice.")
            seen.add(entry.address)
        return cls(entries)


EMPTY = SearchSpace()
"""Nothing is searched."""


def _number(value: Any, pointer: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise wrong(pointer, "Expected a number.")
    return value


def _choices(value: Any, pointer: str) -> tuple[Choice, ...]:
    if not isinstance(value, list) or len(value) > _MOST_CHOICES:
        raise wrong(pointer, f"Expected a list of at most {_MOST_CHOICES:,} choices.")
    return tuple(_choice(one, f"{pointer}/{number}") for number, one in enumerate(value))


def _choice(value: Any, pointer: str) -> Choice:
    if isinstance(value, list) and 0 < len(value) <= 16:
        numbers = [number for part in value if (number := _number(part, pointer)) is not None]
        if len(numbers) == len(value):
            return tuple(numbers)
    elif value is None or isinstance(value, bool) or (isinstance(value, str) and len(value) <= 200):
        return value
    elif isinstance(value, (int, float)):
        return _number(value, pointer)
    raise wrong(pointer, "A choice is a number, a word, true, false, or some numbers.")
