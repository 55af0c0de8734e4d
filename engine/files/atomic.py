"""Writing a file so that a reader sees the old content or the new one, and never a part.

The order is: a temporary file in the same folder, fsync, rename over the old one, fsync of the
folder. A process killed at any point leaves the old file, and at worst a stray ``.fovea-*.tmp``.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.errors import FoveaError

__all__ = [
    "publish",
    "temporary_beside",
    "write_bytes",
    "write_json",
    "write_pieces",
    "write_text",
]


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Puts ``data`` at ``path`` in one step; the folder must exist.

    Links are followed, the mode of an existing file is kept. Raises FoveaError FV-O001 when the
    system refuses (full disc, no permission); the old file is then untouched.
    """
    write_pieces(path, (data,), len(data))


def write_pieces(
    path: str | os.PathLike[str], pieces: Iterable[bytes | memoryview], size: int
) -> None:
    """Puts ``pieces``, one after the other, at ``path`` in one step; see :func:`write_bytes`.

    A piece is asked for when the one before it is written, so that they need not be in memory
    together. ``size`` is the bytes of all of them. What asking for a piece raises is passed on, an
    OSError too, and the old file is untouched.
    """
    target = Path(os.path.realpath(path))
    temporary = temporary_beside(target)
    making = _Making(pieces)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o666)
        with open(descriptor, "wb") as file:
            for piece in making:
                file.write(piece)
        with contextlib.suppress(FileNotFoundError):
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        publish(temporary, target)
    except OSError as error:
        if error is making.raised:
            raise
        raise _cannot_write(target, size, error) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


class _Making:
    """Passes pieces on, and remembers what making one raised: no fault of the disc."""

    def __init__(self, pieces: Iterable[bytes | memoryview]) -> None:
        self.raised: OSError | None = None
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes | memoryview]:
        try:
            yield from self._pieces
        except OSError as error:
            self.raised = error
            raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Puts ``text`` at ``path`` as UTF-8, line ends as they are; see :func:`write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: str | os.PathLike[str], value: Any, *, indent: int | None = 2) -> None:
    """Puts plain JSON values at ``path``; see :func:`write_bytes`.

    Raises ValueError for NaN and infinity and UnicodeEncodeError for lone surrogates, before the
    disc is touched: such a file could not be read back.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    write_text(path, text + "\n")


def temporary_beside(path: Path) -> Path:
    """A free name in the same folder, for content that :func:`publish` will rename into place."""
    return path.parent / f".fovea-{secrets.token_hex(8)}.tmp"


def publish(temporary: Path, target: Path) -> None:
    """Makes a finished temporary file durable and renames it over ``target``; raises OSError."""
    with open(temporary, "rb+") as file:
        os.fsync(file.fileno())
    os.replace(temporary, target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no handle for a folder that could be synced
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        return  # some network file systems refuse it; the rename itself has happened
    finally:
        os.close(descriptor)


def _cannot_write(path: Path, needed: int, error: OSError) -> FoveaError:
    try:
        free = f"{shutil.disk_usage(path.parent).free:,} bytes are free there"
    except OSError:
        free = "the free space there is unknown"
    existed = path.exists()
    if not path.parent.is_dir():
        return FoveaError(
            "FV-O001",
            "The file could not be written.",
            where=str(path),
            why=f"There is no folder {path.parent}.",
            fix="Make the folder, or choose another place.",
        )
    return FoveaError(
        "FV-O001",
        "The file could not be written.",
        where=str(path),
        why=f"{error.strerror or error}; {needed:,} bytes are needed and {free}.",
        kept="The file that was there before is unchanged." if existed else "",
        fix="Free space or choose a folder that can be written to, then save again.",
    )


_BINARY: int = getattr(os, "O_BINARY", 0)
