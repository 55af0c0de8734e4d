"""Reading JSON from files that may be damaged or hostile."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from engine.errors import FoveaError

__all__ = ["loads"]

DEEPEST = 100
LONGEST_INTEGER = 15

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|-?\d[\d.eE+-]*|-?[A-Za-z]+',
    re.DOTALL,
)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(data: bytes, *, limit: int = 16_000_000, where: str = "") -> Any:
    """The plain value that ``data`` (UTF-8, with or without BOM) holds.

    Stricter than the standard library: no NaN, infinity or number that overflows to it, no key
    twice in one object, at most 100 levels, whole numbers of at most 15 digits (exact in every
    reader), no lone surrogates. Raises FoveaError FV-P001 that names ``where`` with the line and
    column (or byte) of the first offence.
    """
    if len(data) > limit:
        raise _refuse(where, f"It has {len(data):,} bytes, and at most {limit:,} are read.")
    text = _decode(data, where)
    if text.count("[") + text.count("{") > DEEPEST or _SURROGATE.search(text):
        _Inspection(text, where).run()
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_float,
            parse_int=_int,
            parse_constant=_constant,
        )
    except _Offence as offence:
        _Inspection(text, where).run()
        raise _refuse(where, str(offence)) from None
    except json.JSONDecodeError as error:
        raise _refuse(f"{where}, {_place(text, error.pos)}", f"{error.msg}.") from None


class _Offence(Exception):
    """Valid JSON that is refused; found without its place."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Offence("A key stands twice in one object.")
    return value


def _float(word: str) -> float:
    value = float(word)
    if not math.isfinite(value):
        raise _Offence(f"The number {word:.40} is too large.")
    return value


def _int(word: str) -> int:
    if len(word) > LONGEST_INTEGER and len(word.lstrip("-")) > LONGEST_INTEGER:
        raise _Offence(f"The whole number {word:.20}… has more than {LONGEST_INTEGER} digits.")
    return int(word)


def _constant(word: str) -> float:
    raise _Offence(f"“{word}” is not a number that JSON knows.")


class _Inspection:
    """A walk over the tokens that finds the place of an offence; nesting needs no recursion."""

    def __init__(self, text: str, where: str) -> None:
        self.text = text
        self.where = where
        self.open: list[set[str] | None] = []  # the keys of each open object, None for a list
        self.at_key = False

    def run(self) -> None:
        """Raises FoveaError at the first offence; returns when there is none."""
        for token in _TOKEN.finditer(self.text):
            word = token.group()
            try:
                if word[0] == '"':
                    self._string(word)
                elif word[0] in "[]{},:":
                    self._mark(word)
                elif word[0].isalpha() or word[:2].lower() == "-i":
                    if word not in ("true", "false", "null"):
                        _constant(word[:20])
                else:
                    _number(word)
            except _Offence as offence:
                place = _place(self.text, token.start())
                raise _refuse(f"{self.where}, {place}", str(offence)) from None

    def _mark(self, word: str) -> None:
        if word in "[{":
            self.open.append(set() if word == "{" else None)
            if len(self.open) > DEEPEST:
                raise _Offence(f"It is nested more than {DEEPEST} levels deep.")
        elif word in "]}" and self.open:
            self.open.pop()
        self.at_key = word in "{," and bool(self.open) and self.open[-1] is not None

    def _string(self, word: str) -> None:
        try:
            value = json.loads(word)
            value.encode("utf-8")
        except json.JSONDecodeError:
            return  # an offence against JSON itself: the parser names it
        except UnicodeEncodeError:
            raise _Offence("A text holds half of a surrogate pair.") from None
        keys = self.open[-1] if self.open else None
        if self.at_key and keys is not None:
            if value in keys:
                raise _Offence(f"The key “{value:.60}” stands twice in one object.")
            keys.add(value)


def _number(word: str) -> None:
    try:
        _int(word) if word.lstrip("-").isdigit() else _float(word)
    except ValueError:
        return  # an offence against JSON itself: the parser names it


def _decode(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse(f"{where}, byte {error.start}", "The text is not UTF-8.") from None


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line}, column {position - text.rfind(chr(10), 0, position)}"


def _refuse(where: str, why: str) -> FoveaError:
    return FoveaError(
        "FV-P001",
        "The file cannot be read as JSON.",
        where=where.removeprefix(", "),
        why=why,
        kept="The file is unchanged.",
        fix="Use an earlier copy of the file, or correct it at that place.",
    )
