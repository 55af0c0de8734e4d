"""The augmentation part of the document: cards in order, and how moved images are filled.

Nothing here imports torch; ``engine.augment.engine`` runs a pipeline, ``edits`` changes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import FoveaError, suggest
from engine.spec import Spec, param
from engine.transforms.base import TRANSFORMS, Transform

__all__ = ["MOST_CARDS", "Card", "CardSettings", "Pipeline", "PipelineSettings"]

MOST_CARDS = 100
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")

Fill = Literal["constant", "nearest", "reflect", "wrap"]
Interpolation = Literal["bilinear", "nearest"]


class CardSettings(Spec):
    """What every card has besides its transform's own settings."""

    title = "Card"

    on: bool = param(True, help="Whether the card takes part; switched off it keeps its settings.")
    probability: float = param(
        1.0, ge=0, le=1, search=(0, 1), help="The fraction of images that the card changes."
    )


class PipelineSettings(Spec):
    """What all geometric cards share, for they are resampled together, once."""

    title = "Augmentation"

    fill: Fill = param(
        "reflect",
        help="What appears where an image has moved away: one constant value, the nearest edge "
        "pixel, the image mirrored at its edge (dcba|abcd|dcba), or its other side (wrap).",
    )
    fill_value: float = param(
        0.0, ge=0, le=1, help="The value for the constant fill, from 0 (black) to 1 (white)."
    )
    interpolation: Interpolation = param(
        "bilinear",
        advanced=True,
        help="How values between pixels are read: blended from four, or the nearest one.",
    )


_CARD = CardSettings()
_PIPELINE = PipelineSettings()


@dataclass(frozen=True)
class Card:
    """One transform in a pipeline. Raises FoveaError FV-H001 for an id or value out of bounds.

    The id is what random draws are keyed by: a card keeps its draws when others are removed,
    added, changed or reordered.
    """

    id: str
    transform: Transform
    on: bool = _CARD.on
    probability: float = _CARD.probability

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            raise FoveaError(
                "FV-H001",
                f"A card cannot be named “{self.id!s:.60}”.",
                where="id",
                why="Expected a small letter, then up to 39 small letters, digits or underscores.",
                fix="Choose a name like “rotate” or “flip_2”.",
            )
        object.__setattr__(self, "probability", self.settings.probability)

    @property
    def settings(self) -> CardSettings:
        """On and probability as a Spec, for forms and checks."""
        return CardSettings(on=self.on, probability=self.probability)

    @property
    def active(self) -> bool:
        """Whether the card can change any image."""
        return self.on and self.probability > 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: id, on, probability, transform."""
        return {"id": self.id, **self.settings.to_json(), "transform": self.transform.to_json()}

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Card:
        """The card that a JSON object describes; raises FoveaError that names ``pointer``."""
        parts = _parts(value, {"id", "on", "probability", "transform"}, "card", pointer)
        transform = TRANSFORMS.from_json(parts.pop("transform", None), f"{pointer}/transform")
        name = parts.pop("id", transform.kind)
        settings = CardSettings.from_json(parts, pointer)
        try:
            return cls(name, transform, **settings.values())
        except FoveaError as error:
            raise _at(error, pointer) from None


@dataclass(frozen=True)
class Pipeline:
    """The cards of a project's augmentation, in order, and how gaps are filled.

    Geometric cards act in their order, composed into one map and resampled once; colour cards act
    after them, in their order. Raises FoveaError FV-H001 for values out of bounds and FV-H002 for
    two cards of one id or too many cards.
    """

    cards: tuple[Card, ...] = ()
    fill: Fill = _PIPELINE.fill
    fill_value: float = _PIPELINE.fill_value
    interpolation: Interpolation = _PIPELINE.interpolation

    def __post_init__(self) -> None:
        object.__setattr__(self, "fill_value", self.settings.fill_value)
        if len(self.cards) > MOST_CARDS:
            raise _together(f"An augmentation cannot have {len(self.cards):,} cards.", "cards")
        ids = [card.id for card in self.cards]
        for name in ids:
            if ids.count(name) > 1:
                raise _together(f"Two cards are named “{name}”.", "cards")

    @property
    def settings(self) -> PipelineSettings:
        """Fill and interpolation as a Spec, for forms and checks."""
        return PipelineSettings(
            fill=self.fill, fill_value=self.fill_value, interpolation=self.interpolation
        )

    @property
    def active(self) -> tuple[Card, ...]:
        """The cards that can change any image, in order."""
        return tuple(card for card in self.cards if card.active)

    def card(self, name: str) -> Card:
        """The card of an id, or the only card of a kind; raises FoveaError FV-H003."""
        of_kind = [card for card in self.cards if card.transform.kind == name]
        for card in self.cards:
            if card.id == name:
                return card
        if len(of_kind) == 1:
            return of_kind[0]
        raise FoveaError(
            "FV-H003",
            f"The augmentation has no card named “{name:.80}”.",
            where=f"augment.{name:.80}",
            why="No card has this id." if not of_kind else "Several cards are of this kind.",
            fix=suggest(name[:80], [card.id for card in self.cards]) if self.cards else "Add it.",
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: cards, fill, fill_value, interpolation."""
        return {"cards": [card.to_json() for card in self.cards], **self.settings.to_json()}

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Pipeline:
        """The pipeline that a JSON object describes; raises FoveaError that names ``pointer``."""
        names = {"cards", *(item.name for item in PipelineSettings.params())}
        parts = _parts(value, names, "augmentation", pointer)
        listed = parts.pop("cards", [])
        if not isinstance(listed, list) or len(listed) > MOST_CARDS:
            raise FoveaError(
                "FV-P010",
                f"The augmentation's cards must be a list of at most {MOST_CARDS}.",
                where=f"{pointer}/cards",
                why="The value is not a list, or longer.",
            )
        settings = PipelineSettings.from_json(parts, pointer)
        cards = tuple(Card.from_json(c, f"{pointer}/cards/{i}") for i, c in enumerate(listed))
        try:
            return cls(cards, **settings.values())
        except FoveaError as error:
            raise _at(error, pointer) from None


def _parts(value: Any, known: Iterable[str], noun: str, pointer: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FoveaError(
            "FV-P010",
            f"The {noun} must be an object.",
            where=pointer,
            why=f"Found a {type(value).__name__}.",
        )
    for name in value:
        if name not in known:
            raise FoveaError(
                "FV-P011",
                f"“{name:.80}” is not part of a {noun}.",
                where=f"{pointer}/{name:.80}",
                why="This version does not know the name.",
                fix=suggest(name[:80], known),
            )
    return dict(value)


def _together(what: str, where: str) -> FoveaError:
    return FoveaError(
        "FV-H002",
        what,
        where=where,
        why=f"Every card needs its own name, and {MOST_CARDS} cards are the most.",
        fix="Rename or remove a card.",
    )


def _at(error: FoveaError, pointer: str) -> FoveaError:
    return FoveaError(
        "FV-P010",
        error.what,
        where=f"{pointer}/{error.where}",
        why=error.why,
        kept=error.kept,
        fix=error.fix,
    )
