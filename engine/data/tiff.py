"""TIFF files of all depths and layouts.

Pillow would do for the simple ones, but reduces colour to 8 bits without a word, leaves missing
strips black, and its libtiff writes about odd tags to the terminal.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from engine.data.picture import (
    Array,
    Picture,
    Unreadable,
    check_pixels,
    memory_for,
    on_white,
    oriented,
)

__all__ = ["read_tiff"]


def read_tiff(data: bytes) -> Picture:
    """The first page of a TIFF: up to 8 bits over the full range of uint8, more as they are.

    Grey, RGB, palette and CMYK, with or without alpha; white-is-zero is inverted. Raises Unreadable
    with the reason for volumes, other numbers of channels and strips that lie outside the file, and
    whatever tifffile raises for a damaged one.
    """
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page: Any = file.pages[0]
        check_pixels(page.imagewidth, page.imagelength * max(1, page.samplesperpixel // 4))
        if page.imagedepth > 1:
            raise Unreadable(
                f"The image is a volume of {page.imagedepth} slices; only flat ones are understood."
            )
        ends = [at + n for at, n in zip(page.dataoffsets, page.databytecounts, strict=False)]
        if not ends or max(ends) > len(data) or not all(page.databytecounts):
            raise Unreadable("The file is cut off: parts of the image lie beyond its end.")
        with memory_for(page.imagewidth * page.imagelength):
            pixels, notes = _colours(_channels_last(page.asarray(), page.axes), page)
        turn = page.tags.valueof(274, default=1)
        if turn in range(2, 9):
            notes.add("rotated")
        if _has_second_page(file):
            notes.add("pages")
    upright = oriented(pixels, int(turn))
    height, width = upright.shape[:2]
    return Picture(upright, width, height, _mode(pixels), "TIFF", frozenset(notes))


def _has_second_page(file: Any) -> bool:
    try:
        return file.pages[1] is not None
    except Exception:  # a damaged second page is no second page
        return False


def _channels_last(pixels: Array, axes: str) -> Array:
    if axes == "YX":
        return pixels[:, :, None]
    if axes == "SYX":
        return np.moveaxis(pixels, 0, 2)
    if axes == "YXS":
        return pixels
    raise Unreadable(f"The image has the axes {axes}; only flat images are understood.")


def _colours(pixels: Array, page: Any) -> tuple[Array, set[str]]:
    """The pixels ``[h, w, 1 or 3]``, with notes on how colours and alpha were understood."""
    import tifffile

    kinds, photometric, bits = tifffile.PHOTOMETRIC, page.photometric, page.bitspersample
    if photometric == kinds.PALETTE:
        colours = np.moveaxis(page.colormap, 0, -1)[pixels[:, :, 0].astype(np.int64)]
        return (colours >> 8).astype(np.uint8), {"palette"}
    if photometric == kinds.SEPARATED and pixels.dtype == np.uint8 and pixels.shape[2] == 4:
        image = Image.fromarray(np.ascontiguousarray(pixels), "CMYK")
        return np.asarray(image.convert("RGB")), {"cmyk"}
    if photometric not in (kinds.MINISBLACK, kinds.MINISWHITE, kinds.RGB, kinds.YCBCR):
        name = getattr(photometric, "name", photometric)
        raise Unreadable(f"Its colours are stored as {name}, which is not read.")
    notes = {"bilevel"} if bits == 1 else set()
    if bits < 8 and pixels.dtype.kind in "bu":
        pixels = (pixels.astype(np.uint16) * 255 // ((1 << bits) - 1)).astype(np.uint8)
        bits = 8
    if photometric == kinds.MINISWHITE and pixels.dtype.kind == "u":
        pixels = np.array((1 << bits) - 1, pixels.dtype) - pixels
    pixels, alpha = _without_alpha(pixels, page)
    notes |= {"alpha"} if alpha else set()
    notes |= {"f": {"float"}, "i": {"signed"}}.get(pixels.dtype.kind, set())
    return pixels, notes


def _without_alpha(pixels: Array, page: Any) -> tuple[Array, bool]:
    if pixels.dtype.kind not in "uif":
        raise Unreadable(f"Its pixels are of the type {pixels.dtype}, which is no image.")
    count = pixels.shape[2]
    if count in (1, 3):
        return pixels, False
    extra = page.extrasamples[0] if page.extrasamples else None
    if (count == 4 and extra is not None) or (count == 2 and extra in _ALPHA):
        colour, alpha = pixels[:, :, : count - 1], pixels[:, :, count - 1 :]
        if pixels.dtype.kind != "u":
            return colour, True
        return on_white(colour, alpha, multiplied=extra == _ALPHA[0]), True
    raise Unreadable(f"The image has {count} channels; 1 (grey) or 3 (colour) are understood.")


_ALPHA = (1, 2)
"""Values of the tag ExtraSamples that mean opacity: colours multiplied by it, and not. Of one grey
channel and a second one of unknown meaning, as microscopes write, neither is opacity."""


def _mode(pixels: Array) -> str:
    base = "RGB" if pixels.shape[2] == 3 else "L"
    if pixels.dtype == np.uint8:
        return base
    if pixels.dtype.kind == "f":
        return f"{base};F"
    return f"{base};{pixels.dtype.itemsize * 8}{'s' if pixels.dtype.kind == 'i' else ''}"
