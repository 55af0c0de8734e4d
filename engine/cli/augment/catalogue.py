"""``augment catalogue`` and ``augment keras``: what there is."""

from __future__ import annotations

import textwrap
from typing import Any

import click

from engine.augment.keras_names import LAYERS, MATCHES, Match
from engine.cli.output import Output, json_option, pass_output
from engine.spec import Param, Spec
from engine.transforms.base import TRANSFORMS, Transform

__all__ = ["catalogue", "keras"]

_WIDTH = 79  # of lines for people: what every terminal has
_FAMILIES = ("geometric", "colour", "noise", "regularising", "policy")


@click.command(
    short_help="List all transforms.",
    epilog="Example: python -m engine augment catalogue --family colour",
)
@click.option("--family", type=click.Choice(_FAMILIES), help="Only this family.")
@json_option
@pass_output
def catalogue(out: Output, family: str | None) -> None:
    """List every transform with what it is good for, when it hurts, and its settings."""
    for name in _FAMILIES if family is None else (family,):
        members = [cls for cls in TRANSFORMS if cls.family == name]
        for cls in members:
            out.result(_facts(cls))
        out.say(f"{name.upper()}")
        for cls in members:
            _tell(out, cls)


@click.command(
    short_help="Show what matches Keras' names.",
    epilog="Example: python -m engine augment keras",
)
@json_option
@pass_output
def keras(out: Output) -> None:
    """Show, for every argument of Keras' ImageDataGenerator and for Keras' preprocessing layers,
    the card or setting that is its match, and what differs."""
    for title, matches in (("ImageDataGenerator", MATCHES), ("Layers", LAYERS)):
        out.say(title)
        for match in matches:
            out.result({"keras": title, **_values(match)})
            _say(out, 2, f"{match.name}: {match.fovea or 'no match'}")
            _say(out, 6, match.says)


def _values(match: Match) -> dict[str, str]:
    return {name: getattr(match, name) for name in ("name", "fovea", "relation", "says")}


def _facts(cls: type[Transform]) -> dict[str, Any]:
    return {
        "kind": cls.kind,
        "title": cls.title,
        "family": cls.family,
        "summary": cls.summary,
        "danger": cls.danger,
        "rgb_only": cls.rgb_only,
        "questions": list(cls().questions()),
        "settings": [_setting(item) for item in cls.params()],
    }


def _setting(item: Param) -> dict[str, Any]:
    default = item.default.to_json() if isinstance(item.default, Spec) else item.default
    return {
        "name": item.name,
        "type": item.type,
        "default": default,
        "allowed": item.allowed(),
        "unit": item.unit,
        "help": item.help,
    }


def _tell(out: Output, cls: type[Transform]) -> None:
    _say(out, 2, f"{cls.kind}: {cls.title}")
    _say(out, 6, cls.summary)
    _say(out, 6, cls.danger)
    if cls.rgb_only:
        _say(out, 6, "Needs colour images.")
    for item in cls.params():
        unit = f" {item.unit}" if item.unit else ""
        _say(out, 6, f"{item.name}={_shown(item)}{unit}  ({item.allowed()})")
        _say(out, 10, item.help)


def _say(out: Output, indent: int, text: str) -> None:
    """A text in lines that fit any terminal."""
    margin = " " * indent
    for line in textwrap.wrap(
        text, _WIDTH, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False
    ):
        out.say(line)


def _shown(item: Param) -> str:
    value = item.default
    if isinstance(value, Spec):
        return value.kind
    if isinstance(value, bool):
        return "on" if value else "off"
    if item.type == "pair":
        return "..".join(f"{part:g}" for part in value)
    if item.type == "texts":
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
