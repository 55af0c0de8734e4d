"""Takes from site-packages what a program without a compiler never reads."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Iterable

import elf
from recipe import FILES_LEFT_OUT, QT_MODULES, QT_PLUGINS


def trim(site: Path) -> None:
    """Remove the files that the recipe leaves out, then the folders that this empties."""
    for path in [p for p in site.rglob("*") if not p.is_dir()]:
        if FILES_LEFT_OUT.search(path.relative_to(site).as_posix()):
            path.unlink()
    _trim_qt(site / "PySide6")
    for folder in sorted((p for p in site.rglob("*") if p.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def recorded(info: Path) -> dict[str, str]:
    """The files of a distribution, with their hashes as RECORD has them ('' where it has none)."""
    with (info / "RECORD").open(encoding="utf-8", newline="") as lines:
        return {row[0]: row[1] for row in csv.reader(lines) if row}


def _trim_qt(package: Path) -> None:
    """Of PySide6, keep the modules and plugins of the recipe and the libraries that they need."""
    if not package.is_dir():
        return
    keep = {package / f"{module}.abi3.so" for module in QT_MODULES}
    keep |= {p for p in package.glob("lib*.so.*") if "qml" not in p.name}
    plugins = package / "Qt/plugins"
    keep |= {
        p for p in plugins.rglob("*.so") if QT_PLUGINS.search(p.relative_to(plugins).as_posix())
    }
    keep |= _needed(keep, package / "Qt/lib")
    keep |= set(package.glob("*.py")) | set((package / "support").rglob("*.py"))
    keep |= {package / "py.typed"}
    for path in [p for p in package.rglob("*") if not p.is_dir()]:
        if path not in keep:
            path.unlink()


def _needed(libraries: Iterable[Path], folder: Path) -> set[Path]:
    """Those in ``folder`` that the libraries ask for, and what these ask for in turn."""
    found: set[Path] = set()
    ahead: list[Path] = list(libraries)
    while ahead:
        facts = elf.read(ahead.pop())
        wanted = {folder / soname for soname in facts.needed} if facts else set()
        new = {path for path in wanted - found if path.exists()}
        found |= new
        ahead += new
    return found
