"""Fitting to the square: windows, proportions, channels, quality."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from engine.data.fit import fit
from engine.data.spec import DataSpec
from tests.engine.data.pictures import noise

DEEP = DataSpec(size=16, channels="grey", depth=16, window="full")


def test_an_image_of_the_right_size_is_not_touched() -> None:
    colour = noise(1, 16, 16, 3)
    np.testing.assert_array_equal(fit(colour, DataSpec(size=16)), np.moveaxis(colour, 2, 0))
    deep = noise(2, 16, 16, 1, kind="uint16")
    result = fit(deep, DEEP)
    assert result.dtype == np.uint16
    np.testing.assert_array_equal(result[0], deep[:, :, 0])


def test_the_window_maps_12_bits_to_the_full_range_and_clips() -> None:
    values = np.array([[[0], [100]], [[2147], [4195]]], np.uint16).repeat(8, 0).repeat(8, 1)
    spec = DEEP.with_(window="auto", window_low=100.0, window_high=4195.0)
    wanted = np.clip((values.astype(float) - 100) / 4095, 0, 1) * 65535
    np.testing.assert_array_equal(fit(values, spec)[0], np.rint(wanted)[:, :, 0])


def test_floats_use_the_window_even_in_full_and_nan_is_black() -> None:
    values = np.full((16, 16, 1), 0.5, np.float32)
    values[0, 0], values[0, 1], values[0, 2] = np.nan, np.inf, -np.inf
    result = fit(values, DEEP.with_(window_low=0.0, window_high=1.0))[0]
    assert result[5, 5] == round(0.5 * 65535)
    assert result[0, :3].tolist() == [0, 65535, 0]


def test_8_bit_images_fill_a_16_bit_set() -> None:
    pixels = noise(3, 16, 16, 1)
    np.testing.assert_array_equal(fit(pixels, DEEP)[0], pixels[:, :, 0].astype(np.uint16) * 257)


def test_one_rule_for_grey_and_colour() -> None:
    colour = noise(4, 16, 16, 3)
    wanted = np.asarray(Image.fromarray(colour).convert("L"))
    np.testing.assert_array_equal(fit(colour, DataSpec(size=16, channels="grey"))[0], wanted)
    deep = fit(colour.astype(np.uint16) * 257, DEEP)[0]
    assert np.abs(deep / 257 - wanted).max() < 1.1
    grey = noise(5, 16, 16, 1)
    assert (fit(grey, DataSpec(size=16)) == grey[:, :, 0]).all()


def test_letterbox_keeps_proportions_with_black_borders() -> None:
    white = np.full((20, 80, 3), 255, np.uint8)
    result = fit(white, DataSpec(size=40, resize="letterbox"))
    assert (result[:, 15:25] == 255).all()
    assert result.sum() == 255 * 3 * 40 * 10


def test_crop_takes_the_middle_and_stretch_all() -> None:
    pixels = np.zeros((20, 60, 1), np.uint8)
    pixels[:, 20:40] = 200
    grey = DataSpec(size=20, channels="grey")
    assert (fit(pixels, grey.with_(resize="crop")) == 200).all()
    stretched = fit(pixels, grey)[0, 10]
    assert stretched[0] == stretched[-1] == 0
    assert stretched[10] == 200


@pytest.mark.parametrize("resize", ["stretch", "letterbox", "crop"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1), (3, 500)])
def test_extreme_shapes_have_a_rule(resize: str, shape: tuple[int, int]) -> None:
    pixels = np.full((*shape, 1), 77, np.uint8)
    result = fit(pixels, DataSpec(size=32, channels="grey", resize=resize))
    assert result.shape == (1, 32, 32)
    assert result.max() == 77


def test_reduction_averages_instead_of_picking() -> None:
    board = np.indices((512, 512)).sum(axis=0)[:, :, None] % 2
    small = fit((board * 255).astype(np.uint8), DataSpec(size=32, channels="grey"))
    assert np.abs(small[0, 4:-4, 4:-4].astype(int) - 127).max() <= 2
    deep = fit((board * 65535).astype(np.uint16), DEEP.with_(size=32))
    assert np.abs(deep[0, 4:-4, 4:-4].astype(int) - 32767).max() <= 400
