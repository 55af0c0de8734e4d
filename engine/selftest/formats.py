"""One file of every format that Fovea reads: written here, and read as training reads it."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.selftest.running import check

__all__ = ["read_every_format"]

Pixels = NDArray[np.generic]
_SIDE = 24
_CLOSE = 12.0
"""How far apart, on average, the values of a format that loses some may lie, of 255."""


def read_every_format(place: Path) -> str:
    """Reads an image of each format and depth, and a data set of each layout, in ``place``.

    Raises Failed where one comes back otherwise than it was written.
    """
    from engine.data.reading import EXTENSIONS, read_picture

    images = _images()
    unwritten = set(EXTENSIONS) - {name.split()[0] for name in images}
    check(not unwritten, f"No file is tried of {', '.join(sorted(unwritten))}.")
    for name, (data, pixels, exact) in images.items():
        picture = read_picture(data)
        check(picture.format == name.split()[0], f"{name} was taken for {picture.format}.")
        shaped = pixels.reshape(_SIDE, _SIDE, -1)
        if exact:
            check(bool((picture.pixels == shaped).all()), f"{name} came back otherwise.")
        else:
            far = np.abs(picture.pixels.astype(float) - shaped.astype(float)).mean()
            check(far < _CLOSE, f"{name} came back {far:.0f} levels off.")
    layouts = _data_sets(place / "data-sets")
    return f"{len(images)} kinds of images, {layouts} layouts of data sets"


def _images() -> Mapping[str, tuple[bytes, Pixels, bool]]:
    """The content of a file for each name, its pixels, and whether it keeps every value."""
    import imagecodecs
    import tifffile
    from PIL import Image

    smooth = np.add.outer(np.arange(_SIDE), np.arange(_SIDE)) * (255 // (2 * _SIDE))
    colour = np.stack([smooth, smooth[::-1], smooth.T[:, ::-1]], -1).astype(np.uint8)
    grey, deep = colour[..., 0], colour.astype(np.uint16) * 257
    real = grey.astype(np.float32) / 7

    def pillow(form: str, pixels: Pixels) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, form, **({"quality": 95} if form == "JPEG" else {}))
        return buffer.getvalue()

    def tiff(pixels: Pixels, compression: str | None = None) -> bytes:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, pixels, compression=compression)
        return buffer.getvalue()

    return {
        "JPEG": (pillow("JPEG", colour), colour, False),
        "JPEG grey": (pillow("JPEG", grey), grey, False),
        "PNG": (pillow("PNG", colour), colour, True),
        "PNG 16 bit": (bytes(imagecodecs.png_encode(deep)), deep, True),
        "BMP": (pillow("BMP", colour), colour, True),
        "GIF": (pillow("GIF", grey), np.repeat(grey[..., None], 3, -1), True),
        "WEBP": (pillow("WEBP", colour), colour, False),
        "TIFF": (tiff(colour), colour, True),
        "TIFF 16 bit LZW": (tiff(deep, "lzw"), deep, True),
        "TIFF 16 bit deflate": (tiff(deep[..., 0], "zlib"), deep[..., 0], True),
        "TIFF float": (tiff(real), real, True),
    }


def _data_sets(place: Path) -> int:
    from engine.data.scan import scan

    makers: Mapping[str, Callable[[Path], Path]] = {
        "folders": _folders,
        "table": _table,
        "npz": _npz,
        "idx": _idx,
    }
    for name, make in makers.items():
        (place / name).mkdir(parents=True)
        source = make(place / name)
        (place / f"{name}-project").mkdir()
        found = scan(source, place / f"{name}-project")
        count = len(found.manifest.items)
        check(count == 4, f"{count} of 4 images were found in {name}.")
    return len(makers)


def _folders(place: Path) -> Path:
    from PIL import Image

    for number in range(4):
        folder = place / ("dark" if number % 2 else "bright")
        folder.mkdir(exist_ok=True)
        Image.fromarray(_noise(number)).save(folder / f"{number}.png")
    return place


def _table(place: Path) -> Path:
    _folders(place)
    rows = [
        f"{path.relative_to(place).as_posix()},{path.parent.name}" for path in place.glob("*/*")
    ]
    (place / "labels.csv").write_text("\n".join(["path,label", *rows]), "utf-8")
    return place / "labels.csv"


def _npz(place: Path) -> Path:
    arrays = np.stack([_noise(number) for number in range(4)])
    labels = np.arange(4, dtype=np.uint8) % 2
    np.savez(place / "four.npz", train_images=arrays, train_labels=labels)
    return place / "four.npz"


def _idx(place: Path) -> Path:
    arrays = np.stack([_noise(number) for number in range(4)])
    images = struct.pack(">BBBB3I", 0, 0, 8, 3, 4, _SIDE, _SIDE) + arrays.tobytes()
    labels = struct.pack(">BBBBI", 0, 0, 8, 1, 4) + bytes([0, 1, 0, 1])
    for name, data in (("images-idx3", images), ("labels-idx1", labels)):
        (place / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(data))
    return place


def _noise(seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 255, (_SIDE, _SIDE), dtype=np.uint8)
