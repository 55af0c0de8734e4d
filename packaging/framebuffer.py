"""Pictures of a virtual display: the XWD file of ``Xvfb -fbdir`` as a PNG, and how busy it is."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path


def save_png(framebuffer: Path, target: Path) -> int:
    """Write what the display shows to ``target``; gives back how many colours it has.

    The display must have 24 bits per pixel, little-endian, as Xvfb's do on x86_64. A window that
    was drawn has some hundred colours, an empty display one.
    """
    data = framebuffer.read_bytes()
    header = struct.unpack(">25I", data[:100])
    width, height, stride = header[4], header[5], header[12]
    start = header[0] + header[19] * 12
    rows, colours = [], set()
    for y in range(height):
        line = data[start + y * stride : start + y * stride + width * 4]
        rgb = bytearray(width * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = line[2::4], line[1::4], line[0::4]
        rows.append(b"\0" + bytes(rgb))
        colours.update(zip(line[0::4], line[1::4], line[2::4]))
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [_chunk(b"IHDR", size), _chunk(b"IDAT", zlib.compress(b"".join(rows)))]
    target.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + _chunk(b"IEND", b""))
    return len(colours)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check
