"""Named tensors as a ``.safetensors`` file, written a piece at a time.

The format: eight bytes with the length of a JSON header, the header (type, shape and range of each
tensor, then blanks to a multiple of eight), and the values. Written here rather than by the
library, which holds the file in memory, twice; the bytes are the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from engine.files.atomic import write_pieces

if TYPE_CHECKING:
    import torch

    Values = torch.Tensor | np.ndarray

__all__ = ["KINDS", "tensors_sha256", "write_tensors"]

KINDS: Final = {
    "I64": "int64",
    "F64": "float64",
    "F32": "float32",
    "I32": "int32",
    "BF16": "bfloat16",
    "F16": "float16",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}
"""The types of values by their names in a file, in the order in which the values lie in it."""

_PIECE = 4_000_000
_ORDER: Final = {kind: (place, name) for place, (name, kind) in enumerate(KINDS.items())}


def write_tensors(path: str | os.PathLike[str], tensors: Mapping[str, Values]) -> tuple[int, str]:
    """Puts tensors of torch or numpy at ``path`` in one step; gives the file's size and SHA-256.

    Beside the tensors it needs the memory of the largest one that is not contiguous (twice, if that
    lies on a card), and 4 MB: all else on a card is fetched in pieces. On the card itself only a
    tensor with holes or repetitions is copied, for torch to fetch it. Raises FoveaError FV-O001
    when the system refuses, and the old file is then untouched; ValueError for a type that
    :data:`KINDS` does not have.
    """
    header, ordered = _laid_out(tensors)
    size = len(header) + sum(_bytes(value) for value in ordered)
    digest = hashlib.sha256()

    def hashed() -> Iterator[bytes | memoryview]:
        for piece in _pieces(header, ordered):
            digest.update(piece)
            yield piece

    write_pieces(path, hashed(), size)
    return size, digest.hexdigest()


def tensors_sha256(tensors: Mapping[str, Values]) -> str:
    """The SHA-256 of the file that :func:`write_tensors` would write: for one that is named so."""
    digest = hashlib.sha256()
    for piece in _pieces(*_laid_out(tensors)):
        digest.update(piece)
    return digest.hexdigest()


def _laid_out(tensors: Mapping[str, Values]) -> tuple[bytes, list[Values]]:
    """The header with its length, and the tensors in their order: wide types first, then names."""
    entries: dict[str, dict[str, Any]] = {}
    ordered: list[Values] = []
    place = 0
    for (_, kind), name in sorted((_kind(value), name) for name, value in tensors.items()):
        value = tensors[name]
        end = place + _bytes(value)
        entries[name] = {"dtype": kind, "shape": list(value.shape), "data_offsets": [place, end]}
        ordered.append(value)
        place = end
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text, ordered


def _kind(value: Values) -> tuple[int, str]:
    name = str(value.dtype).removeprefix("torch.")
    if name not in _ORDER:
        raise ValueError(f"values of type {name} cannot be written")
    return _ORDER[name]


def _bytes(value: Values) -> int:
    return int(value.nbytes)


def _pieces(header: bytes, tensors: list[Values]) -> Iterator[bytes | memoryview]:
    yield header
    for value in tensors:
        flat = _on_host_if_scattered(value).reshape(-1)
        step = _PIECE // value.dtype.itemsize
        for begin in range(0, len(flat), step):
            yield _raw(flat[begin : begin + step])


def _on_host_if_scattered(value: Values) -> Values:
    """What ``reshape`` would copy is copied here, and not on its card."""
    if isinstance(value, np.ndarray) or value.is_contiguous():
        return value
    return value.detach().cpu()


def _raw(piece: Values) -> memoryview:
    """The bytes of one row of values."""
    if not isinstance(piece, np.ndarray):
        import torch

        piece = piece.detach().cpu().contiguous().view(torch.uint8).numpy()
    return np.ascontiguousarray(piece).view(np.uint8).data
