"""Who is changed, by what, with which numbers: decided for a whole batch before any pixel moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from engine.augment.pipeline import Card, Group, Pipeline
from engine.randomness import SampleWords, stream_of
from engine.transforms.base import Deal, Displacing, Geometric, ImageFacts, Policy, Transform

__all__ = ["Drawn", "draw", "hand_out", "nobody"]

_NEXT_KEY = 0x5851F42D4C95
"""Sets the keys of one deal apart from the next one's, in their low and their high half."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A transform with its numbers for every sample of a batch.

    Attributes:
        chosen: bool ``[B]``, the samples that it acts on; None for all of them.
        draws: float64 ``[B, transform.draws]``.
        keys: int64 ``[B]``, for transforms that need a number a pixel.
    """

    transform: Transform
    chosen: Tensor | None
    draws: Tensor
    keys: Tensor

    def among(self, chosen: Tensor | None) -> Tensor | None:
        """The samples in ``chosen`` that this acts on."""
        if chosen is None or self.chosen is None:
            return self.chosen if chosen is None else chosen
        return self.chosen & chosen

    def dealt(self, deals: Sequence[Deal]) -> Iterator[Drawn]:
        """What a policy or a branch hands to others, for those samples that this one acts on.

        On the CPU, moves that nobody was dealt are left out; a GPU is not asked, for that would
        wait. All others stay: the steps over pixels must not depend on who is in the batch.
        """
        for place, deal in enumerate(deals):
            chosen = self.among(deal.chosen)
            moves = isinstance(deal.transform, (Geometric, Displacing))
            if not (moves and nobody(chosen)):
                keys = self.keys + (place + 1) * _NEXT_KEY
                yield Drawn(deal.transform, chosen, deal.draws, keys)


def nobody(chosen: Tensor | None) -> bool:
    """Whether ``chosen`` is known to be empty; never on a GPU, for that would have to wait."""
    return chosen is not None and not chosen.is_cuda and not chosen.any()


def draw(pipeline: Pipeline, samples: Tensor, seed: int, epoch: int | Tensor) -> list[Drawn]:
    """Every active card's numbers, in the pipeline's order.

    Column 0 of a card's stream decides whether it acts, the rest are its transform's. A group draws
    one number for itself, and one for each card of it, of which the smallest are picked: another
    card in the group changes the picks, but no card's own numbers.
    """
    cards = pipeline.active
    if not cards:
        return []
    widths = [card.transform.draws + 1 for card in cards]
    streams = [(stream_of(card.id), width) for card, width in zip(cards, widths, strict=True)]
    words = SampleWords(seed, epoch, samples)
    table, keys = words.uniform(streams).double(), words.keys([stream for stream, _ in streams])
    picked = _picked(pipeline, cards, words)
    found: list[Drawn] = []
    for place, (card, own) in enumerate(zip(cards, table.split(widths, dim=1), strict=True)):
        chosen = None if card.probability == 1 else own[:, 0] < card.probability
        drawn = Drawn(card.transform, chosen, own[:, 1:], keys[:, place])
        found.append(replace(drawn, chosen=drawn.among(picked.get(card.id))))
    return found


def hand_out(drawn: Sequence[Drawn], images: ImageFacts) -> Iterator[Drawn]:
    """The same with every policy replaced by what it deals for such images."""
    for item in drawn:
        if isinstance(item.transform, Policy):
            yield from item.dealt(item.transform.deals(item.draws, images))
        else:
            yield item


def _picked(
    pipeline: Pipeline, cards: Sequence[Card], words: SampleWords
) -> dict[str, Tensor | None]:
    """For each grouped card the samples that its group picked it for."""
    found: dict[str, Tensor | None] = {}
    for group in pipeline.groups:
        members = [card for card in cards if card.group == group.id]
        if members:
            found |= _picked_of(group, members, words)
    return found


def _picked_of(
    group: Group, members: Sequence[Card], words: SampleWords
) -> dict[str, Tensor | None]:
    names = [f"{group.id}/{card.id}" for card in members]
    streams = [(stream_of(name), 1) for name in (group.id, *names)]
    table = words.uniform(streams)
    acts = None if group.probability == 1 else table[:, 0].double() < group.probability
    order = table[:, 1:].argsort(dim=1, stable=True).argsort(dim=1)
    found: dict[str, Tensor | None] = {}
    for place, card in enumerate(members):
        chosen = order[:, place] < group.pick if group.pick < len(members) else None
        if chosen is not None and acts is not None:
            chosen = chosen & acts
        found[card.id] = chosen if chosen is not None else acts
    return found
