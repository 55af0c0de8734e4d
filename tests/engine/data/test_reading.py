"""Bytes to pixels: every mode by its stated rule, and nothing half loaded."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.decode import decode
from engine.data.picture import Unreadable
from engine.data.quiet import quiet_decoders
from engine.data.reading import read_picture
from engine.data.spec import DataSpec
from engine.errors import FoveaError
from tests.engine.data.pictures import encoded, noise, png_header, tiff

GREY = noise(1, 40, 30)
COLOUR = noise(2, 40, 30, 3)
DEEP = noise(3, 40, 30, kind="uint16")
DEEP_COLOUR = noise(4, 40, 30, 3, kind="uint16")


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "GIF", "WEBP"])
def test_8_bit_pixels_come_back_exactly(form: str) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    picture = read_picture(encoded(COLOUR if form != "GIF" else GREY, form, **options))
    wanted = COLOUR if form != "GIF" else GREY[:, :, None]
    pixels = picture.pixels[:, :, :1] if form == "GIF" else picture.pixels
    np.testing.assert_array_equal(pixels, wanted)
    assert (picture.width, picture.height, picture.format) == (30, 40, form)


def test_a_jpeg_may_come_reduced_but_tells_its_own_size() -> None:
    smooth = np.asarray(Image.fromarray(GREY).resize((800, 640)))
    picture = read_picture(encoded(smooth, "JPEG"), at_least=100)
    assert (picture.width, picture.height) == (800, 640)
    assert 100 <= min(picture.pixels.shape[:2]) < 640


DEEP_FILES = {
    "png grey": (encoded(DEEP), DEEP[:, :, None]),
    "tiff grey": (tiff(DEEP), DEEP[:, :, None]),
    "tiff big-endian": (tiff(DEEP, byteorder=">"), DEEP[:, :, None]),
    "tiff lzw": (tiff(DEEP, compression="lzw", predictor=True), DEEP[:, :, None]),
    "tiff colour": (tiff(DEEP_COLOUR, photometric="rgb"), DEEP_COLOUR),
    "tiff planes": (
        tiff(np.moveaxis(DEEP_COLOUR, 2, 0), photometric="rgb", planarconfig="separate"),
        DEEP_COLOUR,
    ),
    "tiff white is zero": (tiff(DEEP, photometric="miniswhite"), 65535 - DEEP[:, :, None]),
}


@pytest.mark.parametrize("name", DEEP_FILES)
def test_16_bit_values_equal_numpy(name: str) -> None:
    data, wanted = DEEP_FILES[name]
    pixels = read_picture(data).pixels
    assert pixels.dtype == np.uint16
    np.testing.assert_array_equal(pixels, wanted)


def test_a_16_bit_colour_png_keeps_all_its_bits() -> None:
    imagecodecs = pytest.importorskip("imagecodecs", reason="a dependency of the engine")
    picture = read_picture(imagecodecs.png_encode(DEEP_COLOUR))
    np.testing.assert_array_equal(picture.pixels, DEEP_COLOUR)
    assert picture.mode == "RGB;16"


def test_floats_and_signed_numbers_keep_their_values() -> None:
    values = np.linspace(-2.5, 7, 1200, dtype=np.float32).reshape(40, 30)
    picture = read_picture(tiff(values))
    np.testing.assert_array_equal(picture.pixels[:, :, 0], values)
    assert "float" in picture.notes
    signed = (noise(5, 40, 30, kind="uint16").astype(np.int32) - 32768).astype(np.int16)
    picture = read_picture(tiff(signed))
    np.testing.assert_array_equal(picture.pixels[:, :, 0], signed)
    assert "signed" in picture.notes


def test_transparent_parts_are_shown_on_white() -> None:
    alpha = noise(6, 40, 30)
    picture = read_picture(encoded(np.dstack([COLOUR, alpha])))
    share = alpha[:, :, None] / 255
    wanted = COLOUR * share + 255 * (1 - share)
    assert np.abs(picture.pixels - wanted).max() <= 0.51
    assert picture.notes == {"alpha"}
    deep = tiff(np.dstack([DEEP_COLOUR, DEEP]), photometric="rgb", extrasamples=["unassalpha"])
    share = DEEP[:, :, None] / 65535
    wanted = DEEP_COLOUR * share + 65535 * (1 - share)
    assert np.abs(read_picture(deep).pixels - wanted).max() <= 0.6


def test_colours_that_were_multiplied_by_alpha_are_not_multiplied_again() -> None:
    half = np.full((40, 30, 1), 128, np.uint8)
    data = tiff(
        np.concatenate([COLOUR // 2, half], 2), photometric="rgb", extrasamples=["assocalpha"]
    )
    wanted = COLOUR // 2 + 255 * (1 - 128 / 255)
    assert np.abs(read_picture(data).pixels - wanted).max() <= 0.51


def test_a_second_grey_channel_is_only_opacity_where_the_file_says_so() -> None:
    pair = np.dstack([COLOUR[:, :, 0], COLOUR[:, :, 1]])
    data = tiff(pair, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"])
    assert read_picture(data).notes == {"alpha"}
    data = tiff(pair, photometric="minisblack", planarconfig="contig", extrasamples=["unspecified"])
    with pytest.raises(Unreadable, match="2 channels"):
        read_picture(data)


def test_palettes_give_their_colours() -> None:
    palette = Image.fromarray(COLOUR).quantize(16)
    stream = io.BytesIO()
    palette.save(stream, "PNG")
    picture = read_picture(stream.getvalue())
    np.testing.assert_array_equal(picture.pixels, np.asarray(palette.convert("RGB")))
    stream = io.BytesIO()
    palette.save(stream, "TIFF")
    np.testing.assert_array_equal(read_picture(stream.getvalue()).pixels, picture.pixels)
    assert picture.notes == {"palette"}


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(form: str) -> None:
    flat = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # cyan off, magenta and yellow full: red
    stream = io.BytesIO()
    flat.save(stream, form)
    picture = read_picture(stream.getvalue())
    assert picture.pixels.shape == (16, 16, 3)
    assert np.abs(picture.pixels.astype(int) - [255, 0, 0]).max() < 12
    assert "cmyk" in picture.notes


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
def test_one_bit_becomes_0_and_255(form: str) -> None:
    bits = noise(7, 24, 24) > 127
    stream = io.BytesIO()
    Image.fromarray(bits).save(stream, form)
    picture = read_picture(stream.getvalue())
    np.testing.assert_array_equal(picture.pixels[:, :, 0], bits * np.uint8(255))
    assert "bilevel" in picture.notes


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "TIFF", "deep TIFF"])
def test_a_stored_rotation_is_applied(turn: int, form: str) -> None:
    ways = (None, 0, 3, 1, 5, 4, 6, 2)  # Pillow's transpositions that undo 1 to 8
    pixels = DEEP if form == "deep TIFF" else COLOUR
    if form == "deep TIFF":
        data = tiff(pixels, extratags=[(274, 3, 1, turn, True)])
    else:
        exif = Image.Exif()
        exif[274] = turn
        data = encoded(pixels, form, exif=exif)
    picture = read_picture(data)
    flat = Image.fromarray(pixels)
    way = ways[turn - 1]
    wanted = np.asarray(flat if way is None else flat.transpose(way))
    np.testing.assert_array_equal(picture.pixels.squeeze(), wanted)
    assert (picture.width, picture.height) == wanted.shape[1::-1]
    assert ("rotated" in picture.notes) == (turn > 1)


def test_the_first_of_several_pages_is_taken_and_noted() -> None:
    pages = noise(8, 3, 20, 20)
    picture = read_picture(tiff(pages, photometric="minisblack"))
    np.testing.assert_array_equal(picture.pixels[:, :, 0], pages[0])
    assert "pages" in picture.notes


def test_volumes_and_odd_channels_are_refused() -> None:
    stack = tiff(noise(9, 4, 32, 32), volumetric=True, tile=(4, 16, 16), photometric="minisblack")
    with pytest.raises(Unreadable, match="volume of 4 slices"):
        read_picture(stack)
    with pytest.raises(Unreadable, match="5 channels"):
        read_picture(tiff(noise(9, 20, 20, 5), photometric="minisblack", planarconfig="contig"))


WHOLE = {
    "jpeg": encoded(noise(10, 64, 64, 3), "JPEG"),
    "progressive jpeg": encoded(noise(10, 64, 64, 3), "JPEG", progressive=True),
    "png": encoded(noise(10, 64, 64, 3)),
    "png with exif": encoded(noise(10, 64, 64, 3), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    "deep png": encoded(noise(10, 64, 64, kind="uint16")),
    "bmp": encoded(noise(10, 64, 64, 3), "BMP"),
    "tiff": tiff(noise(10, 64, 64, 3), photometric="rgb", rowsperstrip=8),
    "deflated tiff": tiff(noise(10, 64, 64, kind="uint16"), compression="zlib", rowsperstrip=8),
    "pillow tiff": encoded(noise(10, 64, 64, 3), "TIFF"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_at_twenty_places_is_never_half_loaded(name: str) -> None:
    data = WHOLE[name]
    whole = read_picture(data).pixels
    loaded = 0
    for cut in np.linspace(0, len(data) - 1, 20).astype(int):
        with quiet_decoders():
            try:
                pixels = read_picture(data[:cut]).pixels
            except Unreadable:
                continue
            else:
                np.testing.assert_array_equal(pixels, whole)  # only a trailer was lost
                loaded += 1
    assert loaded <= 2


def test_a_jpeg_overwritten_with_zeros_is_refused() -> None:
    data = WHOLE["jpeg"]
    with pytest.raises(Unreadable, match="end of the JPEG"):
        read_picture(data[:2000] + bytes(len(data) - 2000))


def test_random_damage_raises_nothing_but_unreadable() -> None:
    random = np.random.default_rng(11)
    refused = 0
    with quiet_decoders():
        for data in WHOLE.values():
            for _ in range(15):
                broken = bytearray(data)
                for at in random.integers(0, min(400, len(data)), 4):
                    broken[at] = random.integers(256)
                try:
                    read_picture(bytes(broken))
                except Unreadable:
                    refused += 1
    assert refused > 20


def test_bombs_are_refused_from_the_header() -> None:
    with quiet_decoders():
        for side in (13_000, 60_000):
            with pytest.raises(Unreadable, match="pixels"):
                read_picture(png_header(side, side))
        small = encoded(GREY, "BMP")
        with pytest.raises(Unreadable, match="pixels"):
            read_picture(small[:18] + struct.pack("<ii", 60_000, 60_000) + small[26:])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\0" * 900, "only zeros"),
        (b"just words\n", "text"),
        (b"<html><body>404</body></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        (b"\x00\x01\x02\x03 binary", "not a JPEG"),
    ],
)
def test_what_is_no_image_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_picture(data)


def test_a_name_that_no_system_takes_is_an_unreadable_image() -> None:
    with pytest.raises(FoveaError) as caught:
        decode(Path("a\0b.png"), DataSpec())
    assert caught.value.code == "FV-D010"
