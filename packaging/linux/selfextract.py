"""The installer for one user: a shell script, and behind it the program as a packed archive.

gzip packs it, since zstd and xz are not on every desktop; the script needs nothing else that one
lacks. Its own SHA-256 covers the archive.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from pathlib import Path
from typing import Any, BinaryIO

from common.commands import BuildError, files
from linux.desktop import piece
from linux.recipe import GLIBC

HEADER = 16384
_LEVEL = 4  # level 6 takes twice as long and saves 4 %


class _Counted(io.RawIOBase):
    """A file that is written once from front to back, with what a check needs to know of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """True: it is for writing."""
        return True

    def write(self, data: Any, /) -> int:
        """Write all of ``data``, which are bytes."""
        self.sha256.update(data)
        self.size += len(data)
        return self._file.write(data)


def build(parts: dict[str, Path], version: str, epoch: int, target: Path) -> Path:
    """Write the installer ``target``; gives it back.

    ``parts`` maps names in the installed folder to the folders that are packed there; ``epoch`` is
    the time (seconds) that every file gets. Raises BuildError when the script outgrew its place.
    """
    content = [(name, path, folder) for name, folder in parts.items() for path in files(folder)]
    with target.open("wb") as out:
        out.write(b"\0" * HEADER)
        counted = _Counted(out)
        with gzip.GzipFile("", "wb", _LEVEL, counted, mtime=0) as packed, tarfile.open(
            fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT
        ) as archive:
            for name, path, folder in content:
                inside = (Path(name) / path.relative_to(folder)).as_posix()
                _add(archive, path, inside, epoch)
            archive.addfile(_entry("COMPLETE", epoch))
        out.seek(0)
        unpacked = sum(path.lstat().st_size // 1024 + 4 for _, path, _ in content)
        out.write(_script(version, counted, unpacked))
    target.chmod(0o755)
    return target


def _entry(name: str, epoch: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mtime = epoch
    return entry


def _add(archive: tarfile.TarFile, path: Path, name: str, epoch: int) -> None:
    entry = _entry(name, epoch)
    if path.is_symlink():
        entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(path)
        archive.addfile(entry)
        return
    entry.size = path.stat().st_size
    entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
    with path.open("rb") as file:
        archive.addfile(entry, file)


def _script(version: str, payload: _Counted, unpacked_kb: int) -> bytes:
    text = piece(
        "installer.sh",
        VERSION=version,
        HEADER=str(HEADER),
        SIZE=str(payload.size),
        SHA=payload.sha256.hexdigest(),
        UNPACKED=str(unpacked_kb),
        GLIBC=str(GLIBC[1]),
    ).encode("utf-8")
    if len(text) > HEADER:
        raise BuildError(
            f"packaging/linux/pieces/installer.sh has {len(text)} bytes; {HEADER} are kept"
        )
    return text + b"\n" * (HEADER - len(text))
