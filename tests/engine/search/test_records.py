"""The search space as a value, in a file, and in the words that people type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import FoveaError
from engine.layers.base import LAYERS
from engine.parameter import Param
from engine.recipe import Training
from engine.search import EMPTY, Searched, SearchSpace
from engine.search.proposing import propose
from engine.search.reading import read_range, written
from engine.search.records import MOST
from engine.search.rules import problems
from engine.transforms.base import TRANSFORMS

LR = Training().optimizer.param("lr")
NUMBERS = st.none() | st.integers(-1000, 1000) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
CHOICES = st.lists(WORDS | st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=4)


@given(NUMBERS, NUMBERS, st.booleans(), NUMBERS, CHOICES)
def test_json_there_and_back(low: Any, high: Any, log: bool, step: Any, choices: list[Any]) -> None:
    entry = Searched("a.b", low, high, log, step)
    either = Searched("a.c", choices=tuple(choices)) if choices else entry
    space = SearchSpace(tuple(dict.fromkeys((entry, either))))
    assert SearchSpace.from_json(space.to_json()) == space


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (3, "/s"),
        ([3], "/s/0"),
        ([{"low": 1}], "/s/0"),
        ([{"address": ""}], "/s/0/address"),
        ([{"address": "a", "low": "1"}], "/s/0/low"),
        ([{"address": "a", "high": True}], "/s/0/high"),
        ([{"address": "a", "step": float("nan")}], "/s/0/step"),
        ([{"address": "a", "log": 1}], "/s/0/log"),
        ([{"address": "a", "choices": 1}], "/s/0/choices"),
        ([{"address": "a", "choices": [{}]}], "/s/0/choices/0"),
        ([{"address": "a", "choices": [[]]}], "/s/0/choices/0"),
        ([{"address": "a", "choices": [["x"]]}], "/s/0/choices/0"),
        ([{"address": "a", "kind": 1}], "/s/0/kind"),
        ([{"address": "a"}, {"address": "a"}], "/s/1/address"),
        ([{"address": f"a{n}"} for n in range(MOST + 1)], "/s"),
    ],
)
def test_what_is_no_space_is_refused_at_its_place(value: Any, pointer: str) -> None:
    with pytest.raises(FoveaError) as caught:
        SearchSpace.from_json(value, "/s")
    assert caught.value.where == pointer
    assert caught.value.code in ("FV-P010", "FV-P011", "FV-P007")


def test_rows_are_put_replaced_and_taken_out() -> None:
    one, two = Searched("a.x", 0, 1), Searched("a.y", 0, 1)
    space = EMPTY.putting(one).putting(two).putting(Searched("a.x", 0, 2))
    assert [entry.high for entry in space.entries] == [2, 1]
    assert space.without("a.x").entries == (two,)
    assert space.without("nothing") is space
    assert not space.without("a.x").without("a.y")


def test_rows_follow_a_node_that_is_renamed() -> None:
    names = ("model", "model.stem", "model.stem.width", "model.stem_2.width", "data.stem")
    space = SearchSpace(tuple(Searched(name) for name in names))
    now = [entry.address for entry in space.after_rename("stem", "head").entries]
    assert now == ["model", "model.head", "model.head.width", "model.stem_2.width", "data.stem"]
    assert space.after_rename("unknown", "head") is space


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("1e-5..1e-1 log", Searched("a", 1e-5, 0.1, log=True)),
        ("0,001 .. 0,1", Searched("a", 0.001, 0.1)),
        ("0..0.5 step 0.05", Searched("a", 0, 0.5, step=0.05)),
        ("1e-3, 1e-2", Searched("a", choices=(0.001, 0.01))),
    ],
)
def test_typed_ranges(text: str, entry: Searched) -> None:
    assert read_range("a", LR, text) == entry
    assert read_range("a", LR, written(entry)) == entry


@pytest.mark.parametrize("text", ["1..x", "1..2 lag", "1..2 step", "a, b", "..", "1..2 step x"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(FoveaError, match="is not a range") as caught:
        read_range("a", LR, text)
    assert caught.value.code == "FV-H006"


def declared() -> list[tuple[type, Param]]:
    """Every parameter that a form shows, of the recipe, all layers, transforms and kinds."""
    classes = [Training, *LAYERS, *TRANSFORMS]
    for item in Training.params():
        classes += list(item.family) if item.type == "spec" else []
    return [(cls, item) for cls in classes for item in cls.params() if not item.hidden]


def test_every_proposed_range_can_be_searched_or_says_why_not() -> None:
    """Forms offer each of them; a proposal that its own row refused would be a trap."""
    searchable = 0
    for cls, item in declared():
        if item.type in ("text", "texts", "value", "numbers") and not item.search:
            continue
        entry = propose("a", item, item.default)
        found = [problem.message for problem in problems(entry, item)]
        if item.type == "spec" or item.fixed or len(entry.choices) == 1:
            continue
        assert not found, (cls, item.name, entry)
        assert propose("a", item, item.default) == entry
        searchable += 1
    assert searchable > 300
