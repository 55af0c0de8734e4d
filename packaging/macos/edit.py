"""The two changes that the build makes to CPython's own Mach-O files, both without Apple's tools.

Either breaks the signature of what it changes; :mod:`macos.seal` signs anew.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Callable

from common.commands import BuildError
from macos import macho


def thin(data: bytes) -> bytes:
    """The part for arm64 of a fat file; a file with that part alone is given back as it is.

    A thin interpreter cannot be started as another architecture, and its parts keep their
    signatures. Raises BuildError when there is no such part.
    """
    for part in macho.parts(data):
        if macho.architecture(data, part) == macho.ARM64:
            return data[part.start : part.stop]
    raise BuildError("no part for arm64")


def rename(data: bytes, renamed: Callable[[str], str]) -> bytes:
    """A thin file that asks for its libraries, and is asked for, by other names.

    ``renamed`` gives the new name of each. It has to fit where the old one stood, since nothing in
    the file is moved. Raises BuildError when it does not.
    """
    changed = bytearray(data)
    for command in macho.commands(data):
        if command.number in macho.NAMING:
            at = command.start + struct.unpack_from("<I", data, command.start + 8)[0]
            room = command.start + command.size - at
            old = macho.text(data, at)
            new = renamed(old).encode("utf-8")
            if len(new) >= room:
                raise BuildError(f"{new.decode()} does not fit where {old} stands")
            changed[at : at + room] = new.ljust(room, b"\0")
    return bytes(changed)


def copy(source: Path, target: Path, renamed: Callable[[str], str]) -> None:
    """Lay a Mach-O file, thin and with other names, at ``target``. Raises BuildError."""
    try:
        data = rename(thin(source.read_bytes()), renamed)
    except (BuildError, macho.MachOError) as error:
        raise BuildError(f"{source}: {error}") from error
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    target.chmod(0o755)
