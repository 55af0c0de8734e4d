"""The augmentation part of the document: cards in order, and how moved images are filled.

Nothing here imports torch; ``engine.augment.engine`` runs a pipeline, ``edits`` changes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, TypeVar

from engine.errors import FoveaError, suggest
from engine.spec import Spec, param
from engine.transforms.base import TRANSFORMS, Transform

__all__ = [
    "MOST_CARDS",
    "Card",
    "CardSettings",
    "Group",
    "GroupSettings",
    "Pipeline",
    "PipelineSettings",
]

MOST_CARDS = 100
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")

T = TypeVar("T")
Fill = Literal["constant", "nearest", "reflect", "wrap"]
Interpolation = Literal["bilinear", "bicubic", "nearest"]


class CardSettings(Spec):
    """What every card has besides its transform's own settings."""

    title = "Card"

    on: bool = param(True, help="Whether the card takes part; switched off it keeps its settings.")
    probability: float = param(
        1.0, ge=0, le=1, search=(0, 1), help="The fraction of images that the card changes."
    )


class GroupSettings(Spec):
    """What a group of cards has: how many of them act on an image."""

    title = "Group"

    on: bool = param(True, help="Whether the group takes part; switched off it keeps its cards.")
    pick: int = param(
        1,
        ge=1,
        le=MOST_CARDS,
        search=(1, 3),
        label="Cards per image",
        help="How many of the group's cards act on an image, drawn anew for each; as many as it "
        "has, or more: all of them together. A card that is drawn still acts with its own "
        "probability.",
    )
    probability: float = param(
        1.0, ge=0, le=1, search=(0, 1), help="The fraction of images that the group acts on."
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
        help="How values between pixels are read: blended from four (bilinear) or sixteen "
        "neighbours (bicubic: sharper, slower), or taken from the nearest.",
    )


_CARD = CardSettings()
_GROUP = GroupSettings()
_PIPELINE = PipelineSettings()


@dataclass(frozen=True)
class Card:
    """One transform in a pipeline. Raises FoveaError FV-H001 for an id or value out of bounds.

    The id is what random draws are keyed by: a card keeps its draws when others are removed,
    added, changed or reordered. ``group`` is the id of the group it belongs to, ``""`` for none.
    """

    id: str
    transform: Transform
    on: bool = _CARD.on
    probability: float = _CARD.probability
    group: str = ""

    def __post_init__(self) -> None:
        _check_id(self.id, "card", "id")
        if self.group != "":
            _check_id(self.group, "group", "group")
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
        """Plain JSON values: id, on, probability, transform, and group where there is one."""
        own = {"id": self.id, **self.settings.to_json(), "transform": self.transform.to_json()}
        return own | ({"group": self.group} if self.group else {})

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Card:
        """The card that a JSON object describes; raises FoveaError that names ``pointer``."""
        parts = _parts(value, {"id", "on", "probability", "transform", "group"}, "card", pointer)
        transform = TRANSFORMS.from_json(parts.pop("transform", None), f"{pointer}/transform")
        name, group = parts.pop("id", transform.kind), parts.pop("group", "")
        settings = CardSettings.from_json(parts, pointer)
        try:
            return cls(name, transform, group=group, **settings.values())
        except FoveaError as error:
            raise _at(error, pointer) from None


@dataclass(frozen=True)
class Group:
    """A “one of” or “some of”: each image gets ``pick`` of the cards that name this group.

    Raises FoveaError FV-H001 for an id or value out of bounds.
    """

    id: str
    pick: int = _GROUP.pick
    on: bool = _GROUP.on
    probability: float = _GROUP.probability

    def __post_init__(self) -> None:
        _check_id(self.id, "group", "id")
        object.__setattr__(self, "probability", self.settings.probability)

    @property
    def settings(self) -> GroupSettings:
        """On, pick and probability as a Spec, for forms and checks."""
        return GroupSettings(on=self.on, pick=self.pick, probability=self.probability)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: id, on, pick, probability."""
        return {"id": self.id, **self.settings.to_json()}

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Group:
        """The group that a JSON object describes; raises FoveaError that names ``pointer``."""
        names = {"id", *(item.name for item in GroupSettings.params())}
        parts = _parts(value, names, "group", pointer)
        name = parts.pop("id", None)
        settings = GroupSettings.from_json(parts, pointer)
        try:
            return cls(name, **settings.values())
        except FoveaError as error:
            raise _at(error, pointer) from None


@dataclass(frozen=True)
class Pipeline:
    """The cards of a project's augmentation, in order, and how gaps are filled.

    Geometric cards act first, in their order, composed into one map and resampled once; all others
    act after them, in their order; cards that mix two images act last. Raises FoveaError FV-H001
    for values out of bounds and FV-H002 for two cards or groups of one id, for too many of them,
    for a card in a group that is not there, and for a group's cards that do not follow each other.
    """

    cards: tuple[Card, ...] = ()
    fill: Fill = _PIPELINE.fill
    fill_value: float = _PIPELINE.fill_value
    interpolation: Interpolation = _PIPELINE.interpolation
    groups: tuple[Group, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "fill_value", self.settings.fill_value)
        if len(self.cards) > MOST_CARDS:
            raise _together(f"An augmentation cannot have {len(self.cards):,} cards.", "cards")
        if len(self.groups) > MOST_CARDS:
            raise _together(f"An augmentation cannot have {len(self.groups):,} groups.", "groups")
        ids = [card.id for card in self.cards] + [group.id for group in self.groups]
        for name in ids:
            if ids.count(name) > 1:
                raise _together(f"Two cards or groups are named “{name}”.", "cards")
        left = {group.id for group in self.groups}
        for name, _cards in groupby(self.cards, key=lambda card: card.group):
            if name and name not in left:
                raise _apart(name, name in ids)
            left.discard(name)

    @property
    def settings(self) -> PipelineSettings:
        """Fill and interpolation as a Spec, for forms and checks."""
        return PipelineSettings(
            fill=self.fill, fill_value=self.fill_value, interpolation=self.interpolation
        )

    @property
    def active(self) -> tuple[Card, ...]:
        """The cards that can change any image, in order."""
        off = {group.id for group in self.groups if not group.on or group.probability == 0}
        return tuple(card for card in self.cards if card.active and card.group not in off)

    def members(self, group: str) -> tuple[Card, ...]:
        """The cards of a group, in order, whether they are switched on or not."""
        return tuple(card for card in self.cards if card.group == group)

    def group(self, name: str) -> Group:
        """The group of an id; raises FoveaError FV-H003."""
        for group in self.groups:
            if group.id == name:
                return group
        raise FoveaError(
            "FV-H003",
            f"The augmentation has no group named “{name:.80}”.",
            where=f"augment.{name:.80}",
            why="No group has this id.",
            fix=suggest(name[:80], [group.id for group in self.groups]),
        )

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
        """Plain JSON values: cards, groups where there are any, and the common settings."""
        value: dict[str, Any] = {"cards": [card.to_json() for card in self.cards]}
        if self.groups:
            value["groups"] = [group.to_json() for group in self.groups]
        return value | self.settings.to_json()

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Pipeline:
        """The pipeline that a JSON object describes; raises FoveaError that names ``pointer``."""
        names = {"cards", "groups", *(item.name for item in PipelineSettings.params())}
        parts = _parts(value, names, "augmentation", pointer)
        cards = _listed(parts.pop("cards", []), Card.from_json, f"{pointer}/cards")
        groups = _listed(parts.pop("groups", []), Group.from_json, f"{pointer}/groups")
        settings = PipelineSettings.from_json(parts, pointer)
        try:
            return cls(cards, groups=groups, **settings.values())
        except FoveaError as error:
            raise _at(error, pointer) from None


def _listed(value: Any, read: Callable[[Any, str], T], pointer: str) -> tuple[T, ...]:
    if not isinstance(value, list) or len(value) > MOST_CARDS:
        raise FoveaError(
            "FV-P010",
            f"The augmentation's {pointer.rsplit('/')[-1]} must be a list of at most {MOST_CARDS}.",
            where=pointer,
            why="The value is not a list, or longer.",
        )
    return tuple(read(item, f"{pointer}/{place}") for place, item in enumerate(value))


def _check_id(value: Any, noun: str, where: str) -> None:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise FoveaError(
            "FV-H001",
            f"A {noun} cannot be named “{value!s:.60}”.",
            where=where,
            why="Expected a small letter, then up to 39 small letters, digits or underscores.",
            fix="Choose a name like “rotate” or “flip_2”.",
        )


def _apart(name: str, known: bool) -> FoveaError:
    return FoveaError(
        "FV-H002",
        f"The cards of the group “{name}” do not follow each other."
        if known
        else f"A card belongs to the group “{name}”, which is not there.",
        where="groups",
        why="A group is a run of neighbouring cards.",
        fix="Put its cards side by side."
        if known
        else "Add the group, or take the card out of it.",
    )


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
        why=f"Every card and group needs its own name, and {MOST_CARDS} of each are the most.",
        fix="Rename one, or remove some.",
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
