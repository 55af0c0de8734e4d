"""What a program or library of Windows asks of the system, read from its PE file."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, NamedTuple, Tuple

X64 = 0x8664
MACHINES = {X64: "64-bit x86", 0x14C: "32-bit x86", 0xAA64: "ARM64"}

_IMPORTS, _RESOURCES, _DELAYED = 1, 2, 13
_VERSION_RESOURCE = 16
_FIXED_INFO = struct.pack("<I", 0xFEEF04BD)

Version = Tuple[int, int, int, int]


@dataclass(frozen=True)
class Pe:
    """The machine, the DLLs that are loaded with it and later, its version and its linker's."""

    machine: int
    needed: tuple[str, ...]
    delayed: tuple[str, ...]
    version: Version
    linker: tuple[int, int]


class _Section(NamedTuple):
    """Where a part of the file lies in memory."""

    address: int
    size: int
    offset: int


def read(path: Path) -> Pe | None:
    """The facts about the file at ``path``; None when it is no PE file.

    The version is that of the file's version resource, (0, 0, 0, 0) without one. Raises ValueError
    for a damaged file.
    """
    with path.open("rb") as file:
        if file.read(2) != b"MZ":
            return None
    data = path.read_bytes()
    try:
        return _read(data)
    except (struct.error, IndexError) as error:
        raise ValueError(f"{path.name} is cut short or damaged") from error


def _read(data: bytes) -> Pe | None:
    at = struct.unpack_from("<I", data, 60)[0]
    if data[at : at + 4] != b"PE\0\0":
        return None
    machine, count = struct.unpack_from("<HH", data, at + 4)
    optional = at + 24
    length = struct.unpack_from("<H", data, at + 20)[0]
    wide = struct.unpack_from("<H", data, optional)[0] == 0x20B
    directories = optional + (112 if wide else 96)
    sections = list(_sections(data, optional + length, count))

    def directory(number: int) -> int:
        """Where in the file a directory lies; 0 when there is none."""
        known = struct.unpack_from("<I", data, directories - 4)[0]
        if number >= known:
            return 0
        address = struct.unpack_from("<I", data, directories + 8 * number)[0]
        return _offset(sections, address) if address else 0

    needed = _names(data, sections, directory(_IMPORTS), 20, 12)
    delayed = _names(data, sections, directory(_DELAYED), 32, 4)
    version = _version(data, sections, directory(_RESOURCES))
    return Pe(
        machine, tuple(needed), tuple(delayed), version, (data[optional + 2], data[optional + 3])
    )


def _sections(data: bytes, at: int, count: int) -> Iterator[_Section]:
    for number in range(count):
        _, address, size, offset = struct.unpack_from("<IIII", data, at + 40 * number + 8)
        yield _Section(address, size, offset)


def _offset(sections: list[_Section], address: int) -> int:
    """Where in the file lies what is loaded at ``address``."""
    for section in sections:
        if section.address <= address < section.address + section.size:
            return section.offset + address - section.address
    raise ValueError(f"no section holds the address {address:#x}")


def _names(data: bytes, sections: list[_Section], at: int, step: int, name: int) -> Iterator[str]:
    """The DLLs of a table whose entries have ``step`` bytes and the name's address at ``name``."""
    while at:
        address = struct.unpack_from("<I", data, at + name)[0]
        if address == 0:
            return
        start = _offset(sections, address)
        yield data[start : data.index(b"\0", start)].decode("ascii")
        at += step


def _version(data: bytes, sections: list[_Section], root: int) -> Version:
    """The file's version from its version resource."""
    if not root:
        return (0, 0, 0, 0)
    table = root
    # Type, name, language: of each the first that fits leads to the next table.
    for wanted in (_VERSION_RESOURCE, None, None):
        found = next((to for key, to in _entries(data, table) if wanted in (None, key)), None)
        if found is None:
            return (0, 0, 0, 0)
        table = root + (found & 0x7FFFFFFF)
    address, size = struct.unpack_from("<II", data, table)
    start = _offset(sections, address)
    info = data.find(_FIXED_INFO, start, start + size)
    if info < 0:
        return (0, 0, 0, 0)
    high, low = struct.unpack_from("<II", data, info + 8)
    return (high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF)


def _entries(data: bytes, table: int) -> Iterator[tuple[int, int]]:
    """Key and target of each entry of a resource directory."""
    named, numbered = struct.unpack_from("<HH", data, table + 12)
    for number in range(named + numbered):
        yield struct.unpack_from("<II", data, table + 16 + 8 * number)
