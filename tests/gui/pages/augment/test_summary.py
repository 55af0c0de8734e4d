"""A card's settings in a few words."""

from __future__ import annotations

import pytest

from engine.augment.pipeline import Card
from engine.transforms.base import TRANSFORMS, Transform
from engine.transforms.geometry import Flip, Rotate, Shift, Zoom
from gui.pages.augment.summary import card_words


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (Card("a", Rotate(degrees=15)), "±15°"),
        (Card("a", Flip(horizontal=True, vertical=False)), "horizontal"),
        (Card("a", Flip(horizontal=True, vertical=True)), "horizontal, vertical"),
        (Card("a", Rotate(degrees=7.5), probability=0.25), "±7.5°, on 25 % of images"),
    ],
)
def test_values_read_as_a_person_would_say_them(card: Card, words: str) -> None:
    assert card_words(card) == words


def test_several_values_have_their_names() -> None:
    said = card_words(Card("a", Shift(width=0.1, height=0.2)))
    assert "width" in said
    assert "0.2" in said
    assert "0.9 to 1.1" in card_words(Card("a", Zoom(factor_range=(0.9, 1.1))))


@pytest.mark.parametrize("kind", list(TRANSFORMS), ids=lambda kind: kind.kind)
def test_every_transform_has_words(kind: type[Transform]) -> None:
    said = card_words(Card("a", kind()))
    assert "_" not in said
    assert len(said) < 120
