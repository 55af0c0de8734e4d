"""Which preset is recommended, and that answers and names of classes are respected."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest

from engine.augment.presets import PRESETS
from engine.augment.recommend import MANY, Recommendation, hints, recommend
from engine.augment.safety import QUESTIONS, Answers, doubts
from engine.transforms.base import ImageFacts

GREY, COLOUR = ImageFacts(1, 64, 64), ImageFacts(3, 64, 64)
PLAIN = ("benign", "malignant")
FREE = {"mirror": False, "upside_down": False, "turn": False}


def of(images: ImageFacts, classes: Any = PLAIN, count: int = 500, **answers: bool) -> str:
    return recommend(images, count, classes, Answers(answers)).preset


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (of(COLOUR), "standard"),
        (of(GREY), "xray"),
        (of(GREY, mirror=False), "xray"),
        (of(GREY, mirror=True), "xray"),
        (of(GREY, **FREE), "microscopy"),
        (of(COLOUR, **FREE), "microscopy"),
        (of(COLOUR, mirror=False, upside_down=False), "standard"),
        (of(GREY, string.digits), "text"),
        (of(COLOUR, string.ascii_uppercase), "text"),
        (of(COLOUR, "bd"), "text"),
        (of(COLOUR, "b"), "standard"),
        (of(GREY, "01"), "xray"),
        (of(COLOUR, "01234567"), "standard"),
        (of(GREY, [str(number) for number in range(11)]), "xray"),
        (of(GREY, string.digits, count=10 * MANY), "light"),
        (of(GREY, string.digits, mirror=False), "xray"),
        (of(GREY, string.digits, **FREE), "microscopy"),
        (of(COLOUR, count=2 * MANY), "light"),
        (of(COLOUR, count=2 * MANY - 1), "standard"),
    ],
)
def test_the_rules(found: str, wanted: str) -> None:
    assert found == wanted


def every_case() -> list[tuple[Recommendation, dict[str, bool]]]:
    """Recommendations for many sets of answers, for grey and colour images."""
    found = []
    chance = random.Random(1)
    for _ in range(300):
        values = {name: chance.choice((None, True, False)) for name in QUESTIONS}
        answers = {name: value for name, value in values.items() if value is not None}
        for images in (GREY, COLOUR):
            found.append((recommend(images, 500, PLAIN, answers), answers))
    return found


def test_no_answer_is_ever_gone_against() -> None:
    for found, answers in every_case():
        assert found.preset in PRESETS
        raised = doubts(found.pipeline, answers)
        assert [doubt for doubt in raised if doubt.answer is True] == []
        assert found.reason.endswith(".")


def test_what_is_recommended_can_be_done_with_the_images() -> None:
    for images in (GREY, COLOUR, ImageFacts(3, 8, 8), ImageFacts(1, 28, 28)):
        for answers in ({}, FREE, {"mirror": False}):
            for card in recommend(images, 500, PLAIN, answers).pipeline.cards:
                assert list(card.transform.misfits(images)) == []


@pytest.mark.parametrize(
    ("classes", "questions"),
    [
        (("left eye", "right eye"), ["mirror"]),
        (("HandLeft", "HandRight", "other"), ["mirror"]),
        (("hand_L", "hand_R"), ["mirror"]),
        (("bright", "copyright"), []),
        (("red", "green"), ["colour"]),
        (("red", "dark red"), []),
        (("red_cell", "white_cell"), ["colour"]),
        (("small", "large"), ["size"]),
        (("dark", "light"), ["brightness"]),
        (("sharp", "blurred"), ["detail"]),
        (("left and right", "none"), []),
        (("north", "south", "top", "bottom"), ["upside_down", "turn"]),
        (("benign", "malignant"), []),
        ((), []),
    ],
)
def test_names_of_classes_speak(classes: tuple[str, ...], questions: list[str]) -> None:
    assert hints(classes) == dict.fromkeys(questions, True)


def test_a_name_counts_until_the_person_has_answered() -> None:
    sides = ("left", "right")
    guessed = recommend(COLOUR, 500, sides, {})
    assert "left and right" in guessed.reason
    assert [d for d in doubts(guessed.pipeline, {"mirror": True}) if d.answer] == []
    said = recommend(COLOUR, 500, sides, {"mirror": False})
    assert "left and right" not in said.reason
    assert said.pipeline == recommend(COLOUR, 500, PLAIN, {"mirror": False}).pipeline


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (("left", "right"), "speak of left and right: no card changes that."),
        (("small", "large"), "speak of size: no card changes that."),
        (("small red", "large blue"), "speak of colour and size: no card changes that."),
    ],
)
def test_what_the_names_say_is_told_in_a_sentence(classes: tuple[str, ...], told: str) -> None:
    assert recommend(COLOUR, 500, classes, {}).reason.endswith(told)
