"""What a library or program of macOS asks of its loader, read from its Mach-O file.

The layout is that of Apple's ``mach-o/loader.h`` and ``mach-o/fat.h``.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, NamedTuple, Union

ARM64 = "arm64"
MAGIC_64 = 0xFEEDFACF
FAT, FAT_64 = 0xCAFEBABE, 0xCAFEBABF
_CPU = {0x0100000C: ARM64, 0x01000007: "x86_64", 7: "i386"}
HEADER = 32

# Load commands, without the bit that says that the loader must understand them.
LOAD, ID, LOAD_WEAK, REEXPORT, LAZY, UPWARD = 0xC, 0xD, 0x18, 0x1F, 0x20, 0x23
RPATH, SIGNATURE, MIN_MACOS, BUILD = 0x1C, 0x1D, 0x24, 0x32
NEEDING = (LOAD, LOAD_WEAK, REEXPORT, LAZY, UPWARD)
NAMING = (*NEEDING, ID)
_MUST_KNOW = 0x80000000
_MACOS = 1
_MOST_PARTS = 16  # a Java class begins like a fat file; its "count" is its version, over 40

Data = Union[bytes, mmap.mmap]


class MachOError(Exception):
    """A file that begins like a Mach-O file and is none; the text says where."""


class Needed(NamedTuple):
    """A library that the loader must find; ``weak``: the program starts without it as well."""

    name: str
    weak: bool


class Command(NamedTuple):
    """A load command: its number, where it lies in the file, its bytes."""

    number: int
    start: int
    size: int


@dataclass(frozen=True)
class MachO:
    """What one architecture's part of a file says.

    Attributes:
        architecture: ``"arm64"``, ``"x86_64"``, else the number as text.
        needed: the libraries that it asks for, as written.
        rpaths: the folders that ``@rpath`` stands for, as written.
        install_name: under which name others ask for it; empty for programs and plugins.
        macos: the oldest macOS that it says it runs on; (0, 0) when it says nothing.
        signed: whether it has a signature of any kind.
    """

    architecture: str
    needed: tuple[Needed, ...]
    rpaths: tuple[str, ...]
    install_name: str
    macos: tuple[int, int]
    signed: bool


def read(path: Path) -> list[MachO]:
    """What each architecture's part of the file says; empty when it is no Mach-O file.

    A fat file has several parts, every other one. Raises MachOError for a damaged one.
    """
    if path.stat().st_size < HEADER:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return [_facts(data, part) for part in parts(data)]
        except MachOError as error:
            raise MachOError(f"{path.name}: {error}") from error


def parts(data: Data) -> list[range]:
    """Where in a file each architecture's part lies; none when it is no Mach-O file.

    Raises MachOError.
    """
    magic, count = struct.unpack_from(">II", data)
    if struct.unpack_from("<I", data)[0] == MAGIC_64:
        return [range(len(data))]
    if magic not in (FAT, FAT_64) or count > _MOST_PARTS:
        return []
    form = ">iiQQII" if magic == FAT_64 else ">iiIII"
    found = []
    for number in range(count):
        _, _, start, size, *_ = _unpack(form, data, 8 + number * struct.calcsize(form))
        if start + size > len(data) or _unpack("<I", data, start)[0] != MAGIC_64:
            raise MachOError("a part of it is no whole 64-bit Mach-O file")
        found.append(range(start, start + size))
    return found


def architecture(data: Data, part: range) -> str:
    """What a part is for: ``"arm64"``, ``"x86_64"``, else the number as text."""
    number = _unpack("<I", data, part.start + 4)[0]
    return _CPU.get(number, str(number))


def commands(data: Data, start: int = 0) -> Iterator[Command]:
    """The load commands of the part that begins at ``start``. Raises MachOError."""
    count, size = _unpack("<II", data, start + 16)
    at, end = start + HEADER, start + HEADER + size
    for _ in range(count):
        number, length = _unpack("<II", data, at)
        if length < 8 or at + length > end:
            raise MachOError("its load commands do not fit their table")
        yield Command(number & ~_MUST_KNOW, at, length)
        at += length


def text(data: Data, at: int) -> str:
    """The string that begins at ``at``."""
    return data[at : data.find(b"\0", at)].decode("utf-8")


def _facts(data: Data, part: range) -> MachO:
    needed: list[Needed] = []
    rpaths: list[str] = []
    install_name, macos, signed = "", (0, 0), False
    for command in commands(data, part.start):
        if command.number in NEEDING:
            needed.append(Needed(_name(data, command), command.number == LOAD_WEAK))
        elif command.number == RPATH:
            rpaths.append(_name(data, command))
        elif command.number == ID:
            install_name = _name(data, command)
        elif command.number == SIGNATURE:
            signed = True
        elif command.number in (MIN_MACOS, BUILD):
            macos = _oldest(data, command) or macos
    kind = architecture(data, part)
    return MachO(kind, tuple(needed), tuple(rpaths), install_name, macos, signed)


def _name(data: Data, command: Command) -> str:
    """The string of a command; where it begins stands behind the command's head."""
    return text(data, command.start + _unpack("<I", data, command.start + 8)[0])


def _oldest(data: Data, command: Command) -> tuple[int, int] | None:
    """The macOS of a command, None where it speaks of another platform (Catalyst)."""
    platform, version = _MACOS, _unpack("<I", data, command.start + 8)[0]
    if command.number == BUILD:
        platform, version = _unpack("<II", data, command.start + 8)
    return (version >> 16, version >> 8 & 0xFF) if platform == _MACOS else None


def _unpack(form: str, data: Data, at: int) -> tuple[int, ...]:
    try:
        return struct.unpack_from(form, data, at)
    except struct.error as error:
        raise MachOError("it ends within its header") from error
