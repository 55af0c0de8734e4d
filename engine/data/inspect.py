"""Looking at one image, once: is it whole, what is it, and what is unusual about it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.decode import read_regular
from engine.data.picture import Array, Picture, Unreadable
from engine.data.reading import EXTENSIONS, read_picture
from engine.files.hashing import sha256_bytes

__all__ = ["Look", "look_at_file", "look_at_pixels"]

SAMPLE = 1_000_000
GREY_TOLERANCE = 6  # of 255; JPEG leaves a little colour in grey images


@dataclass(frozen=True, slots=True)
class Look:
    """What one image told; ``problem`` is the reason when it cannot be used.

    ``low`` and ``high`` are the 0.1 and 99.9 percentiles of an image of more than 8 bits.
    """

    problem: str = ""
    sha256: str = ""
    width: int = 0
    height: int = 0
    mode: str = ""
    grey: bool = True
    deep: bool = False
    low: float = 0.0
    high: float = 0.0
    notes: frozenset[str] = frozenset()


def look_at_file(path: Path) -> Look:
    """Reads and decodes a file completely; never raises for a bad one."""
    try:
        data = read_regular(path)
        picture = read_picture(data, at_least=64)
        notes = set(picture.notes)
        suffix = os.path.splitext(path.name)[1].lower()
        if suffix and suffix not in EXTENSIONS[picture.format]:
            notes.add("misnamed")
        return _look(picture, sha256_bytes(data), notes)
    except Unreadable as error:
        return Look(problem=str(error))


def look_at_pixels(pixels: Array) -> Look:
    """The same for a row ``[height, width, channels]`` of an array."""
    base = "RGB" if pixels.shape[2] == 3 else "L"
    mode = base if pixels.dtype == np.uint8 else f"{base};16"
    picture = Picture(pixels, pixels.shape[1], pixels.shape[0], mode, "array")
    return _look(picture, sha256_bytes(np.ascontiguousarray(pixels).data), set())


def _look(picture: Picture, digest: str, notes: set[str]) -> Look:
    pixels = picture.pixels
    deep = pixels.dtype != np.uint8
    low, high = _range(pixels, notes) if deep else (0.0, 0.0)
    return Look(
        sha256=digest,
        width=picture.width,
        height=picture.height,
        mode=picture.mode,
        grey=_is_grey(pixels),
        deep=deep,
        low=low,
        high=high,
        notes=frozenset(notes),
    )


def _is_grey(pixels: Array) -> bool:
    if pixels.shape[2] == 1:
        return True
    if pixels.dtype != np.uint8:
        return bool((pixels[..., 0] == pixels[..., 1]).all() and
                    (pixels[..., 0] == pixels[..., 2]).all())  # fmt: skip
    step = max(1, round((pixels.shape[0] * pixels.shape[1] / 16_384) ** 0.5))
    some = pixels[::step, ::step].astype(np.int16)
    return int(np.ptp(some, axis=2).max(initial=0)) <= GREY_TOLERANCE


def _range(pixels: Array, notes: set[str]) -> tuple[float, float]:
    flat = pixels.reshape(-1)
    values = flat[:: max(1, flat.size // SAMPLE)].astype(np.float64)
    finite = values[np.isfinite(values)]
    if finite.size < values.size:
        notes.add("not_finite")
    if finite.size == 0:
        raise Unreadable("None of its pixels is a number.")
    low, high = np.percentile(finite, [0.1, 99.9])
    return float(low), float(high)
