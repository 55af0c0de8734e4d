"""What every layout is turned into before the images are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.manifest import Finding
from engine.data.paths import same_name, shown
from engine.data.picture import Array
from engine.errors import FoveaError

__all__ = [
    "ArrayPart",
    "Entry",
    "Listing",
    "Progress",
    "check_names",
    "natural",
    "split_of",
]

Progress = Callable[[int, int, str], None]
"""``progress(done, total, text)``; may raise Cancelled. ``total`` is 0 while it is unknown."""

_SPLIT_WORDS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing", "t10k"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that should be an image: its path below the source, class, split and group.

    ``labels`` are all its classes where images can have several; ``label`` is then the first, -1
    for none.
    """

    path: str
    label: int
    split: str = ""
    group: str = ""
    labels: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ArrayPart:
    """One array of images that is read in blocks.

    Attributes:
        name: the array's or file's name.
        split: ``train``, ``val`` or ``test``.
        labels: ``[n]`` int64, as the file has them; ``[n, classes]`` of 0 and 1 where images can
            have several classes.
        shape: ``[n, height, width, channels]``.
        dtype: uint8 or uint16.
        blocks: gives the rows in order as arrays ``[k, height, width, channels]``.
    """

    name: str
    split: str
    labels: Array
    shape: tuple[int, int, int, int]
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[Array]]


@dataclass
class Listing:
    """A source, listed: either ``entries`` (files below ``root``) or ``parts`` (arrays)."""

    layout: str
    root: Path
    classes: tuple[str, ...] = ()
    entries: list[Entry] = field(default_factory=list)
    parts: list[ArrayPart] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def split_of(word: str) -> str:
    """``train``, ``val`` or ``test`` for the usual words in any case, else empty."""
    low = word.strip().casefold()
    return next((split for split, words in _SPLIT_WORDS.items() if low in words), "")


def natural(name: str) -> tuple[Any, ...]:
    """A sort key that puts 2 before 10, and is the same on every system."""
    parts = re.split(r"([0-9]+)", name.casefold())
    return (*[(int(p), "") if i % 2 else (-1, p) for i, p in enumerate(parts)], (-1, name))


def check_names(names: Iterable[str], where: Path) -> None:
    """Raises FoveaError FV-D007 when some file system could not keep two class names apart."""
    seen: dict[str, str] = {}
    for name in sorted(names):
        other = seen.setdefault(same_name(shown(name)), name)
        if other != name:
            raise FoveaError(
                "FV-D007",
                f"Two classes have nearly the same name: “{shown(other)}” and “{shown(name)}”.",
                where=shown(str(where)),
                why="The names differ only in case or in the way an accent is stored; on Windows "
                "and macOS they would be one folder.",
                kept="Nothing was written.",
                fix="Rename one of them, or put their images together.",
            )
