"""Which preset to start from, by rules that a person can read and disagree with.

The rules look at what is known before any training: channels, number of images, the names of the
classes and the answers about them. They are a start, not a verdict: the meter and paired runs tell
what a transform does to *this* data.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.augment.pipeline import Pipeline
from engine.augment.presets import PRESETS
from engine.augment.safety import NO_ANSWERS, Answers
from engine.transforms.base import ImageFacts

__all__ = ["MANY", "Recommendation", "hints", "recommend"]

MANY = 5_000
"""Training images a class from which on the images themselves hold most of the variety that
augmentation imitates: about those of CIFAR-10 and Fashion-MNIST, where light policies are usual."""

_PAIRS = (
    ("mirror", ("left", "right"), ("l", "r"), ("sinistral", "dextral"), ("levo", "dextro")),
    ("upside_down", ("up", "down"), ("top", "bottom"), ("upright", "inverted")),
    ("turn", ("horizontal", "vertical"), ("north", "south"), ("east", "west")),
    ("size", ("small", "large"), ("small", "big"), ("short", "long"), ("tiny", "large")),
    ("brightness", ("dark", "light"), ("dark", "bright"), ("dim", "bright")),
    ("detail", ("sharp", "blurred"), ("sharp", "blurry"), ("smooth", "rough"), ("fine", "coarse")),
)
_NAMES_OF_COLOURS = """red green blue yellow orange purple violet brown pink black white grey gray
cyan magenta golden"""
_COLOURS = frozenset(_NAMES_OF_COLOURS.split())


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A preset for one project.

    Attributes:
        preset: its name in :data:`engine.augment.presets.PRESETS`.
        reason: why this one, in a sentence or two for the person.
        pipeline: the preset as it fits the images and the answers.
    """

    preset: str
    reason: str
    pipeline: Pipeline


def recommend(
    images: ImageFacts,
    count: int,
    classes: Sequence[str],
    answers: Mapping[str, bool] = NO_ANSWERS,
) -> Recommendation:
    """The preset to start from, for ``count`` training images of these classes.

    Where a question was not answered, the names of the classes may speak (:func:`hints`). No card
    that an answer or a name speaks against is in the pipeline.
    """
    known = {**hints(classes), **answers}
    name, reason = _choose(images, count, classes, known)
    told = [question for question in hints(classes) if question not in answers]
    if told:
        spoken_of = _and([_MATTERS[question] for question in told])
        reason += f" The names of the classes speak of {spoken_of}: no card changes that."
    return Recommendation(name, reason, PRESETS[name].pipeline_for(images, known))


def hints(classes: Sequence[str]) -> Answers:
    """The questions that the names of the classes answer with yes: “left” and “right”, colours, …

    A hint is no answer of the person; ask all the same, with this choice shown first.
    """
    words = [set(re.findall(r"[a-z]+", _spaced(name).lower())) for name in classes]
    found = {
        question: True for question, *pairs in _PAIRS if any(_apart(words, *pair) for pair in pairs)
    }
    coloured = [frozenset(own & _COLOURS) for own in words if own & _COLOURS]
    return Answers(found | ({"colour": True} if len(set(coloured)) > 1 else {}))


_MATTERS = {
    "mirror": "left and right",
    "upside_down": "up and down",
    "turn": "direction",
    "size": "size",
    "brightness": "brightness",
    "detail": "fine detail",
    "colour": "colour",
}


def _choose(
    images: ImageFacts, count: int, classes: Sequence[str], known: Mapping[str, bool]
) -> tuple[str, str]:
    directions = [known.get(name) for name in ("mirror", "upside_down", "turn")]
    if directions == [False] * 3:
        return "microscopy", (
            "You said that neither mirroring nor turning changes a class: every flip and turn is "
            "a new, true view."
        )
    if count >= MANY * max(1, len(classes)):
        return "light", (
            f"{count:,} training images hold much variety already; more change would mostly cost "
            "epochs."
        )
    if _is_text(classes) and known.get("mirror") is not False:
        return "text", (
            "The classes are named by single letters or digits, and signs change their meaning "
            "when they are flipped or turned."
        )
    if images.channels != 1:
        return "standard", (
            "Colour images are mostly photographs, which small turns, shifts, zooms and other "
            "light leave what they are."
        )
    return "xray", (
        "Grey images are mostly scans with a natural up: small changes of place, size and "
        "exposure are what differs from one to the next."
    )


def _is_text(classes: Sequence[str]) -> bool:
    """Whether all classes are named as signs are: by letters, or by the ten digits. Fewer digits
    are numbers, which arrays of labels give to their classes whatever these show."""
    names = {name.strip() for name in classes}
    if any(len(name) != 1 or not name.isalnum() for name in names):
        return False
    return len(names) > 1 and (any(map(str.isalpha, names)) or names >= set(string.digits))


def _apart(words: Sequence[set[str]], one: str, other: str) -> bool:
    """Whether one class has the first word and another one the second."""
    return any(one in own and other not in own for own in words) and any(
        other in own and one not in own for own in words
    )


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)
