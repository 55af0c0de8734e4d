"""Edits of cards and groups: where things land, what stays the same, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.augment.edits import (
    add_card,
    add_group,
    dissolve_group,
    move_card,
    move_group,
    remove_card,
    remove_group,
    set_group,
)
from engine.augment.pipeline import Card, Group, Pipeline
from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS

ROTATE, FLIP = TRANSFORMS.get("rotate")(), TRANSFORMS.get("flip")()


def pipeline(text: str) -> Pipeline:
    """``"a g:bc d h:e"``: cards a, d on their own, b and c in the group g, e in h."""
    cards, groups = [], []
    for word in text.split():
        group, _, names = word.rpartition(":")
        cards += [Card(name, ROTATE, group=f"group_{group}" if group else "") for name in names]
        groups += [Group(f"group_{group}")] if group else []
    return Pipeline(tuple(cards), groups=tuple(groups))


def text(made: Pipeline) -> str:
    """The pipeline as :func:`pipeline` reads it."""
    words: list[str] = []
    last = ""
    for card in made.cards:
        group = card.group.removeprefix("group_")
        if group and group == last:
            words[-1] += card.id
        else:
            words.append(f"{group}:{card.id}" if group else card.id)
        last = group
    assert {group.id for group in made.groups} == {c.group for c in made.cards if c.group}
    return " ".join(words)


@pytest.mark.parametrize(
    ("before", "card", "index", "group", "after"),
    [
        ("a b c", "a", 2, None, "b c a"),
        ("a b c", "c", 0, None, "c a b"),
        ("a b c", "b", 99, None, "a c b"),
        ("a b c", "b", -5, None, "b a c"),
        ("a b c", "b", 1, None, "a b c"),
        # past a group that it does not join, on the side it was moving to
        ("a g:bcd e", "a", 1, None, "g:bcd a e"),
        ("a g:bcd e", "e", 3, None, "a e g:bcd"),
        ("a g:bcd e", "e", 3, "", "a e g:bcd"),
        # into a group, at the place or the nearest that the group has
        ("a g:bcd e", "a", 1, "group_g", "g:bacd e"),
        ("a g:bcd e", "a", 0, "group_g", "g:abcd e"),
        ("a g:bcd e", "e", 0, "group_g", "a g:ebcd"),
        ("a g:bcd e", "e", 9, "group_g", "a g:bcde"),
        # within its group, and no further
        ("a g:bcd e", "b", 2, None, "a g:cbd e"),
        ("a g:bcd e", "b", 9, None, "a g:cdb e"),
        ("a g:bcd e", "d", 0, None, "a g:dbc e"),
        # out of it
        ("a g:bcd e", "b", 1, "", "a b g:cd e"),
        ("a g:bcd e", "b", 0, "", "b a g:cd e"),
        ("a g:bcd e", "c", 2, "", "a g:bd c e"),
        ("a g:bcd e", "c", 9, "", "a g:bd e c"),
        # from one group to another; a group that lost its last card is gone
        ("g:ab h:c", "b", 2, "group_h", "g:a h:cb"),
        ("g:ab h:c", "c", 0, "group_g", "g:cab"),
        ("g:ab h:c", "c", 0, "", "c g:ab"),
    ],
)
def test_a_moved_card_lands_where_it_was_dropped(
    before: str, card: str, index: int, group: str | None, after: str
) -> None:
    assert text(move_card(pipeline(before), card, index, group)) == after


@pytest.mark.parametrize(
    ("before", "group", "index", "after"),
    [
        ("a g:bc d", "group_g", 0, "g:bc a d"),
        ("a g:bc d", "group_g", 1, "a g:bc d"),
        ("a g:bc d", "group_g", 9, "a d g:bc"),
        ("g:ab h:cd e", "group_g", 1, "h:cd g:ab e"),
        ("g:ab h:cd e", "group_h", 1, "h:cd g:ab e"),
        ("g:ab h:cd e", "group_h", 2, "g:ab h:cd e"),
    ],
)
def test_a_moved_group_keeps_together(before: str, group: str, index: int, after: str) -> None:
    assert text(move_group(pipeline(before), group, index)) == after


def test_cards_become_a_group_at_the_first_of_them() -> None:
    start = pipeline("a b g:cd e")
    made, name = add_group(start, ["e", "b"], pick=2)
    assert name == "group"
    assert made.group("group") == Group("group", 2)
    assert [card.id for card in made.cards] == ["a", "b", "e", "c", "d"]
    assert [card.id for card in made.members("group")] == ["b", "e"]
    assert made.card("a") is start.card("a")
    taken, second = add_group(made, ["c", "d"])
    assert second == "group_2"
    assert [group.id for group in taken.groups] == ["group", "group_2"]


def test_a_group_made_inside_another_goes_behind_it() -> None:
    made, _ = add_group(pipeline("a g:bcde f"), ["c", "d"], id="group_h")
    assert text(made) == "a g:be h:cd f"


def test_groups_go_with_and_without_their_cards() -> None:
    start = pipeline("a g:bc h:d")
    assert text(dissolve_group(start, "group_g")) == "a b c h:d"
    assert text(remove_group(start, "group_g")) == "a h:d"
    assert text(remove_card(start, "d")) == "a g:bc"
    assert text(remove_card(start, "b")) == "a g:c h:d"


def test_a_new_card_joins_a_group() -> None:
    start = pipeline("a g:bc d")
    joined, name = add_card(start, FLIP, group="group_g")
    assert [card.id for card in joined.members("group_g")] == ["b", "c", name]
    assert add_card(start, FLIP, group="group_g", index=0)[0].cards[1].id == "flip"
    assert [card.id for card in add_card(start, FLIP, index=2)[0].cards] == [
        *list("abc"),
        "flip",
        "d",
    ]


def test_settings_of_a_group_change_and_the_rest_stays() -> None:
    start = pipeline("a g:bc h:d")
    changed = set_group(start, "group_g", pick=2, probability=0.5, on=False)
    assert changed.group("group_g") == Group("group_g", 2, on=False, probability=0.5)
    assert changed.cards is start.cards
    assert changed.group("group_h") is start.group("group_h")


def test_ids_of_cards_and_groups_never_meet() -> None:
    start, _ = add_group(pipeline("a b"), ["a"], id="rotate")
    assert add_card(start, ROTATE)[1] == "rotate_2"
    with pytest.raises(FoveaError, match="named “b”"):
        add_group(start, ["a"], id="b")


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda p: move_card(p, "a", 0, "group_x"), "FV-H003"),
        (lambda p: add_card(p, FLIP, group="a"), "FV-H003"),
        (lambda p: add_group(p, ["a", "z"]), "FV-H003"),
        (lambda p: add_group(p, []), "FV-H002"),
        (lambda p: add_group(p, ["a"], pick=0), "FV-H001"),
        (lambda p: set_group(p, "group_g", pick=0), "FV-H001"),
        (lambda p: set_group(p, "group_g", probability=1.1), "FV-H001"),
        (lambda p: set_group(p, "group_g", chance=1.0), "FV-H003"),
        (lambda p: dissolve_group(p, "a"), "FV-H003"),
        (lambda p: remove_group(p, "group_x"), "FV-H003"),
        (lambda p: move_group(p, "group_x", 0), "FV-H003"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    edit: Callable[[Pipeline], Any], code: str
) -> None:
    with pytest.raises(FoveaError) as caught:
        edit(pipeline("a g:bc d"))
    assert caught.value.code == code
    assert caught.value.what.endswith(".")


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_series_of_edits_keeps_cards_and_can_be_saved(data: Any) -> None:
    made = pipeline("a g:bcd e h:fi")
    places = st.integers(-1, 8)
    for _ in range(data.draw(st.integers(1, 8))):
        cards = st.sampled_from([card.id for card in made.cards])
        ids = [group.id for group in made.groups]
        kind = data.draw(st.integers(0, 3 if ids else 1))
        before = {card.id for card in made.cards}
        if kind == 0:
            target = data.draw(st.sampled_from([None, "", *ids]))
            name, place = data.draw(cards), data.draw(places)
            moved = move_card(made, name, place, target)
            assert target is None or moved.card(name).group == target
            assert target is not None or moved.card(name) is made.card(name)
            made = moved
        elif kind == 1:
            made, _ = add_group(made, data.draw(st.sets(cards, min_size=1)))
        elif kind == 2:
            made = move_group(made, data.draw(st.sampled_from(ids)), data.draw(places))
        else:
            made = dissolve_group(made, data.draw(st.sampled_from(ids)))
        assert {card.id for card in made.cards} == before
        assert Pipeline.from_json(made.to_json()) == made
        text(made)
