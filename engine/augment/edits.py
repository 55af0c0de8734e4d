"""Pure edits of a pipeline: each returns a new one and keeps untouched cards identical.

A place (``index``) is counted in the list of all cards *without* the one that moves, so 0 is first
and anything too large is last. A group is a run of neighbouring cards; no edit can tear one apart:

* a card that goes into a group lands at the place nearest to ``index`` inside the group's run;
* a card, or a whole group, that would land between the cards of another group goes past it, on the
  side that it was moving to;
* a group that loses its last card is gone.

All raise FoveaError: FV-H003 for an id that is not there, FV-H001 and FV-H002 for a wrong result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from engine.augment.pipeline import Card, Group, Pipeline
from engine.errors import FoveaError
from engine.transforms.base import Transform

__all__ = [
    "add_card",
    "add_group",
    "dissolve_group",
    "move_card",
    "move_group",
    "remove_card",
    "remove_group",
    "set_card",
    "set_group",
]


def add_card(
    pipeline: Pipeline,
    transform: Transform,
    *,
    id: str | None = None,
    index: int | None = None,
    group: str = "",
) -> tuple[Pipeline, str]:
    """A pipeline with one card more (last, or at ``index``), and the card's id.

    Without ``id`` the card is named after its kind: ``rotate``, ``rotate_2``, … With ``group`` it
    joins that group, at its end where no ``index`` is given. It acts with its kind's usual
    probability; in a group whenever it is picked.
    """
    name = id if id is not None else _free_id(pipeline, transform.kind)
    place = len(pipeline.cards) if index is None else index
    probability = 1.0 if group else transform.usual_probability
    card = Card(name, transform, probability=probability, group=_known(pipeline, group))
    return _with(pipeline, _inserted(pipeline.cards, [card], place)), name


def remove_card(pipeline: Pipeline, id: str) -> Pipeline:
    """A pipeline without one card, and without its group where it was the last card of it."""
    gone = pipeline.card(id)
    return _with(pipeline, [card for card in pipeline.cards if card is not gone])


def move_card(pipeline: Pipeline, id: str, index: int, group: str | None = None) -> Pipeline:
    """A pipeline with one card at place ``index``, counted without it.

    ``group`` is the id of the group that it ends in, ``""`` for none; None leaves it in the group
    that it is in, and so within that group's places.
    """
    old = pipeline.card(id)
    target = old.group if group is None else _known(pipeline, group)
    moved = old if target == old.group else replace(old, group=target)
    rest = [card for card in pipeline.cards if card is not old]
    onward = index >= pipeline.cards.index(old)
    return _with(pipeline, _inserted(rest, [moved], index, onward=onward))


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


def add_group(
    pipeline: Pipeline, card_ids: Iterable[str], pick: int = 1, *, id: str | None = None
) -> tuple[Pipeline, str]:
    """A pipeline with these cards made one group, of which ``pick`` act on an image; and its id.

    They come together at the place of the first of them, in the order that they have, and leave the
    groups that they were in. Raises FoveaError FV-H002 where ``card_ids`` is empty.
    """
    members = {pipeline.card(name).id for name in card_ids}
    if not members:
        raise FoveaError(
            "FV-H002",
            "A group needs a card.",
            where="groups",
            why="A group is shown where its cards are, and there are none.",
            fix="Choose the cards that the group should pick from.",
        )
    name = id if id is not None else _free_id(pipeline, "group")
    group = Group(name, pick)
    first = next(place for place, card in enumerate(pipeline.cards) if card.id in members)
    grouped = [replace(card, group=name) for card in pipeline.cards if card.id in members]
    rest = [card for card in pipeline.cards if card.id not in members]
    cards = _inserted(rest, grouped, first, onward=True)
    return _with(pipeline, cards, (*pipeline.groups, group)), name


def dissolve_group(pipeline: Pipeline, id: str) -> Pipeline:
    """A pipeline without one group; its cards stay where they are, each on its own."""
    gone = pipeline.group(id)
    cards = [replace(card, group="") if card.group == id else card for card in pipeline.cards]
    return _with(pipeline, cards, [group for group in pipeline.groups if group is not gone])


def remove_group(pipeline: Pipeline, id: str) -> Pipeline:
    """A pipeline without one group and its cards."""
    gone = pipeline.group(id)
    cards = [card for card in pipeline.cards if card.group != id]
    return _with(pipeline, cards, [group for group in pipeline.groups if group is not gone])


def move_group(pipeline: Pipeline, id: str, index: int) -> Pipeline:
    """A pipeline with a whole group at place ``index``, counted without the group's cards."""
    moved = pipeline.members(pipeline.group(id).id)
    rest = [card for card in pipeline.cards if card.group != id]
    onward = not moved or index >= pipeline.cards.index(moved[0])
    return _with(pipeline, _inserted(rest, moved, index, apart=True, onward=onward))


def set_group(pipeline: Pipeline, id: str, **changes: Any) -> Pipeline:
    """A pipeline with one group changed: ``on``, ``pick``, ``probability``."""
    old = pipeline.group(id)
    new = replace(old, **old.settings.with_(**changes).values())
    groups = tuple(new if group is old else group for group in pipeline.groups)
    return replace(pipeline, groups=groups)


def _inserted(
    rest: Sequence[Card],
    moved: Sequence[Card],
    index: int,
    *,
    apart: bool = False,
    onward: bool = True,
) -> list[Card]:
    """``moved`` (cards of one group, or one card of none) put among ``rest`` near ``index``.

    ``apart`` says that they bring their group along; ``onward`` which way to go past a group that
    they cannot land in.
    """
    index = min(max(index, 0), len(rest))
    own = moved[0].group if moved and not apart else ""
    run = [place for place, card in enumerate(rest) if own and card.group == own]
    if run:
        index = min(max(index, run[0]), run[-1] + 1)
    elif 0 < index < len(rest) and rest[index].group and rest[index - 1].group == rest[index].group:
        crossed = rest[index].group
        run = [place for place, card in enumerate(rest) if card.group == crossed]
        index = run[-1] + 1 if onward else run[0]
    return [*rest[:index], *moved, *rest[index:]]


def _with(
    pipeline: Pipeline, cards: Sequence[Card], groups: Sequence[Group] | None = None
) -> Pipeline:
    """The pipeline with these cards and, of its groups, those that kept or now have a card."""
    emptied = {card.group for card in pipeline.cards} - {card.group for card in cards}
    known = pipeline.groups if groups is None else groups
    left = tuple(group for group in known if group.id not in emptied)
    return replace(pipeline, cards=tuple(cards), groups=left)


def _known(pipeline: Pipeline, group: str) -> str:
    return pipeline.group(group).id if group else ""


def _free_id(pipeline: Pipeline, kind: str) -> str:
    taken = {card.id for card in pipeline.cards} | {group.id for group in pipeline.groups}
    numbered = (f"{kind}_{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (kind, *numbered) if name not in taken)
