"""Pipelines as text: there and back, and what is refused where."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from engine.augment.pipeline import MOST_CARDS, Card, Group, Pipeline
from engine.augment.presets import PRESETS
from engine.augment.text import LONGEST, from_text, paste, to_text
from engine.errors import FoveaError
from engine.spec import Param
from engine.transforms.base import TRANSFORMS, Transform
from engine.transforms.geometry import Flip, Rotate, Shift

HEAD = "Fovea augmentation 1\n"
WORDS = st.one_of(
    st.text("abz_09-. ,;#\"\\'[]{}=%ü\n", max_size=8), st.sampled_from(["none", "auto", "off"])
)


def values_of(item: Param) -> st.SearchStrategy[Any]:
    """Allowed values of a parameter, whatever its type."""
    number = _numbers(item)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "bool": st.booleans(),
        "int": number,
        "float": number,
        "pair": st.tuples(number, number).map(lambda pair: tuple(sorted(pair))),
        "text": WORDS,
        "texts": st.lists(WORDS, max_size=3).map(tuple),
        "choice": st.sampled_from(item.choices or (None,)),
        "spec": st.just(item.default),
    }
    found = kinds[item.type]
    return st.one_of(st.none(), found) if item.optional else found


def _numbers(item: Param) -> st.SearchStrategy[Any]:
    low = -1e6 if item.minimum is None else item.minimum
    high = 1e6 if item.maximum is None else item.maximum
    sample = item.default[0] if item.type == "pair" else item.default
    if item.type == "int" or isinstance(sample, int):
        return st.integers(math.ceil(low) + item.above, math.floor(high) - item.below)
    return st.floats(low, high, exclude_min=item.above, exclude_max=item.below)


@st.composite
def transforms(draw: st.DrawFn) -> Transform:
    cls = draw(st.sampled_from(list(TRANSFORMS)))
    values = {item.name: draw(values_of(item)) for item in cls.params()}
    try:
        return cls(**values)
    except FoveaError:  # a rule over several settings, or over the words of a list
        return cls()


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    ids = draw(
        st.lists(
            st.sampled_from(["flip", "flip_2", "rotate", "rotate_2", "a", "group", "zoom", "b9"]),
            unique=True,
            max_size=6,
        )
    )
    chance = st.floats(0, 1)
    groups = tuple(
        Group(name, draw(st.integers(1, 100)), draw(st.booleans()), draw(chance))
        for name in draw(st.sampled_from([(), ("one_of",), ("group_2", "x")]))
    )
    cuts = sorted(draw(st.integers(0, len(ids))) for _ in range(2 * len(groups)))
    cards = []
    for place, name in enumerate(ids):
        inside = [g.id for k, g in enumerate(groups) if cuts[2 * k] <= place < cuts[2 * k + 1]]
        own = inside[0] if inside else ""
        cards.append(Card(name, draw(transforms()), draw(st.booleans()), draw(chance), own))
    fill = draw(st.sampled_from(["constant", "nearest", "reflect", "wrap"]))
    return Pipeline(tuple(cards), fill, draw(chance), "bicubic", groups)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pipelines())
def test_there_and_back(pipeline: Pipeline) -> None:
    text = to_text(pipeline)
    again = from_text(text)
    order = [group.id for group in again.groups]
    assert sorted(order) == sorted(group.id for group in pipeline.groups)
    assert replace(again, groups=pipeline.groups) == pipeline
    assert set(again.groups) == set(pipeline.groups)
    assert to_text(again) == text


@pytest.mark.parametrize("cls", list(TRANSFORMS), ids=lambda cls: cls.kind)
def test_no_setting_has_the_name_of_a_word_of_the_form(cls: type[Transform]) -> None:
    assert {item.name for item in cls.params()} & {"p", "id", "off"} == set()
    assert cls.kind not in ("settings", "off")
    pipeline = Pipeline((Card("x", cls(), probability=0.25),))
    assert from_text(to_text(pipeline)) == pipeline


@pytest.mark.parametrize("name", PRESETS)
def test_presets_go_there_and_back(name: str) -> None:
    assert from_text(to_text(PRESETS[name].pipeline)) == PRESETS[name].pipeline


def test_the_text_reads_as_it_is_said() -> None:
    pipeline = Pipeline(
        (
            Card("flip", Flip()),
            Card("rotate", Rotate(degrees=15.0), on=False, probability=0.5),
            Card("drift", Shift(width=0.25), group="group"),
            Card("rotate_2", Rotate(degrees=1e-7), group="group"),
        ),
        groups=(Group("group", pick=2, probability=0.3),),
    )
    assert to_text(pipeline) == (
        "Fovea augmentation 1\n"
        "settings fill=reflect fill_value=0 interpolation=bilinear\n"
        "flip horizontal=on vertical=off\n"
        "off rotate degrees=15 p=0.5\n"
        "[2 of] p=0.3\n"
        "  shift width=0.25 height=0.1 id=drift\n"
        "  rotate degrees=1e-07\n"
        "[end]\n"
    )
    assert from_text(to_text(pipeline)) == pipeline


def test_what_people_type_is_read() -> None:
    text = (
        "\n# a start\nFovea augmentation 1   # the first line\n\n"
        "rotate degrees=20 p=0,5 # half\r\n"
        "\trotate\n   zoom factor_range=0.8,1.2\n"
        "flip horizontal=yes vertical=no off\n"
    )
    pipeline = from_text(text)
    assert [card.id for card in pipeline.cards] == ["rotate", "rotate_2", "zoom", "flip"]
    assert pipeline.card("rotate").probability == 0.5
    assert pipeline.card("rotate_2").transform == Rotate()
    assert pipeline.card("zoom").transform.values()["factor_range"] == (0.8, 1.2)
    assert not pipeline.card("flip").on
    assert from_text(HEAD) == Pipeline()
    assert paste(text).pipeline == pipeline
    assert paste(text).notes == ()


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("", "FV-H004", ""),
        ("rotate degrees=20", "FV-H004", "line 1"),
        ("Fovea augmentation 2\nrotate", "FV-H004", "line 1"),
        (HEAD + "rotat degrees=20", "FV-P011", "line 2, “rotat”"),
        (HEAD + "\n\nrotate degres=20", "FV-H003", "line 4, “degres=20”"),
        (HEAD + "rotate degrees=300", "FV-H001", "line 2, “degrees=300”"),
        (HEAD + "rotate degrees=nan", "FV-H001", "line 2, “degrees=nan”"),
        (HEAD + "rotate degrees=much", "FV-H001", "line 2, “degrees=much”"),
        (HEAD + "rotate degrees=", "FV-H004", "line 2, “degrees=”"),
        (HEAD + "rotate degrees", "FV-H004", "line 2, “degrees”"),
        (HEAD + "rotate degrees=1 degrees=2", "FV-H004", "line 2, “degrees=2”"),
        (HEAD + 'rotate degrees="1"', "FV-H001", 'line 2, “degrees="1"”'),
        (HEAD + 'rotate degrees={"a":1}', "FV-H001", 'line 2, “degrees={"a":1}”'),
        (HEAD + 'rotate degrees={"a":', "FV-H004", "line 2"),
        (HEAD + "rotate degrees=" + "[" * 5000, "FV-H004", "line 2"),
        (HEAD + "rotate p=1.5", "FV-H001", "line 2, “p=1.5”"),
        (HEAD + "rotate p", "FV-H004", "line 2, “p”"),
        (HEAD + "rotate off off", "FV-H004", "line 2, “off”"),
        (HEAD + "rotate id=Big", "FV-H001", "line 2"),
        (HEAD + "rotate id=a\nflip id=a", "FV-H002", "line 3"),
        (HEAD + "rotate = 3", "FV-H004", "line 2, “= 3”"),
        (HEAD + "rotate !", "FV-H004", "line 2, “!”"),
        (HEAD + "rotate=3", "FV-H004", "line 2, “rotate=3”"),
        (HEAD + "zoom factor_range=2..1", "FV-H002", "line 2"),
        (HEAD + "settings fill=mirror", "FV-H001", "line 2, “fill=mirror”"),
        (HEAD + "settings fill=wrap\nsettings", "FV-H004", "line 3"),
        (HEAD + "[one of]\nflip", "FV-H004", "line 2"),
        (HEAD + "flip\n[end]", "FV-H004", "line 3, “[end]”"),
        (HEAD + "[one of]\n[one of]", "FV-H004", "line 3"),
        (HEAD + "[none of]", "FV-H004", "line 2, “[none of]”"),
        (HEAD + "[0 of]\n[end]", "FV-H001", "line 2"),
        (HEAD + "[one of] degrees=3\n[end]", "FV-H004", "line 2, “degrees=3”"),
        (HEAD + "[one of]\n[end] now", "FV-H004", "line 3"),
        (HEAD + "flip\n" * 101, "FV-H002", ""),
        (HEAD + "#" * LONGEST, "FV-H004", ""),
        (HEAD + "\ud800", "FV-H004", "line 2"),
        (HEAD + 'rotate degrees="\ud800"', "FV-H004", "line 2"),
    ],
)
def test_what_is_wrong_is_refused_at_its_line_and_word(text: str, code: str, where: str) -> None:
    with pytest.raises(FoveaError) as caught:
        from_text(text)
    error = caught.value
    assert error.code == code, error
    assert error.where.startswith(where) if where else not error.where.startswith("line 2")
    assert error.what.endswith(".")


@settings(max_examples=300, deadline=None)
@given(st.text('flip rotate degrees=1.0\n[]oned#{}"p', max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        pipeline = from_text(HEAD + text)
    except FoveaError as error:
        pipeline, refused = Pipeline(), str(error)
        event(refused.splitlines()[0][:30])
    assert from_text(to_text(pipeline)) == pipeline


@pytest.mark.parametrize("lines", ["hue\n" * 20_000, "[one of]\n[end]\n" * 6_000])
def test_too_many_cards_or_groups_are_refused_at_the_first_one_too_many(lines: str) -> None:
    with pytest.raises(FoveaError) as caught:
        paste(f"Fovea augmentation 1\n{lines}")
    assert caught.value.code == "FV-H002"
    number = 2 + MOST_CARDS * (1 if lines.startswith("hue") else 2)
    assert caught.value.where == f"line {number}"
