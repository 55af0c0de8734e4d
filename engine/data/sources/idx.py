"""IDX files (MNIST's format), plain or gzipped."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np

from engine.data.paths import shown
from engine.data.picture import Array
from engine.data.sources.listing import ArrayPart, Listing, split_of
from engine.errors import FoveaError

__all__ = ["is_idx_name", "list_idx"]

RATIO_LIMIT = 100
SMALL = 50_000_000
BLOCK = 16_000_000
_NAME = re.compile(
    r"(.*[-_.])?(train|t10k|test|val|valid|validation)[-_](images|labels)[-.]idx[134]-ubyte(\.gz)?",
    re.IGNORECASE,
)


def is_idx_name(name: str) -> bool:
    """Whether a file is named like ``train-images-idx3-ubyte.gz``."""
    return _NAME.fullmatch(name) is not None


def list_idx(source: Path) -> Listing:
    """The IDX files of a folder (or beside the file given): images with their labels by split.

    Bytes only, ``[n, h, w]`` or ``[n, h, w, 3]``. What is decompressed is bounded by the header,
    which is checked against the size of the file. Raises FoveaError FV-D005 with the reason.
    """
    folder = source if source.is_dir() else source.parent
    images, labels = _files(folder)
    if "train" not in images:
        raise _unusable(folder, "There is no file named like train-images-idx3-ubyte.gz.")
    parts = []
    for split, file in images.items():
        if split not in labels:
            raise _unusable(file, "The file with the labels of these images is missing.")
        with _explained(file):
            parts.append(_part(file, labels[split], split))
    return Listing("idx", folder, parts=parts)


def _files(folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    found: dict[str, dict[str, Path]] = {"images": {}, "labels": {}}
    for name in sorted(os.listdir(folder)):
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        kind, split = match[3].lower(), split_of(match[2])
        other = found[kind].get(split)
        if other is not None and other.name.removesuffix(".gz") != name.removesuffix(".gz"):
            raise _unusable(folder, f"{other.name} and {name} are both the {kind} of {split}.")
        found[kind].setdefault(split, folder / name)
    return found["images"], found["labels"]


def _part(file: Path, labels: Path, split: str) -> ArrayPart:
    with _opened(file) as stream:
        dims = _header(stream, file)
    if len(dims) not in (3, 4) or (len(dims) == 4 and dims[3] not in (1, 3)) or 0 in dims[1:]:
        raise ValueError(f"The array has the dimensions {dims}; (n, height, width) is expected")
    full = (dims[0], dims[1], dims[2], dims[3] if len(dims) == 4 else 1)
    with _opened(labels) as stream:
        found = _header(stream, labels)
        if found != (dims[0],):
            raise ValueError(f"{labels.name} has the dimensions {found} for {dims[0]} images")
        truth = np.frombuffer(_exactly(stream, dims[0]), np.uint8).astype(np.int64)
        _nothing_more(stream)

    def blocks() -> Iterator[Array]:
        row = full[1] * full[2] * full[3]
        step = max(1, BLOCK // row)
        with _explained(file), _opened(file) as again:
            _header(again, file)
            for first in range(0, full[0], step):
                rows = min(step, full[0] - first)
                data = _exactly(again, rows * row)
                yield np.frombuffer(data, np.uint8).reshape(rows, *full[1:])
            _nothing_more(again)

    return ArrayPart(file.name, split, truth, full, np.dtype(np.uint8), blocks)


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _unusable(file, f"{error}".rstrip(".") + ".") from None


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    if file.name.lower().endswith(".gz"):
        with gzip.open(file) as stream:
            yield cast(IO[bytes], stream)
    else:
        with open(file, "rb") as plain:
            yield plain


def _header(stream: IO[bytes], file: Path) -> tuple[int, ...]:
    """The dimensions of an IDX array of bytes, checked against what the file can hold."""
    magic = _exactly(stream, 4)
    if magic[:3] != b"\x00\x00\x08" or not 1 <= magic[3] <= 4:
        raise ValueError("The file is not an IDX array of bytes")
    numbers = np.frombuffer(_exactly(stream, 4 * magic[3]), ">u4")
    dims = tuple(int(n) for n in numbers)
    size = 4 + 4 * magic[3]
    payload = 1
    for n in dims:
        payload *= n
    on_disc = file.stat().st_size
    if file.name.lower().endswith(".gz"):
        if payload > SMALL and payload > RATIO_LIMIT * on_disc:
            raise ValueError(f"The array would expand more than {RATIO_LIMIT} times")
    elif size + payload != on_disc:
        raise ValueError(f"The header announces {payload:,} bytes; the file has {on_disc - size:,}")
    return dims


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError(f"The file ends {count - len(data):,} bytes early")
    return data


def _nothing_more(stream: IO[bytes]) -> None:
    """Reads the end too: only there does gzip compare its checksum."""
    if stream.read(1):
        raise ValueError("The file goes on after the array that its header announces")


def _unusable(where: Path, why: str) -> FoveaError:
    return FoveaError(
        "FV-D005",
        "The IDX files cannot be used.",
        where=shown(str(where)),
        why=why,
        kept="Nothing was written.",
        fix="Put images and labels into one folder, named like train-images-idx3-ubyte.gz and "
        "train-labels-idx1-ubyte.gz (test: t10k-…), and download damaged ones again.",
    )
