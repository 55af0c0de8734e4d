"""A pipeline for the arguments of Keras' ``ImageDataGenerator``, and the tables of its names.

Keras composes one map from output to source coordinates: rotation, shift, shear, zoom, in this
order, then shifts the channels, flips, and changes the brightness; the cards keep that order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from engine.augment.keras_tables import ARGUMENTS, LAYERS, MATCHES, Match
from engine.augment.pipeline import Card, Pipeline
from engine.errors import FoveaError, suggest
from engine.numbers import percent
from engine.transforms.base import Transform
from engine.transforms.colour.channels import ChannelShift
from engine.transforms.colour.tone import BrightnessContrast
from engine.transforms.geometry import Flip, Rotate, Shear, Shift, Zoom

__all__ = ["ARGUMENTS", "LAYERS", "MATCHES", "Match", "from_keras"]

_SAYS = {match.name: match.says for match in MATCHES}
_WITHOUT_CARDS: dict[str, Any] = {
    "featurewise_center": False,
    "samplewise_center": False,
    "featurewise_std_normalization": False,
    "samplewise_std_normalization": False,
    "zca_whitening": False,
    "rescale": None,
    "preprocessing_function": None,
    "validation_split": 0.0,
}
"""Arguments that make no card, with Keras' defaults: another value is told in a note."""

_MOST_SHEAR = 60
_INTERPOLATION = {0: "nearest", 1: "bilinear", 3: "bicubic"}


def from_keras(**arguments: Any) -> tuple[Pipeline, tuple[str, ...]]:
    """The pipeline that ``ImageDataGenerator(**arguments)`` describes, and notes for the person.

    The notes say what works otherwise than in Keras, and which arguments are no matter of
    augmentation here. Raises FoveaError: FV-H003 for an argument that Keras does not have, FV-H001
    for a value that cannot be what Keras expects, FV-H002 for one that has no match here.
    """
    for name in arguments:
        if name not in ARGUMENTS:
            raise FoveaError(
                "FV-H003",
                f"ImageDataGenerator has no argument “{name:.80}”.",
                where=name[:80],
                why="The name is not one of Keras' own.",
                fix=suggest(name[:80], ARGUMENTS),
            )
    notes: list[str] = []
    cards = (
        _rotate(arguments, notes),
        _shift(arguments),
        _shear(arguments, notes),
        _zoom(arguments, notes),
        _channels(arguments, notes),
        _flip(arguments),
        _brightness(arguments, notes),
    )
    found = tuple(Card(card.kind, card) for card in cards if card is not None)
    for name, usual in _WITHOUT_CARDS.items():
        if arguments.get(name, usual) != usual:
            notes.append(f"{name}: {_SAYS[name]}")
    return Pipeline(found, **_settings(arguments, notes)), tuple(notes)


def _rotate(arguments: Mapping[str, Any], notes: list[str]) -> Transform | None:
    degrees = _number(arguments, "rotation_range")
    if degrees > 180:
        notes.append(f"rotation_range: {degrees:g}° to either side is every angle: 180 here.")
    return Rotate(degrees=min(degrees, 180.0)) if degrees else None


def _shift(arguments: Mapping[str, Any]) -> Transform | None:
    width, height = (_fraction(arguments, f"{name}_shift_range") for name in ("width", "height"))
    return Shift(width=width, height=height) if width or height else None


def _shear(arguments: Mapping[str, Any], notes: list[str]) -> Transform | None:
    degrees = _number(arguments, "shear_range")
    if not degrees:
        return None
    if degrees > _MOST_SHEAR:
        raise _no_match("shear_range", "Use at most 60 degrees.")
    notes.append(f"shear_range: {_SAYS['shear_range']}")
    return Shear(x=0.0, y=degrees)


def _zoom(arguments: Mapping[str, Any], notes: list[str]) -> Transform | None:
    if isinstance(arguments.get("zoom_range"), (list, tuple)):
        low, high = _pair(arguments, "zoom_range")
    else:
        change = _number(arguments, "zoom_range")
        low, high = 1 - change, 1 + change
    if low == high == 1:
        return None
    if low < 0.1 or high > 10:
        raise _no_match("zoom_range", "Factors from 0.1 to 10 have one: 0.9 is the largest number.")
    notes.append(f"zoom_range: {_SAYS['zoom_range']}")
    return Zoom(factor_range=(round(1 / high, 4), round(1 / low, 4)), per_axis=True)


def _channels(arguments: Mapping[str, Any], notes: list[str]) -> Transform | None:
    amount = _number(arguments, "channel_shift_range")
    if not amount:
        return None
    notes.append(f"channel_shift_range: {_SAYS['channel_shift_range']}")
    return ChannelShift(amount=min(amount / 255, 1.0), each_channel=False)


def _flip(arguments: Mapping[str, Any]) -> Transform | None:
    sides = [_switch(arguments, f"{name}_flip") for name in ("horizontal", "vertical")]
    return Flip(horizontal=sides[0], vertical=sides[1]) if any(sides) else None


def _brightness(arguments: Mapping[str, Any], notes: list[str]) -> Transform | None:
    if arguments.get("brightness_range") is None:
        return None
    low, high = _pair(arguments, "brightness_range")
    most = max(abs(1 - low), abs(high - 1))
    if not most:
        return None
    notes.append(f"brightness_range: {_SAYS['brightness_range']}")
    if not math.isclose(1 - low, high - 1):
        notes.append(
            f"brightness_range: {low:g} to {high:g} is not symmetric about 1, and Fovea's is: it "
            f"becomes ±{percent(min(most, 1.0), 0)}. Gamma varies exposure otherwise."
        )
    return BrightnessContrast(brightness=min(round(most, 12), 1.0), contrast=0.0)


def _settings(arguments: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """Fill and interpolation; Keras' defaults where nothing is said."""
    fill = arguments.get("fill_mode", "nearest")
    if fill not in ("constant", "nearest", "reflect", "wrap"):
        raise _wrong("fill_mode", fill, "one of constant, nearest, reflect and wrap")
    value = _number(arguments, "cval", least=-math.inf)
    if fill == "constant" and not 0 <= value <= 255:
        notes.append(f"cval: {value:g} is not between black (0) and white (255).")
    order = arguments.get("interpolation_order", 1)
    if type(order) is not int or order not in _INTERPOLATION:
        raise _no_match("interpolation_order", "Use 0, 1 or 3.")
    if order == 3:
        notes.append(f"interpolation_order: {_SAYS['interpolation_order']}")
    return {
        "fill": fill,
        "fill_value": min(max(value / 255, 0.0), 1.0) if fill == "constant" else 0.0,
        "interpolation": _INTERPOLATION[order],
    }


def _number(arguments: Mapping[str, Any], name: str, least: float = 0.0) -> float:
    value = arguments.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(name, value, "a number")
    try:
        number = float(value)
    except OverflowError:  # a whole number has no end in Python
        number = math.inf
    if not math.isfinite(number) or number < least:
        raise _wrong(name, value, "a number from 0 up")
    return number


def _fraction(arguments: Mapping[str, Any], name: str) -> float:
    if isinstance(arguments.get(name), (list, tuple)):
        raise _no_match(name, "Give the largest shift as a fraction, such as 0.1.")
    value = _number(arguments, name)
    if value >= 1:
        raise _no_match(name, f"Divide the {value:g} pixels by the image's side.")
    return value


def _switch(arguments: Mapping[str, Any], name: str) -> bool:
    value = arguments.get(name, False)
    if not isinstance(value, bool):
        raise _wrong(name, value, "True or False")
    return value


def _pair(arguments: Mapping[str, Any], name: str) -> tuple[float, float]:
    value = arguments[name]
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise _wrong(name, value, "two numbers")
    low, high = (_number({name: part}, name) for part in value)
    return min(low, high), max(low, high)


def _wrong(name: str, value: Any, expected: str) -> FoveaError:
    return FoveaError(
        "FV-H001",
        f"{name} cannot be {value!r:.60}.",
        where=name,
        why=f"Expected {expected}.",
        kept="Nothing was changed.",
        fix=f"Write {expected}.",
    )


def _no_match(name: str, fix: str) -> FoveaError:
    return FoveaError(
        "FV-H002",
        f"This value of {name} has no match in Fovea.",
        where=name,
        why=_SAYS[name],
        kept="Nothing was changed.",
        fix=fix,
    )
