"""Paths in files and on the screen: exact when stored, harmless when shown."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

__all__ = [
    "files_root",
    "from_stored",
    "resolve_source",
    "same_name",
    "shown",
    "store_source",
    "to_stored",
]

_BYTES = "bytes:"


def to_stored(path: str) -> str:
    """A path as text that JSON can hold; names that are not valid Unicode become ``bytes:%FF…``."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return _BYTES + quote_from_bytes(os.fsencode(path))
    return _BYTES + quote_from_bytes(os.fsencode(path)) if path.startswith(_BYTES) else path


def from_stored(text: str) -> str:
    """The path that :func:`to_stored` was given."""
    if text.startswith(_BYTES):
        return os.fsdecode(unquote_to_bytes(text.removeprefix(_BYTES)))
    return text


def shown(text: str) -> str:
    """A path or name for the screen: control characters and broken bytes escaped (``\\x1b``)."""
    if text.isprintable():
        return text
    return "".join(_escape(letter) for letter in text)


def _escape(letter: str) -> str:
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    return letter


def same_name(name: str) -> str:
    """A key that is equal for names that some file system would not keep apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def store_source(source: Path, project_dir: Path) -> str:
    """``source`` with forward slashes: relative while it lies near the project, else absolute.

    Near is at most three folders up and down again: what lies there is likely to be moved together.
    """
    full, base = os.path.abspath(source), os.path.abspath(project_dir)
    try:
        relative = Path(os.path.relpath(full, base))
    except ValueError:  # another drive of Windows
        return to_stored(Path(full).as_posix())
    far = relative.parts.count("..") > 3 or os.path.commonpath([full, base]) == os.path.abspath("/")
    return to_stored((Path(full) if far else relative).as_posix())


def resolve_source(stored: str, project_dir: Path) -> Path:
    """The source that :func:`store_source` wrote down, as an absolute path."""
    return Path(os.path.abspath(Path(project_dir) / from_stored(stored)))


def files_root(layout: str, source: Path) -> Path:
    """The folder that the paths of a manifest start from: class folders, or a table's folder."""
    return source if layout == "folders" else source.parent
