"""Where a card can go: before, between and after the others, inside groups and outside."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from engine.augment.edits import add_card, move_card, move_group, set_card
from engine.augment.pipeline import Card, Pipeline
from gui.pages.augment.carrying import Load

__all__ = ["Place", "copied", "dropped", "nudged", "runs"]

Place = tuple[int, str]
"""A place in the list of cards, and the group that it lies in (``""`` for none)."""


def runs(pipeline: Pipeline) -> Iterator[tuple[str, tuple[Card, ...]]]:
    """The cards in order, as they are framed: each card of no group alone, each group together."""
    for name, cards in groupby(pipeline.cards, key=lambda card: card.group):
        if name:
            yield name, tuple(cards)
        else:
            yield from (("", (card,)) for card in cards)


def nudged(pipeline: Pipeline, name: str, step: int) -> Pipeline:
    """The pipeline with a card or group one place up (-1) or down (1).

    A card goes into a group that it meets, and out of it at its other end; a group goes past.
    """
    if name in {group.id for group in pipeline.groups}:
        first = next(i for i, card in enumerate(pipeline.cards) if card.group == name)
        return move_group(pipeline, name, first + step)
    card = pipeline.card(name)
    now = pipeline.cards.index(card)
    rest = tuple(other for other in pipeline.cards if other is not card)
    places = list(_places(rest))
    here = (now, card.group)
    at = places.index(here if here in places else (now, "")) + step
    if not 0 <= at < len(places):
        return pipeline
    index, group = places[at]
    return move_card(pipeline, name, index, group)


def _places(cards: tuple[Card, ...]) -> Iterator[Place]:
    at = 0
    for name, run in ((key, list(found)) for key, found in groupby(cards, lambda card: card.group)):
        for offset in range(len(run)):
            if not name or offset == 0:
                yield at + offset, ""
            if name:
                yield at + offset, name
        at += len(run)
        if name:
            yield at, name
    yield at, ""


def dropped(pipeline: Pipeline, load: Load, place: Place) -> Pipeline:
    """The pipeline with a carried card or group at a place counted in all its cards."""
    index, group = place
    if load.what == "group":
        before = sum(card.group != load.name for card in pipeline.cards[:index])
        return move_group(pipeline, load.name, before)
    before = sum(card.id != load.name for card in pipeline.cards[:index])
    return move_card(pipeline, load.name, before, group)


def copied(pipeline: Pipeline, name: str) -> tuple[Pipeline, str]:
    """The pipeline with a second card like one, right behind it; and the new card's id."""
    card = pipeline.card(name)
    index = pipeline.cards.index(card) + 1
    grown, made = add_card(pipeline, card.transform, index=index, group=card.group)
    return set_card(grown, made, on=card.on, probability=card.probability), made
