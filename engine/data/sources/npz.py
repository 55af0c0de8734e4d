"""``.npz`` files with MedMNIST's key names, read by hand: no pickle, no surprise in size."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from engine.data.paths import shown
from engine.data.picture import Array
from engine.data.sources.listing import ArrayPart, Listing
from engine.errors import FoveaError

__all__ = ["list_npz"]

TOTAL_LIMIT = 64_000_000_000
RATIO_LIMIT = 100
SMALL = 50_000_000
BLOCK = 16_000_000
MOST_CLASSES = 10_000
_KEYS = {
    "train": (("train_images", "train_labels"), ("x_train", "y_train")),
    "val": (("val_images", "val_labels"), ("x_val", "y_val")),
    "test": (("test_images", "test_labels"), ("x_test", "y_test")),
}


def list_npz(file: Path) -> Listing:
    """The arrays of an ``.npz``: ``train_images``, ``train_labels``, ``val_…``, ``test_…``.

    Images are uint8 or uint16 ``[n, h, w]`` or ``[n, h, w, 3]``, labels whole numbers ``[n]`` or
    ``[n, 1]``, or 0 and 1 ``[n, classes]`` where an image can have several classes; val and test
    may be missing. Only headers and labels are read here. Raises
    FoveaError FV-D004 with the reason for anything else, also for object arrays (they would be
    unpickled) and for members that expand more than 100 times.
    """
    with _explained(file), zipfile.ZipFile(file) as archive:
        members = _members(archive, file)
        parts = [
            _part(archive, file, split, members[images], members[labels])
            for split, pairs in _KEYS.items()
            for images, labels in pairs
            if images in members and labels in members
        ]
    if len({part.labels.shape[1:] for part in parts}) > 1:
        raise _unusable(file, "Its parts have labels of different numbers of columns.")
    if "train" not in [part.split for part in parts]:
        raise _unusable(file, f"It holds {', '.join(sorted(members)[:12]) or 'nothing'}.")
    return Listing("npz", file, parts=parts)


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except FoveaError:
        raise
    except Exception as error:  # zipfile, zlib, lzma and numpy's header parser raise many kinds
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unusable(file, text[:200].rstrip(".") + ".") from None


def _members(archive: zipfile.ZipFile, file: Path) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name in members:
            raise _unusable(file, f"It holds “{name:.60}” twice.")
        if info.file_size > SMALL and info.file_size > RATIO_LIMIT * max(1, info.compress_size):
            raise _unusable(file, f"“{name:.60}” would expand more than {RATIO_LIMIT} times.")
        members[name] = info
    if sum(info.file_size for info in members.values()) > TOTAL_LIMIT:
        raise _unusable(file, f"It would expand to more than {TOTAL_LIMIT:,} bytes.")
    return members


def _part(
    archive: zipfile.ZipFile,
    file: Path,
    split: str,
    images: zipfile.ZipInfo,
    labels: zipfile.ZipInfo,
) -> ArrayPart:
    with archive.open(images) as stream:
        shape, dtype, start = _header(stream, images)
    if dtype not in (np.dtype("u1"), np.dtype("<u2"), np.dtype(">u2")):
        raise ValueError(f"“{images.filename}” is {dtype}; uint8 or uint16 is expected")
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in (1, 3)) or 0 in shape[1:]:
        raise ValueError(
            f"“{images.filename}” has the shape {shape}; (n, height, width) or "
            "(n, height, width, 3) is expected"
        )
    count, height, width = shape[:3]
    full = (count, height, width, shape[3] if len(shape) == 4 else 1)
    truth = _labels(archive, labels, count)

    def blocks() -> Iterator[Array]:
        with _explained(file), zipfile.ZipFile(file) as again, again.open(images) as stream:
            stream.read(start)
            yield from _rows(stream, full, dtype)

    return ArrayPart(images.filename.removesuffix(".npy"), split, truth, full, dtype, blocks)


def _rows(stream: IO[bytes], shape: tuple[int, int, int, int], dtype: Any) -> Iterator[Array]:
    row = int(np.prod(shape[1:], dtype=np.int64)) * dtype.itemsize
    step = max(1, BLOCK // row)
    for first in range(0, shape[0], step):
        rows = min(step, shape[0] - first)
        data = stream.read(rows * row)
        if len(data) != rows * row:
            raise EOFError("The array ends early")
        block = np.frombuffer(data, dtype).reshape(rows, *shape[1:])
        yield block.astype(dtype.newbyteorder("="), copy=False)
    stream.read(1)  # only at the very end does zipfile compare the checksum


def _labels(archive: zipfile.ZipFile, info: zipfile.ZipInfo, count: int) -> Array:
    with archive.open(info) as stream:
        shape, dtype, _ = _header(stream, info)
        several = len(shape) == 2 and 1 < shape[1] <= MOST_CLASSES
        if shape[:1] != (count,) or not (several or shape[1:] in ((), (1,))):
            raise ValueError(f"“{info.filename}” has the shape {shape}; one label an image is "
                             f"expected, for {count} images")  # fmt: skip
        if dtype.kind not in "iub":
            raise ValueError(f"“{info.filename}” is {dtype}; whole numbers are expected")
        total = count * (shape[1] if several else 1)
        data = stream.read(total * dtype.itemsize)
        stream.read(1)  # only at the very end does zipfile compare the checksum
    labels = np.frombuffer(data, dtype, total).astype(np.int64)
    if several and not np.isin(labels, (0, 1)).all():
        raise ValueError(f"“{info.filename}” has {shape[1]} columns, which may hold only 0 and 1")
    return labels.reshape(count, -1) if several else labels


def _header(stream: Any, info: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, type and length of the header of an array in numpy's format; never unpickles."""
    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    start = stream.tell()
    if dtype.hasobject:
        raise ValueError(f"“{info.filename}” holds Python objects, which are never loaded")
    if fortran and sum(n > 1 for n in shape) > 1:
        raise ValueError(f"“{info.filename}” is stored column by column; save it in C order")
    size = dtype.itemsize
    for n in shape:
        size *= n
    if min(shape, default=0) < 0 or start + size != info.file_size:
        raise ValueError(f"“{info.filename}” has another length than its header says")
    return shape, dtype, start


def _unusable(file: Path, why: str) -> FoveaError:
    return FoveaError(
        "FV-D004",
        "The .npz file cannot be used.",
        where=shown(str(file)),
        why=why,
        kept="Nothing was written.",
        fix="Save train_images [n, height, width] or [n, height, width, 3] as uint8 and "
        "train_labels [n] as whole numbers; val_… and test_… are optional.",
    )
