"""Which other program holds a file, as far as the system tells."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["holders"]

_PROC = Path("/proc")


def holders(file: Path) -> str:
    """A sentence that names the programs that hold a database, or says that it is unknown.

    On Linux those with a lock on the file or on SQLite's files beside it; where locks are not told,
    those that have it open. Other users' programs may stay unknown.
    """
    files = [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))]
    found = set(_with_locks(files)) or set(_with_open(files))
    names = [f"{_name(pid)} (process {pid})" for pid in sorted(found - {os.getpid()})]
    if not names:
        return "Which program holds it is unknown."
    return f"It is held by {', '.join(names[:5])}."


def _with_locks(files: list[Path]) -> Iterator[int]:
    """Those that ``/proc/locks`` names: ``1: POSIX ADVISORY WRITE pid major:minor:inode …``."""
    nodes: set[int] = set()
    for file in files:
        with contextlib.suppress(OSError):
            nodes.add(file.stat().st_ino)
    try:
        lines = (_PROC / "locks").read_text("ascii", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        parts = [part for part in line.split() if part != "->"]
        with contextlib.suppress(IndexError, ValueError):
            if parts[3] == "WRITE" and int(parts[5].rpartition(":")[2]) in nodes:
                yield int(parts[4])


def _with_open(files: list[Path]) -> Iterator[int]:
    wanted = {os.path.realpath(file) for file in files}
    for place in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            for link in (place / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(link) in wanted:
                        yield int(place.name)


def _name(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "comm").read_text("utf-8", "replace").strip()[:60] or "a program"
    except OSError:
        return "a program"
