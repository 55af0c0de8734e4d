"""A card's settings in a few words, for when it is folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.augment.pipeline import Card
from engine.numbers import THIN
from engine.spec import Param, Spec
from gui.forms.fields import words
from gui.widgets.number import format_number

__all__ = ["card_forms", "card_words", "spec_words"]

_MOST = 3


def card_words(card: Card) -> str:
    """The main values of a card: ``"±15°, on 50 % of images"``."""
    return card_forms(card)[0]


def card_forms(card: Card) -> tuple[str, ...]:
    """The words of a card from full to short: last values go first, names and how often last."""
    parts, bare = _parts(card.transform), _parts(card.transform, named=False)[:1]
    rows = [parts[:many] for many in range(len(parts), 0, -1)] or [[]]
    if card.probability == 1:
        return _joined(*rows, bare)
    share = f"{format_number(round(100 * card.probability, 1))}{THIN}% of images"
    often = [[*row, f"on {share}"] for row in rows]
    last = bare or [share]
    return _joined(*often, [*rows[-1], share], [*bare, f"on {share}"], [*bare, share], last)


def _joined(*rows: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(", ".join(row) for row in rows))


def spec_words(spec: Spec) -> str:
    """The main values of a spec, each with its name unless it speaks for itself: ``"±15°"``."""
    return ", ".join(_parts(spec))


def _parts(spec: Spec, *, named: bool = True) -> list[str]:
    """A few words for each main value that does something, the most important first."""
    items = [item for item in spec.params() if not (item.hidden or item.advanced)][:_MOST]
    alone = len([item for item in items if item.type not in ("bool", "choice")]) == 1
    acting = [item for item in items if getattr(spec, item.name) not in (0, None, False)]
    said = []
    for item in acting or items[:1]:
        value = getattr(spec, item.name)
        text, name = _value(item, value), item.label.lower()
        clear = name == spec.title.lower() or (alone and (item.unit or _both(item)))
        plain = clear or not named or item.type in ("bool", "choice") or isinstance(value, Spec)
        said.append(text if plain else f"{name} {text}")
    return [text for text in said if text]


def _both(item: Param) -> bool:
    """Whether a largest change goes both ways: its help says so, nothing else declares it."""
    return "either" in item.help or "±" in item.help


def _value(item: Param, value: Any) -> str:
    if item.type == "bool":
        return item.label.lower() if value else ""
    if isinstance(value, Spec):
        return value.title.lower()
    if isinstance(value, tuple) and item.type == "pair":
        return f"{format_number(value[0])} to {_number(item, value[1])}"
    if isinstance(value, (int, float)):
        return f"{'±' if _both(item) else ''}{_number(item, value)}"
    return words(value).lower()


def _number(item: Param, value: Any) -> str:
    tight = item.unit in ("°", "%", "") or len(item.unit) == 1
    return f"{format_number(value)}{'' if tight else ' '}{item.unit}".rstrip()
