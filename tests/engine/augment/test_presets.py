"""The presets: what each holds, for which images, and how it yields to answers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
import torch

from engine.augment.engine import augment
from engine.augment.pipeline import Pipeline
from engine.augment.presets import PRESETS, Step
from engine.augment.safety import QUESTIONS, doubts
from engine.transforms.base import ImageFacts
from engine.transforms.colour.saturation import Saturation
from engine.transforms.geometry import Flip, Rotate

GREY, COLOUR, MANY = ImageFacts(1, 64, 64), ImageFacts(3, 64, 64), ImageFacts(5, 64, 64)
CASES = [(name, images) for name in PRESETS for images in (GREY, COLOUR, MANY)]


def kinds(pipeline: Pipeline) -> list[str]:
    return [card.transform.kind for card in pipeline.cards]


def test_the_presets_of_the_page_are_there_in_order() -> None:
    assert list(PRESETS) == ["none", "light", "standard", "strong", "microscopy", "xray", "text"]
    for name, preset in PRESETS.items():
        assert preset.name == name
        assert preset.reason.endswith(".")
        assert len(preset.reason) > 60
    assert PRESETS["none"].pipeline == Pipeline()


@pytest.mark.parametrize(("name", "images"), CASES)
def test_a_preset_runs_on_its_images(name: str, images: ImageFacts) -> None:
    pipeline = PRESETS[name].pipeline_for(images)
    assert all(not list(card.transform.misfits(images)) for card in pipeline.cards)
    batch = torch.randint(0, 256, (4, images.channels, 24, 24), dtype=torch.uint8)
    seen = augment(pipeline, batch, torch.arange(4), seed=0, epoch=0, scale=1 / 255)
    assert seen.isfinite().all()
    assert torch.allclose(seen, batch / 255) == (name == "none")


@pytest.mark.parametrize(("name", "images"), CASES)
def test_a_preset_yields_to_every_answer(name: str, images: ImageFacts) -> None:
    for given in itertools.chain.from_iterable(
        itertools.combinations(QUESTIONS, count) for count in (0, 1, 2, len(QUESTIONS))
    ):
        answers = dict.fromkeys(given, True)
        found = doubts(PRESETS[name].pipeline_for(images, answers), answers)
        assert [doubt for doubt in found if doubt.answer] == []


def test_colour_and_grey_images_get_their_own_cards() -> None:
    assert {"saturation"} <= set(kinds(PRESETS["standard"].pipeline_for(COLOUR)))
    assert "saturation" not in kinds(PRESETS["standard"].pipeline_for(GREY))
    stained, grey = (PRESETS["microscopy"].pipeline_for(images) for images in (COLOUR, GREY))
    assert set(kinds(stained)) - set(kinds(grey)) == {"stain_jitter"}
    assert set(kinds(grey)) - set(kinds(stained)) == {"gamma"}


def test_flips_and_turns_are_where_they_belong() -> None:
    for name in ("light", "text"):
        assert not {"flip", "quarter_turn"} & set(kinds(PRESETS[name].pipeline))
    xray = PRESETS["xray"]
    assert "flip" not in kinds(xray.pipeline_for(GREY))
    assert "flip" not in kinds(xray.pipeline_for(GREY, {"mirror": True}))
    flip = xray.pipeline_for(GREY, {"mirror": False}).card("flip").transform
    assert flip == Flip(horizontal=True, vertical=False)
    everything = PRESETS["microscopy"].pipeline
    assert {"flip", "quarter_turn", "rotate"} <= set(kinds(everything))
    assert everything.card("rotate").transform == Rotate(degrees=180.0)


def test_half_of_the_scans_keep_their_exact_pixels() -> None:
    pipeline = PRESETS["xray"].pipeline_for(GREY, {"brightness": True})
    assert kinds(pipeline) == ["rotate", "shift", "zoom"]
    batch = torch.randint(0, 256, (400, 1, 24, 24), dtype=torch.uint8)
    seen = augment(pipeline, batch, torch.arange(400), seed=0, epoch=0, scale=1 / 255)
    exact = (seen == batch * (1 / 255)).flatten(1).all(1)
    assert 160 < int(exact.sum()) < 240


def test_a_group_without_cards_is_left_out() -> None:
    preset = replace(PRESETS["xray"], steps=PRESETS["xray"].steps[-1:])
    assert PRESETS["xray"].pipeline.groups
    assert preset.pipeline.groups == ()


def test_answers_weaken_before_they_remove() -> None:
    upright = PRESETS["microscopy"].pipeline_for(GREY, {"upside_down": True, "turn": True})
    assert upright.card("flip").transform == Flip(horizontal=True, vertical=False)
    assert upright.card("rotate").transform == Rotate(degrees=15.0)
    assert "quarter_turn" not in kinds(upright)
    assert "flip" not in kinds(PRESETS["strong"].pipeline_for(GREY, {"mirror": True}))
    assert "flip" not in kinds(PRESETS["standard"].pipeline_for(GREY, {"mirror": True}))


def test_a_step_takes_the_first_choice_that_fits() -> None:
    step = Step("s", (Saturation(), Rotate(degrees=5.0)), probability=0.5)
    for images, kind in ((COLOUR, "saturation"), (GREY, "rotate")):
        card = step.card(images, {})
        assert card is not None
        assert (card.transform.kind, card.probability) == (kind, 0.5)
    assert Step("s", (Saturation(),)).card(COLOUR, {"colour": True}) is None
    assert Step("s", (Saturation(),), only_if_no=True).card(COLOUR, {}) is None
    assert Step("s", (Saturation(),), only_if_no=True).card(COLOUR, {"colour": False})
