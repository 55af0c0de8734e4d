"""Weights that lie in files beside an ONNX file, read only from inside its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from engine.errors import FoveaError

__all__ = ["LARGEST", "External"]

LARGEST = 8 * 2**30
"""Bytes of weights that are read at most."""


class External:
    """Reads what tensors say of files beside the model; counts what is read.

    ``folder`` is None where only the model's bytes are known. Everything that leads out of the
    folder is refused with FoveaError FV-M042: an absolute path, ``..``, a link on the way.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read = 0

    def fetch(self, tensor: str, entry: Mapping[str, str], size: int) -> bytes:
        """The ``size`` bytes of a tensor, by its entry (location, offset, length)."""
        path = self._path(tensor, entry.get("location", ""))
        offset, length = _number(tensor, entry, "offset", 0), _number(tensor, entry, "length", size)
        self._read += size
        if length != size or self._read > LARGEST:
            why = f"It says {length:,} bytes where its sizes mean {size:,}."
            raise _refused(tensor, why if length != size else "The weights are too large.")
        try:
            return _part(path, offset, size)
        except OSError as error:
            raise _refused(tensor, f"{path.name}: {error.strerror or error}.") from None
        except ValueError as error:
            raise _refused(tensor, str(error)) from None

    def _path(self, tensor: str, location: str) -> Path:
        if self._folder is None:
            raise _refused(tensor, "Its values lie in another file, and the folder is not known.")
        parts = PurePosixPath(location).parts
        out = PurePosixPath(location).is_absolute() or PureWindowsPath(location).drive
        if not parts or out or ".." in parts or "\\" in location or "\0" in location:
            raise _refused(tensor, f"“{location:.80}” leads out of the model's folder.")
        path = self._folder
        for part in parts:
            path = path / part
            if path.is_symlink():
                raise _refused(tensor, f"“{location:.80}” is a link, which may lead anywhere.")
        return path


def _part(path: Path, offset: int, size: int) -> bytes:
    """Some bytes of a plain file; raises ValueError for another kind of file, or a short one."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise ValueError(f"{path.name} is not a file.")
        if offset + size > about.st_size:
            raise ValueError(f"{path.name} ends before the tensor does.")
        file.seek(offset)
        return file.read(size)


def _number(tensor: str, entry: Mapping[str, str], name: str, default: int) -> int:
    text = entry.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise _refused(tensor, f"Its {name} is “{text:.40}”.")
    return int(text)


def _refused(tensor: str, why: str) -> FoveaError:
    return FoveaError(
        "FV-M042",
        "The weights of the ONNX file cannot be read.",
        where=tensor[:120],
        why=why,
        kept="Nothing was changed.",
        fix="Keep the file and its data together in one folder, or export it as a single file.",
    )
