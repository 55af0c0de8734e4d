"""SHA-256 of files and bytes, as lower-case hex."""

from __future__ import annotations

import hashlib
from io import BufferedReader
from os import PathLike

__all__ = ["HashedReader", "sha256_bytes", "sha256_file"]


def sha256_bytes(data: bytes | bytearray | memoryview) -> str:
    """The SHA-256 of ``data`` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: str | PathLike[str]) -> str:
    """The SHA-256 of a file's content as 64 hex digits, read in blocks; raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class HashedReader:
    """A file that is hashed as it is read, once, in order and to its end."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was read so far, as 64 hex digits."""
        return self._digest.hexdigest()

    def read(self, size: int) -> bytes:
        """Up to ``size`` bytes; raises OSError."""
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def readinto(self, room: memoryview) -> int:
        """Fills ``room`` as far as the file goes; the bytes that were read. Raises OSError."""
        count = self._file.readinto(room)
        self._digest.update(room[:count])
        return count
