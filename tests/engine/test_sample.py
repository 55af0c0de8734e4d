"""The embedded sample: the same from its seed, honest about itself, and no giveaway."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.scan import scan
from engine.errors import FoveaError
from engine.sample import CLASSES, make_sample
from engine.sample.make import draw_cells


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "cells"
    make_sample(path)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_there_are_600_images_in_4_classes_and_a_note(folder: Path) -> None:
    for name in CLASSES:
        files = sorted((folder / name).iterdir())
        assert len(files) == 150
        assert pixels(files[0]).shape == (64, 64, 3)
    assert "synthetic" in (folder / "README.txt").read_text(encoding="utf-8")


def test_a_scan_finds_nothing_to_say(folder: Path, tmp_path: Path) -> None:
    result = scan(folder, tmp_path)
    assert result.findings == ()
    assert (result.spec.size, result.spec.channels) == (64, "colour")
    assert result.spec.classes == CLASSES


def test_the_seed_decides_every_pixel(folder: Path) -> None:
    random = np.random.default_rng([0, CLASSES.index("lobed")])
    again = draw_cells("lobed", 50, random)
    np.testing.assert_array_equal(again[7], pixels(folder / "lobed" / "lobed_007.png"))
    other = draw_cells("lobed", 50, np.random.default_rng([1, CLASSES.index("lobed")]))
    assert (again[7] != other[7]).any()


def test_colour_and_brightness_do_not_give_the_class_away() -> None:
    """A nearest-mean guess from the mean colour must stay near chance (25 %)."""
    drawn = [draw_cells(name, 120, np.random.default_rng([5, k])) for k, name in enumerate(CLASSES)]
    means = np.stack([images.mean(axis=(1, 2)) for images in drawn])  # [4, 120, 3]
    centres = means[:, :60].mean(axis=1)
    held = means[:, 60:].reshape(-1, 3)
    guesses = ((held[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    assert (guesses == np.repeat(np.arange(4), 60)).mean() < 0.45


def test_a_place_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(FoveaError) as caught:
        make_sample(tmp_path / "file" / "below")
    assert caught.value.code == "FV-O001"
