"""What a person wrote about a run, in a small text file in its folder."""

from __future__ import annotations

import contextlib
from pathlib import Path

from engine.errors import FoveaError
from engine.files.atomic import write_text

__all__ = ["LONGEST", "read_note", "write_note"]

LONGEST = 4000
"""Letters that a note may have; more are cut off when it is read."""

_NAME = "note.txt"


def read_note(run_dir: Path) -> str:
    """The note of a run, empty when there is none or it cannot be read."""
    try:
        with (Path(run_dir) / _NAME).open(encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST).strip()
    except OSError:
        return ""


def write_note(run_dir: Path, text: str) -> None:
    """Keeps a note, or removes it for an empty text; raises FoveaError FV-O001."""
    path = Path(run_dir) / _NAME
    text = text.strip()[:LONGEST]
    if text:
        write_text(path, text + "\n")
        return
    try:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    except OSError as error:
        raise FoveaError(
            "FV-O001",
            "The note could not be removed.",
            where=str(path),
            why=error.strerror or str(error),
            kept="The run is unchanged.",
            fix="Check that the project's folder can be written to.",
        ) from error
