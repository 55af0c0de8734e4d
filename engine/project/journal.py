"""Unsaved edits on disk, so that a crash loses at most the last moments.

Each session writes its own file in the project's ``journal`` folder, as a whole and atomically. A
session that starts after a crash therefore never overwrites what the crashed one left; only a save
or a deliberate discard (:meth:`Journal.clear`) removes journals. Order of events: :func:`recover`
when a project is opened, :meth:`Journal.write` after edits (at most every two seconds),
:meth:`Journal.clear` after a save or when the person discards the edits.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from engine.errors import FoveaError
from engine.files.atomic import write_bytes
from engine.files.hashing import sha256_file
from engine.project import codec
from engine.project.document import Project
from engine.project.store import PROJECT_FILE

__all__ = ["Journal", "Recovery", "recover"]

JOURNAL_FOLDER = "journal"
_KEYS = ("base", "written")


@dataclass(frozen=True, slots=True)
class Recovery:
    """Unsaved edits that a crash left.

    Attributes:
        project: the document as it was last journalled.
        written: when, in seconds since 1970.
        fits: whether the saved file is still the one that these edits started from.
    """

    project: Project
    written: float
    fits: bool


class Journal:
    """The journal of one session with one project."""

    def __init__(self, folder: Path) -> None:
        self._project_folder = folder
        self._folder = folder / JOURNAL_FOLDER
        self._path = self._folder / f"{time.time_ns()}-{os.getpid()}.fovea"

    def write(self, project: Project, *, base: str | None = None) -> None:
        """Puts the unsaved ``project`` on disk; raises FoveaError FV-O001 when the disk refuses.

        ``base`` is the digest of the save that it started from; by default the file's on disk.
        """
        digest = _saved_digest(self._project_folder) if base is None else base
        extra = {"base": digest, "written": round(time.time(), 3)}
        with contextlib.suppress(OSError):  # write_bytes tells why when the folder is missing
            self._folder.mkdir(exist_ok=True)
        write_bytes(self._path, codec.encode(project, extra=extra))

    def clear(self, *, earlier: bool = True) -> None:
        """Removes this session's journal, and unless ``earlier`` is False those of others too."""
        for path in _files(self._folder) if earlier else [self._path]:
            with contextlib.suppress(OSError):
                path.unlink()
        with contextlib.suppress(OSError):
            self._folder.rmdir()


def recover(folder: Path, saved: Project | None = None) -> Recovery | None:
    """The newest journalled project that can be read, or ``None``; changes nothing on disk.

    ``saved`` is the project as it was opened: edits equal to it are no longer unsaved. Damaged
    journals are passed over.
    """
    found: list[Recovery] = []
    digest = _saved_digest(folder)
    for path in _files(folder / JOURNAL_FOLDER):
        with contextlib.suppress(FoveaError, OSError):
            found.append(_read(path, digest))
    newest = max(found, key=lambda recovery: recovery.written, default=None)
    return None if newest is None or newest.project == saved else newest


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.fovea") if path.is_file())


def _read(path: Path, digest: str) -> Recovery:
    with open(path, "rb") as file:
        data = file.read(codec.LIMIT + 1)
    decoded = codec.decode(data, str(path), extra=_KEYS)
    written = decoded.extra.get("written")
    when = float(written) if isinstance(written, (int, float)) else path.stat().st_mtime
    return Recovery(decoded.project, when, decoded.extra.get("base") == digest)


def _saved_digest(folder: Path) -> str:
    try:
        return sha256_file(folder / PROJECT_FILE)
    except OSError:
        return ""
