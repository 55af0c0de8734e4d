"""A range as a person types it: ``1e-5..0.1 log``, ``16..256 step 16``, ``adam, sgd``."""

from __future__ import annotations

import re

from engine.errors import FoveaError
from engine.parameter import Param
from engine.search.records import Searched
from engine.spec import read_number

__all__ = ["read_range", "written"]

_RANGE = re.compile(r"(?P<low>.+?)\s*\.\.\s*(?P<high>\S+)(?:\s+(?P<rest>.*))?")
_STEP = re.compile(r"step\s+(\S+)")
_WORDS = {"true": True, "on": True, "false": False, "off": False, "none": None, "empty": None}


def read_range(address: str, item: Param, text: str) -> Searched:
    """The range or the choices that somebody typed for a setting.

    ``LOW..HIGH``, then ``log`` or ``step N`` where wished, for numbers; else values with commas
    between them. Whether it can be searched, :func:`engine.search.rules.problems` says. Raises
    FoveaError FV-H006 for what cannot be read.
    """
    found = _RANGE.fullmatch(text.strip()) if item.type in ("int", "float") else None
    try:
        if found is not None:
            return _range(address, item, found)
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return Searched(address, choices=tuple(_choice(item, part) for part in parts))
    except ValueError:
        raise FoveaError(
            "FV-H006",
            f"“{text:.80}” is not a range of {item.label}.",
            where=address,
            why="Expected LOW..HIGH, LOW..HIGH log, LOW..HIGH step N, or choices with commas.",
            kept="The search space is unchanged.",
            fix=f"Enter {item.allowed()} twice with “..” between them, or choices such as 16, 32.",
        ) from None


def written(entry: Searched) -> str:
    """A range in the words that :func:`read_range` reads."""
    if entry.choices:
        return ", ".join(_word(one) for one in entry.choices)
    ends = "..".join("?" if end is None else _number_word(end) for end in (entry.low, entry.high))
    step = f" step {_number_word(entry.step)}" if entry.step is not None else ""
    return ends + (" log" if entry.log else "") + step


def _range(address: str, item: Param, found: re.Match[str]) -> Searched:
    low, high = _number(item, found["low"]), _number(item, found["high"])
    rest = (found["rest"] or "").strip()
    if rest == "log":
        return Searched(address, low, high, log=True)
    if stepped := _STEP.fullmatch(rest):
        return Searched(address, low, high, step=_number(item, stepped[1]))
    if rest:
        raise ValueError(rest)
    return Searched(address, low, high)


def _number(item: Param, word: str) -> float:
    number = read_number(word)
    return int(number) if item.type == "int" and number.is_integer() else number


def _choice(item: Param, word: str) -> str | float | bool | tuple[float, ...] | None:
    if item.type in ("int", "float") and word.lower() not in ("none", "empty"):
        return _number(item, word)
    if item.type in ("pair", "numbers") and word.lower() not in ("none", "empty"):
        return tuple(read_number(part) for part in word.split(".."))
    if item.type == "choice":
        known = next((one for one in item.choices if str(one) == word), None)
        return word if known is None else known
    return _WORDS.get(word.lower(), word) if item.type in ("bool", "int", "float", "pair") else word


def _word(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return "..".join(map(_number_word, value))
    return _number_word(value) if isinstance(value, (int, float)) else str(value)


def _number_word(number: float) -> str:
    return f"{number:.12g}"
