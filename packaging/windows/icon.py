"""The program's icon as Windows has it: one .ico file with a picture for each size."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Iterable

_PNG = b"\x89PNG\r\n\x1a\n"
LARGEST = 256


def ico(pictures: Iterable[Path]) -> bytes:
    """A .ico of PNG files, the smallest first; those of more than 256 pixels are left out.

    Windows reads PNG in icons of every size since Vista. Raises ValueError for another file.
    """
    found = []
    for path in pictures:
        content = path.read_bytes()
        if not content.startswith(_PNG):
            raise ValueError(f"{path.name} is no PNG file")
        width, height = struct.unpack_from(">II", content, 16)
        if max(width, height) <= LARGEST:
            found.append((width, height, content))
    found.sort()
    head = struct.pack("<HHH", 0, 1, len(found))
    at = len(head) + 16 * len(found)
    entries = b""
    for width, height, content in found:
        # 256 is written as 0.
        entries += struct.pack(
            "<BBBBHHII", width % LARGEST, height % LARGEST, 0, 0, 1, 32, len(content), at
        )
        at += len(content)
    return head + entries + b"".join(content for _, _, content in found)
