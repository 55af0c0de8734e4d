"""The document's part: cards, settings, JSON there and back, pure edits."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augment.edits import add_card, move_card, remove_card, set_card
from engine.augment.pipeline import MOST_CARDS, Card, Group, Pipeline
from engine.augment.presets import PRESETS
from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS
from engine.transforms.geometry import Flip, Rotate, Zoom

STANDARD = PRESETS["standard"].pipeline


@pytest.mark.parametrize("name", PRESETS)
def test_presets_survive_json_and_say_why(name: str) -> None:
    preset = PRESETS[name]
    assert Pipeline.from_json(preset.pipeline.to_json()) == preset.pipeline
    assert len(preset.reason) > 60
    assert preset.name == name


@pytest.mark.parametrize("cls", list(TRANSFORMS), ids=lambda cls: cls.kind)
def test_every_kind_describes_itself(cls: Any) -> None:
    assert not {item.name for item in cls.params()} & {"on", "probability", "group"}  # a card's own
    assert cls.title
    assert cls.icon
    assert cls.summary.endswith(".")
    assert cls.danger.endswith(".")
    assert all(item.help for item in cls.params())
    card = Card("x", cls())
    assert Card.from_json(card.to_json()) == card


@pytest.mark.parametrize(
    ("value", "code", "where"),
    [
        (3, "FV-P010", "/augment"),
        ({"card": []}, "FV-P011", "/augment/card"),
        ({"cards": {}}, "FV-P010", "/augment/cards"),
        ({"cards": [{}] * (MOST_CARDS + 1)}, "FV-P010", "/augment/cards"),
        ({"cards": [None]}, "FV-P010", "/augment/cards/0"),
        ({"cards": [{}]}, "FV-P010", "/augment/cards/0/transform"),
        (
            {"cards": [{"transform": {"kind": "rotat"}}]},
            "FV-P011",
            "/augment/cards/0/transform/kind",
        ),
        (
            {"cards": [{"id": "A b", "transform": {"kind": "flip"}}]},
            "FV-P010",
            "/augment/cards/0/id",
        ),
        ({"cards": [{"transform": {"kind": "flip"}}] * 2}, "FV-P010", "/augment/cards"),
        (
            {"cards": [{"probability": 1.5, "transform": {"kind": "flip"}}]},
            "FV-P010",
            "/augment/cards/0/probability",
        ),
        (
            {"cards": [{"transform": {"kind": "zoom", "factor_range": [2, 1]}}]},
            "FV-H002",
            "/augment/cards/0/transform/factor_range",
        ),
        ({"fill": "mirror"}, "FV-P010", "/augment/fill"),
        ({"fill_value": float("nan")}, "FV-P010", "/augment/fill_value"),
    ],
)
def test_wrong_json_is_refused_at_its_place(value: Any, code: str, where: str) -> None:
    with pytest.raises(FoveaError) as caught:
        Pipeline.from_json(value, "/augment")
    assert (caught.value.code, caught.value.where) == (code, where)


def test_edits_keep_what_they_do_not_touch() -> None:
    changed = set_card(STANDARD, "rotate", degrees=30.0, probability=0.5)
    assert changed.card("rotate").transform == Rotate(degrees=30.0)
    assert changed.card("rotate").probability == 0.5
    kept = [card for card in STANDARD.cards if card.id != "rotate"]
    assert all(changed.card(card.id) is card for card in kept)
    assert STANDARD.card("rotate").transform == Rotate(degrees=15.0)


def test_cards_are_named_after_their_kind() -> None:
    pipeline, first = add_card(Pipeline(), Rotate())
    pipeline, second = add_card(pipeline, Rotate(), index=0)
    assert (first, second) == ("rotate", "rotate_2")
    assert [card.id for card in pipeline.cards] == ["rotate_2", "rotate"]
    assert add_card(remove_card(pipeline, "rotate"), Rotate())[1] == "rotate"


def test_a_card_is_found_by_its_kind_where_that_is_clear() -> None:
    pipeline = Pipeline((Card("spin", Rotate()),))
    assert pipeline.card("rotate") is pipeline.cards[0]
    with pytest.raises(FoveaError) as caught:
        STANDARD.card("rotat")
    assert caught.value.code == "FV-H003"
    assert "rotate" in caught.value.fix


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Card("Rotate", Rotate()),
        lambda: Card("rotate", Rotate(), probability=-0.1),
        lambda: Pipeline(fill_value=2.0),
        lambda: Pipeline((Card("a", Flip()), Card("a", Flip()))),
        lambda: Zoom(factor_range=(1.2, 0.8)),
        lambda: set_card(STANDARD, "rotate", degrees=200.0),
        lambda: remove_card(STANDARD, "hue"),
    ],
)
def test_impossible_values_are_refused_with_a_sentence(wrong: Any) -> None:
    with pytest.raises(FoveaError) as caught:
        wrong()
    assert caught.value.code.startswith("FV-H")
    assert caught.value.what.endswith(".")


@settings(max_examples=40, deadline=None)
@given(st.permutations([card.id for card in STANDARD.cards]), st.data())
def test_any_order_of_moves_and_removals_can_be_saved(order: list[str], data: Any) -> None:
    pipeline = STANDARD
    for name in order:
        pipeline = move_card(pipeline, name, data.draw(st.integers(0, 7)))
        assert Pipeline.from_json(pipeline.to_json()) == pipeline
    assert {id(card) for card in pipeline.cards} == {id(card) for card in STANDARD.cards}
    for name in order:
        pipeline = remove_card(pipeline, name)
    assert pipeline == replace(STANDARD, cards=())


def test_the_document_does_not_import_torch() -> None:
    code = (
        "import sys, engine.augment.presets, engine.augment.edits, engine.randomness;"
        "from engine.transforms.base import TRANSFORMS; TRANSFORMS.kinds();"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_more_groups_than_a_project_file_may_hold() -> None:
    groups = tuple(Group(f"g{number}") for number in range(MOST_CARDS))
    assert Pipeline.from_json(Pipeline(groups=groups).to_json()).groups == groups
    with pytest.raises(FoveaError) as caught:
        Pipeline(groups=(*groups, Group("more")))
    assert caught.value.code == "FV-H002"
