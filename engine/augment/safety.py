"""Which cards can change an image's class, asked once per project in plain words.

Whether a flip is harmless is not in the pixels: a person knows it. Each transform names the
questions that its present settings raise (``Transform.questions``); the answers are part of the
project. “Yes” always means: it matters for these classes, so such a card can change the label.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from engine.augment.pipeline import Card, Pipeline
from engine.errors import FoveaError, suggest
from engine.transforms.base import Transform

__all__ = ["NO_ANSWERS", "QUESTIONS", "Answers", "Doubt", "Question", "doubts", "refused_by"]


@dataclass(frozen=True, slots=True)
class Question:
    """One question about the classes, to be answered yes or no.

    Attributes:
        name: the word in files and on the command line.
        title: a few words for a heading.
        text: the question; “yes” means that it matters for the classes.
        example: classes for which the answer is yes, and ones for which it is no.
        consequence: what happens when the answer is yes and a card does it all the same.
        change: what a card does that raises the question, as in “it can … images”.
    """

    name: str
    title: str
    text: str
    example: str
    consequence: str
    change: str


_ALL = (
    Question(
        "mirror",
        "Left and right",
        "Would an image's class be wrong, or impossible, if it were seen in a mirror?",
        "Yes for text, digits, left and right hands, and the heart's side in a chest film; no for "
        "cells, animals and most objects.",
        "Mirrored images keep the label of the other side, and the network learns to mix them up.",
        "mirror images left to right",
    ),
    Question(
        "upside_down",
        "Up and down",
        "Would an image's class be wrong, or never occur, if it stood on its head?",
        "Yes for the digits 6 and 9, text, people and landscapes; no for cells on a slide and "
        "views from above.",
        "The network spends itself on views that never occur, and mixes up classes such as 6 and "
        "9.",
        "turn images upside down",
    ),
    Question(
        "turn",
        "Direction",
        "Do some classes differ by the direction that something points or leans?",
        "Yes for arrows, clock hands, the posture of limbs and 1 against a slash; no where things "
        "lie at any angle.",
        "Turned images look like the neighbouring class and keep the old label.",
        "turn images far enough to change a direction",
    ),
    Question(
        "colour",
        "Colour",
        "Do some classes differ by colour or stain?",
        "Yes for ripe and unripe fruit, stained and unstained cells, indicator strips; no where "
        "shape alone decides, or where lamp and camera decide the colour.",
        "Changed colours look like those of another class and keep the old label.",
        "change colours",
    ),
    Question(
        "brightness",
        "Brightness",
        "Do some classes differ by how bright or dark they are in themselves?",
        "Yes for calibrated measurements, density in scans and strength of fluorescence; no where "
        "exposure or lamp decide the brightness.",
        "Lightened or darkened images look like another class and keep the old label.",
        "change how bright images are",
    ),
    Question(
        "small",
        "Small or off-centre objects",
        "Is what decides the class small, or near the edge of the image?",
        "Yes for a single parasite in a smear, a lesion or a scratch; no where the object fills "
        "the image.",
        "What decides can be cut off or covered, and the image keeps a label that it no longer "
        "shows.",
        "cut off or hide parts of images",
    ),
    Question(
        "size",
        "Size",
        "Do some classes differ by size in the image?",
        "Yes for small and large cells at one magnification, grades of grain size; no where "
        "distance or magnification vary.",
        "Enlarged or shrunk objects look like those of another class and keep the old label.",
        "change how large things are",
    ),
    Question(
        "detail",
        "Fine detail",
        "Do some classes differ by fine texture, thin lines or sharpness?",
        "Yes for chromatin texture, hairline cracks, sharp against blurred; no where coarse shape "
        "decides.",
        "Blur and noise wipe out what tells the classes apart.",
        "wipe out fine detail",
    ),
)

QUESTIONS: Mapping[str, Question] = MappingProxyType({item.name: item for item in _ALL})
"""All questions by name, in the order to ask them."""


class Answers(Mapping[str, bool]):
    """The answers given so far: an immutable mapping from question to yes (True) or no (False).

    Equal answers are equal, hash alike and have equal JSON, in the order of :data:`QUESTIONS`.
    Raises FoveaError FV-H003 for an unknown question, FV-H001 for an answer that is not a bool.
    """

    __slots__ = ("_given",)

    def __init__(self, given: Mapping[str, bool] | None = None) -> None:
        for name, answer in (given or {}).items():
            _check(name, answer)
        self._given = {name: given[name] for name in QUESTIONS if name in given} if given else {}

    def with_(self, name: str, answer: bool | None) -> Answers:
        """These answers with one changed; None takes it back, so that it is asked again."""
        _check(name, bool(answer))
        rest = {key: value for key, value in self._given.items() if key != name}
        return Answers(rest if answer is None else {**rest, name: answer})

    def to_json(self) -> dict[str, bool]:
        """Plain JSON values."""
        return dict(self._given)

    @classmethod
    def from_json(cls, value: Any, pointer: str = "") -> Answers:
        """The answers that a JSON object holds.

        Raises FoveaError that names ``pointer``: FV-P010 (wrong value), FV-P011 (unknown question).
        """
        if not isinstance(value, dict):
            raise FoveaError(
                "FV-P010",
                "The answers must be an object.",
                where=pointer,
                why=f"Found a {type(value).__name__}.",
            )
        for name, answer in value.items():
            try:
                _check(name, answer)
            except FoveaError as error:
                error.where = f"{pointer}/{name:.80}"
                error.code = "FV-P011" if error.code == "FV-H003" else "FV-P010"
                raise
        return cls(value)

    def __getitem__(self, name: str) -> bool:
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __hash__(self) -> int:
        return hash(tuple(self._given.items()))

    def __repr__(self) -> str:
        return f"Answers({self._given!r})"


NO_ANSWERS = Answers()


@dataclass(frozen=True, slots=True)
class Doubt:
    """A card that raises a question.

    Attributes:
        card: the card's id.
        question: the question's name.
        answer: True where the person said that it matters (the card can spoil labels), False where
            it does not, None where nobody has been asked yet.
    """

    card: str
    question: str
    answer: bool | None


def doubts(
    pipeline: Pipeline, answers: Mapping[str, bool], channels: int | None = None
) -> tuple[Doubt, ...]:
    """Every question that every active card raises with its present settings, with the answer.

    Cards in the pipeline's order, each one's questions in the order of :data:`QUESTIONS`. Cards
    that are switched off, or never act, raise none. Images of one of ``channels`` have no colour:
    nothing is asked about it.
    """
    return tuple(
        Doubt(card.id, name, answers.get(name))
        for card in pipeline.active
        for name in _questions(card)
        if not (channels == 1 and name == "colour")
    )


def refused_by(transform: Transform, answers: Mapping[str, bool]) -> tuple[str, ...]:
    """The questions that were answered yes and that ``transform`` needs a no to."""
    return tuple(name for name in transform.questions() if answers.get(name) is True)


def _questions(card: Card) -> Iterable[str]:
    raised = card.transform.questions()
    return [name for name in QUESTIONS if name in raised]


def _check(name: object, answer: object) -> None:
    if name not in QUESTIONS:
        raise FoveaError(
            "FV-H003",
            f"There is no question named “{name!s:.80}”.",
            where=f"answers.{name!s:.80}",
            why="The name is not one of the questions that Fovea asks.",
            fix=suggest(str(name)[:80], QUESTIONS),
        )
    if not isinstance(answer, bool):
        raise FoveaError(
            "FV-H001",
            f"The question “{name}” cannot be answered with {answer!r:.60}.",
            where=f"answers.{name}",
            why="Expected yes (true) or no (false).",
            fix="Answer yes where it matters for the classes, no where it does not.",
        )
