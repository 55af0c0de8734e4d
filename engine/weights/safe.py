"""Reading ``.safetensors``; :mod:`engine.files.tensors` has the format, and writes it.

Read here rather than by the library so that the values are held once: each tensor is read into its
own memory, nothing is mapped, and no number of a hostile header is allocated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Protocol

from engine.errors import FoveaError
from engine.files import strict_json
from engine.files.tensors import KINDS
from engine.weights.refusals import Unreadable

if TYPE_CHECKING:
    import torch

__all__ = ["Source", "read_safetensors"]

_LARGEST_HEADER: Final = 16_000_000
_LARGEST_SHAPE: Final = 2**62  # bytes: torch multiplies the axes of an empty tensor too

_Entry = tuple[str, str, list[int], tuple[int, int]]


class Source(Protocol):
    """What is read from: a file at its beginning, or a :class:`HashedReader` of it."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes."""
        ...

    def readinto(self, room: memoryview, /) -> int:
        """Fills ``room`` as far as the file goes, and gives how many bytes that were."""
        ...


def read_safetensors(file: Source, size: int) -> dict[str, torch.Tensor]:
    """The tensors by name, in the order of their values in the file, which has ``size`` bytes.

    Raises Unreadable for a header that is too long or no JSON, unknown types, shapes that do not
    fit their ranges, ranges that overlap, leave gaps or do not fill the file, a file that ends
    before ``size``, and memory that is refused; OSError when it cannot be read.
    """
    length = int.from_bytes(file.read(8), "little")
    if size < 10 or length > min(size - 8, _LARGEST_HEADER):
        raise Unreadable("Its header is longer than the file, or than any that is read.")
    entries = _entries(file.read(length))
    place, values = 0, size - 8 - length
    for name, kind, shape, (begin, end) in entries:
        if begin != place or end > values:
            raise Unreadable(f"The values of “{name:.80}” overlap others or are cut off.")
        spanned = math.prod(max(n, 1) for n in shape) * _itemsize(kind)
        if spanned >= _LARGEST_SHAPE or (spanned if all(shape) else 0) != end - begin:
            raise Unreadable("A tensor's shape does not fit its values.")
        place = end
    if place != values:
        raise Unreadable("The file is longer or shorter than its header says.")
    return {name: _filled(file, kind, shape) for name, kind, shape, _ in entries}


def _entries(header: bytes) -> list[_Entry]:
    try:
        value = strict_json.loads(header, limit=_LARGEST_HEADER)
    except FoveaError as error:
        raise Unreadable(f"Its header cannot be read: {error.why or error.what}") from error
    if not isinstance(value, dict):
        raise Unreadable("Its header is not an object.")
    value.pop("__metadata__", None)
    if not value:
        raise Unreadable("It holds no tensors.")
    return sorted((_entry(name, one) for name, one in value.items()), key=lambda entry: entry[3])


def _entry(name: str, value: Any) -> _Entry:
    match value:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [int(begin), int(end)]} if (
            kind in KINDS
            and len(shape) <= 8
            and all(type(n) is int and 0 <= n < 2**40 for n in shape)
            and 0 <= begin <= end
        ):
            return name, KINDS[kind], shape, (begin, end)
        case _:
            raise Unreadable(f"“{name:.80}” is described wrongly, or has an unknown type.")


def _itemsize(kind: str) -> int:
    import torch

    return getattr(torch, kind).itemsize


def _filled(file: Source, kind: str, shape: list[int]) -> torch.Tensor:
    import torch

    try:
        tensor = torch.empty(shape, dtype=getattr(torch, kind))
    except (RuntimeError, MemoryError) as error:
        size = math.prod(shape) * _itemsize(kind)
        raise Unreadable(f"There is no memory for a tensor of {size:,} bytes.") from error
    room = tensor.view(-1).view(torch.uint8).numpy().data
    if file.readinto(room) != room.nbytes:
        raise Unreadable("The file changed while it was read.")
    return tensor
