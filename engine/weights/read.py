"""A weight file as tensors by name, whatever its form, without executing anything in it."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.weights.archive import is_archive, read_archive
from engine.weights.refusals import Unreadable, cannot_read
from engine.weights.safe import read_safetensors

if TYPE_CHECKING:
    import torch

__all__ = ["LARGEST", "SUFFIXES", "read_weights"]

LARGEST: Final = 4_000_000_000
"""The largest weight file that is read, in bytes."""

SUFFIXES: Final = (".safetensors", ".pth", ".pt", ".bin")
"""What weight files usually end with; their form is told by their first bytes."""

_LEGACY: Final = (
    "Load it in Python with torch.load(path, weights_only=True) and save it again with torch.save, "
    "or as .safetensors."
)


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a ``.safetensors`` file or of a state_dict written by ``torch.save``.

    In the file's order, on the processor. Nothing is unpickled, mapped or extracted, and no more
    memory is taken than the file has; the form of ``torch.save`` needs its largest tensor once
    more. Raises FoveaError FV-M013 with what is wrong.
    """
    try:
        size = _size(path)
        with open(path, "rb") as file:
            head = file.read(9)
            file.seek(0)
            if is_archive(head):  # no header of safetensors is that long
                return read_archive(file, size)
            if head[:1] in (b"\x80", b"(") and head[8:] != b"{":
                raise Unreadable(
                    "It has the form that torch.save wrote before version 1.6: a bare pickle, "
                    "which Fovea does not open.",
                    _LEGACY,
                )
            return read_safetensors(file, size)
    except Unreadable as error:
        raise cannot_read(path, error) from error
    except OSError as error:
        raise cannot_read(path, Unreadable(f"{error.strerror or error}.")) from error


def _size(path: Path) -> int:
    """The file's size in bytes; refuses what would block, never end, or be too large."""
    facts = os.stat(path)
    if not stat.S_ISREG(facts.st_mode):
        raise Unreadable("It is not an ordinary file.")
    if not facts.st_size:
        raise Unreadable("The file is empty.")
    if facts.st_size > LARGEST:
        raise Unreadable(f"It has {facts.st_size:,} bytes; at most {LARGEST:,} are read.")
    return facts.st_size
