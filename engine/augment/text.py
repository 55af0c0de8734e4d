"""A pipeline as lines of text, to copy, keep, mail and paste.

::

    Fovea augmentation 1
    settings fill=reflect fill_value=0 interpolation=bilinear
    flip horizontal=on vertical=off
    off rotate degrees=15 p=0.5
    [one of] p=0.3
      gaussian_blur sigma_range=0.1..2
      shift id=drift width=0.1 height=0.1
    [end]

The first line says what it is and in which version; everything after a ``#`` is a comment. A card
is its kind and settings, those left out have their defaults. ``p`` is its probability (1 when left
out), ``off`` before it switches it off, ``id`` is needed only where it is not the usual one (the
kind, then ``kind_2``, …). ``[one of]`` or ``[2 of]`` up to ``[end]`` is a group, with ``p``, ``id``
and ``off`` of its own. Reading is strict: an unknown word is an error that names line and word.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from engine.augment.pipeline import Card, Group, Pipeline
from engine.augment.text_reader import HEAD, VERSION, Line, Reader, check_head, free_id
from engine.errors import FoveaError
from engine.spec import Param, Spec

__all__ = ["LONGEST", "Pasted", "from_text", "paste", "to_text"]

LONGEST = 100_000
"""The longest text that is read, in characters: some five times the largest pipeline."""

_SIMPLE = re.compile(r"[\w.+-]+")


class Pasted(NamedTuple):
    """What a pasted text held: a pipeline, and sentences on what could not be taken over as is."""

    pipeline: Pipeline
    notes: tuple[str, ...] = ()


def to_text(pipeline: Pipeline) -> str:
    """The text of a pipeline.

    :func:`from_text` gives an equal one, but for the order of its groups, which has no meaning.
    """
    lines = [f"{HEAD} {VERSION}", f"settings {_settings(pipeline.settings)}"]
    taken: set[str] = set()
    inside = ""
    for card in pipeline.cards:
        if inside and card.group != inside:
            lines.append("[end]")
        if card.group and card.group != inside:
            lines.append(_group_line(pipeline.group(card.group), taken))
        inside = card.group
        lines.append(("  " if inside else "") + _card_line(card, taken))
    lines += ["[end]"] if inside else []
    shown = {card.group for card in pipeline.cards}
    for group in pipeline.groups:
        if group.id not in shown:
            lines += [_group_line(group, taken), "[end]"]
    return "\n".join(lines) + "\n"


def paste(text: str) -> Pasted:
    """The pipeline of a text in Fovea's own form, or of a call of Keras' ``ImageDataGenerator``.

    Nothing in the text is ever run: of Python, only literal values are read. Raises FoveaError as
    :func:`from_text` and :func:`engine.augment.keras_text.from_keras_text` do.
    """
    from engine.augment.keras_text import CLASS, from_keras_text

    _check_length(text)
    if CLASS in text and HEAD not in text:
        return Pasted(*from_keras_text(text))
    return Pasted(from_text(text))


def from_text(text: str) -> Pipeline:
    """The pipeline that a text describes.

    Raises FoveaError that names the line and the word: FV-H004 (not such a text, too long, a newer
    version, a word that is not understood), and what the settings themselves raise (FV-H001 and
    FV-H002 for values that are not allowed, FV-H003 and FV-P011 for unknown names).
    """
    _check_length(text)
    lines = [Line(number, raw) for number, raw in enumerate(text.splitlines(), 1)]
    lines = [line for line in lines if line.text]
    check_head(lines)
    reader = Reader()
    for line in lines[1:]:
        reader.read(line)
    return reader.finished()


def _check_length(text: str) -> None:
    if len(text) > LONGEST:
        raise FoveaError(
            "FV-H004",
            "The text is too long for an augmentation.",
            why=f"It has {len(text):,} characters, and at most {LONGEST:,} are read.",
            kept="Nothing was changed.",
            fix="Copy only the lines of the augmentation.",
        )


# Writing


def _group_line(group: Group, taken: set[str]) -> str:
    head = "[one of]" if group.pick == 1 else f"[{group.pick} of]"
    return " ".join([head, *_common(group, "group", taken)])


def _card_line(card: Card, taken: set[str]) -> str:
    off, *rest = _common(card, card.transform.kind, taken, keep_off=True)
    words = [off, card.transform.kind, _settings(card.transform), *rest]
    return " ".join(word for word in words if word)


def _common(item: Card | Group, usual: str, taken: set[str], keep_off: bool = False) -> list[str]:
    """The words ``off``, ``id`` and ``p``; the first is always there with ``keep_off``."""
    usual = free_id(taken, usual)
    taken.add(item.id)
    words = ["" if item.on else "off"]
    words += [f"id={item.id}"] if item.id != usual else []
    words += [f"p={_number(item.probability)}"] if item.probability != 1 else []
    return words if keep_off else [word for word in words if word]


def _settings(spec: Spec) -> str:
    values = spec.values()
    return " ".join(f"{item.name}={_written(item, values[item.name])}" for item in spec.params())


def _written(item: Param, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, Spec):
        return json.dumps(value.to_json(), ensure_ascii=False, separators=(",", ":"))
    if item.type == "pair":
        return "..".join(_number(part) for part in value)
    if item.type == "texts":
        plain = value and all(_SIMPLE.fullmatch(part) for part in value)
        return ",".join(value) if plain else json.dumps(value, ensure_ascii=False)
    plain = _SIMPLE.fullmatch(value) and value.lower() not in ("none", "auto")
    return value if plain or item.type == "choice" else json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
