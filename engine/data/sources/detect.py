"""Telling which layout a source has."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from engine.data.paths import shown
from engine.data.sources.folders import list_folders
from engine.data.sources.idx import is_idx_name, list_idx
from engine.data.sources.listing import Listing, Progress
from engine.data.sources.npz import list_npz
from engine.data.sources.table import is_label_table, list_table
from engine.errors import FoveaError

__all__ = ["list_source"]


def list_source(source: Path, progress: Progress) -> tuple[Listing, Path]:
    """What ``source`` holds, and the file or folder that a project should name for it.

    A file is told by its name, a folder by what lies in it: IDX files, then class folders, then one
    ``.npz``, then one table of labels. Raises FoveaError FV-D001 or FV-D002, or what the layout
    raises. Nothing is written and no image is read.
    """
    try:
        mode = os.stat(source).st_mode
    except (OSError, ValueError) as error:
        raise _missing(source, str(getattr(error, "strerror", "") or error)) from None
    if stat.S_ISREG(mode):
        return _list_file(source, progress), source
    if not stat.S_ISDIR(mode):
        raise _missing(source, "It is neither a file nor a folder")
    try:
        names = sorted(os.listdir(source))
    except OSError as error:
        raise _missing(source, error.strerror or str(error)) from None
    if any(is_idx_name(name) for name in names):
        return list_idx(source), source
    files = [source / n for n in names if not n.startswith(".") and (source / n).is_file()]
    try:
        return list_folders(source, progress), source
    except FoveaError as error:
        if error.code != "FV-D002":
            raise
        arrays = [file for file in files if file.suffix.lower() == ".npz"]
        tables = [f for f in files if f.suffix.lower() in (".csv", ".tsv") and is_label_table(f)]
        if len(arrays) == 1:
            return list_npz(arrays[0]), arrays[0]
        if len(tables) == 1 and not arrays:
            return list_table(tables[0], progress), tables[0]
        raise


def _list_file(file: Path, progress: Progress) -> Listing:
    suffix = file.suffix.lower()
    if suffix == ".npz":
        return list_npz(file)
    if is_idx_name(file.name):
        return list_idx(file)
    if suffix in (".csv", ".tsv", ".txt"):
        return list_table(file, progress)
    raise FoveaError(
        "FV-D002",
        "This file is not a data set.",
        where=shown(str(file)),
        why="A folder with class folders, a .npz, IDX files or a .csv table is expected.",
        kept="Nothing was written.",
        fix="Unpack archives first, then choose the folder.",
    )


def _missing(source: Path, why: str) -> FoveaError:
    return FoveaError(
        "FV-D001",
        "The images cannot be found.",
        where=shown(str(source)),
        why=why.rstrip(".") + ".",
        kept="Nothing was written.",
        fix="Check the path, and that the drive or share is connected.",
    )
