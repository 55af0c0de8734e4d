"""Leaves out what a program without a compiler never reads."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Callable, Iterable


def trim(site: Path, left_out: re.Pattern[str], qt_kept: Iterable[Path]) -> None:
    """Remove the files that match ``left_out`` and those of PySide6 that are not in ``qt_kept``.

    The folders that this empties go too. Paths are matched as they are in ``site``.
    """
    for path in [p for p in site.rglob("*") if not p.is_dir()]:
        if left_out.search(path.relative_to(site).as_posix()):
            path.unlink()
    keep = set(qt_kept)
    for path in [p for p in (site / "PySide6").rglob("*") if not p.is_dir()]:
        if path not in keep:
            path.unlink()
    for folder in sorted((p for p in site.rglob("*") if p.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def copy(source: Path, target: Path, left_out: re.Pattern[str]) -> None:
    """Copy a folder, links as what they lead to, without what ``left_out`` finds in its paths."""

    def skipped(folder: str, names: list[str]) -> list[str]:
        inside = Path(folder).relative_to(source)
        return [name for name in names if left_out.search((inside / name).as_posix())]

    shutil.copytree(source, target, symlinks=False, ignore=skipped, dirs_exist_ok=True)


def with_needed(
    libraries: Iterable[Path], folder: Path, needed: Callable[[Path], Iterable[str]]
) -> set[Path]:
    """``libraries``, those in ``folder`` that they ask for, and what these ask for in turn.

    ``needed`` gives the names that a library asks its loader for.
    """
    found = set(libraries)
    ahead = list(found)
    while ahead:
        wanted = {folder / name for name in needed(ahead.pop())}
        new = {path for path in wanted - found if path.exists()}
        found |= new
        ahead += new
    return found
