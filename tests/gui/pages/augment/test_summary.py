"""A card's settings in a few words."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from engine.augment.pipeline import Card, Pipeline
from engine.augment.presets import PRESETS
from engine.transforms.base import TRANSFORMS, ImageFacts, Transform
from engine.transforms.colour.levels import Equalize
from engine.transforms.colour.tone import Gamma
from engine.transforms.geometry import Flip, Rotate, Shear, Shift, Zoom
from engine.transforms.noise.sensor import GaussianNoise
from engine.transforms.regularising.mixup import MixUp
from gui.pages.augment.page import AugmentPage
from gui.pages.augment.summary import card_forms, card_words
from gui.pages.base import Session
from tests.gui.pages.conftest import change


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (Card("a", Rotate(degrees=15)), "±15°"),
        (Card("a", Flip(horizontal=True, vertical=False)), "horizontal"),
        (Card("a", Flip(horizontal=True, vertical=True)), "horizontal, vertical"),
        (Card("a", Rotate(degrees=7.5), probability=0.25), "±7.5°, on 25\u202f% of images"),
        (Card("a", Shear(x=10.0, y=0.0)), "sideways ±10°"),
        (Card("a", Gamma(gamma_range=(0.8, 1.25))), "0.8 to 1.25"),
        (Card("a", MixUp(alpha=0.2)), "alpha 0.2"),
    ],
)
def test_values_read_as_a_person_would_say_them(card: Card, words: str) -> None:
    assert card_words(card) == words


def test_several_values_have_their_names() -> None:
    said = card_words(Card("a", Shift(width=0.1, height=0.2)))
    assert "width" in said
    assert "0.2" in said
    assert "0.9 to 1.1" in card_words(Card("a", Zoom(factor_range=(0.9, 1.1))))


def test_shorter_forms_keep_the_first_number_and_how_often() -> None:
    card = Card("a", GaussianNoise(deviation_range=(0.0, 0.03)), probability=0.5)
    forms = card_forms(card)
    assert forms[0] == "standard deviation 0 to 0.03, each channel its own, on 50\u202f% of images"
    assert forms[-3:] == (
        "0 to 0.03, on 50\u202f% of images",
        "0 to 0.03, 50\u202f% of images",
        "0 to 0.03",
    )
    assert card_forms(Card("a", Equalize())) == ("",)
    assert card_forms(Card("a", Equalize(), probability=0.5))[-1] == "50\u202f% of images"


PIPELINES = {"every transform": Pipeline(tuple(Card(kind.kind, kind()) for kind in TRANSFORMS))}
PIPELINES |= {
    f"{name}, {channels}": preset.pipeline_for(ImageFacts(channels, 64, 64))
    for name, preset in PRESETS.items()
    for channels in (1, 3)
}
GROUP_INSET = 10  # pixels that a card in a group is narrower


@pytest.mark.parametrize("name", list(PIPELINES))
def test_words_fit_in_the_narrowest_card(page: AugmentPage, session: Session, name: str) -> None:
    change(session, augment=PIPELINES[name])
    page.cards.fold_all(False)
    for card in page.cards.cards.values():
        card.head.ask.show()
    QApplication.processEvents()
    assert page.size() == QSize(1200, 660), "the page of a window of 1280 x 720"
    for step in PIPELINES[name].cards:
        words = page.cards.cards[step.id].head.words
        words.resize(words.width() - GROUP_INSET, words.height())
        shown, whole = words.shown(), card_words(step)
        assert words.fontMetrics().horizontalAdvance(shown) <= words.width(), shown
        assert re.findall(r"[\d.]+", whole)[:1] == re.findall(r"[\d.]+", shown)[:1]
        assert step.probability == 1 or "% of images" in shown
        words.grab()
        assert words.toolTip() == ("" if shown == whole else whole)


@pytest.mark.parametrize("kind", list(TRANSFORMS), ids=lambda kind: kind.kind)
def test_every_transform_has_words(kind: type[Transform]) -> None:
    said = card_words(Card("a", kind()))
    assert "_" not in said
    assert len(said) < 120
