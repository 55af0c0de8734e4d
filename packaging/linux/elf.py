"""What a shared library or program of Linux asks of the system, read from its ELF file."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Tuple

_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRTAB, _VERNEED, _VERNEED_COUNT = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF
_GLIBC = re.compile(r"GLIBC_(\d+)\.(\d+)")

Segment = Tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Elf:
    """Sonames that the loader must find, and the newest glibc whose symbols are used."""

    needed: tuple[str, ...]
    glibc: tuple[int, int]


def read(path: Path) -> Elf | None:
    """The facts about the file at ``path``; None when it is no dynamic 64-bit ELF file."""
    with path.open("rb") as file:
        if file.read(6) != b"\x7fELF\x02\x01":
            return None
        segments = _segments(file)
        dynamic = _dynamic(file, segments)
        if _STRTAB not in dynamic:
            return None
        strings = _offset(segments, dynamic[_STRTAB][0])
        needed = tuple(_text(file, strings + at) for at in dynamic.get(_NEEDED, []))
        versions = _needed_versions(file, segments, dynamic, strings)
    glibc = [(int(m[1]), int(m[2])) for m in map(_GLIBC.fullmatch, versions) if m]
    return Elf(needed, max(glibc, default=(0, 0)))


def _unpack(file: BinaryIO, at: int, form: str) -> tuple[int, ...]:
    file.seek(at)
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _segments(file: BinaryIO) -> list[Segment]:
    """Type, offset, address, size in the file of each entry of the program header."""
    table = _unpack(file, 32, "<Q")[0]
    size, count = _unpack(file, 54, "<HH")
    entries = [_unpack(file, table + n * size, "<IIQQQQ") for n in range(count)]
    return [
        (kind, offset, address, length, n)
        for n, (kind, _, offset, address, _, length) in enumerate(entries)
    ]


def _dynamic(file: BinaryIO, segments: list[Segment]) -> dict[int, list[int]]:
    """The values of the dynamic section by tag."""
    found: dict[int, list[int]] = {}
    for kind, offset, _, length, _ in segments:
        if kind == _DYNAMIC:
            file.seek(offset)
            for tag, value in struct.iter_unpack("<QQ", file.read(length // 16 * 16)):
                found.setdefault(tag, []).append(value)
    return found


def _offset(segments: list[Segment], address: int) -> int:
    """Where in the file lies what is loaded at ``address``."""
    for kind, offset, start, length, _ in segments:
        if kind == _LOAD and start <= address < start + length:
            return offset + address - start
    raise ValueError(f"no segment holds the address {address:#x}")


def _text(file: BinaryIO, at: int) -> str:
    file.seek(at)
    return file.read(512).split(b"\0", 1)[0].decode("ascii")


def _needed_versions(
    file: BinaryIO, segments: list[Segment], dynamic: dict[int, list[int]], strings: int
) -> list[str]:
    """The names of the symbol versions that are asked for, of all libraries."""
    if _VERNEED not in dynamic:
        return []
    at = _offset(segments, dynamic[_VERNEED][0])
    names = []
    for _ in range(dynamic[_VERNEED_COUNT][0]):
        _, count, _, first, following = _unpack(file, at, "<HHIII")
        entry = at + first
        for _ in range(count):
            _, _, _, name, step = _unpack(file, entry, "<IHHII")
            names.append(_text(file, strings + name))
            entry += step
        at += following
    return names
