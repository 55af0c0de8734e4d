"""Groups of cards: what a file may say, who is picked how often, and that picks stay apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
import torch
from scipy.stats import chisquare

from engine.augment.draws import Drawn, draw
from engine.augment.engine import augment
from engine.augment.pipeline import Card, Group, Pipeline
from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS

FLIP = {"kind": "flip"}
SAMPLES = torch.arange(6_000)


def made(count: int = 4, group: Group | None = None, **more: Any) -> Pipeline:
    """A card of its own, then ``count`` cards in one group; ``more`` changes those cards."""
    group = group or Group("some")
    cards = [Card(f"c{i}", TRANSFORMS.get("rotate")(), group=group.id) for i in range(count)]
    own = Card("own", TRANSFORMS.get("shift")())
    return Pipeline((own, *(replace(card, **more) for card in cards)), groups=(group,))


def picks(pipeline: Pipeline, samples: torch.Tensor = SAMPLES, epoch: int = 1) -> torch.Tensor:
    """Bool ``[B, active cards]``: who acts on which sample."""
    return torch.stack(
        [
            torch.ones(len(samples), dtype=torch.bool) if item.chosen is None else item.chosen
            for item in draw(pipeline, samples, 3, epoch)
        ],
        dim=1,
    )


@pytest.mark.parametrize(
    ("value", "code", "where"),
    [
        ({"groups": {}}, "FV-P010", "/augment/groups"),
        ({"groups": [3]}, "FV-P010", "/augment/groups/0"),
        ({"groups": [{}]}, "FV-P010", "/augment/groups/0/id"),
        ({"groups": [{"id": "A"}]}, "FV-P010", "/augment/groups/0/id"),
        ({"groups": [{"id": "a", "chance": 1}]}, "FV-P011", "/augment/groups/0/chance"),
        ({"groups": [{"id": "a", "pick": 0}]}, "FV-P010", "/augment/groups/0/pick"),
        ({"groups": [{"id": "a", "pick": True}]}, "FV-P010", "/augment/groups/0/pick"),
        ({"groups": [{"id": "a"}, {"id": "a"}]}, "FV-P010", "/augment/cards"),
        (
            {"cards": [{"transform": FLIP, "group": "a"}]},
            "FV-P010",
            "/augment/groups",
        ),
        (
            {"cards": [{"transform": FLIP, "group": ["a"]}]},
            "FV-P010",
            "/augment/cards/0/group",
        ),
        (
            {"cards": [{"transform": FLIP}], "groups": [{"id": "flip"}]},
            "FV-P010",
            "/augment/cards",
        ),
        (
            {
                "cards": [
                    {"id": "a", "transform": FLIP, "group": "g"},
                    {"id": "b", "transform": FLIP},
                    {"id": "c", "transform": FLIP, "group": "g"},
                ],
                "groups": [{"id": "g"}],
            },
            "FV-P010",
            "/augment/groups",
        ),
    ],
)
def test_wrong_groups_are_refused_at_their_place(value: Any, code: str, where: str) -> None:
    with pytest.raises(FoveaError) as caught:
        Pipeline.from_json(value, "/augment")
    assert (caught.value.code, caught.value.where) == (code, where)
    assert caught.value.what.endswith(".")


def test_groups_survive_json_and_files_without_groups_have_none() -> None:
    for pipeline in (made(), made(2, Group("g", 2, on=False, probability=0.25))):
        assert Pipeline.from_json(pipeline.to_json()) == pipeline
    alone = Pipeline((Card("flip", TRANSFORMS.get("flip")()),))
    assert "groups" not in alone.to_json()
    assert "group" not in alone.to_json()["cards"][0]


@pytest.mark.parametrize(("count", "pick"), [(2, 1), (4, 1), (5, 2), (4, 3)])
def test_every_choice_of_cards_is_equally_likely(count: int, pick: int) -> None:
    acts = picks(made(count, Group("some", pick)))[:, 1:]
    assert (acts.sum(1) == pick).all()
    ways = list(combinations(range(count), pick))
    seen = [int(acts[:, list(way)].all(1).sum()) for way in ways]
    assert sum(seen) == len(SAMPLES)
    assert chisquare(seen).pvalue > 1e-3


def test_picks_are_independent_of_what_the_cards_draw() -> None:
    drawn = draw(made(3), SAMPLES, 3, 1)[1:]
    for item in drawn:
        assert item.chosen is not None
        bins = torch.histc(item.draws[item.chosen, 0], 8, 0.0, 1.0)
        assert chisquare(bins.numpy()).pvalue > 1e-3
    low = drawn[0].draws[:, 0] < 0.5
    seen = [int((low & item.chosen).sum()) for item in drawn if item.chosen is not None]
    assert chisquare(seen).pvalue > 1e-3


def test_a_card_keeps_its_own_numbers_whatever_its_group() -> None:
    grouped = made(3, Group("some", 2, probability=0.5))
    alone = Pipeline(tuple(replace(card, group="") for card in grouped.cards))
    fewer = replace(grouped, cards=grouped.cards[:-1])
    for other in (alone, fewer):
        pairs = zip(draw(grouped, SAMPLES, 3, 1), draw(other, SAMPLES, 3, 1), strict=False)
        for one, two in pairs:
            assert torch.equal(one.draws, two.draws)
            assert torch.equal(one.keys, two.keys)


@pytest.mark.parametrize("pick", [3, 4, 100])
def test_a_group_that_picks_all_changes_nothing(pick: int) -> None:
    assert [item.chosen for item in draw(made(3, Group("some", pick)), SAMPLES, 3, 1)] == [None] * 4


@pytest.mark.parametrize("pick", [1, 2, 5])
def test_the_groups_probability_decides_for_all_its_cards_at_once(pick: int) -> None:
    acts = picks(made(3, Group("some", pick, probability=0.3)))[:, 1:]
    some = acts.any(1)
    assert chisquare([int(some.sum()), int((~some).sum())], [1_800, 4_200]).pvalue > 1e-3
    assert (acts[some].sum(1) == min(pick, 3)).all()


def test_a_picked_card_still_acts_with_its_own_probability() -> None:
    acts = picks(made(2, probability=0.5))[:, 1:]
    seen = [int(acts[:, 0].sum()), int(acts[:, 1].sum()), int((~acts.any(1)).sum())]
    assert chisquare(seen, [1_500, 1_500, 3_000]).pvalue > 1e-3


def test_cards_that_are_off_are_not_picked() -> None:
    pipeline = made(3)
    off = replace(pipeline.cards[2], on=False)
    never = replace(pipeline.cards[2], probability=0.0)
    for changed in (off, never):
        cards = (*pipeline.cards[:2], changed, pipeline.cards[3])
        acts = picks(replace(pipeline, cards=cards))[:, 1:]
        assert acts.shape[1] == 2
        assert (acts.sum(1) == 1).all()


@pytest.mark.parametrize("group", [Group("some", on=False), Group("some", probability=0.0)])
def test_a_group_that_is_off_leaves_all_its_cards_out(group: Group) -> None:
    pipeline = made(3, group)
    assert [card.id for card in pipeline.active] == ["own"]
    assert len(draw(pipeline, SAMPLES, 3, 1)) == 1


def test_a_group_without_cards_does_nothing() -> None:
    pipeline = Pipeline((Card("own", TRANSFORMS.get("shift")()),), groups=(Group("empty"),))
    assert Pipeline.from_json(pipeline.to_json()) == pipeline
    (only,) = draw(pipeline, SAMPLES, 3, 1)
    assert only.chosen is None
    assert draw(Pipeline(groups=(Group("empty"),)), SAMPLES, 3, 1) == []


def test_two_groups_pick_independently_and_anew_in_every_epoch() -> None:
    cards = [Card(f"c{i}", TRANSFORMS.get("rotate")(), group="ab"[i // 2]) for i in range(4)]
    pipeline = Pipeline(tuple(cards), groups=(Group("a"), Group("b")))
    acts = picks(pipeline)
    table = [int((acts[:, a] & acts[:, b]).sum()) for a in (0, 1) for b in (2, 3)]
    assert chisquare(table).pvalue > 1e-3
    later = picks(pipeline, epoch=2)
    same = [int((acts[:, 0] == later[:, 0]).sum()), int((acts[:, 0] != later[:, 0]).sum())]
    assert chisquare(same).pvalue > 1e-3


def test_the_same_sample_is_picked_alone_and_in_any_batch() -> None:
    pipeline = made(4, Group("some", 2, probability=0.8), probability=0.7)
    whole = picks(pipeline)
    order = torch.tensor([5_000, 3, 3, 77])
    assert torch.equal(picks(pipeline, order), whole[order])
    assert torch.equal(picks(pipeline, order[:1]), whole[order[:1]])


def test_epochs_can_differ_within_a_batch() -> None:
    pipeline = made(3)
    epochs = torch.tensor([4, 9, 4])
    mixed = draw(pipeline, torch.tensor([1, 1, 2]), 3, epochs)
    for place, (sample, epoch) in enumerate([(1, 4), (1, 9), (2, 4)]):
        alone = draw(pipeline, torch.tensor([sample]), 3, epoch)
        for one, other in zip(mixed, alone, strict=True):
            assert torch.equal(one.draws[place], other.draws[0])
            assert _chosen(one, place) == _chosen(other, 0)


def test_a_one_of_group_shows_one_change_an_image() -> None:
    flips = [
        TRANSFORMS.get("flip")(horizontal=across, vertical=not across) for across in (True, False)
    ]
    cards = [Card(f"c{i}", flip, group="some") for i, flip in enumerate(flips)]
    pipeline = Pipeline(tuple(cards), groups=(Group("some"),))
    pixels = torch.rand(400, 1, 4, 5, generator=torch.Generator().manual_seed(0))
    result = augment(pipeline, pixels, torch.arange(400), seed=0, epoch=0, scale=1.0)
    ways = (pixels, pixels.flip(3), pixels.flip(2), pixels.flip(2, 3))
    seen = [int((result == way).flatten(1).all(1).sum()) for way in ways]
    assert seen[3] == 0
    assert chisquare(seen[:3], [200, 100, 100]).pvalue > 1e-3


def _chosen(item: Drawn, place: int) -> bool:
    return item.chosen is None or bool(item.chosen[place])
