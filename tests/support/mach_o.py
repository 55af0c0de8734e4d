"""Writes Mach-O files that have a header and load commands and nothing to run."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

ARM64, X86_64 = 0x0100000C, 0x01000007
MACOS, CATALYST = 1, 6
_LOAD, _ID, _WEAK, _RPATH = 0xC, 0xD, 0x80000018, 0x8000001C
_SYMTAB, _SIGNATURE, _MIN_MACOS, _BUILD = 0x2, 0x1D, 0x24, 0x32


def part(
    needed: Sequence[str] = (),
    *,
    weak: Sequence[str] = (),
    rpaths: Sequence[str] = (),
    name: str = "",
    macos: tuple[int, int] | None = (14, 0),
    cpu: int = ARM64,
    signed: bool = True,
    asks: Sequence[tuple[str, int]] = (),
    offers: Sequence[str] = (),
    before: Sequence[bytes] = (),
) -> bytes:
    """One architecture's part.

    ``asks`` are symbols, each with the number of the library (from 1) that has to offer it;
    ``before`` are commands that come before all others.
    """
    commands = [*before] if macos is None else [*before, built_for(MACOS, macos)]
    commands += [_library(_ID, name)] if name else []
    commands += [_library(_LOAD, n) for n in needed] + [_library(_WEAK, n) for n in weak]
    commands += [_string(_RPATH, 12, b"", path) for path in rpaths]
    commands += [struct.pack("<IIII", _SIGNATURE, 16, 0, 0)] if signed else []
    table = b"".join(commands)
    at = 32 + len(table) + 24  # of the command for the symbols, which comes last
    symbols = [(name, 0x01, library) for name, library in asks]
    symbols += [(name, 0x0F, 0) for name in offers]
    content = _symbols(symbols)
    table += struct.pack("<IIIIII", _SYMTAB, 24, at, len(symbols), at + 16 * len(symbols), 0)
    header = struct.pack("<IIIIIIII", 0xFEEDFACF, cpu, 0, 6, len(commands) + 1, len(table), 0, 0)
    return header + table + content + b"code"


def oldest(macos: tuple[int, int]) -> bytes:
    """The command by which older linkers tell the oldest macOS."""
    return struct.pack("<IIII", _MIN_MACOS, 16, _version(macos), 0)


def built_for(platform: int, version: tuple[int, int]) -> bytes:
    """The command that tells a platform and its oldest version."""
    return struct.pack("<IIIIII", _BUILD, 24, platform, _version(version), 0, 0)


def fat(*parts: bytes, wide: bool = False) -> bytes:
    """Several parts in one file; ``wide`` with offsets of 64 bits."""
    form = ">iiQQII" if wide else ">iiIII"
    at, table, body = 4096, b"", b""
    for content in parts:
        cpu = struct.unpack_from("<I", content, 4)[0]
        values = (cpu, 0, at + len(body), len(content), 12, 0)
        table += struct.pack(form, *values[: 6 if wide else 5])
        body += content
    magic = 0xCAFEBABF if wide else 0xCAFEBABE
    return (struct.pack(">II", magic, len(parts)) + table).ljust(at, b"\0") + body


def lay(path: Path, content: bytes) -> Path:
    """Write a file with its folders; gives back ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _symbols(symbols: Sequence[tuple[str, int, int]]) -> bytes:
    """A table of symbols (name, kind, number of the library) and the names behind it."""
    table, names = b"", b"\0"
    for name, kind, library in symbols:
        table += struct.pack("<IBBHQ", len(names), kind, 0, library << 8, 0)
        names += name.encode() + b"\0"
    return table + names


def _library(command: int, name: str) -> bytes:
    return _string(command, 24, struct.pack("<III", 2, 0, 0), name)


def _string(command: int, at: int, between: bytes, text: str) -> bytes:
    content = text.encode() + b"\0"
    size = (at + len(content) + 7) // 8 * 8
    return struct.pack("<III", command, size, at) + between + content.ljust(size - at, b"\0")


def _version(macos: tuple[int, int]) -> int:
    return macos[0] << 16 | macos[1] << 8
