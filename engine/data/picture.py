"""One decoded image, and the words for what is unusual about it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "PIXEL_LIMIT",
    "Array",
    "Picture",
    "Unreadable",
    "check_pixels",
    "memory_for",
    "on_white",
    "oriented",
]

Array = NDArray[Any]

PIXEL_LIMIT = 100_000_000
"""More pixels than this are refused, from the header, before memory is taken for them."""

BIG = 25_000_000
_one_big_image = threading.Lock()


class Unreadable(Exception):
    """An image that cannot be used; the text is the reason, as a sentence for the user."""


@dataclass(frozen=True)
class Picture:
    """The pixels of one image, upright, without alpha.

    Attributes:
        pixels: ``[height, width, 1 or 3]``; uint8 with the full range used, or any other number
            type with the values of the file.
        width, height: of the upright image in the file; ``pixels`` may be a reduced version.
        mode: how the file stores a pixel (``RGB``, ``L;16``, ``F``, ``CMYK``…).
        format: the file's format by its content (``JPEG``, ``PNG``…).
        notes: kinds of rules that were applied, see ``engine.data.findings``.
    """

    pixels: Array
    width: int
    height: int
    mode: str
    format: str
    notes: frozenset[str] = frozenset()


def check_pixels(width: int, height: int) -> None:
    """Raises Unreadable when a header promises nothing, or more than the limit."""
    if width < 1 or height < 1:
        raise Unreadable("The image has no pixels.")
    if width * height > PIXEL_LIMIT:
        raise Unreadable(
            f"The image has {width} x {height} pixels; at most "
            f"{PIXEL_LIMIT // 1_000_000} million are read."
        )


@contextmanager
def memory_for(pixels: int) -> Iterator[None]:
    """Lets one image of more than 25 million pixels be decoded at a time, and small ones freely.

    Many threads with a large image each would fill the memory.
    """
    with _one_big_image if pixels > BIG else nullcontext():
        yield


def oriented(pixels: Array, orientation: int) -> Array:
    """The image upright, from the EXIF/TIFF orientation 1 to 8 (anything else means upright)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels


def on_white(pixels: Array, alpha: Array, *, multiplied: bool = False) -> Array:
    """``pixels`` ``[h, w, c]`` laid over white with ``alpha`` ``[h, w, 1]``, both unsigned.

    White, because a microscope's empty field and a page are white. ``multiplied`` says that the
    pixels have been multiplied by alpha already. Rounded to nearest.
    """
    top = float(np.iinfo(pixels.dtype).max)
    share = alpha.astype(np.float32) / np.float32(np.iinfo(alpha.dtype).max)
    own = pixels.astype(np.float32) * (1 if multiplied else share)
    return np.rint(np.minimum(own + np.float32(top) * (1 - share), top)).astype(pixels.dtype)
