"""The symbols by which Mach-O files hang together, from their symbol tables."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Iterator, NamedTuple

from common.commands import BuildError
from macos import loader, macho

_SYMTAB = 2
_ENTRY = struct.Struct("<IBBHQ")
_EXTERNAL, _KIND, _UNDEFINED, _FOR_DEBUGGERS = 0x01, 0x0E, 0x00, 0xE0


class _Symbol(NamedTuple):
    """A symbol that links files: its name, and the library that has to offer it.

    Libraries are counted from 1; other numbers mean whatever is loaded, None this file.
    """

    name: str
    library: int | None


def asked(path: Path) -> dict[str, set[str]]:
    """The symbols that a file asks of each library, by the library's name as it is written."""
    found: dict[str, set[str]] = {}
    facts = [part for part in macho.read(path) if part.architecture == macho.ARM64]
    for part in facts:
        for symbol in _symbols(path.read_bytes()):
            if symbol.library and symbol.library <= len(part.needed):
                name = part.needed[symbol.library - 1].name
                found.setdefault(name, set()).add(symbol.name)
    return found


def offered(path: Path) -> set[str]:
    """The symbols that a library offers."""
    return {symbol.name for symbol in _symbols(path.read_bytes()) if symbol.library is None}


def check(found: loader.Found, program: Path) -> int:
    """How many symbols the files of ``found`` ask of each other, all of which are offered.

    Those that belong to macOS or to whoever loads a file are not looked at. Raises BuildError.
    """
    offers: dict[Path, set[str]] = {}
    compared, wrong = 0, []
    for path, facts in found.items():
        for name, symbols in asked(path).items():
            for library in _places(name, path, facts, program) & set(found):
                if library not in offers:
                    offers[library] = offered(library)
                compared += len(symbols)
                lacking = sorted(symbols - offers[library])
                wrong += [f"{path.name} asks {library.name} for {symbol}" for symbol in lacking]
    if wrong:
        raise BuildError("libraries do not offer what is asked of them:\n" + "\n".join(wrong))
    return compared


def _places(name: str, path: Path, facts: macho.MachO, program: Path) -> set[Path]:
    return {Path(os.path.realpath(p)) for p in loader.resolve(name, path, facts, program)}


def _symbols(data: bytes) -> Iterator[_Symbol]:
    """The external symbols of the part for arm64."""
    for part in macho.parts(data):
        if macho.architecture(data, part) != macho.ARM64:
            continue
        for command in macho.commands(data, part.start):
            if command.number == _SYMTAB:
                table, count, strings, _ = struct.unpack_from("<IIII", data, command.start + 8)
                for number in range(count):
                    at = part.start + table + number * _ENTRY.size
                    name, kind, _, description, _ = _ENTRY.unpack_from(data, at)
                    if kind & _EXTERNAL and not kind & _FOR_DEBUGGERS:
                        undefined = kind & _KIND == _UNDEFINED
                        text = macho.text(data, part.start + strings + name)
                        yield _Symbol(text, description >> 8 if undefined else None)
