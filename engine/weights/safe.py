"""Reading ``.safetensors`` from bytes.

The format: eight bytes with the length of a JSON header, the header (type, shape and range of each
tensor), and the values. Read here rather than by the library so that the values are held once: a
tensor is a view on the bytes of the file, and no number of a hostile header is allocated.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from engine.errors import FoveaError
from engine.files import strict_json
from engine.weights.refusals import Unreadable

if TYPE_CHECKING:
    import torch

__all__ = ["read_safetensors"]

_TYPES: Final = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}
_LARGEST_HEADER: Final = 16_000_000


def read_safetensors(data: bytearray) -> dict[str, torch.Tensor]:
    """The tensors by name, in the order of their values in the file; views on ``data``.

    Raises Unreadable for a header that is too long or no JSON, unknown types, shapes that do not
    fit their ranges, and ranges that overlap, leave gaps or do not fill the file.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 10 or length > min(len(data) - 8, _LARGEST_HEADER):
        raise Unreadable("Its header is longer than the file, or than any that is read.")
    try:
        header = strict_json.loads(bytes(data[8 : 8 + length]), limit=_LARGEST_HEADER)
    except FoveaError as error:
        raise Unreadable(f"Its header cannot be read: {error.why or error.what}") from error
    if not isinstance(header, dict):
        raise Unreadable("Its header is not an object.")
    header.pop("__metadata__", None)
    entries = sorted((_entry(name, value) for name, value in header.items()), key=lambda e: e[3])
    place, base = 0, 8 + length
    tensors = {}
    for name, dtype, shape, (begin, end) in entries:
        if begin != place or base + end > len(data):
            raise Unreadable(f"The values of “{name:.80}” overlap others or are cut off.")
        tensors[name] = _view(data, dtype, shape, base + begin, end - begin)
        place = end
    if base + place != len(data):
        raise Unreadable("The file is longer or shorter than its header says.")
    if not tensors:
        raise Unreadable("It holds no tensors.")
    return tensors


def _entry(name: str, value: Any) -> tuple[str, str, list[int], tuple[int, int]]:
    match value:
        case {"dtype": str(kind), "shape": list(shape), "data_offsets": [int(begin), int(end)]} if (
            kind in _TYPES
            and len(shape) <= 8
            and all(type(n) is int and 0 <= n < 2**40 for n in shape)
            and 0 <= begin <= end
        ):
            return name, _TYPES[kind], shape, (begin, end)
        case _:
            raise Unreadable(f"“{name:.80}” is described wrongly, or has an unknown type.")


def _view(data: bytearray, dtype: str, shape: list[int], begin: int, size: int) -> torch.Tensor:
    import torch

    kind = getattr(torch, dtype)
    count = math.prod(shape)
    if count * kind.itemsize != size:
        raise Unreadable("A tensor's shape does not fit its values.")
    if not count:
        return torch.empty(shape, dtype=kind)
    if begin % kind.itemsize:
        data, begin = data[begin : begin + size], 0
    return torch.frombuffer(data, dtype=kind, count=count, offset=begin).view(shape)
