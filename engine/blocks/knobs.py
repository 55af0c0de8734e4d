"""The parameters of a block that a person made: names for settings of the nodes inside."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

from engine.errors import FoveaError, suggest
from engine.graph.records import valid_id
from engine.spec import Spec

__all__ = ["MAX_KNOBS", "Knob", "Knobs", "slug", "usable"]

MAX_KNOBS: Final = 200
_MAX_TARGETS: Final = 1_000
_LONGEST: Final = 80
_KEYS = ("id", "label", "targets", "value")
_MORE = ("later",)


def slug(label: str) -> str:
    """An id made of a label: ``"Stage 2"`` gives ``stage_2``; empty when nothing is left."""
    words = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_").lstrip("0123456789_")
    return words[:40].rstrip("_")


def usable(name: str) -> bool:
    """Whether a parameter of a block can have this id: like a node's, and no word of ours."""
    return valid_id(name) and not hasattr(Spec, name) and not name.startswith("model_")


@dataclass(frozen=True)
class Knob:
    """One parameter of a block.

    Attributes:
        id: its name in addresses: ``model.stage2.stride``.
        label: what a form calls it.
        targets: the settings inside that it drives, by their address from the block:
            ``"conv1.stride"``, deeper in nested blocks.
        value: what they are set to here.
        later: what they are set to from the second repetition of the block on; None for ``value``.
            A stage of a ResNet has stride 2 first and 1 afterwards.
    """

    id: str
    label: str
    targets: tuple[str, ...]
    value: Any
    later: Any = None

    def at(self, repetition: int) -> Any:
        """The value in a repetition, counted from 0."""
        return self.value if repetition == 0 or self.later is None else self.later

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        value: dict[str, Any] = {
            "id": self.id,
            "label": self.label,
            "targets": list(self.targets),
            "value": _plain(self.value),
        }
        return value if self.later is None else value | {"later": _plain(self.later)}


@dataclass(frozen=True)
class Knobs:
    """All parameters of a block, in the order of its form."""

    items: tuple[Knob, ...] = ()

    def __iter__(self) -> Iterator[Knob]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, name: object) -> bool:
        return name in self.by_id

    @cached_property
    def by_id(self) -> Mapping[str, Knob]:
        """The parameters by their id."""
        return MappingProxyType({knob.id: knob for knob in self.items})

    @cached_property
    def by_target(self) -> Mapping[str, Knob]:
        """Which parameter drives a setting."""
        return MappingProxyType({name: knob for knob in self.items for name in knob.targets})

    def with_values(self, values: Mapping[str, Any]) -> Knobs:
        """The same parameters with other values, by id."""
        return Knobs(
            tuple(
                replace(k, value=values[k.id]) if k.id in values and values[k.id] != k.value else k
                for k in self.items
            )
        )

    def without_values(self) -> Knobs:
        """What is the same in all uses of one definition."""
        return Knobs(tuple(replace(knob, value=None) for knob in self.items))

    def after_the_first(self) -> Knobs:
        """The parameters as they are from the second repetition on."""
        return Knobs(tuple(replace(k, value=k.at(1), later=None) for k in self.items))

    def to_json(self) -> list[Any]:
        """Plain JSON values; ``from_json`` gives equal parameters."""
        return [knob.to_json() for knob in self.items]

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Knobs:
        """The parameters that a JSON value describes.

        Raises FoveaError that names ``pointer``: FV-P007 for too many, FV-P010 and FV-P011 for
        wrong values and unknown names. Whether targets exist is for the block to say.
        """
        if not isinstance(value, list):
            raise _wrong(pointer, "A list of parameters is expected here.")
        if len(value) > MAX_KNOBS:
            raise FoveaError(
                "FV-P007",
                f"The block has {len(value):,} parameters, more than Fovea opens.",
                where=pointer,
                why=f"The limit is {MAX_KNOBS}.",
            )
        return cls(tuple(_knob(item, f"{pointer}/{i}") for i, item in enumerate(value)))


def _knob(value: Any, pointer: str) -> Knob:
    if not isinstance(value, dict):
        raise _wrong(pointer, "A parameter is an object.")
    for name in _KEYS:
        if name not in value:
            raise _wrong(pointer, f"“{name}” is missing here.")
    for name in value:
        if name not in (*_KEYS, *_MORE):
            raise FoveaError(
                "FV-P011",
                f"“{name:.80}” is not known here.",
                where=f"{pointer}/{name:.80}",
                why="This version does not know the name.",
                fix=suggest(name[:80], (*_KEYS, *_MORE)),
            )
    if not isinstance(value["id"], str) or not usable(value["id"]):
        raise _wrong(f"{pointer}/id", "This cannot be the name of a parameter.")
    label, targets = value["label"], value["targets"]
    if not isinstance(label, str) or not 0 < len(label) <= _LONGEST:
        raise _wrong(f"{pointer}/label", f"A label is a text of 1 to {_LONGEST} characters.")
    if not isinstance(targets, list) or not 0 < len(targets) <= _MAX_TARGETS:
        raise _wrong(f"{pointer}/targets", f"1 to {_MAX_TARGETS} addresses are expected here.")
    for place, target in enumerate(targets):
        if not isinstance(target, str) or not all(map(valid_id, target.split(".")[:20])):
            raise _wrong(f"{pointer}/targets/{place}", "This is not the address of a setting.")
    later = _value(value["later"], f"{pointer}/later") if "later" in value else None
    return Knob(
        value["id"], label, tuple(targets), _value(value["value"], f"{pointer}/value"), later
    )


def _value(value: Any, pointer: str) -> Any:
    """A number, text, switch or pair; whether it is allowed is for the settings to say."""
    if isinstance(value, list) and len(value) <= 20:
        return tuple(_value(part, pointer) for part in value if not isinstance(part, list))
    plain = value is None or isinstance(value, (bool, int, float, str))
    if not plain or (isinstance(value, float) and not math.isfinite(value)):
        raise _wrong(pointer, "A number, a text or true or false is expected here.")
    return value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _wrong(pointer: str, what: str) -> FoveaError:
    return FoveaError("FV-P010", what, where=pointer, why="The file is not as Fovea writes it.")
