"""What geometric cards refuse, and which questions they raise."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS, ImageFacts, Transform
from engine.transforms.geometry import (
    Elastic,
    Flip,
    Perspective,
    QuarterTurn,
    RandomCrop,
    RandomResizedCrop,
    Rotate,
    Shear,
    Shift,
    Zoom,
)


@pytest.mark.parametrize(
    ("cls", "values", "code", "where"),
    [
        (Zoom, {"factor_range": (1.2, 0.8)}, "FV-H002", "factor_range"),
        (RandomResizedCrop, {"area_range": (0.8, 0.5)}, "FV-H002", "area_range"),
        (RandomResizedCrop, {"ratio_range": (2.0, 1.0)}, "FV-H002", "ratio_range"),
        (RandomResizedCrop, {"area_range": (0.5, 1.5)}, "FV-H001", "area_range"),
        (RandomCrop, {"padding": 0.1, "size": 1.3}, "FV-H002", "size"),
        (RandomCrop, {"padding": -0.1}, "FV-H001", "padding"),
        (Perspective, {"distortion_scale": 0.7}, "FV-H001", "distortion_scale"),
        (Shear, {"x": 90.0}, "FV-H001", "x"),
        (Elastic, {"smoothness": 0.0}, "FV-H001", "smoothness"),
        (Rotate, {"degrees": 181.0}, "FV-H001", "degrees"),
    ],
)
def test_impossible_settings_are_refused(
    cls: type[Transform], values: dict[str, Any], code: str, where: str
) -> None:
    with pytest.raises(FoveaError) as caught:
        cls(**values)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert caught.value.what.endswith(".")
    assert caught.value.fix


@pytest.mark.parametrize(
    ("card", "facts", "field", "words"),
    [
        (QuarterTurn(), (3, 20, 30), "half_only", "these are 30 x 20 pixels"),
        (RandomCrop(size=0.1), (1, 12, 40), "size", "4 x 1 pixels from images of 40 x 12"),
        (
            RandomCrop(padding=0.1, size=1.2),
            (1, 33, 33),
            "size",
            "40 x 40 pixels from images of 33 x 33 pixels does not fit: with padding they are "
            "39 x 39",
        ),
        (RandomResizedCrop(area_range=(0.01, 1.0)), (1, 16, 16), "area_range", "16 x 16"),
    ],
)
def test_settings_that_the_images_do_not_allow_are_named(
    card: Transform, facts: tuple[int, int, int], field: str, words: str
) -> None:
    [found] = card.misfits(ImageFacts(*facts))
    assert found.field == field
    assert words in found.message
    assert found.message.endswith(".")
    assert found.fix.endswith(".")


@pytest.mark.parametrize("channels", [1, 3, 5])
@pytest.mark.parametrize("cls", [cls for cls in TRANSFORMS if cls.family == "geometric"])
def test_defaults_fit_square_images_of_any_channels(cls: type[Transform], channels: int) -> None:
    assert list(cls().misfits(ImageFacts(channels, 28, 28))) == []


def test_half_turns_fit_any_image() -> None:
    assert list(QuarterTurn(half_only=True).misfits(ImageFacts(1, 20, 30))) == []


@pytest.mark.parametrize(
    ("card", "names"),
    [
        (Flip(), ("mirror",)),
        (Flip(horizontal=False, vertical=True), ("mirror", "upside_down")),
        (Flip(horizontal=False), ()),
        (QuarterTurn(), ("turn", "upside_down")),
        (Rotate(), ()),
        (Rotate(degrees=45.0), ("turn",)),
        (Rotate(degrees=180.0), ("turn", "upside_down")),
        (Shift(), ()),
        (Shift(width=0.3), ("small",)),
        (Shear(), ()),
        (Shear(x=0.0, y=30.0), ("turn",)),
        (Zoom(), ()),
        (Zoom(factor_range=(0.5, 1.0)), ("size",)),
        (Zoom(factor_range=(1.0, 2.0)), ("size", "small")),
        (Perspective(), ()),
        (Perspective(distortion_scale=0.5), ("size",)),
        (Elastic(), ()),
        (RandomCrop(), ()),
        (RandomCrop(padding=0.25), ("small",)),
        (RandomCrop(size=0.75), ("small", "size")),
        (RandomResizedCrop(), ("small", "size")),
        (RandomResizedCrop(area_range=(0.9, 1.0)), ()),
    ],
)
def test_questions_follow_the_settings(card: Transform, names: tuple[str, ...]) -> None:
    assert card.questions() == names
