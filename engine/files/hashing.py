"""SHA-256 of files and bytes, as lower-case hex."""

from __future__ import annotations

import hashlib
from os import PathLike

__all__ = ["sha256_bytes", "sha256_file"]


def sha256_bytes(data: bytes | bytearray | memoryview) -> str:
    """The SHA-256 of ``data`` as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: str | PathLike[str]) -> str:
    """The SHA-256 of a file's content as 64 hex digits, read in blocks; raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
