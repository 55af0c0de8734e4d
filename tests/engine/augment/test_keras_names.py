"""Keras' names: the tables, the conversion, and reading a pasted call without running it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage

from engine.augment.engine import augment
from engine.augment.keras_names import ARGUMENTS, LAYERS, MATCHES, Match, from_keras
from engine.augment.pipeline import Card, Pipeline
from engine.augment.text import paste
from engine.errors import FoveaError
from engine.transforms.base import TRANSFORMS
from engine.transforms.colour.channels import ChannelShift
from engine.transforms.colour.tone import BrightnessContrast
from engine.transforms.geometry import Flip, Rotate, Shear, Shift, Zoom
from engine.transforms.maps import ones_like

# The signature of Keras 3.3, so that no argument is forgotten.
_SIGNATURE = """featurewise_center samplewise_center featurewise_std_normalization
samplewise_std_normalization zca_whitening zca_epsilon rotation_range width_shift_range
height_shift_range brightness_range shear_range zoom_range channel_shift_range fill_mode cval
horizontal_flip vertical_flip rescale preprocessing_function data_format validation_split
interpolation_order dtype"""
SIGNATURE = _SIGNATURE.split()

EXAMPLE = Pipeline(
    (
        Card("rotate", Rotate(degrees=20.0)),
        Card("shift", Shift(width=0.2, height=0.2)),
        Card("shear", Shear(x=0.0, y=0.2)),
        Card("zoom", Zoom(factor_range=(0.8333, 1.25), per_axis=True)),
        Card("flip", Flip(horizontal=True, vertical=False)),
    ),
    fill="nearest",
)

CALL = """
from tensorflow.keras.preprocessing.image import ImageDataGenerator

datagen = ImageDataGenerator(
    rotation_range=20,      # degrees
    width_shift_range=0.2,
    height_shift_range=0.2,
    shear_range=0.2,
    zoom_range=0.2,
    horizontal_flip=True,
    fill_mode='nearest')
"""


def test_every_argument_of_keras_has_its_line_in_its_place() -> None:
    assert list(ARGUMENTS) == SIGNATURE
    for match in (*MATCHES, *LAYERS):
        assert match.says.endswith(".")
        assert bool(match.fovea) or match.relation in ("none", "elsewhere"), match.name
    assert len({match.name for match in (*MATCHES, *LAYERS)}) == len(MATCHES) + len(LAYERS)


@pytest.mark.parametrize("match", [*MATCHES, *LAYERS], ids=lambda match: match.name)
def test_the_cards_that_are_named_are_there(match: Match) -> None:
    for kind in match.kinds:
        assert TRANSFORMS.get(kind).title in match.fovea
    assert bool(match.kinds) or match.relation in ("none", "elsewhere") or "Augm" in match.fovea


def test_the_settings_that_are_named_are_there() -> None:
    for match in (*MATCHES, *LAYERS):
        for name in re.findall(r": ([a-z ]+)$", match.fovea) if len(match.kinds) == 1 else ():
            labels = [item.label.lower() for item in TRANSFORMS.get(match.kinds[0]).params()]
            names = [item.name for item in TRANSFORMS.get(match.kinds[0]).params()]
            assert name in labels + names, match.name


def test_the_example_of_the_text_gives_its_pipeline() -> None:
    pipeline, notes = from_keras(
        rotation_range=20,
        width_shift_range=0.2,
        height_shift_range=0.2,
        shear_range=0.2,
        zoom_range=0.2,
        horizontal_flip=True,
        fill_mode="nearest",
    )
    assert pipeline == EXAMPLE
    assert any("fifth of a degree" in note for note in notes)
    assert paste(CALL) == (pipeline, notes)


def test_keras_defaults_change_nothing() -> None:
    assert from_keras() == (Pipeline(fill="nearest"), ())


@pytest.mark.parametrize(
    ("arguments", "card"),
    [
        ({"rotation_range": 360}, Rotate(degrees=180.0)),
        ({"height_shift_range": 0.5}, Shift(width=0.0, height=0.5)),
        ({"vertical_flip": True}, Flip(horizontal=False, vertical=True)),
        ({"zoom_range": [0.5, 1.0]}, Zoom(factor_range=(1.0, 2.0), per_axis=True)),
        ({"brightness_range": (0.8, 1.2)}, BrightnessContrast(brightness=0.2, contrast=0.0)),
        ({"brightness_range": [0.5, 1]}, BrightnessContrast(brightness=0.5, contrast=0.0)),
        ({"channel_shift_range": 51.0}, ChannelShift(amount=0.2, each_channel=False)),
    ],
)
def test_one_argument_is_one_card(arguments: dict[str, Any], card: Any) -> None:
    pipeline, notes = from_keras(**arguments)
    assert [item.transform for item in pipeline.cards] == [card]
    assert all(note.startswith(next(iter(arguments))) for note in notes)


def test_what_is_lost_is_told() -> None:
    _, notes = from_keras(brightness_range=(0.2, 1.0))
    assert any("not symmetric" in note for note in notes)
    pipeline, notes = from_keras(
        rescale=1 / 255, validation_split=0.2, zca_whitening=True, featurewise_center=True
    )
    assert pipeline.cards == ()
    assert [note.split(":")[0] for note in notes] == [
        "featurewise_center",
        "zca_whitening",
        "rescale",
        "validation_split",
    ]


@pytest.mark.parametrize("fill", ["constant", "nearest", "reflect", "wrap"])
def test_the_four_ways_to_fill_are_keras_own(fill: str) -> None:
    """Against scipy, which Keras calls, at shifts by whole pixels."""
    pipeline, _ = from_keras(width_shift_range=0.9, fill_mode=fill, cval=51.0)
    assert (pipeline.fill, pipeline.fill_value) == (fill, 0.2 if fill == "constant" else 0.0)
    values = np.random.default_rng(0).random((1, 1, 9, 9), np.float32)
    image = torch.from_numpy(values)
    row = values[0, 0, 4]
    for right in (-7, 3):
        padded = ndimage.shift(row, right, order=0, mode=_scipy(fill), cval=0.2)
        moved = _moved(pipeline, image, right)[0, 0, 4].numpy()
        np.testing.assert_allclose(moved, padded, atol=1e-5)


def _scipy(fill: str) -> str:
    """scipy's own “wrap” repeats with a period of one pixel less; “grid-wrap” is meant."""
    return "grid-wrap" if fill == "wrap" else fill


class _Right(Shift):
    """A shift to the right by a whole number of pixels."""

    kind = "test_right"

    def source_map(self, draws: Any, height: int, width: int) -> Any:
        fixed = ones_like(draws)
        fixed[:, 1] = 0.5
        return super().source_map(fixed, height, width)


def _moved(pipeline: Pipeline, image: torch.Tensor, right: int) -> torch.Tensor:
    mirrored = image if right > 0 else image.flip(3)
    card = Card("right", _Right(width=abs(right) / 9, height=0.0))
    found = augment(
        Pipeline((card,), pipeline.fill, pipeline.fill_value),
        mirrored,
        torch.zeros(1, dtype=torch.int64),
        seed=0,
        epoch=0,
        scale=1.0,
    )
    return found if right > 0 else found.flip(3)


@pytest.mark.parametrize(
    ("arguments", "code", "where"),
    [
        ({"rotation": 20}, "FV-H003", "rotation"),
        ({"rotation_range": "20"}, "FV-H001", "rotation_range"),
        ({"rotation_range": -1}, "FV-H001", "rotation_range"),
        ({"rotation_range": True}, "FV-H001", "rotation_range"),
        ({"shear_range": float("inf")}, "FV-H001", "shear_range"),
        ({"shear_range": 80}, "FV-H002", "shear_range"),
        ({"width_shift_range": 10}, "FV-H002", "width_shift_range"),
        ({"width_shift_range": [-0.1, 0.1]}, "FV-H002", "width_shift_range"),
        ({"zoom_range": 1.0}, "FV-H002", "zoom_range"),
        ({"zoom_range": [1, 2, 3]}, "FV-H001", "zoom_range"),
        ({"brightness_range": 0.2}, "FV-H001", "brightness_range"),
        ({"horizontal_flip": 1}, "FV-H001", "horizontal_flip"),
        ({"fill_mode": "mirror"}, "FV-H001", "fill_mode"),
        ({"fill_mode": []}, "FV-H001", "fill_mode"),
        ({"interpolation_order": 5}, "FV-H002", "interpolation_order"),
        ({"interpolation_order": [1]}, "FV-H002", "interpolation_order"),
    ],
)
def test_what_has_no_match_is_refused_in_words(
    arguments: dict[str, Any], code: str, where: str
) -> None:
    with pytest.raises(FoveaError) as caught:
        from_keras(**arguments)
    assert (caught.value.code, caught.value.where) == (code, where)
    assert caught.value.fix


@pytest.mark.parametrize(
    "call",
    [
        "ImageDataGenerator(rotation_range=20)",
        "    ImageDataGenerator(rotation_range = 20,)",
        "g = tf.keras.preprocessing.image.ImageDataGenerator(rotation_range=40/2)",
        "if True:\n  def make():\n    return ImageDataGenerator(**{}, rotation_range=20)"[:40]
        + "\n    return ImageDataGenerator(rotation_range=20)",
        "ImageDataGenerator(False, False, False, False, False, 1e-6, 20)",
        "x = ImageDataGenerator(rotation_range=20).flow_from_directory('a', (1, 2))",
    ],
)
def test_calls_in_many_dresses(call: str) -> None:
    assert paste(call).pipeline == from_keras(rotation_range=20)[0]


def test_the_first_of_several_generators_is_taken_and_told() -> None:
    found = paste(
        "a = ImageDataGenerator(rotation_range=5)\nb = ImageDataGenerator(rescale=1./255)"
    )
    assert found.pipeline == from_keras(rotation_range=5)[0]
    assert "2 generators" in found.notes[0]


def test_functions_are_told_and_never_called() -> None:
    found = paste("ImageDataGenerator(preprocessing_function=lambda x: 1 / 0, dtype=np.float16)")
    assert found.pipeline.cards == ()
    assert found.notes[0].startswith("preprocessing_function")


@pytest.mark.parametrize(
    ("call", "code", "where"),
    [
        ("ImageDataGenerator(rotation_range=__import__('os').getpid())", "FV-H004", "line 1"),
        ("x = 3\nImageDataGenerator(rotation_range=x)", "FV-H004", "line 2"),
        ("ImageDataGenerator(rotation_range=1/0)", "FV-H004", "line 1"),
        ("ImageDataGenerator(**settings)", "FV-H004", "line 1"),
        ("ImageDataGenerator(*settings)", "FV-H004", "line 1"),
        ("ImageDataGenerator(rotation_range=20", "FV-H004", "line 1"),
        ("ImageDataGenerator", "FV-H004", ""),
        ("# ImageDataGenerator(rotation_range=20)", "FV-H004", ""),
        ("ImageDataGenerator(rotation_range=" + "(" * 5000 + ")" * 5000 + ")", "FV-H004", ""),
        ("ImageDataGenerator(rotation_range=" + "-" * 50000 + "1)", "FV-H004", ""),
        ("ImageDataGenerator(rotation_range=1\0)", "FV-H004", ""),
        ("ImageDataGenerator(rotation_range='\ud800')", "FV-H", ""),
        ("ImageDataGenerator(rotation=20)", "FV-H003", "rotation"),
        ("ImageDataGenerator(" + "1," * 40 + ")", "FV-H004", "line 1"),
        ("ImageDataGenerator(" + " " * 100_000 + ")", "FV-H004", ""),
    ],
)
def test_what_cannot_be_read_is_refused(call: str, code: str, where: str) -> None:
    with pytest.raises(FoveaError) as caught:
        paste(call)
    assert caught.value.code.startswith(code)
    assert caught.value.where.startswith(where)


def test_pasting_costs_no_torch() -> None:
    code = (
        "import sys\nfrom engine.augment.text import paste\n"
        "paste('ImageDataGenerator(rotation_range=20)')\n"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["rotation_range", "cval", "width_shift_range"])
def test_a_whole_number_without_end_is_refused(name: str) -> None:
    with pytest.raises(FoveaError) as caught:
        paste(f"ImageDataGenerator({name}=1{'0' * 400})")
    assert (caught.value.code, caught.value.where) == ("FV-H001", name)


@pytest.mark.parametrize("value", ["f" + ".g" * 900, "1+" * 600 + "1"])
def test_a_function_that_nests_too_deeply_to_be_shown_is_told_all_the_same(value: str) -> None:
    _, notes = paste(f"ImageDataGenerator(preprocessing_function={value})")
    assert notes[0].startswith("preprocessing_function")


@pytest.mark.parametrize(
    "words", ["rotation_range=1, rotation_range=20", "True, featurewise_center=False"]
)
def test_an_argument_that_is_there_twice_is_refused(words: str) -> None:
    with pytest.raises(FoveaError, match="twice") as caught:
        paste(f"ImageDataGenerator({words})")
    assert caught.value.where == "line 1"
