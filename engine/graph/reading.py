"""Reading a model's JSON strictly: what is wrong is named by its JSON pointer."""

from __future__ import annotations

import math
import re
from typing import Any

from engine.errors import FoveaError, suggest

__all__ = ["items", "keys", "place", "valid_id", "wrong"]

_FARTHEST = 1e7
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")


def valid_id(text: object) -> bool:
    """Whether a text can name a node: a small letter, then up to 39 of ``a-z``, ``0-9``, ``_``."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def wrong(pointer: str, what: str, why: str = "") -> FoveaError:
    """The error for a value that is not what belongs there."""
    return FoveaError("FV-P010", what, where=pointer, why=why)


def keys(value: Any, pointer: str, required: tuple[str, ...], more: tuple[str, ...] = ()) -> None:
    """Raises FoveaError FV-P010 or FV-P011 unless ``value`` is an object with just these names."""
    if not isinstance(value, dict):
        raise wrong(pointer, f"An object with {', '.join(required)} is expected here.")
    for name in required:
        if name not in value:
            raise wrong(pointer, f"“{name}” is missing here.")
    known = required + more
    for name in value:
        if name not in known:
            raise FoveaError(
                "FV-P011",
                f"“{name:.80}” is not known here.",
                where=f"{pointer}/{name:.80}",
                why="This version does not know the name.",
                fix=suggest(name[:80], known),
            )


def items(value: Any, pointer: str, limit: int, noun: str) -> list[Any]:
    """A list of at most ``limit`` things; raises FoveaError FV-P010 or FV-P007."""
    if not isinstance(value, list):
        raise wrong(pointer, f"A list of {noun} is expected here.")
    if len(value) > limit:
        raise FoveaError(
            "FV-P007",
            f"The model has {len(value):,} {noun}, more than Fovea opens.",
            where=pointer,
            why=f"The limit is {limit:,} {noun}.",
        )
    return value


def place(value: Any, pointer: str) -> tuple[float, float]:
    """Two finite numbers within the canvas; raises FoveaError FV-P010."""
    if isinstance(value, list) and len(value) == 2:
        numbers = [v for v in value if isinstance(v, (int, float)) and not isinstance(v, bool)]
        if len(numbers) == 2 and all(math.isfinite(v) and abs(v) <= _FARTHEST for v in numbers):
            return float(numbers[0]), float(numbers[1])
    raise wrong(pointer, "A place on the canvas is two numbers.", f"The limit is {_FARTHEST:,.0f}.")
