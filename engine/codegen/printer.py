"""Lines as Python's formatters (Black, ruff) lay them out, for the few forms that models need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

__all__ = ["INDENT", "WIDTH", "fits", "lay_out", "split_items"]

WIDTH: Final = 88
"""Columns in a line: what ruff and Black allow by default."""

INDENT: Final = "    "
_OPEN, _CLOSE = "([{", ")]}"
_REPEATED = re.compile(r"\*\[(?P<what>.*) (?P<loop>for _ in range\(\d+\))\]", re.DOTALL)


def fits(depth: int, text: str) -> bool:
    """Whether a text fits into a line that is indented ``depth`` times."""
    return len(INDENT) * depth + len(text) <= WIDTH


def lay_out(depth: int, before: str, expression: str, after: str = "") -> list[str]:
    """``before + expression + after`` as one line, or several where it is too long.

    What can be split: an expression that ends with its only outer pair of brackets, as calls and
    lists do, and a sum or product of three or more names. ``before`` is left as it is::

        lay_out(2, "self.conv = ", "nn.Conv2d(…)")
        lay_out(1, "def ", "__init__(self, …)", " -> None:")

    A call's items go to one further line if they fit there, otherwise to a line each; items of a
    list always go to a line each.
    """
    flat = before + expression + after
    if fits(depth, flat):
        return [INDENT * depth + flat]
    start = _last_bracket(expression)
    if start is None:
        return _operands(depth, before, expression, after)
    if repeated := _REPEATED.fullmatch(expression):
        inner = [*lay_out(depth + 1, "", repeated["what"]), INDENT * (depth + 1) + repeated["loop"]]
        head, close = "*[", "]"
    else:
        head, close = expression[: start + 1], expression[-1]
        inner = _inside(depth + 1, expression[start + 1 : -1], call=expression[start] == "(")
    return [INDENT * depth + before + head, *inner, INDENT * depth + close + after]


def _inside(depth: int, text: str, *, call: bool) -> list[str]:
    items = split_items(text)
    if call and fits(depth, text):
        return [INDENT * depth + text]
    comma = "" if call and len(items) == 1 else ","
    return [line for item in items for line in lay_out(depth, "", item, comma)]


def _operands(depth: int, before: str, expression: str, after: str) -> list[str]:
    """A long sum or product, one operand a line."""
    first, *others = re.split(r" (?=[+*] )", expression)
    if not others:
        return [INDENT * depth + before + expression + after]
    inner = [expression] if fits(depth + 1, expression) else [first, *others]
    lines = [INDENT * (depth + 1) + part for part in inner]
    return [f"{INDENT * depth}{before}(", *lines, f"{INDENT * depth}){after}"]


def _brackets(text: str) -> Iterator[tuple[int, str, int]]:
    """Position, letter and depth of everything that is not inside a quoted text."""
    level, quoted = 0, False
    for position, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif not quoted:
            level -= letter in _CLOSE
            yield position, letter, level
            level += letter in _OPEN


def _last_bracket(text: str) -> int | None:
    """Where the outer bracket opens that ends the text; None when there are others or none."""
    outer = [at for at, letter, level in _brackets(text) if level == 0 and letter in _OPEN]
    return outer[0] if len(outer) == 1 and text[-1] in _CLOSE else None


def split_items(text: str) -> list[str]:
    """The parts between the outer commas."""
    commas = [at for at, letter, level in _brackets(text) if level == 0 and letter == ","]
    edges = [-1, *commas, len(text)]
    parts = [text[a + 1 : b].strip() for a, b in pairwise(edges)]
    return [part for part in parts if part]
