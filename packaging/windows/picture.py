"""The picture beside the first and last page of the installer: the icon on a dark ground."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

# NSIS's pages have 164 x 314 for it; twice that is sharp on fine screens.
WIDTH, HEIGHT = 328, 628
_GROUND = (0x16, 0x1A, 0x22)
_TOP = 96


def side_picture(icon: Path) -> bytes:
    """A .bmp of 24 bits per pixel, the icon (a PNG with transparency) in its upper part."""
    width, height, rows = rgba(icon)
    left = (WIDTH - width) // 2
    lines = []
    for y in range(HEIGHT):
        line = bytearray(bytes(reversed(_GROUND)) * WIDTH)
        if _TOP <= y < _TOP + height:
            row = rows[y - _TOP]
            for x in range(width):
                red, green, blue, alpha = row[4 * x : 4 * x + 4]
                pixel = zip((blue, green, red), reversed(_GROUND))
                at = 3 * (left + x)
                line[at : at + 3] = bytes(
                    (over * alpha + under * (255 - alpha)) // 255 for over, under in pixel
                )
        lines.append(bytes(line))
    size = 3 * WIDTH * HEIGHT  # 328 pixels fill whole words
    head = struct.pack("<2sIHHI", b"BM", 54 + size, 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 24, 0, size, 5669, 5669, 0, 0)
    return head + b"".join(reversed(lines))


def rgba(path: Path) -> tuple[int, int, list[bytearray]]:
    """Width, height and rows of a PNG of 8 bits with transparency, not interlaced.

    Raises ValueError for another.
    """
    data = path.read_bytes()
    width, height, *form = struct.unpack_from(">IIBBBBB", data, 16)
    if data[:8] != b"\x89PNG\r\n\x1a\n" or form != [8, 6, 0, 0, 0]:
        raise ValueError(f"{path.name} is no plain PNG file with transparency")
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    content = zlib.decompress(packed)
    rows: list[bytearray] = []
    above = bytearray(4 * width)
    for y in range(height):
        start = y * (4 * width + 1)
        above = _unfiltered(content[start], content[start + 1 : start + 1 + 4 * width], above)
        rows.append(above)
    return width, height, rows


def _unfiltered(kind: int, line: bytes, above: bytearray) -> bytearray:
    """A row of pixels from its filtered bytes and the row above (PNG specification, 9.2)."""
    row = bytearray(line)
    for x in range(len(row)):
        left = row[x - 4] if x >= 4 else 0
        corner = above[x - 4] if x >= 4 else 0
        guess = (0, left, above[x], (left + above[x]) // 2, _paeth(left, above[x], corner))[kind]
        row[x] = (row[x] + guess) & 0xFF
    return row


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))
