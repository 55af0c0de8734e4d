"""Reading the lines of a pipeline's text; :mod:`engine.augment.text` tells what they look like."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from engine.augment.pipeline import (
    MOST_CARDS,
    Card,
    CardSettings,
    Group,
    Pipeline,
    PipelineSettings,
)
from engine.errors import FoveaError
from engine.files import strict_json
from engine.spec import Spec
from engine.transforms.base import TRANSFORMS

__all__ = ["HEAD", "VERSION", "Line", "Reader", "check_head", "free_id"]

HEAD = "Fovea augmentation"
VERSION = 1
_GROUP = re.compile(r"\[(one|\d{1,4}) of\](.*)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_WORD = re.compile(r"\s*([^\s=#]+)(=?)")
_VALUE = re.compile(r"[^\s#]*")


def free_id(taken: set[str], usual: str) -> str:
    """The id that a card or group gets when none is written: ``usual``, then ``usual_2``, …"""
    numbered = (f"{usual}_{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (usual, *numbered) if name not in taken)


class _Word(NamedTuple):
    """``name`` or ``name=value``; ``value`` is a str as typed, or JSON where it was quoted."""

    name: str
    value: Any
    typed: str
    quoted: bool = False


class Line:
    """One line without its comment and the spaces around it."""

    def __init__(self, number: int, raw: str) -> None:
        self.number = number
        self.text = "" if raw.lstrip().startswith("#") else raw.strip()

    def words(self, text: str) -> Iterator[_Word]:
        """The words of a part of the line; a ``#`` between words ends them."""
        place = 0
        while match := _WORD.match(text, place):
            name, sign = match.groups()
            place = match.end()
            if not _NAME.fullmatch(name):
                raise self.refuse("This word is not understood.", name + sign)
            if not sign:
                yield _Word(name, None, name)
                continue
            value, place = self._value(text, place, name)
            yield value
        rest = text[place:].strip()
        if rest and not rest.startswith("#"):
            raise self.refuse("This word is not understood.", rest)

    def _value(self, text: str, place: int, name: str) -> tuple[_Word, int]:
        if text[place : place + 1] in ('"', "[", "{"):
            try:
                _, end = json.JSONDecoder().raw_decode(text, place)
                typed = text[place:end]
                value = strict_json.loads(typed.encode("utf-8", "surrogatepass"))
            except (ValueError, RecursionError, FoveaError):
                raise self.refuse("This value is not whole.", f"{name}={text[place:]}") from None
            return _Word(name, value, f"{name}={typed}", quoted=True), end
        typed = _VALUE.match(text, place)
        value = typed.group() if typed else ""
        if not value:
            raise self.refuse("This setting has no value.", f"{name}=")
        return _Word(name, value, f"{name}={value}"), place + len(value)

    def at(self, error: FoveaError, word: str) -> FoveaError:
        """The error of a value, at this line and word."""
        where = f"{self.place}, “{word:.60}”"
        return FoveaError(error.code, error.what, where=where, why=error.why, fix=error.fix)

    def refuse(self, what: str, word: str, fix: str = "") -> FoveaError:
        """An error at this line and word."""
        return FoveaError(
            "FV-H004",
            what,
            where=f"{self.place}, “{word:.60}”",
            why="Expected a card such as “rotate degrees=15 p=0.5”, “settings …”, “[one of]” or "
            "“[end]”.",
            kept="Nothing was changed.",
            fix=fix or "Correct the word, or copy the augmentation again.",
        )

    @property
    def place(self) -> str:
        """Where the line stands, in words."""
        return f"line {self.number}"


class Reader:
    """Takes lines one after the other and makes a pipeline of them."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.groups: list[Group] = []
        self.settings: PipelineSettings | None = None
        self.taken: set[str] = set()
        self.inside: Line | None = None

    def read(self, line: Line) -> None:
        """Takes one line."""
        group = _GROUP.fullmatch(line.text)
        first = line.text.split(None, 1)[0]
        if group:
            self._open(line, group)
        elif line.text.startswith("[end]") or line.text.startswith("["):
            self._close(line)
        elif first == "settings":
            self._set(line)
        else:
            self._card(line)

    def finished(self) -> Pipeline:
        """The pipeline, once all lines were read."""
        if self.inside is not None:
            raise self.inside.refuse(
                "This group is not closed.", self.inside.text, "Put [end] after its last card."
            )
        settings = self.settings or PipelineSettings()
        return Pipeline(tuple(self.cards), groups=tuple(self.groups), **settings.values())

    def _open(self, line: Line, match: re.Match[str]) -> None:
        if self.inside is not None:
            raise line.refuse("A group cannot stand in a group.", line.text, "Put [end] before it.")
        _check_room(line, len(self.groups), "groups")
        pick = 1 if match[1] == "one" else int(match[1])
        common, rest = _split_common(line, list(line.words(match[2])))
        if rest:
            raise line.refuse("A group has no such setting.", rest[0].typed)
        try:
            name = self._name(common, "group")
            group = Group(name, pick, common.on, common.probability)
        except FoveaError as error:
            raise line.at(error, line.text) from None
        self.groups.append(group)
        self.inside = line

    def _close(self, line: Line) -> None:
        ended = line.text.removeprefix("[end]").strip()
        if not line.text.startswith("[end]") or (ended and not ended.startswith("#")):
            raise line.refuse("This is neither a group nor the end of one.", line.text)
        if self.inside is None:
            raise line.refuse("No group is open here.", "[end]", "Remove it.")
        self.inside = None

    def _set(self, line: Line) -> None:
        if self.settings is not None:
            raise line.refuse("The settings stand there twice.", line.text, "Remove one of them.")
        self.settings = _spec_of(PipelineSettings, line, list(line.words(line.text))[1:])

    def _card(self, line: Line) -> None:
        words = list(line.words(line.text))
        off = bool(words[1:]) and words[0].typed == "off"
        kind, *rest = words[1:] if off else words
        if kind.value is not None:
            raise line.refuse("A card begins with its kind.", kind.typed)
        _check_room(line, len(self.cards), "cards")
        try:
            cls = TRANSFORMS.get(kind.name)
        except FoveaError as error:
            raise line.at(error, kind.name) from None
        common, settings = _split_common(line, rest)
        transform = _spec_of(cls, line, settings)
        group = self.groups[-1].id if self.inside is not None else ""
        try:
            name = self._name(common, cls.kind)
            on = common.on and not off
            self.cards.append(Card(name, transform, on, common.probability, group))
        except FoveaError as error:
            raise line.at(error, line.text) from None

    def _name(self, common: _Common, usual: str) -> str:
        name = common.id or free_id(self.taken, usual)
        if name in self.taken:
            raise FoveaError("FV-H002", f"“{name:.60}” is there twice.", fix="Give it another id.")
        self.taken.add(name)
        return name


def _check_room(line: Line, count: int, noun: str) -> None:
    """Refuses one item too many where it stands, before thousands of free names are looked for."""
    if count >= MOST_CARDS:
        raise FoveaError(
            "FV-H002",
            f"An augmentation cannot have more than {MOST_CARDS} {noun}.",
            where=line.place,
            why="The text has more.",
            kept="Nothing was changed.",
            fix="Remove some of its lines.",
        )


class _Common(NamedTuple):
    """What cards and groups share."""

    on: bool
    id: str
    probability: float


def _split_common(line: Line, words: list[_Word]) -> tuple[_Common, list[_Word]]:
    """``off``, ``id`` and ``p`` of a line, and its other words."""
    found: dict[str, _Word] = {}
    rest: list[_Word] = []
    for word in words:
        if word.name not in ("off", "id", "p"):
            rest.append(word)
        elif word.name in found or (word.value is None) != (word.name == "off") or word.quoted:
            raise line.refuse("This word is there twice, or has no value.", word.typed)
        else:
            found[word.name] = word
    probability = 1.0
    if "p" in found:
        try:
            value = CardSettings.parse("probability", found["p"].value)
            probability = CardSettings(probability=value).probability
        except FoveaError as error:
            raise line.at(error, found["p"].typed) from None
    return _Common(
        "off" not in found, found["id"].value if "id" in found else "", probability
    ), rest


def _spec_of(cls: type[Any], line: Line, words: list[_Word]) -> Any:
    """The spec that a line's words describe; each value is refused at its word where it can be."""
    values: dict[str, Any] = {}
    for word in words:
        if word.value is None or word.name in values:
            raise line.refuse("This word is there twice, or has no value.", word.typed)
        try:
            values[word.name] = _value_of(cls, word)
            cls(**{word.name: values[word.name]})
        except FoveaError as error:
            if error.code != "FV-H002":  # that one is about several words together
                raise line.at(error, word.typed) from None
    try:
        return cls(**values)
    except FoveaError as error:
        raise line.at(error, line.text) from None


def _value_of(cls: type[Spec], word: _Word) -> Any:
    item = cls.param(word.name)
    if not word.quoted:
        return cls.parse(word.name, word.value)
    if item.type == "spec":
        return item.family.from_json(word.value)
    if isinstance(word.value, dict):
        raise FoveaError("FV-H001", f"{item.label} cannot be an object.", fix=item.allowed())
    return word.value


def check_head(lines: list[Line]) -> None:
    """Refuses (FV-H004) lines that do not begin with the form's name and version."""
    first = lines[0].text if lines else ""
    match = re.fullmatch(rf"{HEAD} (\d{{1,4}})\s*(#.*)?", first)
    if match is None:
        raise FoveaError(
            "FV-H004",
            "The text is not an augmentation.",
            where=f"line {lines[0].number}" if lines else "",
            why=f"It does not begin with the line “{HEAD} {VERSION}”.",
            kept="Nothing was changed.",
            fix="Copy an augmentation in Fovea, or a call of Keras' ImageDataGenerator.",
        )
    if int(match[1]) != VERSION:
        raise FoveaError(
            "FV-H004",
            f"The text has version {match[1]} of the form.",
            where=lines[0].place,
            why=f"This version of Fovea reads version {VERSION}.",
            kept="Nothing was changed.",
            fix="Copy it again from this version, or use a newer one.",
        )
