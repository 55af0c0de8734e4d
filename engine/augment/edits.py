"""Pure edits of a pipeline: each returns a new one and keeps untouched cards identical.

All raise FoveaError: FV-H003 for an id that is not there, FV-H001 and FV-H002 for a wrong result.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.augment.pipeline import Card, Pipeline
from engine.transforms.base import Transform

__all__ = ["add_card", "move_card", "remove_card", "set_card"]


def add_card(
    pipeline: Pipeline, transform: Transform, *, id: str | None = None, index: int | None = None
) -> tuple[Pipeline, str]:
    """A pipeline with one card more (last, or at ``index``), and the card's id.

    Without ``id`` the card is named after its kind: ``rotate``, ``rotate_2``, …
    """
    name = id if id is not None else _free_id(pipeline, transform.kind)
    cards = list(pipeline.cards)
    cards.insert(len(cards) if index is None else index, Card(name, transform))
    return replace(pipeline, cards=tuple(cards)), name


def remove_card(pipeline: Pipeline, id: str) -> Pipeline:
    """A pipeline without one card."""
    gone = pipeline.card(id)
    return replace(pipeline, cards=tuple(card for card in pipeline.cards if card is not gone))


def move_card(pipeline: Pipeline, id: str, index: int) -> Pipeline:
    """A pipeline with one card at place ``index`` (0 is first; too large means last)."""
    moved = pipeline.card(id)
    cards = [card for card in pipeline.cards if card is not moved]
    cards.insert(max(index, 0), moved)
    return replace(pipeline, cards=tuple(cards))


def set_card(pipeline: Pipeline, id: str, **changes: Any) -> Pipeline:
    """A pipeline with one card changed.

    ``on``, ``probability`` and ``transform`` change the card, any other name a setting of its
    transform: ``set_card(pipeline, "rotate", degrees=30.0, on=True)``.
    """
    old = pipeline.card(id)
    of_card = {name: changes.pop(name) for name in ("on", "probability") if name in changes}
    transform = changes.pop("transform", old.transform)
    if changes:
        transform = transform.with_(**changes)
    new = replace(old, transform=transform, **of_card)
    return replace(pipeline, cards=tuple(new if card is old else card for card in pipeline.cards))


def _free_id(pipeline: Pipeline, kind: str) -> str:
    taken = {card.id for card in pipeline.cards}
    numbered = (f"{kind}_{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (kind, *numbered) if name not in taken)
