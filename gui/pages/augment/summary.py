"""A card's settings in a few words, for when it is folded."""

from __future__ import annotations

from typing import Any

from engine.augment.pipeline import Card
from engine.spec import Param, Spec
from gui.forms.fields import words
from gui.widgets.number import format_number

__all__ = ["card_words", "spec_words"]

_MOST = 3


def card_words(card: Card) -> str:
    """The main values of a card: ``"±15°, on 50 % of images"``."""
    parts = [spec_words(card.transform)]
    if card.probability < 1:
        parts.append(f"on {format_number(round(100 * card.probability, 1))} % of images")
    return ", ".join(part for part in parts if part)


def spec_words(spec: Spec) -> str:
    """The main values of a spec: of one number the number alone, of more each with its name."""
    items = [item for item in spec.params() if not (item.hidden or item.advanced)][:_MOST]
    alone = len([item for item in items if item.type not in ("bool", "choice")]) == 1
    said = [_said(item, getattr(spec, item.name), alone) for item in items]
    return ", ".join(part for part in said if part)


def _said(item: Param, value: Any, alone: bool) -> str:
    if item.type == "bool":
        return item.label.lower() if value else ""
    if isinstance(value, Spec):
        return value.title.lower()
    text = _value(item, value)
    return text if alone or item.type == "choice" else f"{item.label.lower()} {text}"


def _value(item: Param, value: Any) -> str:
    if isinstance(value, tuple) and item.type == "pair":
        return f"{format_number(value[0])} to {_number(item, value[1])}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # the help of a largest change says so; nothing else declares that it goes both ways
        both = "either" in item.help or "±" in item.help
        return f"{'±' if both else ''}{_number(item, value)}"
    return words(value).lower()


def _number(item: Param, value: Any) -> str:
    tight = item.unit in ("°", "%", "") or len(item.unit) == 1
    return f"{format_number(value)}{'' if tight else ' '}{item.unit}".rstrip()
