"""Settings and their values as a person reads them, from addresses and texts of the files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from engine.registry import Registry
from gui.numbers import decimal

__all__ = ["change_words", "choice_words", "one_line_each", "setting_name", "setting_value"]

_WORDS = {"lr": "learning rate", "augment": "augmentation"}
_LEFT_OUT = ("training", "kind")
_LONGEST = 60
_ABSENT = "–"


def setting_name(address: str) -> str:
    """``training.optimizer.lr`` is "Optimizer: learning rate", ``training.epochs`` is "Epochs"."""
    parts = [part for part in address.split(".") if part not in _LEFT_OUT] or address.split(".")
    words = [_WORDS.get(part, part.replace("_", " ")) for part in parts]
    name = ": ".join(words)
    return name[:1].upper() + name[1:]


def setting_value(text: str) -> str:
    """``one_cycle`` is "one cycle", ``true`` is "on"; a whole part of a file is only counted."""
    known = {"true": "on", "false": "off", "null": "not set", "": "empty"}
    if text in known:
        return known[text]
    if text[:1] in "[{":
        return _sum(text)
    plain = text.replace("_", " ") if text.replace("_", "").isalnum() else text
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"


def choice_words(choice: Any, address: str = "") -> str:
    """The value that a trial was given: ``0.0031``, "one cycle", "on"; also "8 to 12".

    With the address of its setting, a kind has its title: "SGD with momentum" for ``sgd``.
    """
    if isinstance(choice, str):
        return _kind_title(address, choice) or setting_value(choice)
    if isinstance(choice, float):
        return decimal(choice)
    return setting_value(json.dumps(choice))


@cache
def _kind_title(address: str, kind: str) -> str:
    """The title of a kind of optimizer, schedule, loss or layer; empty where it is none."""
    from engine.layers.base import LAYERS
    from engine.recipe import Training

    section, _, name = address.partition(".")
    if section == "model" and kind in LAYERS:
        return LAYERS.get(kind).title
    known = {item.name: item.family for item in Training.params()}
    family = known.get(name) if section == "training" else None
    return family.get(kind).title if isinstance(family, Registry) and kind in family else ""


def change_words(differing: Mapping[str, tuple[str, str]]) -> list[str]:
    """Each changed setting with its new value, then the cards and nodes that came and went.

    ``differing`` maps addresses to (before, here), where “–” stands for what is not there. Settings
    that came or went with another kind of optimizer or schedule are left out: the kind says it.
    """
    changed: list[str] = []
    came: dict[str, None] = {}
    went: dict[str, None] = {}
    for address, (before, here) in differing.items():
        if _ABSENT not in (before, here):
            changed.append(f"{setting_name(address)} {setting_value(here)}")
        elif not address.startswith("training.") and "." in address:
            thing = address.split(".")[1].replace("_", " ")
            (came if before == _ABSENT else went)[thing] = None
    came, went = _without(came, went), _without(went, came)
    changed += [f"with {', '.join(came)}"] if came else []
    return changed + ([f"without {', '.join(went)}"] if went else [])


def one_line_each(settings: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The settings in which runs differ, with one line for a card or node that some runs lack.

    ``settings`` maps addresses to one text for each run, “–” where there is none.
    """
    things: dict[str, list[tuple[str, ...]]] = {}
    for address, texts in settings.items():
        things.setdefault(_thing(address), []).append(texts)
    lines: dict[str, tuple[str, ...]] = {}
    for address, texts in settings.items():
        thing = _thing(address)
        absent = [set(column) == {_ABSENT} for column in zip(*things[thing], strict=True)]
        if thing and any(absent):
            lines[thing] = tuple(_ABSENT if gone else "there" for gone in absent)
        if len({text for text in texts if text != _ABSENT}) > 1 or not thing:
            lines[address] = texts
    return {address: texts for address, texts in lines.items() if not _is_empty_list(texts)}


def _thing(address: str) -> str:
    """The card or node that an address of more than two words is about."""
    parts = address.split(".")
    return ".".join(parts[:2]) if len(parts) > 2 and parts[0] != "training" else ""


def _is_empty_list(texts: tuple[str, ...]) -> bool:
    return {*texts} <= {_ABSENT, "[]", "{}"}


def _without(names: dict[str, None], others: dict[str, None]) -> dict[str, None]:
    """What is in both has only other settings; the settings that stayed speak for it."""
    return {name: None for name in names if name not in others}


def _sum(text: str) -> str:
    try:
        value: Any = json.loads(text)
    except ValueError:
        return text[:_LONGEST]
    if isinstance(value, list) and all(isinstance(part, (int, float)) for part in value):
        return " to ".join(f"{part:g}" for part in value) or "none"
    return f"{len(value)} entries" if value else "none"
