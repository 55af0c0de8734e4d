"""Images and data sets made on the spot for the tests of reading and scanning."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image


def noise(seed: int, *shape: int, kind: str = "uint8") -> NDArray[np.generic]:
    """Random pixels over the full range of an unsigned type."""
    top = np.iinfo(kind).max
    return np.random.default_rng(seed).integers(0, top, shape, endpoint=True).astype(kind)


def encoded(pixels: NDArray[np.generic], form: str = "PNG", **options: object) -> bytes:
    """A file of Pillow's ``form`` with the pixels."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, form, **options)
    return stream.getvalue()


def tiff(pixels: NDArray[np.generic], **options: object) -> bytes:
    """A TIFF written by tifffile."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, **options)
    return stream.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A tiny PNG that promises ``width`` x ``height`` grey pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        crc = struct.pack(">I", zlib.crc32(name + body))
        parts.append(struct.pack(">I", len(body)) + name + body + crc)
    return b"".join(parts)


def class_folders(root: Path, counts: dict[str, int], seed: int = 0, side: int = 10) -> Path:
    """A data set of distinct random PNGs: ``root/NAME/NAME_000.png``…"""
    for number, (name, count) in enumerate(counts.items()):
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        for k in range(count):
            pixels = noise(seed * 10_000 + number * 1000 + k, side, side, 3)
            file = f"{name.replace('/', '_')}_{k:03d}.png"
            (folder / file).write_bytes(encoded(pixels))
    return root


def idx(array: NDArray[np.uint8]) -> bytes:
    """IDX bytes of an array of bytes."""
    head = bytes([0, 0, 8, array.ndim])
    return head + b"".join(struct.pack(">I", n) for n in array.shape) + array.tobytes()


def idx_folder(root: Path, train: int = 20, test: int = 10, packed: bool = True) -> Path:
    """A folder of four IDX files in MNIST's names; labels go 0, 1, 0, 1…"""
    root.mkdir(parents=True, exist_ok=True)
    for number, (name, count) in enumerate((("train", train), ("t10k", test))):
        images = noise(number, count, 8, 8)
        labels = (np.arange(count) % 2).astype(np.uint8)
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            data = idx(array)
            suffix = ".gz" if packed else ""
            (root / f"{name}-{kind}-ubyte{suffix}").write_bytes(
                gzip.compress(data) if packed else data
            )
    return root
