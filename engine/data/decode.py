"""One image file to the pixels that training, preview and prediction share."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from engine.data.fit import fit
from engine.data.paths import shown
from engine.data.picture import Array, Unreadable
from engine.data.quiet import quiet_decoders
from engine.data.reading import read_picture
from engine.data.spec import DataSpec
from engine.errors import FoveaError

__all__ = ["decode", "decode_bytes", "read_regular"]

FILE_LIMIT = 2_000_000_000


def decode(source: Path | bytes, spec: DataSpec) -> Array:
    """``[channels, size, size]`` uint8 or uint16 of an image file or of its bytes.

    A pure function of the content and the spec's size, channels, resize, depth and window. Raises
    FoveaError FV-D010 with the file and the reason when it cannot be read, whole, as an image.
    """
    where = shown(str(source)) if isinstance(source, Path) else ""
    try:
        with quiet_decoders():
            return decode_bytes(read_regular(source) if isinstance(source, Path) else source, spec)
    except Unreadable as error:
        if isinstance(source, Path) and not source.exists():
            raise FoveaError(
                "FV-D010",
                "The image is not there any more.",
                where=where,
                why="The file, or the folder that it was in, was moved or deleted.",
                fix="Bring it back, or say on the Data page where the images are now.",
            ) from None
        raise FoveaError(
            "FV-D010",
            "The image cannot be read.",
            where=where,
            why=str(error),
            kept="The file is unchanged.",
            fix="Open it in an image viewer; replace it, or leave it out.",
        ) from None


def decode_bytes(data: bytes, spec: DataSpec) -> Array:
    """As :func:`decode`, but raises Unreadable; call it within ``quiet_decoders``."""
    # Twice the side keeps the quality of the resampling when a JPEG is decoded at a fraction.
    return fit(read_picture(data, at_least=2 * spec.size).pixels, spec)


def read_regular(path: Path) -> bytes:
    """The content of a regular file; raises Unreadable for anything else, and never blocks."""
    try:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
        with open(descriptor, "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise Unreadable("It is not a regular file.")
            if facts.st_size > FILE_LIMIT:
                raise Unreadable(f"The file has {facts.st_size:,} bytes, more than is read.")
            return file.read()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", "") or error
        raise Unreadable(f"The file cannot be opened: {reason}.") from None
