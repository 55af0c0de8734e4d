"""An icon of macOS (``.icns``): one file with a picture in PNG for every size."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Mapping

from common.commands import BuildError

# Kinds of picture that hold PNG, each with its width in pixels; some are for displays that need
# two pixels for one. The kinds for 16 and 32 single pixels are left out: macOS has mistaken PNG in
# them for raw pixels, and it takes the double ones instead.
KINDS = {
    b"ic11": 32,
    b"ic12": 64,
    b"ic07": 128,
    b"ic13": 256,
    b"ic08": 256,
    b"ic14": 512,
    b"ic09": 512,
}
_HEAD = struct.Struct(">4sI")


def write(pictures: Mapping[int, Path], target: Path) -> None:
    """Write the icon ``target`` from pictures by their width. Raises BuildError."""
    parts = []
    for kind, width in KINDS.items():
        if width not in pictures:
            raise BuildError(f"no picture of {width} pixels for {target.name}")
        content = pictures[width].read_bytes()
        if size(content) != (width, width):
            raise BuildError(f"{pictures[width].name} is no PNG of {width} x {width} pixels")
        parts.append(_HEAD.pack(kind, _HEAD.size + len(content)) + content)
    body = b"".join(parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_HEAD.pack(b"icns", _HEAD.size + len(body)) + body)


def read(path: Path) -> dict[bytes, bytes]:
    """The pictures in an icon by their kind. Raises BuildError for a damaged one."""
    content = path.read_bytes()
    magic, length = _HEAD.unpack_from(content)
    if magic != b"icns" or length != len(content):
        raise BuildError(f"{path.name} is no whole icon")
    found, at = {}, _HEAD.size
    while at < length:
        kind, step = _HEAD.unpack_from(content, at)
        if step < _HEAD.size or at + step > length:
            raise BuildError(f"{path.name} is no whole icon")
        found[kind] = content[at + _HEAD.size : at + step]
        at += step
    return found


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a PNG; (0, 0) when it is none."""
    if not png.startswith(b"\x89PNG\r\n\x1a\n"):
        return 0, 0
    width, height = struct.unpack_from(">II", png, 16)
    return width, height
